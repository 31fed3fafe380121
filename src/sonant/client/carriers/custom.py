"""A client of the user's own as a carrier."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.errors import ConfigError, ConnectionLost, SonantError


class CustomCarrier:
    """An `HttpClient` of the user's own; closing it is theirs."""

    def __init__(self, client: Any) -> None:
        self._send = _sender(client)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: the client raised something.
        """
        with _translated(request):
            return _checked(self._send(request))

    def open(self, request: HttpRequest) -> CustomDownload:
        """Carry one request up to the head of its answer, or to its end: as the client gives it.

        Raises:
            TransportError: the client raised something.
        """
        with _translated(request):
            return CustomDownload(self._send(request), request)

    def close(self) -> None:
        """Nothing: it is the user's."""


class AsyncCustomCarrier:
    """An `AsyncHttpClient` of the user's own; closing it is theirs."""

    def __init__(self, client: Any) -> None:
        self._send = _sender(client)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: the client raised something.
        """
        with _translated(request):
            return _checked(await self._send(request))

    async def open(self, request: HttpRequest) -> AsyncCustomDownload:
        """Carry one request up to the head of its answer, or to its end: as the client gives it.

        Raises:
            TransportError: the client raised something.
        """
        with _translated(request):
            return AsyncCustomDownload(await self._send(request), request)

    async def close(self) -> None:
        """Nothing: it is the user's."""


class CustomDownload:
    """An answer of a user's client: whole, or an iterator of its pieces."""

    def __init__(self, answer: Any, request: HttpRequest) -> None:
        head, self._body = _head(answer)
        self.status, self.headers = head.status, head.headers
        self._pieces, self._request = iter(_pieces(self._body)), request

    def read(self) -> bytes:
        """The next piece; empty at the end."""
        with _translated(self._request, "download"):
            return bytes(next((piece for piece in self._pieces if piece), b""))

    def close(self) -> None:
        """Take no more of it."""
        getattr(self._body, "close", lambda: None)()


class AsyncCustomDownload:
    """The same of an asynchronous client, whose pieces may have to be awaited."""

    def __init__(self, answer: Any, request: HttpRequest) -> None:
        head, self._body = _head(answer)
        self.status, self.headers = head.status, head.headers
        self._pieces, self._request = _apieces(self._body), request

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        with _translated(self._request, "download"):
            return await anext(self._pieces, b"")

    async def close(self) -> None:
        """Take no more of it."""
        await self._pieces.aclose()
        closing = getattr(self._body, "aclose", lambda: None)()
        if isawaitable(closing):
            await closing


def _pieces(body: Any) -> Iterable[Any]:
    whole: Any = (bytes, bytearray, memoryview)
    return [bytes(body)] if isinstance(body, whole) else body


async def _apieces(body: Any) -> AsyncGenerator[bytes]:
    if hasattr(body, "__aiter__"):
        async for piece in body:
            if piece:
                yield bytes(piece)
        return
    for piece in _pieces(body):
        if piece:
            yield bytes(piece)


def _head(answer: Any) -> tuple[HttpResponse, Any]:
    """Status and headers, and the body as it came."""
    head = _checked(HttpResponse(getattr(answer, "status", 0), getattr(answer, "headers", {}), b""))
    return head, getattr(answer, "body", b"")


def is_httpx(client: Any) -> bool:
    """Whether a client is httpx2's or httpx's."""
    return hasattr(client, "build_request")


def _sender(client: Any) -> Any:
    send = getattr(client, "send", client)
    if not callable(send):
        raise ConfigError(
            f"The http client {type(client).__name__} has no send(request).",
            hint="Pass an httpx2 client, or an object as described in sonant.client.carriers.HttpClient.",
        )
    return send


@contextmanager
def _translated(request: HttpRequest, phase: str = "waiting") -> Generator[None]:
    try:
        yield
    except SonantError:
        raise
    except TimeoutError as error:
        request.trace.enter(phase)
        raise request.trace.timed_out() from error
    except Exception as error:
        raise ConnectionLost(f"The http client raised {type(error).__name__}: {error}", phase=phase) from error


def _checked(answer: Any) -> HttpResponse:
    try:
        headers = {str(name).lower(): str(value) for name, value in dict(answer.headers).items()}
        return HttpResponse(int(answer.status), headers, bytes(answer.body))
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"The http client's answer is no HttpResponse: {error}.") from error
