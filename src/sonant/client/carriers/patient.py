"""Uploads and long waits over pyreqwest, from an event loop.

So each phase can be watched by itself, and the request cancelled in any of them; a blocking call would hear neither
our limits nor Ctrl-C.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from time import monotonic
from typing import Any, Self, TypeVar

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError

from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.carriers.reqwest import (
    AsyncReqwestDownload,
    build,
    configure,
    headers_of,
    settle_at_exit,
    translate,
)
from sonant.client.config import Scope
from sonant.client.errors import TransportError
from sonant.client.sources import CHUNK_SIZE, READ_SIZE, AsyncUpload, Chunk, Upload

T = TypeVar("T")

COLLECT = 0.05
"""Seconds to collect from a source that gives little at a time before handing over what there is."""


class PatientCarrier:
    """Uploads and long waits from an event loop; each phase has its limit."""

    def __init__(self, scope: Scope) -> None:
        settle_at_exit()
        self._client: Client = build(configure(ClientBuilder(), scope))

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: no answer came, or not in time.
        """
        watch = _Watch(request)
        try:
            async with asyncio.timeout(watch.total), asyncio.timeout(None) as watch.limit:
                return await self._send(request, watch)
        except TimeoutError as error:
            if isinstance(error, PyreqwestError):
                raise translate(error, request.trace) from error
            raise request.trace.timed_out() from None
        except PyreqwestError as error:
            raise translate(error, request.trace) from error

    async def _send(self, request: HttpRequest, watch: _Watch) -> HttpResponse:
        builder = self._client.request(request.method, request.url).headers(request.headers)
        if isinstance(request.body, Upload) and request.body.length is not None:
            builder = builder.header("Content-Length", str(request.body.length))
        if isinstance(request.body, Upload) and request.body.length != 0:
            builder = builder.body_stream(_feed(request.body, watch))
        else:
            watch.enter("waiting")
            builder = builder.body_bytes(request.body if isinstance(request.body, bytes) else b"")
        async with builder.streamed_read_buffer_limit(1).build_streamed() as answer:
            watch.enter("download")
            return HttpResponse(answer.status, headers_of(answer), await _download(answer.body_reader, watch))

    async def open(self, request: HttpRequest) -> PatientDownload:
        """Carry one request, whose body is in memory, up to the head of its answer.

        Raises:
            TransportError: no answer came, or not in time.
        """
        request.trace.enter("waiting")
        builder = self._client.request(request.method, request.url).headers(request.headers)
        builder = builder.body_bytes(request.body if isinstance(request.body, bytes) else b"")
        download = PatientDownload(builder.streamed_read_buffer_limit(1).build_streamed(), request)
        await download.begin()
        return download

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()


class PatientDownload(AsyncReqwestDownload):
    """A streamed answer, with limits for its head, for each piece, and for all of it."""

    def __init__(self, opening: Any, request: HttpRequest) -> None:
        super().__init__(opening, request)
        self._read, total = request.timeouts.read, request.timeouts.total
        self._end = None if total is None else monotonic() + total

    async def begin(self) -> Self:
        """Wait for its head.

        Raises:
            TransportError: it did not come, or not in time.
        """
        return await self._limited(super().begin())

    async def read(self) -> bytes:
        """The next piece; empty at the end.

        Raises:
            TransportError: it did not come, or not in time.
        """
        return await self._limited(super().read())

    async def _limited(self, step: Awaitable[T]) -> T:
        left = None if self._end is None else max(0.0, self._end - monotonic())
        limits = [limit for limit in (self._read, left) if limit is not None]
        try:
            async with asyncio.timeout(min(limits, default=None)):
                return await step
        except TransportError:
            raise
        except TimeoutError:
            raise self._request.trace.timed_out() from None


class _Watch:
    """The limit of the present phase, put off whenever something moves."""

    def __init__(self, request: HttpRequest) -> None:
        limits = request.timeouts
        self._limits = {"upload": limits.write, "waiting": limits.read, "download": limits.read}
        self._trace, self.total = request.trace, limits.total
        self.limit: asyncio.Timeout

    def enter(self, phase: str) -> None:
        self._trace.enter(phase)
        self.moved()

    async def unlimited(self, source: Awaitable[T]) -> T:
        """What the caller's own source gives, however long it takes."""
        self.limit.reschedule(None)
        return await source

    def sending(self, count: int) -> None:
        """Note that so many bytes of the body go out."""
        self._trace.add(count)
        if self._trace.sent == self._trace.size:
            self._trace.enter("waiting")
        self.moved()

    def moved(self) -> None:
        """Note progress."""
        seconds = self._limits[self._trace.phase]
        self.limit.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)


async def _feed(upload: Upload, watch: _Watch) -> AsyncIterator[Any]:
    """The pieces, noted as they are handed over: the library does not ask again after the last one."""
    watch.enter("upload")
    async for chunk in _pieces(upload, watch):
        watch.sending(len(chunk))
        yield chunk
    watch.enter("waiting")


async def _pieces(upload: Upload, watch: _Watch) -> AsyncIterator[Chunk]:
    """The pieces; no limit runs while the caller's own source is asked for more."""
    if isinstance(upload, AsyncUpload):
        pieces = upload.achunks()
        while (chunk := await watch.unlimited(anext(pieces, None))) is not None:
            yield chunk
    elif upload.local:
        for chunk in upload.chunks():
            yield chunk
    else:
        source = upload.chunks()
        while batch := await watch.unlimited(asyncio.to_thread(_take, source)):
            view = memoryview(batch)
            for start in range(0, len(view), CHUNK_SIZE):
                yield view[start : start + CHUNK_SIZE]


def _take(pieces: Iterator[Chunk]) -> bytes:
    """What a source that may block gives next, enough to be worth a change of thread; empty at its end."""
    batch: list[Chunk] = []
    size, over = 0, monotonic() + COLLECT
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size >= READ_SIZE or (size and monotonic() > over):
            break
    return b"".join(batch)


async def _download(reader: Any, watch: _Watch) -> bytes:
    chunks: list[Any] = []
    while (chunk := await reader.read(CHUNK_SIZE)) is not None:
        chunks.append(chunk)
        watch.moved()
    return chunks[0].to_bytes() if len(chunks) == 1 else b"".join(chunks)
