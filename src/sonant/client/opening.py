"""From the arguments of a streaming method to a stream that is not connected yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypedDict

from sonant.client.arguments import build_query
from sonant.client.audiofeed import AudioFeed
from sonant.client.config import check_headers
from sonant.client.errors import BadOptionValue
from sonant.client.following import LiveFollower, TurnFollower
from sonant.client.headers import LONGEST_HEADER
from sonant.client.intake import check_begin
from sonant.client.live import AsyncLive, AsyncTurns, SyncLive, SyncTurns
from sonant.client.session import Session
from sonant.client.settings import SessionOptions, SessionSettings, check_settings
from sonant.client.sources import first_bytes
from sonant.contract.listen import LISTEN_LIVE
from sonant.contract.query import brief
from sonant.contract.wire import Socket


class StreamExtras(TypedDict, total=False):
    """What any stream takes beside its options."""

    extra_query: Mapping[str, Any]
    """Options that the contract does not know yet."""
    extra_headers: Mapping[str, str]
    """Headers of the handshake, over all others."""


class ListeningExtras(StreamExtras, total=False):
    """What a stream that listens takes beside its options and settings."""

    source: object
    """What `stream` is to send; a path, bytes, or a file that can seek are looked at before anything is connected."""


_FLUX = "flux-"
"""How the names of models begin that tell turns."""
_SETTINGS = frozenset(SessionSettings.__annotations__)


def open_stream(runner: Any, scope: Any, socket: Socket[Any], arguments: Mapping[str, Any]) -> Any:
    """A stream of the runner's flavour, checked and ready to connect.

    Raises:
        UnknownOption, BadOptionValue: an argument is not known, or has a value that is not allowed.
        SourceError: the source cannot be read, or cannot be streamed with these options.
    """
    given = dict(arguments)
    source = given.pop("source", None)
    wanted = prepare(given, socket, _SETTINGS)
    live = socket is LISTEN_LIVE
    (_check_live if live else _check_turns)({**(given.get("extra_query") or {}), **wanted.options})
    feed = AudioFeed(wanted.options, wanted.settings, keeps_alive=live)
    session = Session(feed, LiveFollower(feed) if live else TurnFollower(feed), wanted.settings)
    if source is not None:
        check_begin(first_bytes(source, LONGEST_HEADER), wanted.options)
    kinds: Any = (SyncLive, AsyncLive) if live else (SyncTurns, AsyncTurns)
    dial = partial(runner.dial, socket.path, scope, wanted.query, wanted.headers)
    return kinds[runner.is_async](session, dial, runner.enlist, feed, source)


class Wanted(NamedTuple):
    """The arguments of a streaming method, each in its place."""

    options: Mapping[str, Any]
    query: str
    headers: Mapping[str, str]
    settings: SessionOptions


def prepare(arguments: Mapping[str, Any], socket: Socket[Any], names: frozenset[str]) -> Wanted:
    """Arguments, told apart and checked; `names` are those of the session's settings.

    Raises:
        UnknownOption, BadOptionValue: an argument is not known, or has a value that is not allowed.
    """
    given = dict(arguments)
    headers = check_headers(given.pop("extra_headers", None) or {}, "extra_headers")
    extra = given.pop("extra_query", None)
    settings = _read_settings({name: given.pop(name) for name in names & given.keys()})
    return Wanted(given, build_query(given, socket.query, extra, beside=names), headers, settings)


def _read_settings(given: dict[str, Any]) -> SessionOptions:
    if given.get("keepalive") is False:
        given["keepalive"] = None
    return check_settings(given)


def _check_live(options: Mapping[str, Any]) -> None:
    if str(options.get("model", "")).startswith(_FLUX):
        raise BadOptionValue("Flux models tell turns.", hint="Use listen.turns, or another model.")
    _check_description(options)
    for name, (is_at_odds, what, hint) in _AT_ODDS.items():
        if _is_on(options.get(name)) and is_at_odds(options):
            raise BadOptionValue(f"{name} {what}.", hint=hint)


def _is_on(value: object) -> bool:
    """Whether an option is given, and not to say no."""
    return value is not None and str(value).lower() not in {"false", "0", ""}


_AT_ODDS: Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], str, str]] = {
    "callback_method": (
        lambda options: not _is_on(options.get("callback")),
        "without callback: there is nowhere to send to",
        "Add callback=, or leave it out.",
    ),
    "diarize_model": (
        lambda options: _is_on(options.get("diarize")) or _is_on(options.get("diarize_version")),
        "together with diarize or diarize_version: they choose the same",
        "Leave the others out.",
    ),
    "keywords": (
        lambda options: str(options.get("model", "")).startswith("nova-3"),
        "are not for nova-3",
        "Use keyterm, or another model.",
    ),
}
"""What the service refuses or leaves without effect, each with what is said of it."""


def _check_turns(options: Mapping[str, Any]) -> None:
    model = options.get("model")
    if not str(model or "").startswith(_FLUX):
        said = "turns needs its model" if model is None else f"{brief(model)} does not tell turns"
        raise BadOptionValue(f"{said}.", hint='Add model="flux-general-en", or use listen.live.')
    sure, eager = options.get("eot_threshold"), options.get("eager_eot_threshold")
    if sure is not None and eager is not None and float(eager) > float(sure):
        raise BadOptionValue(f"eager_eot_threshold is {eager}, above eot_threshold, {sure}: early has to be less sure.")
    if model == "flux-general-en" and _is_on(options.get("language_hint")):
        raise BadOptionValue(
            "language_hint is for models of several languages.", hint='Use model="flux-general-multi".'
        )
    _check_description(options)


def _check_description(options: Mapping[str, Any]) -> None:
    """See that headerless audio is described as a whole."""
    said = [name for name in ("sample_rate", "channels") if options.get(name) is not None]
    if said and options.get("encoding") is None:
        raise BadOptionValue(
            f"{' and '.join(said)} without encoding: only headerless audio is described.",
            hint='Add encoding="linear16", or what it is; a container tells them itself.',
        )
