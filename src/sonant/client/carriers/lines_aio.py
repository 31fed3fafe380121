"""Lines on an event loop: the connection of `websockets`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import CLOSED, OPEN

from sonant.client.carriers.foreignlines import AsyncForeignLine
from sonant.client.carriers.framing import Framing
from sonant.client.carriers.lines import Receiver, not_redirected, read_end


class AsyncUnredirected(ClientConnection):
    """A connection of `websockets` that takes its key nowhere else."""

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Have the service agree."""
        with not_redirected():
            await super().handshake(*args, **kwargs)


class AsyncLine(AsyncUnredirected):
    """A connection of `websockets` that hands messages over as they are read."""

    def __init__(self, protocol: ClientProtocol, **kwargs: Any) -> None:
        self._framing = Framing(protocol)
        self._early: list[str | bytes | Frame] = []
        self._receiver: Receiver | None = None
        super().__init__(protocol, **kwargs)

    def begin(self, receiver: Receiver) -> None:
        """Hand over what came and what comes."""
        self._receiver = receiver
        for event in self._early:
            receiver.hear(event)
        self._early.clear()
        if self.protocol.state is CLOSED:
            self._tell_end()

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
        if self._framing.is_over:
            self._close_at_once()

    def _close_at_once(self) -> None:
        """Wait for nothing more: the service need not end the connection that it has closed."""
        self._framing.end()
        self.send_data()
        self.transport.close()
        self._tell_end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell of the end."""
        super().connection_lost(exc)
        self._tell_end()

    def _tell_end(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.ended(*read_end(self.protocol.close_exc))

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


def as_line(connection: Any) -> AsyncLine | AsyncForeignLine:
    """The line that a connection is, or one around it."""
    return connection if isinstance(connection, AsyncLine) else AsyncForeignLine(connection)
