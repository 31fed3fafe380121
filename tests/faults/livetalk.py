"""Whole live sessions of both flavours and both versions, driven alike, and what they told."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from counting import RATE, SLOT_BYTES, said_in
from sonant import AsyncDeepgramClient, DeepgramClient
from sonant.client.errors import SonantError
from sonant.client.events import Reconnected, Reconnecting
from sonant.contract.listen import LiveResults, TurnInfo

OPTIONS: dict[str, dict[str, Any]] = {
    "v1": {"model": "nova-3", "encoding": "linear16", "sample_rate": RATE, "interim_results": True},
    "v2": {"model": "flux-general-en", "encoding": "linear16", "sample_rate": RATE},
}
QUICK: dict[str, Any] = {"replay_speed": None, "send_timeout": 0.7, "stall_timeout": 0.7, "close_timeout": 20.0}
"""Settings that let a test end soon."""

both_flavours = pytest.mark.parametrize("flavour", ["sync", "async"])
both_versions = pytest.mark.parametrize("version", ["v1", "v2"])


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def wait(self, awaitable: Any) -> Any:
        async def outcome() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(outcome(), self.loop).result()

    def call(self, make: Any) -> Any:
        """What a function gives that runs on the loop; waited for if that is to be awaited."""

        async def outcome() -> Any:
            result = make()
            return await result if inspect.isawaitable(result) else result

        return asyncio.run_coroutine_threadsafe(outcome(), self.loop).result()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class _Face:
    """Something asynchronous, used from any thread like its synchronous twin."""

    def __init__(self, loop: _Loop, thing: Any) -> None:
        self._loop, self.thing = loop, thing

    def __getattr__(self, name: str) -> Any:
        value = self._loop.call(lambda: getattr(self.thing, name))
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._faced(self._loop.call(lambda: value(*args, **kwargs)))

    def _faced(self, result: Any) -> Any:
        return _Face(self._loop, result) if hasattr(result, "__anext__") else result

    def __iter__(self) -> Iterator[Any]:
        iterator = self._loop.call(self.thing.__aiter__)
        while True:
            try:
                yield self._loop.call(iterator.__anext__)
            except StopAsyncIteration:
                return

    def __enter__(self) -> Any:
        return _Face(self._loop, self._loop.call(self.thing.__aenter__))

    def __exit__(self, *exception: object) -> Any:
        return self._loop.call(lambda: self.thing.__aexit__(*exception))


@contextmanager
def open_live(
    flavour: str,
    version: str,
    url: str,
    *,
    options: dict[str, Any] | None = None,
    ca_file: str | None = None,
    **settings: Any,
) -> Iterator[Any]:
    """A session of either flavour; `options` stand instead of the usual ones."""
    own = {"base_url": url, "ca_file": ca_file}
    name = "live" if version == "v1" else "turns"
    given = {**(OPTIONS[version] if options is None else options), **settings}
    if flavour == "sync":
        with DeepgramClient("key", **own) as client, getattr(client.listen, name)(**given) as live:
            yield live
        return
    loop = _Loop()
    try:
        with _Face(loop, AsyncDeepgramClient("key", **own)) as client:
            with _Face(loop, loop.call(lambda: getattr(client.thing.listen, name)(**given))) as live:
                yield live
    finally:
        loop.close()


def send_all(live: Any, audio: bytes) -> None:
    """Send audio, word by word."""
    for at in range(0, len(audio), SLOT_BYTES):
        live.send(audio[at : at + SLOT_BYTES])


@dataclass
class Tale:
    """What a session told, from its opening to its end."""

    events: list[Any] = field(default_factory=list)
    ledger: Any = None
    stats: Any = None
    error: BaseException | None = None
    """What sending raised."""
    raised: BaseException | None = None
    """What listening raised, or leaving."""

    def words(self) -> list[tuple[str, float, float]]:
        """The words said for good, in order; of a last turn that was not ended, what is known of it."""
        turns: dict[int, TurnInfo] = {}
        spoken: list[Any] = []
        for event in self.events:
            if isinstance(event, LiveResults) and event.is_final:
                spoken += event.best.words
            elif isinstance(event, TurnInfo):
                before = turns.get(event.turn_index)
                assert before is None or before.event != "EndOfTurn", "a turn ended twice"
                turns[event.turn_index] = event
        spoken += [word for index in sorted(turns) for word in turns[index].words]
        return [(word.word, word.start, word.end) for word in spoken]

    def of(self, kind: type) -> list[Any]:
        """Events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def reasons(self) -> list[str]:
        """Why it reconnected, each time."""
        return [event.reason for event in self.of(Reconnecting)]

    @property
    def connections(self) -> list[int]:
        """The connections after the first."""
        return [event.connection for event in self.of(Reconnected)]

    def note(self, ledger: Any) -> None:
        """Take a ledger, and see that it goes on from the one before."""
        parts = (ledger.final, ledger.sent, ledger.waiting, ledger.gated, ledger.lost)
        assert sum(part.bytes for part in parts) == ledger.total.bytes
        assert min(part.bytes for part in parts) >= 0
        if self.ledger is not None:
            assert ledger.final.bytes >= self.ledger.final.bytes
            assert ledger.total.bytes >= self.ledger.total.bytes
        self.ledger = ledger


Speak = Callable[[Any, bytes], None]


def tell(
    flavour: str, version: str, url: str, audio: bytes, *, speak: Speak = send_all, every: int = 1, **settings: Any
) -> Tale:
    """Send audio, close, and listen to the end; the ledger is seen to be right at each `every`-th event."""
    tale = Tale()
    try:
        with open_live(flavour, version, url, **{**QUICK, **settings}) as live:
            _listen(live, tale, lambda: speak(live, audio), every)
    except (SonantError, OSError) as error:
        tale.raised = error
    return tale


def _listen(live: Any, tale: Tale, speak: Callable[[], None], every: int) -> None:
    def send() -> None:
        try:
            speak()
            live.request_close()
        except SonantError as error:
            tale.error = error
            live.disconnect()

    speaker = threading.Thread(target=send)
    speaker.start()
    try:
        for event in live:
            tale.events.append(event)
            if len(tale.events) % every == 0:
                tale.note(live.ledger)
    finally:
        speaker.join(30)
        tale.note(live.ledger)
        tale.stats = live.stats


def in_chunks(size: int, seconds: float = 0.0) -> Speak:
    """Send in chunks of a size, with pauses."""

    def speak(live: Any, audio: bytes) -> None:
        for at in range(0, len(audio), size):
            live.send(audio[at : at + size])
            time.sleep(seconds)

    return speak


def check_told(tale: Tale, slots: int) -> None:
    """Every word once, in its order, at its time; every byte final."""
    truth = said_in(slots)
    words = tale.words()
    assert [tale.error, tale.raised] == [None, None], f"{tale.error!r}, {tale.raised!r}"
    assert [word for word, _, _ in words] == [said.word for said in truth]
    for (_, start, end), said in zip(words, truth, strict=True):
        assert abs(start - said.start) <= 0.05
        assert abs(end - said.end) <= 0.05
    assert all(a[2] <= b[1] for a, b in pairwise(words))
    ledger = tale.ledger
    assert (ledger.final.bytes, ledger.lost.bytes) == (ledger.total.bytes, 0)
    assert ledger.total.bytes == slots * SLOT_BYTES
