"""How a session ends that was not to: the errors that say so."""

from __future__ import annotations

from sonant.client.errors import SonantError, StreamLost
from sonant.contract.query import brief

_HINTS = {
    "DATA-0000": "The audio could not be decoded: see that encoding and sample_rate are what it has.",
    "NET-0000": "The service could not do its work; it may help to try again.",
    "NET-0001": "The service got no audio for too long: leave `keepalive` on.",
}
"""By what a service says when it closes."""


def closed(code: int, reason: str) -> StreamLost:
    """The service closed the stream for good."""
    sign = next((sign for sign in _HINTS if sign in reason), "")
    lost = StreamLost(f"The service closed the stream: {code} {reason}".strip(), code=code, hint=_HINTS.get(sign, ""))
    lost.code = sign
    return lost


def garbled(payload: str | bytes, connections: int) -> StreamLost:
    """The service speaks something else, over so many connections."""
    return StreamLost(
        f"The service sent what is no message of its API, on {connections} connections: {brief(payload)}",
        hint="Check that base_url is the speech API itself, not another service or a proxy in front of it.",
        body=payload if isinstance(payload, bytes) else payload.encode(errors="replace"),
    )


def unfinished(reason: str) -> StreamLost:
    """The last results did not come."""
    return StreamLost(f"The end of the stream was lost: {reason}.", hint="Raise close_timeout.")


def unreachable(reason: str, cause: SonantError | None) -> StreamLost:
    """No other connection came about."""
    lost = StreamLost(f"The connection was lost and could not be made again: {reason}", code=1006)
    lost.__cause__ = cause
    return lost
