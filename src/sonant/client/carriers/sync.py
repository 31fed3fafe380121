"""Drives exchanges from a thread."""

from __future__ import annotations

import os
import time
from _thread import allocate_lock
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from sonant.client.call import HttpRequest, HttpResponse, Opened, is_audio
from sonant.client.carriers import AsyncDownload, Download, needs_patience
from sonant.client.carriers.custom import CustomCarrier, is_httpx
from sonant.client.config import Scope
from sonant.client.credentials import Credential
from sonant.client.errors import ConfigError, ConnectionLost, SonantError
from sonant.client.exchange import Authorize, Exchange, Send, Step
from sonant.client.sources import AsyncUpload
from sonant.contract.wire import Reply
from sonant.lasting import load_pyreqwest

R = TypeVar("R", bound=Reply)
T = TypeVar("T")


class SyncDriver:
    """The connections of one client, by the settings that shape them."""

    def __init__(self) -> None:
        self._carriers: dict[Any, Any] = {}
        self._loop: LoopThread | None = None
        self._lock = allocate_lock()
        self._pid = os.getpid()

    def drive(self, exchange: Exchange[R]) -> R:
        """Carry an exchange through to its reply.

        Raises:
            SonantError: what the exchange raises.
        """
        try:
            step = next(exchange)
            while True:
                try:
                    outcome = self._perform(step)
                except SonantError as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(outcome)
        except StopIteration as done:
            reply: R = done.value
            return reply

    def _perform(self, step: Step) -> Any:
        if isinstance(step, Send):
            return (self.open if step.request.streams else self.send)(step.request, step.scope)
        if isinstance(step, Authorize):
            return read_secret(step.credential)
        return time.sleep(step.seconds)

    def send(self, request: HttpRequest, scope: Scope) -> HttpResponse:
        """Carry one request over the connections for these settings."""
        response: HttpResponse = self._carrier(request, scope).send(request)
        return response

    def open(self, request: HttpRequest, scope: Scope) -> HttpResponse | Opened:
        """Carry one request up to the first piece of its answer; what is no audio comes whole."""
        download: Download = self._carrier(request, scope).open(request)
        try:
            first = download.read()
            if 200 <= download.status < 300 and first and is_audio(download.headers):
                return Opened(download, first)
            body = first + b"".join(iter(download.read, b""))
        except BaseException:
            download.close()
            raise
        download.close()
        return HttpResponse(download.status, download.headers, body)

    def _carrier(self, request: HttpRequest, scope: Scope) -> Any:
        if self._pid != os.getpid():
            self._forget()
        limit = None if needs_patience(request) else request.timeouts.read
        key = (scope.connection, limit)
        return self._carriers.get(key) or self._add_carrier(key, scope, limit)

    def _add_carrier(self, key: Any, scope: Scope, limit: float | None) -> Any:
        with self._lock:
            if key not in self._carriers:
                self._carriers[key] = self._make_carrier(scope, limit)
            return self._carriers[key]

    def _make_carrier(self, scope: Scope, limit: float | None) -> Any:
        if scope.client is not None:
            return _make_custom(scope.client)
        if not load_pyreqwest():
            from sonant.client.carriers.httpx import own_client

            return own_client(scope, asynchronous=False)
        if limit is not None:
            from sonant.client.carriers.quick import QuickCarrier

            return QuickCarrier(scope, limit)
        self._loop = self._loop or LoopThread()
        return Threaded(self._loop, scope)

    def _forget(self) -> None:
        """In a forked process: threads and connections stayed behind with the parent."""
        self._carriers, self._loop, self._lock = {}, None, allocate_lock()
        self._pid = os.getpid()

    def close(self) -> None:
        """Close all connections."""
        while self._carriers:
            _, carrier = self._carriers.popitem()
            carrier.close()
        if self._loop is not None:
            self._loop.close()
            self._loop = None


class Threaded:
    """The patient carrier, used from a thread."""

    def __init__(self, loop: LoopThread, scope: Scope) -> None:
        from sonant.client.carriers.patient import PatientCarrier

        self._loop, self._carrier = loop, PatientCarrier(scope)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: no answer came, or not in time.
            SourceError: the body is an async iterator.
        """
        if isinstance(request.body, AsyncUpload):
            request.body.chunks()  # says that it needs the caller's own event loop
        return self._loop.run(self._carrier.send(request))

    def open(self, request: HttpRequest) -> ThreadedDownload:
        """Carry one request up to the head of its answer.

        Raises:
            TransportError: no answer came, or not in time.
        """
        return ThreadedDownload(self._loop, self._loop.run(self._carrier.open(request)))

    def close(self) -> None:
        """Close its connections."""
        self._loop.run(self._carrier.close())


class ThreadedDownload:
    """A streamed answer of the patient carrier, read from a thread."""

    def __init__(self, loop: LoopThread, download: AsyncDownload) -> None:
        self._loop, self._download = loop, download
        self.status, self.headers = download.status, download.headers

    def read(self) -> bytes:
        """The next piece; empty at the end."""
        return self._loop.run(self._download.read())

    def close(self) -> None:
        """Take no more of it."""
        self._loop.run(self._download.close())


class LoopThread:
    """An event loop in a thread of its own; the callers' waits hear Ctrl-C."""

    def __init__(self) -> None:
        import asyncio
        import threading

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sonant", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine; whatever ends the wait early cancels it."""
        import asyncio
        from concurrent.futures import CancelledError

        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise ConnectionLost("The client was closed while the call ran.") from None
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End what still runs, and stop the thread."""
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    import asyncio

    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _make_custom(client: Any) -> Any:
    if is_httpx(client):
        from sonant.client.carriers.httpx import HttpxCarrier

        return HttpxCarrier(client)
    return CustomCarrier(client)


def read_secret(credential: Credential) -> str:
    """The secret as it is now.

    Raises:
        ConfigError: its function is a coroutine function.
    """
    secret = credential.read()
    if isinstance(secret, str):
        return secret
    if isinstance(secret, Coroutine):
        cast("Coroutine[Any, Any, str]", secret).close()
    raise ConfigError(
        "The credential's function gives no text.", hint="For coroutine functions use AsyncDeepgramClient."
    )
