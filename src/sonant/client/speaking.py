"""Live speech as a user holds it: text goes in, audio comes out."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain
from math import isfinite
from typing import Any, Generic, Literal, overload

from sonant.client.errors import BadOptionValue, SonantError, StreamLost
from sonant.client.events import Closed, Opened, Reconnected, Reconnecting, names_of
from sonant.client.flavour import Async, F, Sync
from sonant.client.saying import AsyncTexts, Saying, Texts, asentences_of, audio_of, heed, sentences_of
from sonant.client.session import Session
from sonant.client.speechevents import (
    Audio,
    AudioCut,
    LiveTTSEvents,
    SpeakEvents,
    SpeakTurnEvents,
    TextLost,
    TextReplayed,
)
from sonant.client.stream import AsyncStream, E, Handler, Stream, SyncStream, sends
from sonant.client.textfeed import Nudge, TextFeed, tell_unspoken
from sonant.client.wording import Text, check_liveliness, compose
from sonant.contract.codec import Unknown
from sonant.contract.speak import (
    Clear,
    Flush,
    Interrupt,
    PlaybackOffset,
    SessionMetadata,
    SpeakCleared,
    SpeakConfigure,
    SpeakConfigured,
    SpeakConfigureFailure,
    SpeakConnected,
    SpeakError,
    SpeakFlushed,
    SpeakMetadata,
    SpeakTurnWarning,
    SpeakWarning,
    SpeechBegan,
    SpeechFlushed,
    SpeechInterrupted,
    SpeechMetadata,
)
from sonant.contract.wire import Message


class SpeakLive(Stream[F]):
    """The messages of `/v1/speak`."""

    _names = names_of(SpeakEvents)

    @overload
    def on(self, event: Literal["Metadata", LiveTTSEvents.METADATA], handler: Handler[SpeakMetadata]) -> None: ...
    @overload
    def on(self, event: Literal["Flushed", LiveTTSEvents.FLUSHED], handler: Handler[SpeakFlushed]) -> None: ...
    @overload
    def on(self, event: Literal["Cleared", LiveTTSEvents.CLEARED], handler: Handler[SpeakCleared]) -> None: ...
    @overload
    def on(self, event: Literal["Warning", LiveTTSEvents.WARNING], handler: Handler[SpeakWarning]) -> None: ...
    @overload
    def on(self, event: Literal["error", LiveTTSEvents.ERROR], handler: Handler[SonantError]) -> None: ...
    @overload
    def on(self, event: Literal["open", LiveTTSEvents.OPEN], handler: Handler[Opened]) -> None: ...
    @overload
    def on(self, event: Literal["close", LiveTTSEvents.CLOSE], handler: Handler[Closed]) -> None: ...
    @overload
    def on(self, event: Literal["Audio", LiveTTSEvents.AUDIO], handler: Handler[Audio]) -> None: ...
    @overload
    def on(
        self, event: Literal["reconnecting", LiveTTSEvents.RECONNECTING], handler: Handler[Reconnecting]
    ) -> None: ...
    @overload
    def on(self, event: Literal["reconnected", LiveTTSEvents.RECONNECTED], handler: Handler[Reconnected]) -> None: ...
    @overload
    def on(
        self, event: Literal["text_replayed", LiveTTSEvents.TEXT_REPLAYED], handler: Handler[TextReplayed]
    ) -> None: ...
    @overload
    def on(self, event: Literal["text_lost", LiveTTSEvents.TEXT_LOST], handler: Handler[TextLost]) -> None: ...
    @overload
    def on(self, event: Literal["audio_cut", LiveTTSEvents.AUDIO_CUT], handler: Handler[AudioCut]) -> None: ...
    @overload
    def on(self, event: Literal["Unhandled", LiveTTSEvents.UNHANDLED], handler: Handler[Unknown]) -> None: ...
    def on(self, event: str, handler: Handler[Any]) -> None:
        """Have a handler, plain or a coroutine function, called for each event of a name, one after another.

        Handlers have a thread (sync client) or a task (async client) of their own. `open` is told at once to those
        that come after it; `error` also has the error that ends the stream, just before `close`.

        Raises:
            ConfigError: there is no event of that name.
        """
        self._register(event, handler)

    @sends
    def flush(self) -> Message:
        """Have all text so far spoken now; a `Flushed` follows its audio."""
        return Flush()

    @sends
    def clear(self) -> Message:
        """Give up the text that is not spoken, and the audio that is on its way: none of it is handed over any more."""
        return Clear()


class SpeakTurns(Stream[F]):
    """The messages of `/v2/speak`."""

    _names = names_of(SpeakTurnEvents)

    @overload
    def on(self, event: Literal["Connected", LiveTTSEvents.CONNECTED], handler: Handler[SpeakConnected]) -> None: ...
    @overload
    def on(
        self, event: Literal["SpeechStarted", LiveTTSEvents.SPEECH_STARTED], handler: Handler[SpeechBegan]
    ) -> None: ...
    @overload
    def on(self, event: Literal["Flushed", LiveTTSEvents.FLUSHED], handler: Handler[SpeechFlushed]) -> None: ...
    @overload
    def on(
        self, event: Literal["SpeechMetadata", LiveTTSEvents.SPEECH_METADATA], handler: Handler[SpeechMetadata]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["SpeechInterrupted", LiveTTSEvents.SPEECH_INTERRUPTED], handler: Handler[SpeechInterrupted]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["ConfigureSuccess", LiveTTSEvents.CONFIGURE_SUCCESS], handler: Handler[SpeakConfigured]
    ) -> None: ...
    @overload
    def on(
        self,
        event: Literal["ConfigureFailure", LiveTTSEvents.CONFIGURE_FAILURE],
        handler: Handler[SpeakConfigureFailure],
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["SessionMetadata", LiveTTSEvents.SESSION_METADATA], handler: Handler[SessionMetadata]
    ) -> None: ...
    @overload
    def on(self, event: Literal["Warning", LiveTTSEvents.WARNING], handler: Handler[SpeakTurnWarning]) -> None: ...
    @overload
    def on(self, event: Literal["error", LiveTTSEvents.ERROR], handler: Handler[SpeakError | SonantError]) -> None: ...
    @overload
    def on(self, event: Literal["open", LiveTTSEvents.OPEN], handler: Handler[Opened]) -> None: ...
    @overload
    def on(self, event: Literal["close", LiveTTSEvents.CLOSE], handler: Handler[Closed]) -> None: ...
    @overload
    def on(self, event: Literal["Audio", LiveTTSEvents.AUDIO], handler: Handler[Audio]) -> None: ...
    @overload
    def on(
        self, event: Literal["reconnecting", LiveTTSEvents.RECONNECTING], handler: Handler[Reconnecting]
    ) -> None: ...
    @overload
    def on(self, event: Literal["reconnected", LiveTTSEvents.RECONNECTED], handler: Handler[Reconnected]) -> None: ...
    @overload
    def on(
        self, event: Literal["text_replayed", LiveTTSEvents.TEXT_REPLAYED], handler: Handler[TextReplayed]
    ) -> None: ...
    @overload
    def on(self, event: Literal["text_lost", LiveTTSEvents.TEXT_LOST], handler: Handler[TextLost]) -> None: ...
    @overload
    def on(self, event: Literal["audio_cut", LiveTTSEvents.AUDIO_CUT], handler: Handler[AudioCut]) -> None: ...
    @overload
    def on(self, event: Literal["Unhandled", LiveTTSEvents.UNHANDLED], handler: Handler[Unknown]) -> None: ...
    def on(self, event: str, handler: Handler[Any]) -> None:
        """Have a handler, plain or a coroutine function, called for each event of a name, one after another.

        Handlers have a thread (sync client) or a task (async client) of their own. `open` is told at once to those
        that come after it; `error` also has the error that ends the stream, just before `close`.

        Raises:
            ConfigError: there is no event of that name.
        """
        self._register(event, handler)

    @sends
    def flush(self) -> Message:
        """The turn's text ends here; a `SpeechMetadata` follows its audio."""
        return Flush()

    @sends
    def interrupt(self, played_seconds: float | None = None) -> Message:
        """Give up the turn that is spoken and those behind it: none of their audio is handed over any more.

        Args:
            played_seconds: audio of the stream that was played, from its start: what `Speaker.interrupt()` gives. The
                answer, a `SpeechInterrupted`, then says which words were heard. Without it, all that came was heard.

        Raises:
            BadOptionValue: it is no number of seconds, not more than at the last time, or more than came; nothing is
                given up then.
        """
        return Interrupt() if played_seconds is None else Interrupt(PlaybackOffset(_milliseconds(played_seconds)))

    @sends
    def configure(self, *, speed: float | None = None) -> Message:
        """Change how later text is spoken; kept over a change of connection.

        Raises:
            BadOptionValue: the service does not know such a speed.
        """
        check_liveliness({"speed": speed})
        return SpeakConfigure(speed)


def _milliseconds(seconds: Any) -> int:
    if not isinstance(seconds, (int, float)) or not isfinite(seconds) or seconds < 0:
        raise BadOptionValue(f"What was played is a number of seconds, 0 or more, not {seconds!r}.")
    return round(seconds * 1000)


class Voice(Stream[F]):
    """What speaks the text that it is given."""

    def __init__(self, session: Session, dial: Callable[[], Any], feed: TextFeed) -> None:
        super().__init__(session, dial)
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
