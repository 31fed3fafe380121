"""What a session asks its carrier to do."""

from __future__ import annotations

from typing import NamedTuple


class Dial(NamedTuple):
    """Connect."""


class Write(NamedTuple):
    """Send a message, text or bytes."""

    payload: str | bytes


class Ping(NamedTuple):
    """Send a WebSocket ping."""


class HangUp(NamedTuple):
    """Drop the connection, without waiting for anybody."""


class Sleep(NamedTuple):
    """Nothing to do for so long (None: until something happens)."""

    seconds: float | None


Step = Dial | Write | Ping | HangUp | Sleep
