"""What becomes of live streams and voices when their client is closed."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import pytest

from counting import SLOT_BYTES, counting_audio
from faults.livetalk import OPTIONS, QUICK
from sonant import AsyncDeepgramClient, ConfigError, DeepgramClient, StreamLost
from sonant.client.events import AudioLost
from speaking import SpeakingServer
from voicing import VoiceServer

AUDIO = counting_audio(2.0)


def _is_ours(thread: threading.Thread) -> bool:
    return thread.name.startswith("sonant") or "recv_events" in thread.name


@contextmanager
def leaves_no_thread() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    ended = time.monotonic() + 2
    while left := [thread for thread in set(threading.enumerate()) - before if _is_ours(thread)]:
        assert time.monotonic() < ended, left
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["live", "turns"])
def test_closing_the_client_ends_its_streams_with_a_typed_end(name: str) -> None:
    options = OPTIONS["v1" if name == "live" else "v2"]
    seen: list[Any] = []
    caught: list[BaseException] = []

    def listen(live: Any) -> None:
        try:
            seen.extend(live)
        except StreamLost as error:
            caught.append(error)

    with SpeakingServer() as server, leaves_no_thread():
        with DeepgramClient("key", base_url=server.url) as client:
            live = getattr(client.with_options(timeout=5), "listen")  # noqa: B009 - a copy's streams end with it, too
            live = getattr(live, name)(**options, **QUICK)
            live.start()
            reader = threading.Thread(target=listen, args=(live,))
            reader.start()
            live.send(AUDIO[: SLOT_BYTES // 2])
            server.wait(lambda: server.heard[0].bytes)
        reader.join(5)
        assert not reader.is_alive()
        server.wait(lambda: not server.open, 2)
    assert "client was closed" in str(caught[0])
    assert [event.bytes for event in seen if isinstance(event, AudioLost)] == [SLOT_BYTES // 2]
    assert (live.connection_state(), live.is_connected()) == ("closed", False)
    live.close()  # which is no surprise any more


@pytest.mark.parametrize("name", ["live", "turns"])
async def test_closing_the_client_ends_its_streams_on_a_loop(name: str) -> None:
    options = OPTIONS["v1" if name == "live" else "v2"]
    tasks = asyncio.all_tasks()
    with SpeakingServer() as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            live = getattr(client.listen, name)(**options, **QUICK)
            await live.start()
            iterating = asyncio.ensure_future(_all(live))
            await asyncio.sleep(0)
            await live.send(AUDIO)
        with pytest.raises(StreamLost, match="client was closed"):
            await iterating
        assert asyncio.all_tasks() == tasks
        await asyncio.to_thread(server.wait, lambda: not server.open, 2)
        await live.close()


async def _all(live: Any) -> list[Any]:
    return [event async for event in live]


def test_closing_the_client_ends_a_voice() -> None:
    with VoiceServer() as server, leaves_no_thread():
        with DeepgramClient("key", base_url=server.url) as client:
            voice = client.speak.live(model="aura-2-thalia-en", encoding="linear16", sample_rate=16000)
            voice.start()
        with pytest.raises(StreamLost, match="client was closed"):
            list(voice)


def test_a_closed_client_begins_no_stream() -> None:
    with SpeakingServer() as server:
        client = DeepgramClient("key", base_url=server.url)
        live = client.listen.live(**OPTIONS["v1"])
        client.close()
        with pytest.raises(ConfigError, match="client is closed"):
            live.start()
        assert not server.heard


def test_a_client_keeps_no_stream_that_has_ended() -> None:
    with SpeakingServer() as server, DeepgramClient("key", base_url=server.url) as client:
        with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
            live.send(AUDIO)
        carrier: Callable[[], Any] = ref(live._carrier)
        del live
        _wait_until(lambda: gc.collect() >= 0 and carrier() is None)


def _wait_until(holds: Callable[[], bool]) -> None:
    ended = time.monotonic() + 3
    while not holds():
        assert time.monotonic() < ended
        time.sleep(0.02)


def test_a_loop_that_is_gone_takes_its_streams_with_it() -> None:
    async def begin(client: AsyncDeepgramClient) -> Any:
        live = client.listen.live(**OPTIONS["v1"], **QUICK)
        await live.start()
        return live

    with SpeakingServer() as server:
        client = AsyncDeepgramClient("key", base_url=server.url)
        live = asyncio.run(begin(client))
        asyncio.run(client.close())
        assert live is not None
