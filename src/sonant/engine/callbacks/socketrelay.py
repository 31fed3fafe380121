"""What a live stream says, sent to a receiver that listens on a WebSocket: one text message each, in their order."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from sonant.contract.faults import BAD_CALLBACK
from sonant.engine.callbacks.store import Promise
from sonant.engine.metrics import Metrics
from sonant.engine.outbound import SOCKETS, find_address, split_url
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

_MOST_WAITING = 1_000
"""Messages that may wait for a receiver; one that leaves more unread is taken for lost."""
_OPENING = 5.0
"""Seconds in which a receiver is to answer: the caller's own handshake waits for it."""
_CLOSING = 5.0
"""Seconds in which it is to take its leave."""


class SocketRelay:
    """A connection to a receiver. It is not kept on the disk, and one that is lost is not made again."""

    def __init__(self, promise: Promise, metrics: Metrics) -> None:
        self._promise, self._metrics = promise, metrics
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._connection: ClientConnection | None = None
        self._lost = ""
        self._tell: Callable[[str], None] | None = None

    async def open(self, settings: Settings) -> None:
        """Connect to the receiver.

        Raises:
            Refusal: the URL is none, its address is not public, or nobody takes WebSockets there.
        """
        parts = split_url(self._promise.callback, BAD_CALLBACK, SOCKETS)
        headers = {"dg-request-id": self._promise.request_id}
        if self._promise.key_id:
            headers["dg-token"] = self._promise.key_id
        try:
            host, port = await find_address(parts, allow_private=settings.allow_private_urls)
            self._connection = await connect(
                parts.geturl(), host=host, port=port, proxy=None, compression=None, additional_headers=headers,
                open_timeout=min(_OPENING, settings.callback_seconds), close_timeout=_CLOSING,
            )  # fmt: skip
        except (Refusal, OSError, WebSocketException, ValueError) as error:
            raise Refusal(BAD_CALLBACK) from error

    def when_lost(self, tell: Callable[[str], None]) -> None:
        """Have somebody told once the receiver is gone, and why."""
        self._tell = tell
        if self._lost:
            tell(self._lost)

    def put(self, message: bytes) -> None:
        """Send a message when its turn comes."""
        if not self._lost and self._queue.qsize() >= _MOST_WAITING:
            self._lose("it does not read")
        if self._lost:
            self._count("given up")
        else:
            self._queue.put_nowait(message)

    def close(self) -> None:
        """No more will come."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Send until all is sent or the receiver is gone."""
        connection = self._connection
        assert connection  # noqa: S101 - `open` comes first
        reading = asyncio.create_task(self._read(connection))
        try:
            while (message := await self._queue.get()) is not None:
                self._count("delivered" if await self._send(connection, message) else "given up")
        finally:
            reading.cancel()
            await connection.close()

    async def _send(self, connection: ClientConnection, message: bytes) -> bool:
        if not self._lost:
            try:
                await connection.send(message, text=True)
            except ConnectionClosed:
                self._lose(f"it was closed with {connection.close_code}")
        return not self._lost

    async def _read(self, connection: ClientConnection) -> None:
        """Let go what the receiver says, and notice when it leaves."""
        with suppress(ConnectionClosed):
            async for _ in connection:
                pass
        self._lose(f"it was closed with {connection.close_code}")

    def _lose(self, reason: str) -> None:
        if self._lost:
            return
        self._lost = reason
        if self._tell:
            self._tell(reason)

    def _count(self, outcome: str) -> None:
        self._metrics.callbacks.labels(outcome).inc()
