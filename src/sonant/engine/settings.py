"""Every knob of the engine. Only this module reads the environment."""

import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

PREFIX = "SONANT_"

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]
LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


SECRETS = frozenset({"api_keys", "database", "smtp_url"})
"""Settings that hold what nobody else may see."""


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what would do."""


class Settings(Struct, frozen=True, kw_only=True):
    """Each field is read from the environment under its name in capitals: `SONANT_HOST`, `SONANT_PORT`, ..."""

    host: str = "127.0.0.1"
    """Address to listen on. Any other than loopback needs `api_keys` or `data`. `SONANT_HOST`"""
    port: Port = 8080
    """TCP port to listen on; 0 takes a free one. `SONANT_PORT`"""
    api_keys: tuple[str, ...] = ()
    """Keys that are let in, separated by commas; none: on loopback every caller is. With `data` they open `/metrics`
    and nothing else. `SONANT_API_KEYS`"""
    model: str = "tiny.en"
    """Name in the catalogue, path of a CTranslate2 folder, or `owner/name` on the model hub, with
    `@revision` behind it to hold a commit fast. `SONANT_MODEL`"""
    models: tuple[str, ...] = ()
    """Further models, separated by commas, loaded when first asked for; none: those of `sonant[multilingual]`, where it
    is installed. `SONANT_MODELS`"""
    aliases: dict[str, str] = field(default_factory=lambda: {})
    """Which model answers to which names, as JSON: `{"nova-3*": "base", "whisper-large": "owner/name"}`; an empty name
    closes them. Other names of the API are answered by the first model that knows the language. `SONANT_ALIASES`"""
    voices: tuple[str, ...] = ()
    """Voices that answer to the API's names, separated by commas: each name is answered by the nearest of them. None:
    the quick ones that come with the engine. `SONANT_VOICES`"""
    voice_aliases: dict[str, str] = field(default_factory=lambda: {})
    """Which voice answers to which names, as JSON: `{"aura-2-zeus-en": "heart-low", "flux-*": "am_puck"}`; an empty
    name closes them. `SONANT_VOICE_ALIASES`"""
    voice_model: str = ""
    """Where Kokoro's network and voices are: a folder, or `owner/name` on the model hub (`@revision` behind it holds it
    fast), which `sonant models pull` fetched. None: those of `sonant[voices]`, where it is installed.
    `SONANT_VOICE_MODEL`"""
    workers: Count = os.cpu_count() or 1
    """Recognitions and lines of speech that are made at once, one processor core each. `SONANT_WORKERS`"""
    turn_model: Path | None = None
    """Smart Turn model (ONNX), by which `/v2/listen` hears whether a turn is over; None: that of pipecat-ai, where it
    is installed beside `sonant[turns]`. `SONANT_TURN_MODEL`"""
    cache: Path = Path("~/.cache/sonant")
    """Folder for what can be made again, such as notes of verified weights. `SONANT_CACHE`"""
    state: Path | None = None
    """Folder of what survives a restart and is this engine's own: the queue of callbacks, usage on its way to the
    database. None: `state` in the folder `data`; without one, a folder for each port below `~/.local/state/sonant`; for
    an engine on port 0, a temporary one that goes with it. `SONANT_STATE`"""
    data: Path | None = None
    """Folder of projects, keys and usage. None: the engine keeps none, and `api_keys` says who is let in.
    `SONANT_DATA`"""
    database: str = ""
    """Where they are kept instead of in that folder: `postgresql://user:password@host:5432/name`. `SONANT_DATABASE`"""
    prices: dict[str, Annotated[float, Meta(ge=0)]] = field(default_factory=lambda: {})
    """What use costs, as JSON: `{"batch::*": 0.26, "streaming::base": 0.46, "speak::*": 0.03}`, in US dollars for an
    hour of audio, a thousand characters or a thousand tokens; free where it says nothing. `SONANT_PRICES`"""
    log_days: Annotated[int, Meta(ge=0)] = 0
    """Days for which the request log is kept; 0: for ever. What requests sum up to stays. `SONANT_LOG_DAYS`"""
    smtp_url: str = ""
    """Where letters to invited people are handed in: `smtp://user:password@host:587`, or `smtps://`; none: the operator
    sees them with `sonant admin outbox`. `SONANT_SMTP_URL`"""
    mail_from: str = "sonant@localhost"
    """Who such letters come from. `SONANT_MAIL_FROM`"""
    upload_limit: Count = 2_000_000_000
    """Largest body, in bytes. `SONANT_UPLOAD_LIMIT`"""
    upload_seconds: Seconds = 60.0
    """Longest pause within an upload, in seconds. `SONANT_UPLOAD_SECONDS`"""
    spool_above: Count = 4_000_000
    """Bodies larger than this many bytes wait on disk instead of in memory. `SONANT_SPOOL_ABOVE`"""
    fetch_limit: Count = 2_000_000_000
    """Largest recording fetched from a URL, in bytes. `SONANT_FETCH_LIMIT`"""
    fetch_seconds: Seconds = 300.0
    """Longest time to fetch a recording from a URL, in seconds. `SONANT_FETCH_SECONDS`"""
    allow_private_urls: bool = False
    """Whether URLs and callbacks may lead to private and loopback addresses. `SONANT_ALLOW_PRIVATE_URLS`"""
    url_map: dict[str, str] = field(default_factory=lambda: {})
    """Recordings that are served from files instead of their URLs, as JSON: `{"https://example.com/a.wav": "/a.wav"}`.
    `SONANT_URL_MAP`"""
    processing_seconds: Seconds = 600.0
    """Longest time to transcribe one recording, in seconds. `SONANT_PROCESSING_SECONDS`"""
    concurrency: Count = 8
    """Recordings that are transcribed at once; they share the workers. `SONANT_CONCURRENCY`"""
    queue_limit: Annotated[int, Meta(ge=0)] = 32
    """Requests that may wait beyond those; more are refused with 429. `SONANT_QUEUE_LIMIT`"""
    streams: Count = 1000
    """Live streams that may be open; more are refused with 503, as they are while the finals of those who talk come
    late. `SONANT_STREAMS`"""
    idle_seconds: Seconds = 10.0
    """Longest pause of a live client, without audio or KeepAlive, in seconds. `SONANT_IDLE_SECONDS`"""
    turn_idle_seconds: Seconds = 60.0
    """Longest time in which a client of `/v2/listen` neither sends nor pings, in seconds. `SONANT_TURN_IDLE_SECONDS`"""
    speak_limit: Count = 2_000_000
    """Largest body of a text to be spoken, in bytes. `SONANT_SPEAK_LIMIT`"""
    speak_characters: Count = 2400
    """Longest text that one request may have spoken, in characters. `SONANT_SPEAK_CHARACTERS`"""
    speak_pace: Annotated[int, Meta(ge=0)] = 2400
    """Characters a minute that a client of the WebSocket `/v1/speak` may send; 0 for any number. `SONANT_SPEAK_PACE`"""
    speak_concurrency: Count = 15
    """Texts that are spoken at once; they share the workers. `SONANT_SPEAK_CONCURRENCY`"""
    speak_queue: Annotated[int, Meta(ge=0)] = 32
    """Texts that may wait beyond those; more are refused with 429. `SONANT_SPEAK_QUEUE`"""
    speak_streams: Count = 45
    """Live voices at once; more are refused with 503. `SONANT_SPEAK_STREAMS`"""
    speak_idle_seconds: Seconds = 60.0
    """Longest time in which a client of `/v2/speak` neither writes nor pings, in seconds.
    `SONANT_SPEAK_IDLE_SECONDS`"""
    speak_session_seconds: Seconds = 3600.0
    """Longest time that a live voice is open, in seconds. `SONANT_SPEAK_SESSION_SECONDS`"""
    callback_limit: Count = 1000
    """Callbacks that may be on their way; more are refused with 429. `SONANT_CALLBACK_LIMIT`"""
    callback_retries: Annotated[int, Meta(ge=0)] = 10
    """Times to try again when a callback's receiver does not answer 2xx. `SONANT_CALLBACK_RETRIES`"""
    callback_delay: Annotated[float, Meta(ge=0)] = 30.0
    """Seconds between two tries of a callback. `SONANT_CALLBACK_DELAY`"""
    callback_seconds: Seconds = 30.0
    """Longest time for one try of a callback, in seconds. `SONANT_CALLBACK_SECONDS`"""
    drain_seconds: Seconds = 30.0
    """Time that work under way is given at shutdown, in seconds. `SONANT_DRAIN_SECONDS`"""
    log_format: LogFormat = "text"
    """`text`, or `json` for an object on each line. `SONANT_LOG_FORMAT`"""
    log_level: LogLevel = "info"
    """`debug`, `info`, `warning` or `error`. `SONANT_LOG_LEVEL`"""

    @property
    def has_keys(self) -> bool:
        """Whether callers need a key."""
        return bool(self.api_keys) or self.data is not None

    def __repr__(self) -> str:
        """Without the keys."""
        return f"Settings(host={self.host!r}, port={self.port}, model={self.model!r}, ...)"


def read_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings out of the environment; what is `given` (and not None) goes before it.

    Raises:
        SettingsError: a value that does not fit, or an open door: a public address without keys.
    """
    environment = os.environ if environment is None else environment
    texts: dict[str, Any] = {
        name: environment[PREFIX + name.upper()]
        for name in get_type_hints(Settings)
        if environment.get(PREFIX + name.upper())
    }
    texts.update({name: value for name, value in given.items() if value is not None})
    for name in ("api_keys", "models", "voices"):
        if isinstance(texts.get(name), str):
            texts[name] = [item for part in texts[name].split(",") if (item := part.strip())]
    settings = _convert(texts)
    _check_keys(settings.api_keys)
    _check_door(settings)
    _check_data(settings)
    _check_map(settings.url_map)
    return settings


def _convert(texts: dict[str, Any]) -> Settings:
    settings = Settings()
    for name, value in texts.items():
        kind = get_type_hints(Settings, include_extras=True).get(name)
        if kind is None:
            raise SettingsError(f"{name}: no such setting")
        try:
            fit = _fit(value, kind)
        except msgspec.ValidationError as error:
            shown = "" if name in SECRETS else f" ({value!r})"
            raise SettingsError(f"{PREFIX}{name.upper()}: {error}{shown}") from None
        settings = msgspec.structs.replace(settings, **{name: fit})
    return msgspec.structs.replace(settings, cache=settings.cache.expanduser())


def _fit(value: Any, kind: Any) -> Any:
    """A value as its setting wants it; a mapping may be written as JSON."""
    if kind in {Path, Path | None}:
        return Path(value).expanduser()
    if get_origin(kind) is dict and isinstance(value, str):
        value = _read_json(value)
    return msgspec.convert(value, kind, strict=False)


def _read_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise msgspec.ValidationError(f"Expected a JSON object: {error}") from None


def _check_keys(keys: Sequence[str]) -> None:
    """Refuse what no caller could send; without showing it."""
    for number, key in enumerate(keys, 1):
        if not key or not all("!" <= c <= "~" for c in key):
            raise SettingsError(
                f"{PREFIX}API_KEYS: key {number} of {len(keys)} is empty, or has a blank or a character outside ASCII "
                "in it; no caller could send it"
            )


def _check_door(settings: Settings) -> None:
    if not settings.has_keys and not is_loopback(settings.host):
        raise SettingsError(
            f"{settings.host} can be reached from other machines: set SONANT_API_KEYS to the keys to let in, "
            "or SONANT_DATA to a folder for projects and their keys, or listen on 127.0.0.1"
        )


def _check_data(settings: Settings) -> None:
    if settings.data is None and (settings.database or settings.prices or settings.log_days):
        raise SettingsError(
            f"{PREFIX}DATABASE, {PREFIX}PRICES and {PREFIX}LOG_DAYS need {PREFIX}DATA, a folder: it holds what belongs "
            "to the database but is not in it"
        )


def _check_map(url_map: Mapping[str, str]) -> None:
    for url, path in url_map.items():
        if not Path(path).expanduser().is_file():
            raise SettingsError(f"{PREFIX}URL_MAP: {path}, which stands for {url}, is not a file")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
