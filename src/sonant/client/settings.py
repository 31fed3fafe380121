"""How a live session takes care of what it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypedDict, get_type_hints

import msgspec
from msgspec import Meta, Struct

from sonant.client.errors import BadOptionValue
from sonant.contract.query import brief

Seconds = Annotated[float, Meta(gt=0, lt=1e8)]
Attempts = Annotated[int, Meta(ge=1)]
Speed = Annotated[float, Meta(ge=1, lt=1e8)]
Rate = Annotated[int, Meta(gt=0)]


class SessionOptions(Struct, frozen=True, kw_only=True):
    """The settings of a session, checked; `SessionSettings` and `SpeechSettings` tell what each is for."""

    keepalive: Seconds | None = 5.0
    reconnect: bool = True
    attempts: Attempts = 10
    retry_seconds: Seconds = 60.0
    buffer_seconds: Seconds = 60.0
    when_full: Literal["block", "drop_oldest", "error"] = "block"
    full_timeout: Seconds = 10.0
    replay_seconds: Seconds = 120.0
    replay_speed: Speed | None = 1.25
    send_timeout: Seconds = 5.0
    stall_timeout: Seconds = 10.0
    close_timeout: Seconds = 10.0
    max_session: Seconds | None = None
    flushes_per_minute: Rate | None = 20
    characters_per_minute: Rate | None = 2400
    gate: Callable[[bytes], bool] | None = None


_SECONDS = "a positive number of seconds"
_WANTED = {
    "keepalive": f"{_SECONDS}, or None for never",
    "reconnect": "True or False",
    "attempts": "a whole number of at least 1 (reconnect=False is for none)",
    "when_full": "'block', 'drop_oldest' or 'error'",
    "flushes_per_minute": "a whole number above 0, or None for no limit",
    "characters_per_minute": "a whole number above 0, or None for no limit",
    "replay_speed": "at least 1 (slower never catches up), or None for no limit",
    "max_session": f"{_SECONDS}, or None for never",
}
"""What each setting has to be, where that is not seconds alone."""


def check_settings(given: Mapping[str, Any]) -> SessionOptions:
    """The settings of a session out of what a caller gave.

    Raises:
        BadOptionValue: one is not what it has to be.
    """
    kinds = get_type_hints(SessionOptions, include_extras=True)
    for name, value in given.items():
        try:
            if name != "gate":
                msgspec.convert(value, kinds[name])
        except msgspec.ValidationError:
            raise BadOptionValue(f"{name} is {brief(value)}; it must be {_WANTED.get(name, _SECONDS)}.") from None
    gate = given.get("gate")
    if gate is not None and not callable(gate):
        raise BadOptionValue(f"gate is {brief(gate)}; it must be a function that takes a chunk, or None.")
    return SessionOptions(**given)


class SessionSettings(TypedDict, total=False):
    """How a live session takes care of its audio. Seconds, unless it says otherwise."""

    keepalive: float | None
    """After so long without audio a KeepAlive is sent; 5 unless given, None for never."""
    reconnect: bool
    """Whether a lost connection is made again, and what was not final sent again; true unless given. Without it the
    first one is tried again only where the service says when."""
    attempts: int
    """Attempts at it, before the session gives up; 10 unless given. The first connection is tried three times more at
    most, and not at all after a time limit."""
    retry_seconds: float
    """Time for all of them; 60 unless given."""
    buffer_seconds: float
    """Audio that may wait to be sent; 60 unless given."""
    when_full: str
    """What `send` does beyond that: `block` (the default), `drop_oldest` (`AudioLost` tells of it), or `error`."""
    full_timeout: float
    """How long `send` may block then, before it raises BufferFull; 10 unless given."""
    replay_seconds: float
    """Audio, sent and not final, of which copies are kept; 120 unless given."""
    replay_speed: float | None
    """How many times as fast as spoken audio is sent again; 1.25 unless given, None for no limit."""
    send_timeout: float
    """Without progress in sending for so long, the connection is taken for dead; 5 unless given."""
    stall_timeout: float
    """Without a message for so long while speech is sent, too; 10 unless given."""
    close_timeout: float
    """For the last results at the end, once what was to be sent again is; 10 unless given. A connection that is lost
    then is made again within `retry_seconds`."""
    max_session: float | None
    """Age at which a connection is exchanged for another, in a pause; never unless given."""
    gate: Callable[[bytes], bool] | None
    """Called with each chunk; where it is true the chunk is kept back. Times stay those of the whole stream."""


class SpeechSettings(TypedDict, total=False):
    """How a live voice takes care of its text. Seconds, unless it says otherwise."""

    reconnect: bool
    """Whether a lost connection is made again, and text that was not spoken sent again; true unless given."""
    attempts: int
    """Attempts at it, before the session gives up; 10 unless given."""
    retry_seconds: float
    """Time for all of them; 60 unless given."""
    send_timeout: float
    """Without progress in sending for so long, the connection is taken for dead; 5 unless given."""
    stall_timeout: float
    """Without a message for so long while text waits for its audio, too; 30 unless given."""
    close_timeout: float
    """For the end, from the last audio on; 10 unless given."""
    max_session: float | None
    """Age at which a connection is exchanged for another, in a pause; never unless given."""
    flushes_per_minute: int | None
    """What the service allows on `/v1/speak`: more of them wait; 20 unless given, None for no limit."""
    characters_per_minute: int | None
    """The same of text, which is far more than can be heard; 2400 unless given, None for no limit."""
