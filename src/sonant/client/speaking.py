"""Live speech as a user holds it: text goes in, audio comes out."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain
from typing import Any, Generic

from sonant.client.errors import StreamLost
from sonant.client.flavour import Async, F, Sync
from sonant.client.saying import AsyncTexts, Saying, Texts, asentences_of, audio_of, heed, sentences_of
from sonant.client.session import Session
from sonant.client.speechevents import Audio, SpeakEvents, SpeakTurnEvents
from sonant.client.speechmessages import SpeakLive, SpeakTurns
from sonant.client.stream import AsyncStream, E, Stream, SyncStream
from sonant.client.textentries import Nudge, tell_unspoken
from sonant.client.textfeed import TextFeed
from sonant.client.wording import Text, compose
from sonant.contract.speak import Clear, Flush, Interrupt
from sonant.contract.wire import Message


class Voice(Stream[F]):
    """What speaks the text that it is given."""

    def __init__(
        self, session: Session, dial: Callable[[], Any], enlist: Callable[[Any], None], feed: TextFeed
    ) -> None:
        super().__init__(session, dial, enlist)
        self._feed = feed

    @property
    def unspoken(self) -> str:
        """The text that is not known to be spoken: it would be sent again after a loss of connection.

        After the end it is what was lost.
        """
        return self._feed.unspoken

    def _check_spoken(self) -> None:
        """See that all text was spoken, now that the stream has ended.

        Raises:
            StreamLost: somebody closed it before.
        """
        if self._feed.unspoken.strip():
            raise self._closed_early()

    def _closed_early(self) -> StreamLost:
        lost = tell_unspoken(self._feed.unspoken)
        return StreamLost("The stream was closed before all was spoken.", code=1000, hint=lost)

    def _give_up(self) -> Message:
        """What gives up a text that nobody wants to hear any more."""
        return Clear()

    @property
    def _nudges(self) -> bool:
        """Whether each sentence is flushed."""
        return True


class SyncVoice(Voice[Sync], SyncStream[E], Generic[E]):
    """Speaks what threads give it."""

    def send_text(self, text: Text, *, flush: bool = False) -> None:
        """Send text; it joins what was sent before it, as it is.

        Args:
            text: a text, or its parts.
            flush: whether to call `flush` behind it; in one go, it is spoken the sooner.

        Raises:
            SourceError: it is no text, or holds what is no character.
            BadOptionValue: it is more than the service takes before a `flush`.
            StreamLost: the stream is over.
        """
        self._started().send(compose(text), Flush() if flush else None)

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
            SourceError: it is no text, or a piece of it is none.
            StreamError: the stream was lost or closed before all was spoken, or no audio came for the text.
            Exception: what the iterable raises, once what came before is spoken.
        """
        sentences = sentences_of(texts)
        first = next(sentences, None)
        if first is None:
            return
        saying, failure = Saying(self._feed), list[BaseException]()
        turn = threading.Lock()
        feeder = threading.Thread(
            target=self._say_all, args=(chain([first], sentences), saying, turn, failure), daemon=True
        )
        feeder.start()
        is_spoken = False
        try:
            for event in self:
                if audio := saying.audio(event):
                    yield audio
                if saying.is_spoken(event):
                    break
            else:
                raise self._closed_early()
            is_spoken = True
        finally:
            with turn:
                saying.is_over = True
                if not is_spoken and not saying.is_given_up and not self._session.is_closed:
                    self.send_message(self._give_up())
        if failure:
            raise failure[0]
        saying.check_heard()

    def _say_all(
        self, sentences: Iterator[str], saying: Saying, turn: threading.Lock, failure: list[BaseException]
    ) -> None:
        try:
            for sentence in sentences:
                if not self._say(sentence, saying, turn):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the audio is heard
            failure.append(error)
        with turn:
            if not (saying.is_over or saying.is_given_up or self._session.is_closed):
                saying.expect_last()
                self.send_message(Flush())
                saying.note_last()

    def _say(self, sentence: str, saying: Saying, turn: threading.Lock) -> bool:
        with turn:
            if saying.is_over or saying.is_given_up or self._session.is_closed:
                return False
            self._started().send(sentence, Nudge() if self._nudges else None)
            return True


class AsyncVoice(Voice[Async], AsyncStream[E], Generic[E]):
    """Speaks what tasks give it."""

    async def send_text(self, text: Text, *, flush: bool = False) -> None:
        """Send text; it joins what was sent before it, as it is.

        Args:
            text: a text, or its parts.
            flush: whether to call `flush` behind it; in one go, it is spoken the sooner.

        Raises:
            SourceError: it is no text, or holds what is no character.
            BadOptionValue: it is more than the service takes before a `flush`.
            StreamLost: the stream is over.
        """
        await self._started().send(compose(text), Flush() if flush else None)

    def __aiter__(self) -> AsyncIterator[E]:
        """Everything that happens, until the stream ends.

        Raises:
            StreamLost: it ended, and not because it was to, or before all text was spoken.
        """
        return self._all_of(super().__aiter__())

    async def _all_of(self, events: AsyncIterator[E]) -> AsyncIterator[E]:
        async for event in events:
            yield event
        self._check_spoken()

    async def audio(self) -> AsyncIterator[bytes]:
        """All audio, until the stream ends: have called `request_close()`, or do it elsewhere.

        Raises:
            StreamLost: it ended, and not because it was to, or before all text was spoken.
        """
        async for event in self:
            if isinstance(event, Audio):
                yield event.data
            else:
                heed(event)

    async def say(self, texts: AsyncTexts) -> AsyncIterator[bytes]:
        """Speak a text while it is written, and yield its audio until all of it is spoken; the stream stays open.

        Each sentence goes as soon as it is complete, or seems to be, as nothing of an async iterable follows for 0.2
        seconds. Leaving the loop early gives the rest up, once the generator is closed: `contextlib.aclosing` does that
        at once.

        Args:
            texts: a text, or an iterable or async iterable of pieces of any size, as a language model writes them.

        Raises:
            SourceError: it is no text, or a piece of it is none.
            StreamError: the stream was lost or closed before all was spoken, or no audio came for the text.
            Exception: what the iterable raises, once what came before is spoken.
        """
        import asyncio

        sentences = asentences_of(texts)
        first = await anext(sentences, None)
        if first is None:
            return
        saying = Saying(self._feed)
        feeding = asyncio.ensure_future(self._say_all(first, sentences, saying))
        is_spoken = False
        try:
            async for event in self:
                if audio := saying.audio(event):
                    yield audio
                if saying.is_spoken(event):
                    break
            else:
                raise self._closed_early()
            is_spoken = True
            if saying.is_given_up:
                feeding.cancel()
            else:
                await feeding
        finally:
            saying.is_over = True
            feeding.cancel()
            if not is_spoken and not saying.is_given_up and not self._session.is_closed:
                await self.send_message(self._give_up())
        saying.check_heard()

    async def _say_all(self, first: str, sentences: AsyncIterator[str], saying: Saying) -> None:
        failure: Exception | None = None
        try:
            await self._say(first, saying)
            async for sentence in sentences:
                if not await self._say(sentence, saying):
                    return
        except Exception as error:  # noqa: BLE001 - raised once what came before is spoken
            failure = error
        if not (saying.is_over or saying.is_given_up or self._session.is_closed):
            await self.send_message(Flush())
            saying.note_last()
        if failure:
            raise failure

    async def _say(self, sentence: str, saying: Saying) -> bool:
        if saying.is_over or saying.is_given_up or self._session.is_closed:
            return False
        await self._started().send(sentence, Nudge() if self._nudges else None)
        return True


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
