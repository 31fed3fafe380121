"""The connections of live sessions: what a carrier asks of one, and what both flavours share.

A line is a WebSocket that hands each message over as it arrives; there is nothing to fetch, so nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import Frame

SMALL = 4096
"""Characters or bytes of a message below which it is worth sending with the next one."""


class WebSocketClient(Protocol):
    """A WebSocket of the user's own, as its `client` gives it on entering (sync; async: the same with `await`).

    `client` is called with the URL and `additional_headers`, and gives a (sync or async) context manager of this.
    """

    def send(self, data: str | bytes, /) -> Any:
        """Send one message; text for `str`, binary for `bytes`."""
        ...

    def recv(self) -> Any:
        """The next message; whatever it raises ends the connection. `code` and `reason` of it are told, if any."""
        ...

    def close(self) -> Any:
        """Drop the connection; `recv` then raises."""
        ...


class Receiver(NamedTuple):
    """Who is told what comes over a line."""

    take: Callable[[str | bytes], None]
    """A message."""
    answered: Callable[[], None]
    """A ping was answered."""
    ended: Callable[[int, str], None]
    """The line is no more: the close code, 1006 without one, and the reason. Told once, after all messages."""

    def hear(self, event: str | bytes | Frame) -> None:
        """Tell of a message, or of a pong."""
        if isinstance(event, Frame):
            self.answered()
        else:
            self.take(event)


class Redirected(WebSocketException):
    """A service that answers a handshake with a redirect. As with REST, it is told and not followed."""


@contextmanager
def not_redirected() -> Generator[None]:
    """See that the library, which would follow, gets no redirect to see.

    Raises:
        Redirected: because of the answer that was one.
    """
    try:
        yield
    except InvalidStatus as error:
        if "Location" in error.response.headers:
            raise Redirected from error
        raise


def read_end(error: BaseException) -> tuple[int, str]:
    """The close code and reason of a connection, out of what its end raised."""
    if isinstance(error, ConnectionClosed):  # its own `code` is deprecated
        received = error.rcvd
        if received is not None:
            return int(received.code), str(received.reason)
        return 1006, "" if error.sent is None else str(error)
    code = getattr(error, "code", None)
    if isinstance(code, int) and 1000 <= code < 5000:
        return code, str(getattr(error, "reason", "") or "")
    return 1006, str(error) or type(error).__name__


def request_id_of(connection: Any) -> str | None:
    """The id of a connection, out of the headers of its handshake."""
    headers = getattr(getattr(connection, "response", None), "headers", None)
    if headers is None:
        return None
    found = headers.get("dg-request-id") or headers.get("x-dg-request-id")
    return str(found) if found else None
