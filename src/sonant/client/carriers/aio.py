"""Drives exchanges from an event loop."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, TypeVar

from sonant.client.call import HttpRequest, HttpResponse, Opened, is_audio
from sonant.client.carriers import AsyncDownload, needs_patience
from sonant.client.carriers.custom import AsyncCustomCarrier, is_httpx
from sonant.client.config import Scope
from sonant.client.credentials import Credential
from sonant.client.errors import SonantError
from sonant.client.exchange import Authorize, Exchange, Send, Step
from sonant.contract.wire import Reply
from sonant.lasting import load_pyreqwest

R = TypeVar("R", bound=Reply)


class AsyncDriver:
    """The connections of one client, by the settings that shape them."""

    def __init__(self) -> None:
        self._carriers: dict[Any, Any] = {}

    async def drive(self, exchange: Exchange[R]) -> R:
        """Carry an exchange through to its reply.

        Raises:
            SonantError: what the exchange raises.
        """
        try:
            step = next(exchange)
            while True:
                try:
                    outcome = await self._perform(step)
                except SonantError as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(outcome)
        except StopIteration as done:
            reply: R = done.value
            return reply

    async def _perform(self, step: Step) -> Any:
        if isinstance(step, Send):
            return await (self.open if step.request.streams else self.send)(step.request, step.scope)
        if isinstance(step, Authorize):
            return await read_secret(step.credential)
        return await asyncio.sleep(step.seconds)

    async def send(self, request: HttpRequest, scope: Scope) -> HttpResponse:
        """Carry one request over the connections for these settings."""
        response: HttpResponse = await self._carrier(request, scope).send(request)
        return response

    async def open(self, request: HttpRequest, scope: Scope) -> HttpResponse | Opened:
        """Carry one request up to the first piece of its answer; what is no audio comes whole."""
        download: AsyncDownload = await self._carrier(request, scope).open(request)
        try:
            first = await download.read()
            if 200 <= download.status < 300 and first and is_audio(download.headers):
                return Opened(download, first)
            body = first
            while piece := await download.read():
                body += piece
        except BaseException:
            await download.close()
            raise
        await download.close()
        return HttpResponse(download.status, download.headers, body)

    def _carrier(self, request: HttpRequest, scope: Scope) -> Any:
        limit = None if needs_patience(request) else request.timeouts.read
        key = (scope.connection, limit)
        carrier = self._carriers.get(key)
        if carrier is None:
            carrier = self._carriers[key] = _make_carrier(scope, limit)
        return carrier

    async def close(self) -> None:
        """Close all connections."""
        while self._carriers:
            _, carrier = self._carriers.popitem()
            await carrier.close()


async def read_secret(credential: Credential) -> str:
    """The secret as it is now."""
    secret = credential.read()
    return await secret if inspect.isawaitable(secret) else secret


def _make_carrier(scope: Scope, limit: float | None) -> Any:
    if scope.client is None:
        return _make_own(scope, limit)
    if is_httpx(scope.client):
        from sonant.client.carriers.httpx import AsyncHttpxCarrier

        return AsyncHttpxCarrier(scope.client)
    return AsyncCustomCarrier(scope.client)


def _make_own(scope: Scope, limit: float | None) -> Any:
    if not load_pyreqwest():
        from sonant.client.carriers.httpx import own_client

        return own_client(scope, asynchronous=True)
    if limit is None:
        from sonant.client.carriers.patient import PatientCarrier

        return PatientCarrier(scope)
    from sonant.client.carriers.quick import AsyncQuickCarrier

    return AsyncQuickCarrier(scope, limit)
