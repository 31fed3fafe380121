"""Lines around a client of the user's own, on threads and on an event loop."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from sonant.client.carriers.lines import Receiver, WebSocketClient, read_end

if TYPE_CHECKING:
    import asyncio


class ForeignLine:
    """A client of the user's own, read on a thread of its own; it is trusted to be alive."""

    holds = False

    def __init__(self, client: WebSocketClient) -> None:
        self._client = client
        self._telling = threading.Lock()
        self._is_over = False

    def begin(self, receiver: Receiver) -> None:
        """Hand over what comes."""
        self._receiver = receiver
        threading.Thread(target=self._read, name="sonant-reader", daemon=True).start()

    def read(self) -> bool:
        """False: a thread of its own reads."""
        return False

    def attend(self) -> None:
        """Nothing: it does so in any case."""

    def _read(self) -> None:
        try:
            while not self._is_over:
                self._receiver.take(self._client.recv())
        except Exception as error:  # noqa: BLE001 - whatever a client raises is its end
            self._end(*read_end(error))

    def _end(self, code: int, reason: str) -> None:
        with self._telling:
            if self._is_over:
                return
            self._is_over = True
        self._receiver.ended(code, reason)

    def write(self, payload: str | bytes, *, more: bool) -> bool:
        """Send a message, however long that takes; drops the connection if that fails."""
        try:
            self._client.send(payload)
        except Exception:
            self.drop()
            raise
        return True

    def flush(self, seconds: float) -> bool:
        """True: nothing is ever left."""
        return True

    def push(self) -> None:
        """Nothing: each message went by itself."""

    def probe(self) -> None:
        """Take it for alive."""
        self._receiver.answered()

    def drop(self) -> None:
        """Break the connection, without waiting for anybody."""
        threading.Thread(target=self._drop, daemon=True).start()

    def _drop(self) -> None:
        self._end(1006, "dropped")
        own = getattr(self._client, "socket", None)
        if isinstance(own, socket.socket):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(own, socket.SHUT_RDWR)  # as under TLS its reader may be in the midst of it
        with contextlib.suppress(Exception):
            self._client.close()


class AsyncForeignLine:
    """A client of the user's own, read by a task of its own; it is trusted to be alive."""

    def __init__(self, client: WebSocketClient) -> None:
        self._client = client
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, receiver: Receiver) -> None:
        """Hand over what comes."""
        self._receiver = receiver
        self._spawn(self._read())

    def _spawn(self, work: Any) -> None:
        import asyncio

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self) -> None:
        try:
            while True:
                self._receiver.take(await self._client.recv())
        except Exception as error:  # noqa: BLE001 - whatever a client raises is its end
            end = read_end(error)
        self.drop()
        self._receiver.ended(*end)

    async def write(self, payload: str | bytes, *, more: bool) -> None:
        """Send a message; drops the connection if that fails."""
        try:
            await self._client.send(payload)
        except BaseException:
            self.drop()
            raise

    def push(self) -> None:
        """Nothing: each message went by itself."""

    def probe(self) -> Awaitable[None] | None:
        """Take it for alive."""
        self._receiver.answered()
        return None

    def drop(self) -> None:
        """Break the connection, without waiting for anybody."""
        transport = getattr(self._client, "transport", None)
        if transport is not None:
            transport.abort()
        else:
            self._spawn(self._close())

    async def _close(self) -> None:
        with contextlib.suppress(Exception):
            await self._client.close()
