"""Text to speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack, cast, overload

from sonant.client.call import AudioCall, Call, CallExtras
from sonant.client.callback import CallbackUrl, send_to
from sonant.client.errors import BadOptionValue, SourceError, UnknownOption
from sonant.client.flavour import Async, F, Namespace, Sync, download, operation
from sonant.client.joining import choose_joiner
from sonant.client.longspeech import AsyncLongSpeech, Parts, SyncLongSpeech, Told
from sonant.client.opening import StreamExtras
from sonant.client.sentences import join_wordless, longest_control, split_text
from sonant.client.settings import SpeechSettings
from sonant.client.speaking import AsyncSpeakLive, AsyncSpeakTurns, SyncSpeakLive, SyncSpeakTurns
from sonant.client.speechopening import open_voice
from sonant.client.wording import (
    Text,
    TextSource,
    check_format,
    check_liveliness,
    check_text,
    compose,
    read_source,
)
from sonant.contract.listen import Accepted
from sonant.contract.query import brief
from sonant.contract.speak import (
    AURA,
    FLUX,
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    SPEAK_LIVE,
    SPEAK_TURNS,
    SpeakFluxOptions,
    SpeakLiveOptions,
    SpeakOptions,
    SpeakTurnOptions,
)
from sonant.contract.wire import Operation

PATIENCE = 60.0
"""Seconds without progress: audio streams as it is made."""
MOST_CHARACTERS = 2000
"""Characters that the service speaks in one request."""
FLUX_MODEL = "flux-"


class SpeechOptions(SpeakOptions, CallExtras, total=False):
    """What `speak.request` takes."""


class FluxSpeechOptions(SpeakFluxOptions, CallExtras, total=False):
    """What `speak.request_flux` takes."""


class LongOptions(SpeakOptions, CallExtras, total=False):
    """What `speak.long` takes."""

    expressivity: int | float
    """With a Flux voice only."""


class LiveArguments(SpeakLiveOptions, SpeechSettings, StreamExtras, total=False):
    """What `speak.live` takes."""


class TurnArguments(SpeakTurnOptions, SpeechSettings, StreamExtras, total=False):
    """What `speak.turns` takes."""


class Speak(Namespace[F]):
    """Text becomes speech."""

    @download
    def request(self, source: TextSource, /, **options: Unpack[SpeechOptions]) -> AudioCall:
        """Have a text spoken; the audio streams.

        Returns once the first audio is there. Iterate the reply for its pieces as they come, `read()` it whole, or
        `stream_to_file(path)`; what the service said of it is on it (`model_name`, `char_count`, `headers`). What fails
        before the first audio is tried again, a lost answer too; what fails later is not.

        Args:
            source: a text, `{"text": ...}`, or `{"url": ...}` of one that the service fetches itself.
            options: see `SpeakOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            SourceError: there is no text, or no http(s) URL.
            UnknownOption, BadOptionValue: at once, before anything is sent.
            ApiError, TransportError: as everywhere.
            DecodeError: the answer is no audio, or none at all.

        Spec: POST /v1/speak
        """
        return _call(SPEAK, source, _check(options))

    @operation
    def request_callback(
        self, source: TextSource, callback: CallbackUrl | str, /, **options: Unpack[SpeechOptions]
    ) -> Call[Accepted]:
        """Have a text spoken, and the audio sent to `callback`.

        Returns at once with the request id that the audio will carry.

        Args:
            source: as `request`.
            callback: where the audio is to be sent.
            options: as `request`; `callback_method` says `POST` or `PUT`.

        Raises:
            SourceError, UnknownOption, BadOptionValue, ApiError, TransportError: as `request`.

        Spec: POST /v1/speak, callback
        """
        return _callback(SPEAK_CALLBACK, source, _check_aura(send_to(callback, options)))

    @download
    def request_flux(self, source: TextSource, /, **options: Unpack[FluxSpeechOptions]) -> AudioCall:
        """Have a text spoken in a Flux voice, with pauses and pronunciations in it; the audio streams.

        Args:
            source: as `request`; a list may have `pause(seconds)` and `pronounce(word, ipa)` among its texts.
            options: see `SpeakFluxOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            SourceError, UnknownOption, BadOptionValue, ApiError, TransportError: as `request`.

        Spec: POST /v2/speak
        """
        return _call(SPEAK_FLUX, source, _check(options, flux=True))

    @operation
    def request_flux_callback(
        self, source: TextSource, callback: CallbackUrl | str, /, **options: Unpack[FluxSpeechOptions]
    ) -> Call[Accepted]:
        """Have a text spoken in a Flux voice, and the audio sent to `callback`.

        Args:
            source: as `request_flux`.
            callback: where the audio is to be sent.
            options: as `request_flux`; `callback_method` says `POST` or `PUT`, `priority` whether it can wait.

        Raises:
            SourceError, UnknownOption, BadOptionValue, ApiError, TransportError: as `request`.

        Spec: POST /v2/speak, callback
        """
        return _callback(SPEAK_FLUX_CALLBACK, source, _check_flux(send_to(callback, options)))

    @overload
    def live(self: Speak[Sync], **options: Unpack[LiveArguments]) -> SyncSpeakLive: ...
    @overload
    def live(self: Speak[Async], **options: Unpack[LiveArguments]) -> AsyncSpeakLive: ...
    def live(self, **options: Unpack[LiveArguments]) -> SyncSpeakLive | AsyncSpeakLive:
        """Speak text while it is written: `with client.speak.live(...) as live` connects.

        Args:
            options: see `SpeakLiveOptions` and `SpeechSettings`; and `extra_query`, `extra_headers`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.

        Spec: WebSocket /v1/speak
        """
        model = options.get("model", "")
        if str(model).startswith(FLUX_MODEL):
            raise BadOptionValue(f"model: {model!r} is a Flux voice.", hint="It speaks by speak.turns.")
        check_format({"encoding": "linear16", **options}, AURA)
        return cast("SyncSpeakLive | AsyncSpeakLive", open_voice(self._runner, self._scope, SPEAK_LIVE, options))

    @overload
    def turns(self: Speak[Sync], **options: Unpack[TurnArguments]) -> SyncSpeakTurns: ...
    @overload
    def turns(self: Speak[Async], **options: Unpack[TurnArguments]) -> AsyncSpeakTurns: ...
    def turns(self, **options: Unpack[TurnArguments]) -> SyncSpeakTurns | AsyncSpeakTurns:
        """Speak the turns of a conversation in a Flux voice: `with client.speak.turns(...) as talk` connects.

        Named as `listen.turns`, whose other side it is: a turn ends with `flush()`, and `interrupt()` cuts it short.

        Args:
            options: see `SpeakTurnOptions` and `SpeechSettings`; and `extra_query`, `extra_headers`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.

        Spec: WebSocket /v2/speak
        """
        _check_flux_model(options)
        check_format({"encoding": "linear16", **options}, FLUX)
        check_liveliness(options)
        return cast("SyncSpeakTurns | AsyncSpeakTurns", open_voice(self._runner, self._scope, SPEAK_TURNS, options))

    @overload
    def long(
        self: Speak[Sync],
        text: Text,
        /,
        *,
        limit: int = MOST_CHARACTERS,
        progress: Told | None = None,
        **options: Unpack[LongOptions],
    ) -> SyncLongSpeech: ...
    @overload
    def long(
        self: Speak[Async],
        text: Text,
        /,
        *,
        limit: int = MOST_CHARACTERS,
        progress: Told | None = None,
        **options: Unpack[LongOptions],
    ) -> AsyncLongSpeech: ...
    def long(
        self,
        text: Text,
        /,
        *,
        limit: int = MOST_CHARACTERS,
        progress: Told | None = None,
        **options: Unpack[LongOptions],
    ) -> SyncLongSpeech | AsyncLongSpeech:
        """Have a text of any length spoken: in parts cut at sentences, joined so that no cut is heard.

        Each part keeps to the service's limits, that of pauses too. What has no words, such as a line of stars between
        two paragraphs, goes with what is beside it; `warnings` tells where there was no room for it. Nothing is sent
        until the reply is read: iterate it, `read()` it, or `stream_to_file(path)`. A part whose request fails for good
        ends it. A voice whose name begins with `flux-` goes to `/v2/speak`.

        Args:
            text: a text, or its parts.
            limit: characters of a part, at most; 1 to 2,000, and no less than the longest pause or pronunciation has.
            progress: called after each part with the characters spoken and their total.
            options: see `SpeakOptions`; and `extra_query`, `extra_headers`, `timeout` of each request.

        Raises:
            SourceError: there is no text.
            UnknownOption, BadOptionValue: at once; among others for `encoding="flac"`, whose parts cannot be joined.

        Spec: POST /v1/speak, several times
        """
        composed = compose(text)
        _check_limit(limit, composed)
        parts, skipped = join_wordless(split_text(composed, limit), limit)
        if not parts:
            raise SourceError("The text is empty: there is nothing to speak.")
        flux = str(options.get("model", "")).startswith(FLUX_MODEL)
        given: Mapping[str, Any] = _check(options, flux=flux)
        calls = [_call(SPEAK_FLUX if flux else SPEAK, part, given) for part in parts]
        joined = Parts(parts, skipped, calls, choose_joiner(options), progress)
        kinds: Any = (SyncLongSpeech, AsyncLongSpeech)
        made = kinds[getattr(self._runner, "is_async", False)](self._runner, self._scope, joined)
        return cast("SyncLongSpeech | AsyncLongSpeech", made)


def _check_limit(limit: Any, text: str) -> None:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_CHARACTERS:
        raise BadOptionValue(
            f"limit is {brief(limit)}; a part has 1 to {MOST_CHARACTERS:,} characters, a whole number."
        )
    longest = longest_control(text)
    if len(longest) > limit:
        raise BadOptionValue(
            f"limit is {limit}, but {brief(longest)} has {len(longest)} characters and cannot be cut.",
            hint=f"Give a limit of at least {len(longest)}.",
        )


def _call(operation_: Operation[Any, bytes], source: Any, options: Mapping[str, Any]) -> AudioCall:
    body = read_source(source)
    if operation_ is SPEAK_FLUX and body.text is not None:
        check_text(body.text, options)
    return AudioCall(operation_, options, body=body, patience=PATIENCE)


def _callback(operation_: Operation[Any, Accepted], source: Any, options: Mapping[str, Any]) -> Call[Accepted]:
    body = read_source(source)
    if operation_ is SPEAK_FLUX_CALLBACK and body.text is not None:
        check_text(body.text, options)
    return Call(operation_, options, body=body)


def _check(options: Mapping[str, Any], *, flux: bool = False) -> Mapping[str, Any]:
    if options.get("callback") is not None:
        raise UnknownOption(
            "Callback cannot be provided as an option to a synchronous request. Use `request_callback` or "
            "`request_flux_callback` instead."
        )
    return _check_flux(options) if flux else _check_aura(options)


def _check_aura(options: Mapping[str, Any]) -> Mapping[str, Any]:
    if str(options.get("model", "")).startswith(FLUX_MODEL):
        raise BadOptionValue(f"model: {options['model']!r} is a Flux voice.", hint="It speaks by request_flux.")
    check_format(options, AURA)
    return options


def _check_flux_model(options: Mapping[str, Any]) -> None:
    model = options.get("model")
    if not model or str(model).startswith("aura"):
        raise BadOptionValue(
            "model: a Flux voice must be named, such as flux-kit-en.", hint="Aura speaks by request and live."
        )


def _check_flux(options: Mapping[str, Any]) -> Mapping[str, Any]:
    _check_flux_model(options)
    check_format(options, FLUX)
    check_liveliness(options)
    if options.get("priority") and not options.get("callback"):
        raise BadOptionValue("priority: only the audio of a callback can wait.", hint="Use request_flux_callback.")
    return options
