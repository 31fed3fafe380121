"""Small calls over pyreqwest: body and answer in memory, one limit; the cheapest way there is.

From a thread the call blocks, and Ctrl-C is heard when it ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
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
from sonant.client.errors import SonantError


class QuickCarrier:
    """Small calls from a thread."""

    def __init__(self, scope: Scope, read_timeout: float) -> None:
        builder = configure(SyncClientBuilder(), scope)
        self._client: SyncClient = build(builder.read_timeout(timedelta(seconds=read_timeout)))

    def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request whose body is in memory.

        Raises:
            TransportError: no answer came.
        """
        try:
            answer = _builder(self._client, request).build().send()
            return HttpResponse(answer.status, headers_of(answer), answer.bytes().to_bytes())
        except PyreqwestError as error:
            raise _failure(error, request) from error

    def open(self, request: HttpRequest) -> QuickDownload:
        """Carry one request up to the head of its answer.

        Raises:
            TransportError: no answer came.
        """
        return QuickDownload(_builder(self._client, request).streamed_read_buffer_limit(1).build_streamed(), request)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


class AsyncQuickCarrier:
    """Small calls from an event loop."""

    def __init__(self, scope: Scope, read_timeout: float) -> None:
        settle_at_exit()
        builder = configure(ClientBuilder(), scope)
        self._client: Client = build(builder.read_timeout(timedelta(seconds=read_timeout)))

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request whose body is in memory.

        Raises:
            TransportError: no answer came.
        """
        try:
            answer = await _builder(self._client, request).build().send()
            return HttpResponse(answer.status, headers_of(answer), (await answer.bytes()).to_bytes())
        except PyreqwestError as error:
            raise _failure(error, request) from error

    async def open(self, request: HttpRequest) -> AsyncReqwestDownload:
        """Carry one request up to the head of its answer.

        Raises:
            TransportError: no answer came.
        """
        request.trace.phase = "waiting"
        builder = _builder(self._client, request).streamed_read_buffer_limit(1)
        return await AsyncReqwestDownload(builder.build_streamed(), request).begin()

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()


class QuickDownload:
    """A streamed answer, read from a thread; the client's limit holds for each piece, the request's for all."""

    def __init__(self, opening: Any, request: HttpRequest) -> None:
        self._opening, self._request = opening, request
        try:
            answer = opening.__enter__()
        except PyreqwestError as error:
            raise _failure(error, request) from error
        self.status, self.headers = answer.status, headers_of(answer)
        self._reader = answer.body_reader
        request.trace.enter("download")

    def read(self) -> bytes:
        """The next piece; empty at the end."""
        try:
            piece = self._reader.read_chunk()
        except PyreqwestError as error:
            raise translate(error, self._request.trace) from error
        return b"" if piece is None else piece.to_bytes()

    def close(self) -> None:
        """Take no more of it."""
        self._opening.__exit__(None, None, None)


def _builder(client: Any, request: HttpRequest) -> Any:
    builder = client.request(request.method, request.url).headers(request.headers)
    if request.timeouts.total is not None:
        builder = builder.timeout(timedelta(seconds=request.timeouts.total))
    if isinstance(request.body, bytes):
        builder = builder.body_bytes(request.body)
    return builder


def _failure(error: PyreqwestError, request: HttpRequest) -> SonantError:
    request.trace.phase = "waiting"  # all the time so far counts as that: connecting is not told apart here
    return translate(error, request.trace)
