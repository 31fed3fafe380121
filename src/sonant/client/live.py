"""Live listening as a user holds it: audio goes in, results or turns come out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Generic

from sonant.client.audiofeed import AudioFeed
from sonant.client.events import LiveEvent, TurnEvents
from sonant.client.flavour import Async, F, Sync
from sonant.client.ledger import Ledger
from sonant.client.lenses import Lens, Sourced
from sonant.client.listenmessages import Live, Turns
from sonant.client.pacing import Pace, Turnstile, apieces, open_audio, pieces
from sonant.client.session import Session
from sonant.client.sources import Upload, to_bytes
from sonant.client.stream import AsyncStream, E, Stream, SyncStream
from sonant.client.utterances import EndedTurns, HeardUtterance, Utterances
from sonant.contract.listen import ForceEndTurn, LiveResults, TurnInfo
from sonant.contract.wire import Message


class Listener(Stream[F]):
    """What listens to audio."""

    _last_words: tuple[Message, ...] = ()
    """What is said when a source has come to its end."""

    def _say_last_words(self) -> None:
        if not (self._session.is_closed or self._session.is_closing):
            self._feed.said_last_words = True
            for message in self._last_words:
                self._started().say(message)

    def __init__(
        self,
        session: Session,
        dial: Callable[[], Any],
        enlist: Callable[[Any], None],
        feed: AudioFeed,
        source: object = None,
    ) -> None:
        super().__init__(session, dial, enlist)
        self._feed, self._source = feed, source
        self._turnstile = Turnstile()

    def _check_free(self) -> None:
        self._check_open()
        self._turnstile.check()

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
            StreamError: the stream was lost, or had ended before.
            ConfigError: another source is being streamed.
            Exception: what the source raises, once what was sent before is transcribed.
        """
        self._check_free()
        return self._stream(self._open(source), Pace(speed))

    def _stream(self, source: Upload, pace: Pace) -> Iterator[E]:
        failure: list[BaseException] = []
        is_left = threading.Event()
        self._started().wake_at_end(is_left.set)
        turn = self._turnstile.enter()
        try:
            feeder = threading.Thread(target=self._send_all, args=(source, pace, failure, is_left), daemon=True)
            feeder.start()
            yield from self
        finally:
            is_left.set()
            self._turnstile.leave(turn)
        feeder.join()
        if failure:
            raise failure[0]

    def _send_all(self, source: Upload, pace: Pace, failure: list[BaseException], is_left: threading.Event) -> None:
        handed = 0
        try:
            for piece in pieces(source):
                is_left.wait(pace.wait(self._feed.track, handed) or 0)
                with self._turnstile.lock:
                    if is_left.is_set() or self._session.is_closed or self._session.is_closing:
                        return
                    self.send(piece)
                handed += len(piece)
        except BaseException as error:  # noqa: BLE001 - raised again where the events are read
            failure.append(error)
        finally:
            if not is_left.is_set():
                self._say_last_words()
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

    def stream(self, source: object = None, *, speed: float | None = 1.0) -> Sourced[E]:
        """Send a source, as fast as it was spoken, and give what happens until all is transcribed.

        A wait for the next event may be cancelled. Leaving the loop early leaves the source, once what this gave is
        closed: `contextlib.aclosing` does that at once.

        Args:
            source: a path, bytes, a binary file, an iterator or async iterator of bytes, or a microphone; that of
                `live` unless given.
            speed: how many times as fast as spoken; None for no limit.

        Raises:
            BadOptionValue: the speed is no positive number.
            SourceError: the source cannot be read, or cannot be streamed.
            StreamError: the stream was lost, or had ended before.
            ConfigError: another source is being streamed.
            Exception: what the source raises, once what was sent before is transcribed.
        """
        self._check_free()
        send = partial(self._send_all, self._open(source), Pace(speed))
        return Sourced(aiter(self), send, self._turnstile)

    async def _send_all(self, source: Upload, pace: Pace, turn: object) -> None:
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
            if self._turnstile.is_in(turn):
                self._say_last_words()
                self._started().close()


def _finals(event: LiveEvent) -> tuple[LiveResults, ...]:
    return (event,) if isinstance(event, LiveResults) and event.is_final else ()


def _texts(event: LiveEvent) -> tuple[str, ...]:
    return tuple(final.transcript for final in _finals(event) if final.transcript)


class SyncLive(SyncListener[LiveEvent], Live[Sync]):
    """A live transcription: `with client.listen.live(...) as live`. Safe to share between threads."""

    def finals(self) -> Iterator[LiveResults]:
        """Results that will not change."""
        return (final for event in self for final in _finals(event))

    def text(self) -> Iterator[str]:
        """What was said, final by final."""
        return (text for event in self for text in _texts(event))

    def utterances(self) -> Iterator[HeardUtterance]:
        """What was said, exactly one for each utterance."""
        collected = Utterances()
        return (utterance for event in self for utterance in collected.take(event))


class AsyncLive(AsyncListener[LiveEvent], Live[Async]):
    """A live transcription: `async with client.listen.live(...) as live`. Belongs to one event loop."""

    def finals(self) -> Lens[LiveEvent, LiveResults]:
        """Results that will not change."""
        return Lens(aiter(self), _finals)

    def text(self) -> Lens[LiveEvent, str]:
        """What was said, final by final."""
        return Lens(aiter(self), _texts)

    def utterances(self) -> Lens[LiveEvent, HeardUtterance]:
        """What was said, exactly one for each utterance."""
        return Lens(aiter(self), Utterances().take)


class SyncTurns(SyncListener[TurnEvents], Turns[Sync]):
    """A conversation of turns: `with client.listen.turns(...) as talk`. Safe to share between threads."""

    _last_words = (ForceEndTurn(),)

    def turns(self) -> Iterator[TurnInfo]:
        """Turns that have ended; at the end of the stream also one that has not, as its last `Update` told it."""
        collected = EndedTurns()
        yield from (turn for event in self for turn in collected.take(event))


class AsyncTurns(AsyncListener[TurnEvents], Turns[Async]):
    """A conversation of turns: `async with client.listen.turns(...) as talk`. Belongs to one event loop."""

    _last_words = (ForceEndTurn(),)

    def turns(self) -> Lens[TurnEvents, TurnInfo]:
        """Turns that have ended; at the end of the stream also one that has not, as its last `Update` told it."""
        return Lens(aiter(self), EndedTurns().take)
