"""Live speech as a user holds it: text goes in, audio comes out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from functools import partial
from itertools import chain
from typing import Any, Generic

from sonant.client.errors import SonantError, SourceError, StreamError
from sonant.client.flavour import Async, F, Sync
from sonant.client.lenses import Events, Lens
from sonant.client.pacing import Turnstile
from sonant.client.said import Said, Sending
from sonant.client.saying import (
    AsyncTexts,
    Saying,
    Texts,
    asentences_of,
    audio_in,
    audio_of,
    closed_early,
    is_to_end,
    sentences_of,
)
from sonant.client.session import Session
from sonant.client.speechevents import SpeakEvents, SpeakTurnEvents
from sonant.client.speechmessages import SpeakLive, SpeakTurns
from sonant.client.stream import AsyncStream, E, Stream, SyncStream
from sonant.client.textentries import Nudge
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
        self._turnstile = Turnstile("A text is being said already")

    @property
    def unspoken(self) -> str:
        """The text that is not known to be spoken: it would be sent again after a loss of connection.

        What `say` took from whoever writes, and did not send yet, belongs to it. After the end it is what was lost.
        Text is known to be spoken once its `Flush` is answered: with `say` sentence by sentence, or in `speak.turns` all
        of a turn. What was given up does not belong to it: on an event loop, a text whose task was cancelled is given up
        as soon as nobody holds what `say` gave, with the loop's next turn, or as another text is said.
        """
        return self._feed.unspoken

    def _check_spoken(self) -> None:
        """See that all text was spoken, now that the stream has ended.

        Raises:
            StreamLost: somebody closed it before.
        """
        if self._feed.unspoken.strip():
            raise closed_early(self._feed)

    def _check_free(self) -> None:
        self._started()
        self._check_open()
        self._turnstile.check()

    def _takes(self, saying: Saying) -> bool:
        """Whether more of a text is to be sent."""
        is_unwanted = saying.draft.is_left or saying.is_given_up
        return not (is_unwanted or self._session.is_closed or self._session.is_closing)

    def _take_leave(self, saying: Saying) -> Message | None:
        """No more of a text is wanted; what to send to give up what is not spoken, if anything is."""
        if saying.draft.is_left:
            return None
        saying.draft.is_left = True
        if self._session.is_closed:
            return None
        if self._feed.draft is saying.draft:
            self._feed.draft = None
        is_over = saying.is_settled or saying.is_given_up or not saying.draft.has_begun
        return None if is_over else self._give_up()

    def _give_up(self) -> Message:
        """What gives up a text that nobody wants to hear any more."""
        return Clear()

    def _wants_flush(self, saying: Saying) -> bool:
        """Whether a text of which nothing more comes has no `Flush` behind it."""
        draft = saying.draft
        return draft.has_begun and not (saying.is_flushed or draft.is_left or saying.is_given_up)

    def _is_last(self, sentence: str, saying: Saying) -> bool:
        """Whether a sentence that is about to go is known to be the last one."""
        if not saying.draft.is_last(sentence):
            return False
        saying.expect_last(has_text=True)
        return True

    def _behind(self, *, is_last: bool) -> Flush | None:
        """What goes with a sentence."""
        if is_last:
            return Flush()
        return Nudge() if self._nudges else None

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
        failure: Exception | None = None
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
        except Exception as error:  # noqa: BLE001 - raised once what came before is spoken
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
