"""Live speech as a user holds it: text goes in, audio comes out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from functools import partial
from itertools import chain
from typing import Generic

from sonant.client.errors import SonantError, SourceError, StreamError
from sonant.client.flavour import Async, Sync
from sonant.client.lenses import Events, Lens
from sonant.client.said import Said, Sending
from sonant.client.saying import (
    AsyncTexts,
    Saying,
    Texts,
    asentences_of,
    audio_in,
    audio_of,
    is_to_end,
    sentences_of,
)
from sonant.client.speechevents import SpeakEvents, SpeakTurnEvents
from sonant.client.speechmessages import SpeakLive, SpeakTurns
from sonant.client.stream import AsyncStream, E, SyncStream
from sonant.client.voice import Voice
from sonant.client.wording import Text, compose
from sonant.contract.speak import Flush, Interrupt
from sonant.contract.wire import Message


class SyncVoice(Voice[Sync], SyncStream[E], Generic[E]):
    """Speaks what threads give it."""

    def send_text(self, text: Text, *, flush: bool = False) -> None:
        """Send text; it joins what was sent before it, as it is.

        Args:
            text: a text, or its parts.
            flush: whether to call `flush` behind it; in one go, it is spoken the sooner.

        Raises:
            SourceError: it is no text, or holds what is no character.
            BadOptionValue: it is more than the service takes before a `flush`, or what it says about itself cannot be
                followed; nothing is sent then. A control may go on in the next text, but for one with `flush`.
            StreamLost: the stream is over.
        """
        carrier, written = self._started(), compose(text)
        if flush:
            self._feed.check_end(written)
        carrier.send(written, Flush() if flush else None)

    def __iter__(self) -> Iterator[E]:
        """Everything that happens, until the stream ends.

        Raises:
            StreamLost: it ended, and not because it was to, or before all text was spoken.
        """
        return self._all_of(super().__iter__())

    def _all_of(self, events: Iterator[E]) -> Iterator[E]:
        yield from events
        self._check_spoken()

    def audio(self) -> Iterator[bytes]:
        """All audio, until the stream ends: have called `request_close()`, or do it elsewhere.

        Raises:
            StreamLost: it ended, and not because it was to, or before all text was spoken.
        """
        return audio_of(iter(self))

    def say(self, texts: Texts) -> Iterator[bytes]:
        """Speak a text while it is written, and yield its audio until all of it is spoken; the stream stays open.

        Each sentence goes as soon as it is complete, or seems to be, as nothing follows for 0.2 seconds. Leaving the
        loop early gives the rest up.

        Args:
            texts: a text, or an iterable of pieces of any size, as a language model writes them; it is read by a thread
                of its own.

        Raises:
            ConfigError: another text is being said.
            SourceError: it is no text, or a piece of it is none.
            BadOptionValue: what it says about itself cannot be followed; what came before is spoken first, unless a
                whole text has a control that is not written as it should be.
            StreamError: the stream was lost or closed before all was spoken, or no audio came for the text.
            Exception: what the iterable raises, once what came before is spoken, half a sentence too.
        """
        self._check_free()
        return self._say(texts)

    def _say(self, texts: Texts) -> Iterator[bytes]:
        turn = self._turnstile.enter()
        saying = Saying(self._feed)
        try:
            sentences = sentences_of(texts, saying.draft)
            first = next(sentences, None)
            if first is not None:
                is_sent = self._say_one(first, saying)  # who hears the audio learns why not
                yield from self._say_and_hear(sentences if is_sent else chain([first], sentences), saying)
        finally:
            with self._turnstile.lock, suppress(SonantError):  # lost in this moment
                if message := self._take_leave(saying):
                    self.send_message(message)
            self._turnstile.leave(turn)

    def _say_and_hear(self, sentences: Iterator[str], saying: Saying) -> Iterator[bytes]:
        failure = list[BaseException]()
        threading.Thread(target=self._say_all, args=(sentences, saying, failure), daemon=True).start()
        for event in self:
            if audio := saying.audio(event):
                yield audio
            if saying.is_spoken(event):
                break
        saying.is_settled = True
        if failure:
            raise failure[0]
        saying.check_said()

    def _say_all(self, sentences: Iterator[str], saying: Saying, failure: list[BaseException]) -> None:
        try:
            for sentence in sentences:
                if not self._say_one(sentence, saying):
                    return
            saying.is_written = True
        except BaseException as error:  # noqa: BLE001 - raised again where the audio is heard
            failure.append(error)
        with self._turnstile.lock, suppress(SonantError):  # who hears the audio learns of it
            if self._wants_flush(saying):
                saying.expect_last(has_text=False)
                self.send_message(Flush())

    def _say_one(self, sentence: str, saying: Saying) -> bool:
        with self._turnstile.lock, suppress(StreamError):  # closed in this moment
            if self._takes(saying):
                self._feed.check_end(sentence)
                is_last = self._is_last(sentence, saying)
                self._started().send(sentence, self._behind(is_last=is_last))
                saying.is_flushed = is_last
                return True
        return False


class AsyncVoice(Voice[Async], AsyncStream[E], Generic[E]):
    """Speaks what tasks give it."""

    _sending: Sending | None = None
    """The text that is said, or was last."""

    async def send_text(self, text: Text, *, flush: bool = False) -> None:
        """Send text; it joins what was sent before it, as it is.

        Args:
            text: a text, or its parts.
            flush: whether to call `flush` behind it; in one go, it is spoken the sooner.

        Raises:
            SourceError: it is no text, or holds what is no character.
            BadOptionValue: it is more than the service takes before a `flush`, or what it says about itself cannot be
                followed; nothing is sent then. A control may go on in the next text, but for one with `flush`.
            StreamLost: the stream is over.
        """
        carrier, written = self._started(), compose(text)
        if flush:
            self._feed.check_end(written)
        await carrier.send(written, Flush() if flush else None)

    def __aiter__(self) -> AsyncIterator[E]:
        """Everything that happens, until the stream ends.

        Raises:
            StreamLost: it ended, and not because it was to, or before all text was spoken.
        """
        self._started()
        return Events(self._next_event)

    async def _next_event(self) -> E:
        try:
            return await self._started().next_event()  # type: ignore[no-any-return]
        except StopAsyncIteration:
            self._check_spoken()
            raise

    def audio(self) -> Lens[E, bytes]:
        """All audio, until the stream ends: have called `request_close()`, or do it elsewhere.

        A wait for the next of it may be cancelled.

        Raises:
            StreamLost: it ended, and not because it was to, or before all text was spoken.
        """
        return Lens(aiter(self), audio_in)

    def say(self, texts: AsyncTexts) -> Said:
        """Speak a text while it is written, and yield its audio until all of it is spoken; the stream stays open.

        Each sentence goes as soon as it is complete, or seems to be, as nothing of an async iterable follows for 0.2
        seconds. A wait for the next audio may be cancelled, and another text be said instead at once, which gives up
        the rest of this one. Leaving the loop early gives it up, once what this gave is closed: `contextlib.aclosing`
        does that at once. One task at a time may wait for the audio.

        Args:
            texts: a text, or an iterable or async iterable of pieces of any size, as a language model writes them; an
                iterable that waits keeps the event loop waiting.

        Raises:
            ConfigError: another text is being said, or another task waits for the audio of this one.
            SourceError: it is no text, or a piece of it is none.
            BadOptionValue: what it says about itself cannot be followed; what came before is spoken first, unless a
                whole text has a control that is not written as it should be.
            StreamError: the stream was lost or closed before all was spoken, or no audio came for the text.
            Exception: what the iterable raises, once what came before is spoken, half a sentence too.
        """
        if self._sending is not None and self._sending.is_cancelled:
            self._turnstile.leave(self._sending.turn)  # its task is about to end, and is not waited for
        self._check_free()
        return Said(aiter(self), partial(self._begin_saying, texts), self._leave, self._turnstile)

    def _begin_saying(self, texts: AsyncTexts) -> Sending:
        if self._sending is not None:
            self._leave(self._sending.saying)  # nobody waits for it any more
            self._sending.task.cancel()
        saying, begun = Saying(self._feed), asyncio.Event()
        task = asyncio.ensure_future(self._say_all(texts, saying, begun))
        task.add_done_callback(partial(_note_end, begun))
        self._sending = Sending(saying, task, begun)
        return self._sending

    async def _say_all(self, texts: AsyncTexts, saying: Saying, begun: asyncio.Event) -> None:
        failure: BaseException | None = None
        try:
            async with aclosing(asentences_of(texts, saying.draft)) as sentences:
                async for sentence in sentences:
                    if not await self._say_one(sentence, saying):
                        return
                    begun.set()
            saying.is_written = True
        except asyncio.CancelledError:
            if is_to_end():
                raise
            failure = SourceError("The text was cancelled before its end.")
        except GeneratorExit:  # nobody runs this any more
            raise
        except BaseException as error:  # noqa: BLE001 - raised once what came before is spoken
            failure = error
        if self._wants_flush(saying):
            with suppress(SonantError):  # who hears the audio learns of it
                saying.expect_last(has_text=False)
                await self.send_message(Flush())
        if failure:
            raise failure

    async def _say_one(self, sentence: str, saying: Saying) -> bool:
        if not self._takes(saying):
            return False
        self._feed.check_end(sentence)
        is_last = self._is_last(sentence, saying)
        await self._started().send(sentence, self._behind(is_last=is_last))
        saying.is_flushed = is_last
        return True

    def _leave(self, saying: Saying) -> None:
        if message := self._take_leave(saying):
            self._started().say(message)

    async def close(self) -> None:
        """Have the rest done, wait for it within `close_timeout`, and end.

        Raises:
            StreamError: the stream was lost, and nobody was told yet.
        """
        try:
            await super().close()
        finally:
            await self._stop_saying()

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            await super().__aexit__(kind, *rest)
        finally:
            await self._stop_saying()

    async def _stop_saying(self) -> None:
        if self._sending is not None and not self._sending.task.done():
            self._sending.task.cancel()
            await asyncio.wait({self._sending.task})


def _note_end(begun: asyncio.Event, task: asyncio.Task[None]) -> None:
    """Nothing more is sent; take note of what a text raised that somebody left: nobody else does."""
    begun.set()
    if not task.cancelled():
        task.exception()


class SyncSpeakLive(SyncVoice[SpeakEvents], SpeakLive[Sync]):
    """A live voice: `with client.speak.live(...) as live`. Safe to share between threads."""


class AsyncSpeakLive(AsyncVoice[SpeakEvents], SpeakLive[Async]):
    """A live voice: `async with client.speak.live(...) as live`. Belongs to one event loop."""


class _InTurns:
    """A turn's audio begins before its `Flush`, which ends it: there is one, at the end of the text."""

    _nudges = False

    def _give_up(self) -> Message:
        return Interrupt()


class SyncSpeakTurns(_InTurns, SyncVoice[SpeakTurnEvents], SpeakTurns[Sync]):
    """A voice that speaks in turns: `with client.speak.turns(...) as talk`. Safe to share between threads."""


class AsyncSpeakTurns(_InTurns, AsyncVoice[SpeakTurnEvents], SpeakTurns[Async]):
    """A voice that speaks in turns: `async with client.speak.turns(...) as talk`. Belongs to one event loop."""
