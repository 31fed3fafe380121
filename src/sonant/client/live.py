"""Live listening as a user holds it: audio goes in, results or turns come out."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic

from sonant.client.audiofeed import AudioFeed
from sonant.client.events import LiveEvent, TurnEvents
from sonant.client.flavour import Async, F, Sync
from sonant.client.ledger import Ledger
from sonant.client.pacing import Pace, apieces, open_audio, pieces
from sonant.client.session import Session
from sonant.client.sources import Upload, to_bytes
from sonant.client.stream import AsyncStream, E, Stream, SyncStream, sends
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


class Listener(Stream[F]):
    """What listens to audio."""

    def __init__(self, session: Session, dial: Callable[[], Any], feed: AudioFeed, source: object = None) -> None:
        super().__init__(session, dial)
        self._feed, self._source = feed, source

    def _open(self, source: object) -> Upload:
        return open_audio(self._source if source is None else source)

    @property
    def ledger(self) -> Ledger:
        """Where every byte is that was handed to `send`."""
        return self._feed.ledger


class SyncListener(Listener[Sync], SyncStream[E], Generic[E]):
    """Listens to what threads send."""

    def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send audio, in chunks of any size; empty ones are left out.

        Raises:
            SourceError: it is no bytes; or the first are not what the options say, or tell nothing where they should.
            BufferFull: too much audio waits (`buffer_seconds`); this chunk was not taken.
            StreamLost: the stream is over.
        """
        self._started().send(to_bytes(data))

    def stream(self, source: object = None, *, speed: float | None = 1.0) -> Iterator[E]:
        """Send a source, as fast as it was spoken, and yield what happens until all is transcribed.

        Args:
            source: a path, bytes, a binary file, an iterator of bytes, or a microphone; that of `live` unless given.
            speed: how many times as fast as spoken; None for no limit.

        Raises:
            BadOptionValue: the speed is no positive number.
            SourceError: the source cannot be read, or cannot be streamed.
            StreamError: the stream was lost.
        """
        return self._stream(self._open(source), Pace(speed))

    def _stream(self, source: Upload, pace: Pace) -> Iterator[E]:
        failure: list[BaseException] = []
        feeder = threading.Thread(target=self._send_all, args=(source, pace, failure), daemon=True)
        feeder.start()
        yield from self
        feeder.join()
        if failure:
            raise failure[0]

    def _send_all(self, source: Upload, pace: Pace, failure: list[BaseException]) -> None:
        idle = threading.Event()
        handed = 0
        try:
            for piece in pieces(source):
                wait = pace.wait(self._feed.track, handed)
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


class AsyncListener(Listener[Async], AsyncStream[E], Generic[E]):
    """Listens to what tasks send."""

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send audio, in chunks of any size; empty ones are left out.

        Raises:
            SourceError: it is no bytes; or the first are not what the options say, or tell nothing where they should.
            BufferFull: too much audio waits (`buffer_seconds`); this chunk was not taken.
            StreamLost: the stream is over.
        """
        await self._started().send(to_bytes(data))

    def stream(self, source: object = None, *, speed: float | None = 1.0) -> AsyncIterator[E]:
        """Send a source, as fast as it was spoken, and yield what happens until all is transcribed.

        Args:
            source: a path, bytes, a binary file, an iterator or async iterator of bytes, or a microphone; that of
                `live` unless given.
            speed: how many times as fast as spoken; None for no limit.

        Raises:
            BadOptionValue: the speed is no positive number.
            SourceError: the source cannot be read, or cannot be streamed.
            StreamError: the stream was lost.
        """
        return self._stream(self._open(source), Pace(speed))

    async def _stream(self, source: Upload, pace: Pace) -> AsyncIterator[E]:
        import asyncio

        feeding = asyncio.ensure_future(self._send_all(source, pace))
        try:
            async for event in self:
                yield event
            await feeding
        finally:
            feeding.cancel()

    async def _send_all(self, source: Upload, pace: Pace) -> None:
        import asyncio

        handed = 0
        try:
            async for piece in apieces(source):
                wait = pace.wait(self._feed.track, handed)
                if wait:
                    await asyncio.sleep(wait)
                if self._session.is_closed or self._session.is_closing:
                    return
                await self.send(piece)
                handed += len(piece)
        finally:
            self._started().close()


class SyncLive(SyncListener[LiveEvent], Live[Sync]):
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


class AsyncLive(AsyncListener[LiveEvent], Live[Async]):
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


class SyncTurns(SyncListener[TurnEvents], Turns[Sync]):
    """A conversation of turns: `with client.listen.turns(...) as talk`. Safe to share between threads."""

    def turns(self) -> Iterator[TurnInfo]:
        """Turns that have ended."""
        return (event for event in self if isinstance(event, TurnInfo) and event.event == "EndOfTurn")


class AsyncTurns(AsyncListener[TurnEvents], Turns[Async]):
    """A conversation of turns: `async with client.listen.turns(...) as talk`. Belongs to one event loop."""

    async def turns(self) -> AsyncIterator[TurnInfo]:
        """Turns that have ended."""
        async for event in self:
            if isinstance(event, TurnInfo) and event.event == "EndOfTurn":
                yield event
