"""Speech to text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar, Unpack, cast, overload

from sonant.client.call import Call, CallExtras
from sonant.client.callback import CallbackUrl, check_url, send_to
from sonant.client.errors import BadOptionValue, SourceError, UnknownOption
from sonant.client.flavour import Async, F, Namespace, Sync, operation
from sonant.client.live import AsyncLive, AsyncTurns, SyncLive, SyncTurns
from sonant.client.opening import ListeningExtras, open_stream
from sonant.client.settings import SessionSettings
from sonant.client.sources import Progress, Source, open_source
from sonant.contract.listen import (
    LISTEN_LIVE,
    LISTEN_TURNS,
    TRANSCRIBE,
    TRANSCRIBE_CALLBACK,
    Accepted,
    LiveOptions,
    TranscribeOptions,
    Transcript,
    TurnOptions,
    UrlSource,
)
from sonant.contract.wire import Operation, Reply

R = TypeVar("R", bound=Reply)

PATIENCE = 1260.0
"""Seconds without progress: the service gives up on a recording after 10 minutes, with Whisper after 20."""


class UrlOptions(TranscribeOptions, CallExtras, total=False):
    """What the `transcribe_url` methods take."""


class FileOptions(TranscribeOptions, CallExtras, total=False):
    """What the `transcribe_file` methods take."""

    progress: Progress
    """Called as the recording goes out, with the bytes sent and their total (None if unknown)."""


Url = str | UrlSource | Mapping[str, str]
"""Where a recording lies: a URL, or `{"url": ...}`."""


class LiveArguments(LiveOptions, SessionSettings, ListeningExtras, total=False):
    """What `listen.live` takes."""


class TurnArguments(TurnOptions, SessionSettings, ListeningExtras, total=False):
    """What `listen.turns` takes."""


class Listen(Namespace[F]):
    """Speech to text."""

    @overload
    def live(self: Listen[Sync], **options: Unpack[LiveArguments]) -> SyncLive: ...
    @overload
    def live(self: Listen[Async], **options: Unpack[LiveArguments]) -> AsyncLive: ...
    def live(self, **options: Unpack[LiveArguments]) -> SyncLive | AsyncLive:
        """Transcribe speech while it is spoken: `with client.listen.live(...) as live` connects.

        Args:
            options: see `LiveOptions` and `SessionSettings`; and `source`, `extra_query`, `extra_headers`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent; headerless audio needs its `sample_rate`.
            SourceError: at once, if a `source` was given that cannot be read, or not streamed with these options.

        Spec: WebSocket /v1/listen
        """
        _check_keyterm(options)
        _check_stream_callback(options)
        return cast("SyncLive | AsyncLive", open_stream(self._runner, self._scope, LISTEN_LIVE, options))

    @overload
    def turns(self: Listen[Sync], **options: Unpack[TurnArguments]) -> SyncTurns: ...
    @overload
    def turns(self: Listen[Async], **options: Unpack[TurnArguments]) -> AsyncTurns: ...
    def turns(self, **options: Unpack[TurnArguments]) -> SyncTurns | AsyncTurns:
        """Follow a conversation turn by turn: `with client.listen.turns(...) as talk` connects.

        Args:
            options: see `TurnOptions` and `SessionSettings`; and `source`, `extra_query`, `extra_headers`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent; headerless audio needs its `sample_rate`.
            SourceError: at once, if a `source` was given that cannot be read, or not streamed with these options.

        Spec: WebSocket /v2/listen
        """
        return cast("SyncTurns | AsyncTurns", open_stream(self._runner, self._scope, LISTEN_TURNS, options))

    @cached_property
    def prerecorded(self) -> Prerecorded[F]:
        """Recordings."""
        return Prerecorded(self._runner, self._scope)


class Prerecorded(Namespace[F]):
    """Recordings become transcripts."""

    @operation
    def transcribe_url(self, source: Url, /, **options: Unpack[UrlOptions]) -> Call[Transcript]:
        """Transcribe a recording that the service fetches itself.

        Args:
            source: an http(s) URL, or `{"url": ...}`.
            options: see `TranscribeOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            SourceError: it is not an http(s) URL.
            UnknownOption, BadOptionValue: at once, before anything is sent.
            BadRequest: among others, the service cannot fetch the URL.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/listen
        """
        return _call(TRANSCRIBE, _check(options), UrlSource(_read_url(source)))

    @operation
    def transcribe_file(self, source: Source, /, **options: Unpack[FileOptions]) -> Call[Transcript]:
        """Transcribe a recording, streamed from where it is and never copied.

        Args:
            source: a path, bytes, a binary file, an iterator of bytes, or (async client) an async iterator.
            options: see `TranscribeOptions`; and `progress`, `extra_query`, `extra_headers`, `timeout`.

        Raises:
            SourceError: the recording cannot be read.
            UnknownOption, BadOptionValue: at once, before anything is sent.
            BadRequest: among others, the service cannot decode the audio.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/listen
        """
        return _call(TRANSCRIBE, _check(options), open_source(source))

    @operation
    def transcribe_url_callback(
        self, source: Url, callback: CallbackUrl | str, /, **options: Unpack[UrlOptions]
    ) -> Call[Accepted]:
        """Have a recording fetched and transcribed, and the transcript sent to `callback`.

        Returns at once with the request id that the transcript will carry.

        Args:
            source: an http(s) URL, or `{"url": ...}`.
            callback: where the transcript is to be sent.
            options: as `transcribe_url`; `callback_method` says `POST` or `PUT`.

        Raises:
            SourceError, UnknownOption, BadOptionValue, ApiError, TransportError: as `transcribe_url`.

        Spec: POST /v1/listen, callback
        """
        return _call(TRANSCRIBE_CALLBACK, send_to(callback, options), UrlSource(_read_url(source)))

    @operation
    def transcribe_file_callback(
        self, source: Source, callback: CallbackUrl | str, /, **options: Unpack[FileOptions]
    ) -> Call[Accepted]:
        """Send a recording, and have its transcript sent to `callback`.

        Returns once the recording is received, with the request id that the transcript will carry.

        Args:
            source: as `transcribe_file`.
            callback: where the transcript is to be sent.
            options: as `transcribe_file`; `callback_method` says `POST` or `PUT`.

        Raises:
            SourceError, UnknownOption, BadOptionValue, ApiError, TransportError: as `transcribe_file`.

        Spec: POST /v1/listen, callback
        """
        return _call(TRANSCRIBE_CALLBACK, send_to(callback, options), open_source(source))


def _call(operation_: Operation[Any, R], options: Mapping[str, Any], body: Any) -> Call[R]:
    _check_keyterm(options)
    return Call(operation_, options, body=body, patience=PATIENCE)


def _check(options: Mapping[str, Any]) -> Mapping[str, Any]:
    if options.get("callback") is not None:
        raise UnknownOption(
            "Callback cannot be provided as an option to a synchronous transcription. "
            "Use `transcribe_url_callback` or `transcribe_file_callback` instead."
        )
    return options


def _check_keyterm(options: Mapping[str, Any]) -> None:
    if options.get("keyterm") and not str(options.get("model", "")).startswith("nova-3"):
        raise BadOptionValue(
            "Keyterms are only supported with the Nova 3 models.", hint='Add model="nova-3", or use keywords.'
        )


def _check_stream_callback(options: Mapping[str, Any]) -> None:
    if options.get("callback") is not None:
        check_url(options["callback"], "http(s) or ws(s)", {"http", "https", "ws", "wss"})


def _read_url(source: object) -> str:
    if isinstance(source, UrlSource):
        source = source.url
    elif isinstance(source, Mapping):
        source = cast("Mapping[str, object]", source).get("url")
    if not isinstance(source, str) or not source:
        raise SourceError(
            "Unknown transcription source type.", hint='Give a URL, or {"url": ...}; else transcribe_file.'
        )
    if not source.startswith(("http://", "https://")):
        raise SourceError(
            f"{source!r} is not an http(s) URL.", hint="A recording on this machine goes to transcribe_file."
        )
    return source
