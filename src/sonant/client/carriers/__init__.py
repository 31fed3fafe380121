"""The rim: the only modules of the client that touch the network.

A carrier sends one `HttpRequest` and brings back one `HttpResponse`, or raises a `TransportError`; it neither retries
nor looks inside. Which library it uses is its own affair:

    quick.py      pyreqwest for small calls, patient.py for uploads and long waits: the default
    httpx.py      httpx2 (or httpx): where pyreqwest has no wheel, or where the user hands one in
    custom.py     a client of the user's own
    sync.py       drives an exchange from a thread
    aio.py        drives an exchange from an event loop
    sockets.py    opens WebSockets
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from sonant.client.call import PATIENCE, HttpRequest, HttpResponse
from sonant.client.sources import Upload


class HttpClient(Protocol):
    """An HTTP client of your own, for `DeepgramClient(global_={"http": {"client": ...}})`.

    Send `request.body` (None, bytes, or the pieces of `request.body.chunks()`) and return the whole answer, whatever
    its status. Raise what you like when there is no answer: it becomes a `ConnectionLost`, or a `TimedOut` if it is a
    `TimeoutError`. Do not retry and do not follow redirects to other hosts with the Authorization header.
    """

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Carry one request."""
        ...


class AsyncHttpClient(Protocol):
    """The same for `AsyncDeepgramClient`."""

    def send(self, request: HttpRequest, /) -> Awaitable[HttpResponse]:
        """Carry one request."""
        ...


def needs_patience(request: HttpRequest) -> bool:
    """Whether a request has an upload or may have to wait long, so that each phase should be watched."""
    return isinstance(request.body, Upload) or request.timeouts.read is None or request.timeouts.read > PATIENCE
