"""The messages of the two speaking sockets: what a voice can be told, and what handlers hear of it."""

from __future__ import annotations

from math import isfinite
from typing import Any, Literal, overload

from sonant.client.errors import BadOptionValue, SonantError
from sonant.client.events import Closed, Opened, Reconnected, Reconnecting, names_of
from sonant.client.flavour import F
from sonant.client.speechevents import (
    Audio,
    AudioCut,
    LiveTTSEvents,
    SpeakEvents,
    SpeakTurnEvents,
    TextLost,
    TextReplayed,
)
from sonant.client.stream import Handler, Stream, sends
from sonant.client.wording import check_liveliness
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
                answer, a `SpeechInterrupted`, then says which words were heard. Without it, all that came was
                heard. The same again says that nothing was played since.

        Raises:
            BadOptionValue: it is no number of seconds, less than at the last time, or more than came; nothing is given
                up then.
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
