"""What both carriers of live sessions share: how a connection is asked for, and how its end is read."""

from __future__ import annotations

from typing import Any, Protocol


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


def read_end(error: BaseException) -> tuple[int, str]:
    """The close code and reason of a connection, out of what its end raised."""
    received = getattr(error, "rcvd", None)
    if received is not None:
        return int(received.code), str(received.reason)
    code = getattr(error, "code", None)
    if isinstance(code, int) and 1000 <= code < 5000 and getattr(error, "sent", None) is None:
        return code, str(getattr(error, "reason", "") or "")
    return 1006, str(error) or type(error).__name__


def request_id_of(connection: Any) -> str | None:
    """The id of a connection, out of the headers of its handshake."""
    headers = getattr(getattr(connection, "response", None), "headers", None)
    if headers is None:
        return None
    found = headers.get("dg-request-id") or headers.get("x-dg-request-id")
    return str(found) if found else None
