"""Requests over httpx2 (or httpx), the user's own or ours where pyreqwest has no wheel.

It keeps the limits of each phase itself and the total on the event loop; it notices an early answer only once the
whole body is sent, and a thread waits for the total no longer than its last read.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from time import monotonic
from typing import Any

from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.config import Scope, Timeouts
from sonant.client.errors import ConfigError, ConnectFailed, ConnectionLost, SonantError
from sonant.client.sources import AsyncUpload, Chunk, Upload
from sonant.client.trace import Trace


class HttpxCarrier:
    """An httpx client as a carrier, for threads."""

    def __init__(self, client: Any, *, owned: bool = False) -> None:
        if hasattr(client, "aclose"):
            raise ConfigError("An AsyncClient goes with AsyncDeepgramClient.", hint="Pass an httpx2.Client here.")
        self._client, self._owned, self._library = client, owned, _library_of(client)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: no answer came.
        """
        content = _pieces(request.body, request.trace) if isinstance(request.body, Upload) else request.body
        try:
            return _response(self._client.send(_build(self._client, request, content)))
        except self._library.HTTPError as error:
            raise _translate(error, request.trace) from error
        except RuntimeError as error:
            raise ConfigError(f"The http client cannot be used: {error}") from error

    def open(self, request: HttpRequest) -> HttpxDownload:
        """Carry one request, whose body is in memory, up to the head of its answer.

        Raises:
            TransportError: no answer came.
        """
        request.trace.enter("waiting")
        try:
            answer = self._client.send(_build(self._client, request, request.body), stream=True)
        except self._library.HTTPError as error:
            raise _translate(error, request.trace) from error
        except RuntimeError as error:
            raise ConfigError(f"The http client cannot be used: {error}") from error
        return HttpxDownload(answer, request, self._library)

    def close(self) -> None:
        """Close the client, if it is ours."""
        if self._owned:
            self._client.close()


class AsyncHttpxCarrier:
    """An httpx client as a carrier, for event loops."""

    def __init__(self, client: Any, *, owned: bool = False) -> None:
        if not hasattr(client, "aclose"):
            raise ConfigError("A Client goes with DeepgramClient.", hint="Pass an httpx2.AsyncClient here.")
        self._client, self._owned, self._library = client, owned, _library_of(client)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: no answer came.
        """
        content = _apieces(request.body, request.trace) if isinstance(request.body, Upload) else request.body
        try:
            async with asyncio.timeout(request.timeouts.total):
                return _response(await self._client.send(_build(self._client, request, content)))
        except self._library.HTTPError as error:
            raise _translate(error, request.trace) from error
        except RuntimeError as error:
            raise ConfigError(f"The http client cannot be used: {error}") from error
        except TimeoutError:
            raise request.trace.timed_out() from None

    async def open(self, request: HttpRequest) -> AsyncHttpxDownload:
        """Carry one request, whose body is in memory, up to the head of its answer.

        Raises:
            TransportError: no answer came, or not in time.
        """
        request.trace.enter("waiting")
        left = _Left(request)
        try:
            async with asyncio.timeout(left.seconds):
                answer = await self._client.send(_build(self._client, request, request.body), stream=True)
        except self._library.HTTPError as error:
            raise _translate(error, request.trace) from error
        except RuntimeError as error:
            raise ConfigError(f"The http client cannot be used: {error}") from error
        except TimeoutError:
            raise request.trace.timed_out() from None
        return AsyncHttpxDownload(answer, request, self._library, left)

    async def close(self) -> None:
        """Close the client, if it is ours."""
        if self._owned:
            await self._client.aclose()


class _Left:
    """What is left of a request's time."""

    def __init__(self, request: HttpRequest) -> None:
        total = request.timeouts.total
        self._end = None if total is None else monotonic() + total

    @property
    def seconds(self) -> float | None:
        return None if self._end is None else max(0.0, self._end - monotonic())


class HttpxDownload:
    """A streamed answer, read from a thread; the client's own limit holds for each piece."""

    def __init__(self, answer: Any, request: HttpRequest, library: Any) -> None:
        self.status, self.headers = answer.status_code, dict(answer.headers.items())
        self._answer, self._request, self._library = answer, request, library
        self._pieces, self._left = answer.iter_bytes(), _Left(request)
        request.trace.enter("download")

    def read(self) -> bytes:
        """The next piece; empty at the end."""
        if self._left.seconds == 0:
            raise self._request.trace.timed_out()
        try:
            return next(self._pieces, b"")
        except self._library.HTTPError as error:
            raise _translate(error, self._request.trace) from error

    def close(self) -> None:
        """Take no more of it."""
        self._answer.close()


class AsyncHttpxDownload:
    """A streamed answer on an event loop."""

    def __init__(self, answer: Any, request: HttpRequest, library: Any, left: _Left) -> None:
        self.status, self.headers = answer.status_code, dict(answer.headers.items())
        self._answer, self._request, self._library = answer, request, library
        self._pieces, self._left = answer.aiter_bytes(), left
        request.trace.enter("download")

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        try:
            async with asyncio.timeout(self._left.seconds):
                return await anext(self._pieces, b"")
        except self._library.HTTPError as error:
            raise _translate(error, self._request.trace) from error
        except TimeoutError:
            raise self._request.trace.timed_out() from None

    async def close(self) -> None:
        """Take no more of it."""
        await self._answer.aclose()


def own_client(scope: Scope, *, asynchronous: bool) -> HttpxCarrier | AsyncHttpxCarrier:
    """A carrier with a client of its own.

    Raises:
        ModuleNotFoundError: httpx2 is not installed.
    """
    import ssl

    import httpx2

    settings: dict[str, Any] = {"proxy": scope.proxy}
    if scope.ca_file is not None:
        settings["verify"] = ssl.create_default_context(cafile=scope.ca_file)
    if asynchronous:
        return AsyncHttpxCarrier(httpx2.AsyncClient(**settings), owned=True)
    return HttpxCarrier(httpx2.Client(**settings), owned=True)


def _library_of(client: Any) -> Any:
    """The module that made a client: `httpx2` or `httpx`, whose exceptions are its own."""
    return next(
        sys.modules[name]
        for name in (base.__module__.partition(".")[0] for base in type(client).__mro__)
        if name.startswith("httpx")
    )


def _build(client: Any, request: HttpRequest, content: Any) -> Any:
    headers = dict(request.headers)
    if isinstance(request.body, Upload) and request.body.length is not None:
        headers["Content-Length"] = str(request.body.length)
    if request.body is None:
        request.trace.enter("waiting")
    return client.build_request(
        request.method, request.url, headers=headers, content=content, timeout=_limits(request.timeouts)
    )


def _limits(timeouts: Timeouts) -> tuple[float | None, ...]:
    """As httpx has them: connect, read, write, wait for a connection of the pool."""
    limits = (timeouts.connect, timeouts.read, timeouts.write, timeouts.connect)
    if timeouts.total is None:
        return limits
    return tuple(timeouts.total if limit is None else min(limit, timeouts.total) for limit in limits)


def _pieces(upload: Upload, trace: Trace) -> Iterator[bytes]:
    trace.enter("upload")
    for chunk in upload.chunks():
        yield bytes(chunk)
        trace.add(len(chunk))
    trace.enter("waiting")


async def _apieces(upload: Upload, trace: Trace) -> AsyncIterator[bytes]:
    trace.enter("upload")
    async for chunk in _asource(upload):
        yield bytes(chunk)
        trace.add(len(chunk))
    trace.enter("waiting")


async def _asource(upload: Upload) -> AsyncIterator[Chunk]:
    if isinstance(upload, AsyncUpload):
        async for chunk in upload.achunks():
            yield chunk
        return
    pieces = upload.chunks()
    while chunk := await asyncio.to_thread(_next, pieces):
        yield chunk


def _next(pieces: Iterator[Chunk]) -> Chunk:
    """The next piece; empty at the end."""
    return next(pieces, b"")


def _response(answer: Any) -> HttpResponse:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return HttpResponse(answer.status_code, headers, answer.content)


def _translate(error: Exception, trace: Trace) -> SonantError:
    kind = type(error).__name__
    if kind in {"ConnectTimeout", "PoolTimeout"}:
        trace.phase = "connect"
    if kind.endswith("Timeout"):
        return trace.timed_out()
    if kind in {"ConnectError", "ProxyError", "UnsupportedProtocol"}:
        return ConnectFailed(f"No connection: {error}.", hint="Check address, port and proxy settings.")
    phase = "upload" if trace.phase == "connect" else trace.phase
    return ConnectionLost(f"The connection broke ({kind}): {error}.", phase=phase)
