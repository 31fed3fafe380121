"""The rim: the only modules of the client that touch the network.

A carrier sends one `HttpRequest` and brings back one `HttpResponse`, or a `Download` where the answer is to stream, or
raises a `TransportError`; it neither retries nor looks inside. Which library it uses is its own affair:

    quick.py      pyreqwest for small calls, patient.py for uploads and long waits: the default
    httpx.py      httpx2 (or httpx): where pyreqwest has no wheel, or where the user hands one in
    custom.py     a client of the user's own
    sync.py       drives an exchange from a thread
    aio.py        drives an exchange from an event loop
    sockets.py    opens WebSockets
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol

from sonant.client.call import PATIENCE, HttpRequest, HttpResponse
from sonant.client.sources import Upload


class HttpClient(Protocol):
    """An HTTP client of your own, for `DeepgramClient(global_={"http": {"client": ...}})`.

    Send `request.body` (None, bytes, or the pieces of `request.body.chunks()`) and return the whole answer, whatever
    its status; if `request.streams`, its body may be an iterator of bytes, which is closed if it has `close()`. Raise
    what you like when there is no answer: it becomes a `ConnectionLost`, or a `TimedOut` if it is a `TimeoutError`.
    Do not retry and do not follow redirects to other hosts with the Authorization header.
    """

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Carry one request."""
        ...


class AsyncHttpClient(Protocol):
    """The same for `AsyncDeepgramClient`."""

    def send(self, request: HttpRequest, /) -> Awaitable[HttpResponse]:
        """Carry one request."""
        ...


class Download(Protocol):
    """A streamed answer on its way."""

    @property
    def status(self) -> int:
        """HTTP's."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        ...

    def read(self) -> bytes:
        """The next piece, as soon as it is there; empty at the end.

        Raises:
            TransportError: it did not come, or not in time.
        """
        ...

    def close(self) -> None:
        """Take no more of it."""
        ...


class AsyncDownload(Protocol):
    """The same, awaited."""

    @property
    def status(self) -> int:
        """HTTP's."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        ...

    async def read(self) -> bytes:
        """The next piece, as soon as it is there; empty at the end.

        Raises:
            TransportError: it did not come, or not in time.
        """
        ...

    async def close(self) -> None:
        """Take no more of it."""
        ...


def needs_patience(request: HttpRequest) -> bool:
    """Whether a request has an upload or may have to wait long, so that each phase should be watched."""
    return isinstance(request.body, Upload) or request.timeouts.read is None or request.timeouts.read > PATIENCE
