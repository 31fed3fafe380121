"""Small calls over pyreqwest: body and answer in memory, one limit; the cheapest way there is.

From a thread the call blocks, and Ctrl-C is heard when it ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError

from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.carriers.reqwest import build, configure, headers_of, settle_at_exit, translate
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
            answer = _build(self._client, request).send()
            return HttpResponse(answer.status, headers_of(answer), answer.bytes().to_bytes())
        except PyreqwestError as error:
            raise _failure(error, request) from error

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
            answer = await _build(self._client, request).send()
            return HttpResponse(answer.status, headers_of(answer), (await answer.bytes()).to_bytes())
        except PyreqwestError as error:
            raise _failure(error, request) from error

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()


def _build(client: Any, request: HttpRequest) -> Any:
    builder = client.request(request.method, request.url).headers(request.headers)
    if request.timeouts.total is not None:
        builder = builder.timeout(timedelta(seconds=request.timeouts.total))
    if isinstance(request.body, bytes):
        builder = builder.body_bytes(request.body)
    return builder.build()


def _failure(error: PyreqwestError, request: HttpRequest) -> SonantError:
    request.trace.phase = "waiting"  # all the time so far counts as that: connecting is not told apart here
    return translate(error, request.trace)
