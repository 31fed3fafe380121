"""Lines on an event loop: the connection of `websockets`, and one around a client of the user's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import OPEN

from sonant.client.carriers.framing import Framing
from sonant.client.carriers.lines import Receiver, WebSocketClient, not_redirected, read_end


class AsyncLine(ClientConnection):
    """A connection of `websockets` that hands messages over as they are read."""

    def __init__(self, protocol: ClientProtocol, **kwargs: Any) -> None:
        self._framing = Framing(protocol)
        self._early: list[str | bytes | Frame] = []
        self._receiver: Receiver | None = None
        super().__init__(protocol, **kwargs)

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Have the service agree."""
        with not_redirected():
            await super().handshake(*args, **kwargs)

    def begin(self, receiver: Receiver) -> None:
        """Hand over what came and what comes."""
        self._receiver = receiver
        for event in self._early:
            receiver.hear(event)
        self._early.clear()
        if self.connection_lost_waiter.done():
            receiver.ended(*read_end(self.protocol.close_exc))

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        events = self._framing.receive(data)
        if self.protocol.writes or self.protocol.state is not OPEN:
            super().data_received(b"")  # the library's own part: what it has to send, and its limits
        for event in events:
            if isinstance(event, Response):
                self.process_event(event)
            elif self._receiver is None:
                self._early.append(event)
            else:
                self._receiver.hear(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell of the end."""
        super().connection_lost(exc)
        if self._receiver is not None:
            self._receiver.ended(*read_end(self.protocol.close_exc))

    def write(self, payload: str | bytes, *, more: bool) -> Awaitable[None] | None:
        """Send a message, with the next one if there is `more`; what to await until there is room, if there is none.

        Raises:
            OSError: there is no connection any more.
        """
        if self.protocol.state is not OPEN:
            raise OSError("the connection is closing")
        self.protocol.writes.append(self._framing.frame(payload))
        if more:
            return None
        self.push()
        return self.drain() if self.paused else None

    def push(self) -> None:
        """Send what waits for more."""
        writes: list[bytes] = self.protocol.writes  # the library would send each by itself
        if len(writes) > 1 and all(writes):  # an empty one is the end of the stream
            writes[:] = [b"".join(writes)]
        self.send_data()

    def probe(self) -> Awaitable[None] | None:
        """Send a ping."""
        if self.protocol.state is OPEN:
            self.protocol.send_ping(b"")
            self.send_data()
        return None

    def drop(self) -> None:
        """Break the connection."""
        self.transport.abort()


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


def as_line(connection: Any) -> AsyncLine | AsyncForeignLine:
    """The line that a connection is, or one around it."""
    return connection if isinstance(connection, AsyncLine) else AsyncForeignLine(connection)
