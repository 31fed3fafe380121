"""The messages of the two listening sockets: what a listener can be told, and what handlers hear of it."""

from __future__ import annotations

from typing import Any, Literal, overload

from sonant.client.errors import SonantError
from sonant.client.events import (
    AudioLost,
    Closed,
    LiveEvent,
    LiveTranscriptionEvents,
    Opened,
    Reconnected,
    Reconnecting,
    TurnEvents,
    names_of,
)
from sonant.client.flavour import F
from sonant.client.stream import Handler, Stream, sends
from sonant.contract.codec import Unknown
from sonant.contract.listen import (
    Configure,
    ConfigureFailure,
    ConfigureSuccess,
    Connected,
    Features,
    Finalize,
    ForceEndTurn,
    KeepAlive,
    LiveError,
    LiveMetadata,
    LiveResults,
    SpeechStarted,
    Thresholds,
    TurnConfigure,
    TurnConfigured,
    TurnConfigureFailure,
    TurnError,
    TurnInfo,
    TurnWarning,
    UtteranceEnd,
)
from sonant.contract.wire import Message


class Live(Stream[F]):
    """The messages of `/v1/listen`."""

    _names = names_of(LiveEvent)

    @overload
    def on(
        self, event: Literal["Results", LiveTranscriptionEvents.TRANSCRIPT], handler: Handler[LiveResults]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["Metadata", LiveTranscriptionEvents.METADATA], handler: Handler[LiveMetadata]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["UtteranceEnd", LiveTranscriptionEvents.UTTERANCE_END], handler: Handler[UtteranceEnd]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["SpeechStarted", LiveTranscriptionEvents.SPEECH_STARTED], handler: Handler[SpeechStarted]
    ) -> None: ...
    @overload
    def on(self, event: Literal["ConfigureSuccess"], handler: Handler[ConfigureSuccess]) -> None: ...
    @overload
    def on(self, event: Literal["ConfigureFailure"], handler: Handler[ConfigureFailure]) -> None: ...
    @overload
    def on(
        self, event: Literal["error", LiveTranscriptionEvents.ERROR], handler: Handler[LiveError | SonantError]
    ) -> None: ...
    @overload
    def on(self, event: Literal["open", LiveTranscriptionEvents.OPEN], handler: Handler[Opened]) -> None: ...
    @overload
    def on(self, event: Literal["close", LiveTranscriptionEvents.CLOSE], handler: Handler[Closed]) -> None: ...
    @overload
    def on(
        self, event: Literal["reconnecting", LiveTranscriptionEvents.RECONNECTING], handler: Handler[Reconnecting]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["reconnected", LiveTranscriptionEvents.RECONNECTED], handler: Handler[Reconnected]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["audio_lost", LiveTranscriptionEvents.AUDIO_LOST], handler: Handler[AudioLost]
    ) -> None: ...
    @overload
    def on(self, event: Literal["Unhandled", LiveTranscriptionEvents.UNHANDLED], handler: Handler[Unknown]) -> None: ...
    def on(self, event: str, handler: Handler[Any]) -> None:
        """Have a handler, plain or a coroutine function, called for each event of a name, one after another.

        Handlers have a thread (sync client) or a task (async client) of their own. `open` is told at once to those
        that come after it; `error` also has the error that ends the stream, just before `close`.

        Raises:
            ConfigError: there is no event of that name.
        """
        self._register(event, handler)

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

    _names = names_of(TurnEvents)

    @overload
    def on(self, event: Literal["TurnInfo", LiveTranscriptionEvents.TURN], handler: Handler[TurnInfo]) -> None: ...
    @overload
    def on(
        self, event: Literal["Connected", LiveTranscriptionEvents.CONNECTED], handler: Handler[Connected]
    ) -> None: ...
    @overload
    def on(self, event: Literal["ConfigureSuccess"], handler: Handler[TurnConfigured]) -> None: ...
    @overload
    def on(self, event: Literal["ConfigureFailure"], handler: Handler[TurnConfigureFailure]) -> None: ...
    @overload
    def on(self, event: Literal["Warning"], handler: Handler[TurnWarning]) -> None: ...
    @overload
    def on(
        self, event: Literal["error", LiveTranscriptionEvents.ERROR], handler: Handler[TurnError | SonantError]
    ) -> None: ...
    @overload
    def on(self, event: Literal["open", LiveTranscriptionEvents.OPEN], handler: Handler[Opened]) -> None: ...
    @overload
    def on(self, event: Literal["close", LiveTranscriptionEvents.CLOSE], handler: Handler[Closed]) -> None: ...
    @overload
    def on(
        self, event: Literal["reconnecting", LiveTranscriptionEvents.RECONNECTING], handler: Handler[Reconnecting]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["reconnected", LiveTranscriptionEvents.RECONNECTED], handler: Handler[Reconnected]
    ) -> None: ...
    @overload
    def on(
        self, event: Literal["audio_lost", LiveTranscriptionEvents.AUDIO_LOST], handler: Handler[AudioLost]
    ) -> None: ...
    @overload
    def on(self, event: Literal["Unhandled", LiveTranscriptionEvents.UNHANDLED], handler: Handler[Unknown]) -> None: ...
    def on(self, event: str, handler: Handler[Any]) -> None:
        """Have a handler, plain or a coroutine function, called for each event of a name, one after another.

        Handlers have a thread (sync client) or a task (async client) of their own. `open` is told at once to those
        that come after it; `error` also has the error that ends the stream, just before `close`.

        Raises:
            ConfigError: there is no event of that name.
        """
        self._register(event, handler)

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
