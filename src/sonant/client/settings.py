"""How a live session takes care of what it carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict

from msgspec import Struct


class SessionOptions(Struct, frozen=True, kw_only=True):
    """The settings of a session, checked; seconds throughout. `SessionSettings` tells what each is for."""

    keepalive: float | None = 5.0
    reconnect: bool = True
    attempts: int = 10
    retry_seconds: float = 60.0
    buffer_seconds: float = 60.0
    when_full: Literal["block", "drop_oldest", "error"] = "block"
    full_timeout: float = 10.0
    replay_seconds: float = 120.0
    replay_speed: float | None = 1.25
    send_timeout: float = 5.0
    stall_timeout: float = 10.0
    close_timeout: float = 10.0
    max_session: float | None = None
    gate: Callable[[bytes], bool] | None = None


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
