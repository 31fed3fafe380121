"""From the arguments of a streaming method to a stream that is not connected yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, TypedDict

import msgspec

from sonant.client.audiofeed import AudioFeed
from sonant.client.call import build_query
from sonant.client.config import check_headers
from sonant.client.errors import BadOptionValue
from sonant.client.following import LiveFollower, TurnFollower
from sonant.client.live import AsyncLive, AsyncTurns, SyncLive, SyncTurns
from sonant.client.session import Session
from sonant.client.settings import SessionOptions, SessionSettings
from sonant.contract.listen import LISTEN_LIVE
from sonant.contract.wire import Socket


class StreamExtras(TypedDict, total=False):
    """What any stream takes beside its options."""

    extra_query: Mapping[str, Any]
    """Options that the contract does not know yet."""
    extra_headers: Mapping[str, str]
    """Headers of the handshake, over all others."""


_SETTINGS = frozenset(SessionSettings.__annotations__)


def open_stream(runner: Any, scope: Any, socket: Socket[Any], arguments: Mapping[str, Any]) -> Any:
    """A stream of the runner's flavour, checked and ready to connect.

    Raises:
        UnknownOption, BadOptionValue: an argument is not known, or has a value that is not allowed.
    """
    wanted = prepare(arguments, socket, _SETTINGS)
    live = socket is LISTEN_LIVE
    feed = AudioFeed(wanted.options, wanted.settings, keeps_alive=live)
    session = Session(feed, LiveFollower(feed) if live else TurnFollower(feed), wanted.settings)
    kinds: Any = (SyncLive, AsyncLive) if live else (SyncTurns, AsyncTurns)
    dial = partial(runner.dial, socket.path, scope, wanted.query, wanted.headers)
    return kinds[runner.is_async](session, dial, feed)


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
    try:
        checked = msgspec.convert({name: value for name, value in given.items() if name != "gate"}, SessionOptions)
    except msgspec.ValidationError as error:
        raise BadOptionValue(f"A setting of the session is wrong: {error}.") from None
    for name in msgspec.structs.asdict(checked):
        value = getattr(checked, name)
        if isinstance(value, float) and not 0 < value < 1e8:
            raise BadOptionValue(f"{name} is {value!r}; it must be a positive number of seconds.")
    return msgspec.structs.replace(checked, gate=given.get("gate"))
