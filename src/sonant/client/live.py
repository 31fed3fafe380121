"""Live conversations as a user holds them: what can be sent, and what is told.

A method only says a message; `@sends` has it carried: at once on a `Stream[Sync]`, awaited on a `Stream[Async]`.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypedDict, TypeVar, overload

from sonant.client.carriers.handlers import Handlers
from sonant.client.errors import ConfigError, StreamLost
from sonant.client.events import LiveEvent, LiveTranscriptionEvents, TurnEvents
from sonant.client.flavour import Async, F, Sync
from sonant.client.ledger import Ledger
from sonant.client.pacing import Pace, apieces, pieces
from sonant.client.session import Session, Stats
from sonant.client.utterances import HeardUtterance, Utterances
from sonant.contract.listen import (
    Configure,
    Features,
    Finalize,
    ForceEndTurn,
    KeepAlive,
    LiveResults,
    Thresholds,
    TurnConfigure,
    TurnInfo,
)
from sonant.contract.wire import Message

P = ParamSpec("P")
E = TypeVar("E")
Handler = Callable[[Any], object] | Callable[[Any], Awaitable[object]]


class SessionSettings(TypedDict, total=False):
    """How a live session takes care of its audio. Seconds, unless it says otherwise."""

    keepalive: float | None
    """After so long without audio a KeepAlive is sent; 5 unless given, None for never."""
    reconnect: bool
    """Whether a lost connection is made again, and what was not final sent again; true unless given."""
    attempts: int
    """Attempts at it, before the session gives up; 10 unless given."""
    retry_seconds: float
    """Time for all of them; 60 unless given."""
    buffer_seconds: float
    """Audio that may wait to be sent; 60 unless given."""
    when_full: str
    """What `send` does beyond that: `block` (the default), `drop_oldest` (`AudioLost` tells of it), or `error`."""
    full_timeout: float
    """How long `send` may block then, before it raises BufferFull; 10 unless given."""
    replay_seconds: float
    """Audio, sent and not final, of which copies are kept; 120 unless given."""
    replay_speed: float | None
    """How many times as fast as spoken audio is sent again; 1.25 unless given, None for no limit."""
    send_timeout: float
    """Without progress in sending for so long, the connection is taken for dead; 5 unless given."""
    stall_timeout: float
    """Without a message for so long while speech is sent, too; 10 unless given."""
    close_timeout: float
    """For the last results at the end; 10 unless given."""
    max_session: float | None
    """Age at which a connection is exchanged for another, in a pause; never unless given."""
    gate: Callable[[bytes], bool] | None
    """Called with each chunk; where it is true the chunk is kept back. Times stay those of the whole stream."""


class Stream(Generic[F]):
    """What both flavours of a live conversation share."""

    def __init__(self, session: Session, dial: Callable[[], Any]) -> None:
        self._session, self._handlers = session, Handlers()
        self._dial = dial
        self._carrier: Any = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._session.state}>"

    @property
    def ledger(self) -> Ledger:
        """Where every byte is that was handed to `send`."""
        return self._session.ledger

    @property
    def stats(self) -> Stats:
        """Figures of the session so far."""
        return self._session.stats

    @property
    def request_id(self) -> str | None:
        """Of the connection there is, or was last."""
        return self._session.request_id

    def connection_state(self) -> str:
        """`connecting`, `open`, `closing` or `closed`."""
        return self._session.state

    def get_ready_state(self) -> int:
        """The same as the browsers' number: 0, 1, 2, 3."""
        return ("connecting", "open", "closing", "closed").index(self._session.state)

    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._session.is_open

    def off(self, event: str, handler: Handler) -> None:
        """Call a handler no more."""
        self._handlers.remove(event, handler)

    def _add_handler(self, event: str, handler: Handler) -> None:
        self._handlers.add(event, handler)
        if self._carrier is not None:
            self._carrier.listen_to_handlers()

    def _started(self) -> Any:
        if self._carrier is None:
            raise ConfigError("The stream is not connected yet.", hint="Use it in a `with` block, or call start().")
        return self._carrier

    def _unseen(self) -> Exception | None:
        """The error that nobody was told of."""
        error = self._session.error
        told = self._carrier.inbox.is_raised or "error" in self._handlers or "close" in self._handlers
        closed = isinstance(error, StreamLost) and error.close_code == 1000
        return None if told or closed else error


class sends(Generic[P]):  # noqa: N801 - used as a decorator
    """Makes a method that gives a message into one that sends it."""

    def __init__(self, build: Callable[Concatenate[Any, P], Message]) -> None:
        self._build = build
        update_wrapper(self, build)  # type: ignore[arg-type]  # help() then shows the method

    @overload
    def __get__(self, obj: None, owner: Any) -> sends[P]: ...
    @overload
    def __get__(self, obj: Stream[Sync], owner: Any) -> Callable[P, None]: ...
    @overload
    def __get__(self, obj: Stream[Async], owner: Any) -> Callable[P, Coroutine[Any, Any, None]]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        if obj is None:
            return self
        build = self._build

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj.say(build(obj, *args, **kwargs))

        return update_wrapper(method, build)


class Live(Stream[F]):
    """The messages of `/v1/listen`."""

    @sends
    def keep_alive(self) -> Message:
        """Keep the stream open; the session does so by itself (`keepalive`)."""
        return KeepAlive()

    @sends
    def finalize(self, channel: int | None = None) -> Message:
        """Have all audio so far transcribed for good; of one channel, if it says which."""
        return Finalize(channel)

    @sends
    def configure(self, *, numerals: bool | None = None, keyterms: list[str] | None = None) -> Message:
        """Change how later audio is heard; kept over a change of connection.

        Args:
            numerals: write numbers as digits.
            keyterms: replaces all key terms; an empty list clears them.
        """
        features = None if numerals is None else Features(numerals)
        return Configure(features=features, keyterms=keyterms)


class Turns(Stream[F]):
    """The messages of `/v2/listen`."""

    @sends
    def force_end_turn(self) -> Message:
        """End the turn now."""
        return ForceEndTurn()

    @sends
    def configure(
        self,
        *,
        eot_threshold: float | None = None,
        eager_eot_threshold: float | None = None,
        eot_timeout_ms: int | None = None,
        keyterms: list[str] | None = None,
        language_hints: list[str] | None = None,
        numerals: bool | None = None,
    ) -> Message:
        """Change how later audio is heard, all of it or nothing; kept over a change of connection."""
        given = (eot_threshold, eager_eot_threshold, eot_timeout_ms)
        thresholds = None if given == (None, None, None) else Thresholds(*given)
        return TurnConfigure(thresholds, keyterms, language_hints, numerals)


class SyncStream(Stream[Sync], Generic[E]):
    """A live conversation from threads: `send` and the other methods may be called from any of them."""

    def start(self) -> None:
        """Connect; `with` does it for you.

        Raises:
            ApiError: the service refused.
            ConnectFailed, TimedOut: it could not be reached.
        """
        from sonant.client.carriers.live_sync import LiveCarrier

        self._carrier = LiveCarrier(self._session, self._dial, self._handlers)
        self._carrier.start()

    def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send audio, in chunks of any size; empty ones are left out.

        Raises:
            SourceError: the first bytes are not what the options say, or tell nothing where they should.
            BufferFull: too much audio waits (`buffer_seconds`); this chunk was not taken.
            StreamLost: the stream is over.
        """
        self._started().send(bytes(data))

    def say(self, message: Message) -> None:
        """Send a message of the contract, after the audio so far."""
        self._started().say(message)

    def request_close(self) -> None:
        """Say that no more audio comes; the rest is transcribed, then the stream ends."""
        self._started().close()

    finish = request_close

    def reconnect(self) -> None:
        """Change to a new connection; nothing is lost."""
        self._started().rotate()

    def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """End at once; what is not final is lost."""
        self._started().abandon(code, reason)

    def on(self, event: LiveTranscriptionEvents | str, handler: Handler) -> None:
        """Have a handler called for each event of a name, on a thread of its own, one after another."""
        self._add_handler(event, handler)

    def close(self) -> None:
        """Have the rest transcribed, wait for it within `close_timeout`, and end.

        Raises:
            StreamError: the stream was lost, and nobody was told yet.
        """
        carrier = self._started()
        carrier.close()
        carrier.stop()
        if error := self._unseen():
            carrier.inbox.is_raised = True
            raise error

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self._carrier.abandon(1000, "left with an error")
            self._carrier.stop()

    def __iter__(self) -> Iterator[E]:
        """Everything that happens, until the stream ends.

        Raises:
            StreamLost: it ended, and not because it was to.
        """
        return self._started().events()  # type: ignore[no-any-return]

    def stream(self, source: object, *, speed: float | None = 1.0) -> Iterator[E]:
        """Send a source, as fast as it was spoken, and yield what happens until all is transcribed.

        Args:
            source: a path, bytes, a binary file, an iterator of bytes, or a microphone.
            speed: how many times as fast as spoken; None for no limit.

        Raises:
            SourceError: the source cannot be read.
            StreamError: the stream was lost.
        """
        failure: list[BaseException] = []
        feeder = threading.Thread(target=self._feed, args=(source, Pace(speed), failure), daemon=True)
        feeder.start()
        yield from self
        feeder.join()
        if failure:
            raise failure[0]

    def _feed(self, source: object, pace: Pace, failure: list[BaseException]) -> None:
        idle = threading.Event()
        handed = 0
        try:
            for piece in pieces(source):
                wait = pace.wait(self._session.tape.track, handed)
                if wait:
                    idle.wait(wait)
                if self._session.is_closed or self._session.is_closing:
                    return
                self.send(piece)
                handed += len(piece)
        except BaseException as error:  # noqa: BLE001 - raised again where the events are read
            failure.append(error)
        finally:
            self.request_close()


class AsyncStream(Stream[Async], Generic[E]):
    """A live conversation on an event loop."""

    async def start(self) -> None:
        """Connect; `async with` does it for you.

        Raises:
            ApiError: the service refused.
            ConnectFailed, TimedOut: it could not be reached.
        """
        from sonant.client.carriers.live_aio import AsyncLiveCarrier

        self._carrier = AsyncLiveCarrier(self._session, self._dial, self._handlers)
        await self._carrier.start()

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send audio, in chunks of any size; empty ones are left out.

        Raises:
            SourceError: the first bytes are not what the options say, or tell nothing where they should.
            BufferFull: too much audio waits (`buffer_seconds`); this chunk was not taken.
            StreamLost: the stream is over.
        """
        await self._started().send(bytes(data))

    async def say(self, message: Message) -> None:
        """Send a message of the contract, after the audio so far."""
        self._started().say(message)

    async def request_close(self) -> None:
        """Say that no more audio comes; the rest is transcribed, then the stream ends."""
        self._started().close()

    finish = request_close

    async def reconnect(self) -> None:
        """Change to a new connection; nothing is lost."""
        self._started().rotate()

    async def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """End at once; what is not final is lost."""
        self._started().abandon(code, reason)

    def on(self, event: LiveTranscriptionEvents | str, handler: Handler) -> None:
        """Have a handler, plain or a coroutine function, called for each event of a name, one after another."""
        self._add_handler(event, handler)

    async def close(self) -> None:
        """Have the rest transcribed, wait for it within `close_timeout`, and end.

        Raises:
            StreamError: the stream was lost, and nobody was told yet.
        """
        carrier = self._started()
        carrier.close()
        await carrier.stop()
        if error := self._unseen():
            carrier.inbox.is_raised = True
            raise error

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            await self.close()
        else:
            self._carrier.abandon(1000, "left with an error")
            await self._carrier.stop()

    def __aiter__(self) -> AsyncIterator[E]:
        """Everything that happens, until the stream ends.

        Raises:
            StreamLost: it ended, and not because it was to.
        """
        return self._started().events()  # type: ignore[no-any-return]

    async def stream(self, source: object, *, speed: float | None = 1.0) -> AsyncIterator[E]:
        """Send a source, as fast as it was spoken, and yield what happens until all is transcribed.

        Args:
            source: a path, bytes, a binary file, an iterator or async iterator of bytes, or a microphone.
            speed: how many times as fast as spoken; None for no limit.

        Raises:
            SourceError: the source cannot be read.
            StreamError: the stream was lost.
        """
        import asyncio

        feeding = asyncio.ensure_future(self._feed(source, Pace(speed)))
        try:
            async for event in self:
                yield event
            await feeding
        finally:
            feeding.cancel()

    async def _feed(self, source: object, pace: Pace) -> None:
        import asyncio

        handed = 0
        try:
            async for piece in apieces(source):
                wait = pace.wait(self._session.tape.track, handed)
                if wait:
                    await asyncio.sleep(wait)
                if self._session.is_closed or self._session.is_closing:
                    return
                await self.send(piece)
                handed += len(piece)
        finally:
            self._started().close()


class SyncLive(SyncStream[LiveEvent], Live[Sync]):
    """A live transcription: `with client.listen.live(...) as live`. Safe to share between threads."""

    def finals(self) -> Iterator[LiveResults]:
        """Results that will not change."""
        return (event for event in self if isinstance(event, LiveResults) and event.is_final)

    def text(self) -> Iterator[str]:
        """What was said, final by final."""
        return (final.transcript for final in self.finals() if final.transcript)

    def utterances(self) -> Iterator[HeardUtterance]:
        """What was said, exactly one for each utterance."""
        collected = Utterances()
        return (utterance for event in self for utterance in collected.take(event))


class AsyncLive(AsyncStream[LiveEvent], Live[Async]):
    """A live transcription: `async with client.listen.live(...) as live`. Belongs to one event loop."""

    async def finals(self) -> AsyncIterator[LiveResults]:
        """Results that will not change."""
        async for event in self:
            if isinstance(event, LiveResults) and event.is_final:
                yield event

    async def text(self) -> AsyncIterator[str]:
        """What was said, final by final."""
        async for final in self.finals():
            if final.transcript:
                yield final.transcript

    async def utterances(self) -> AsyncIterator[HeardUtterance]:
        """What was said, exactly one for each utterance."""
        collected = Utterances()
        async for event in self:
            for utterance in collected.take(event):
                yield utterance


class SyncTurns(SyncStream[TurnEvents], Turns[Sync]):
    """A conversation of turns: `with client.listen.turns(...) as talk`. Safe to share between threads."""

    def turns(self) -> Iterator[TurnInfo]:
        """Turns that have ended."""
        return (event for event in self if isinstance(event, TurnInfo) and event.event == "EndOfTurn")


class AsyncTurns(AsyncStream[TurnEvents], Turns[Async]):
    """A conversation of turns: `async with client.listen.turns(...) as talk`. Belongs to one event loop."""

    async def turns(self) -> AsyncIterator[TurnInfo]:
        """Turns that have ended."""
        async for event in self:
            if isinstance(event, TurnInfo) and event.event == "EndOfTurn":
                yield event
