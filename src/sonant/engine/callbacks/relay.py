"""What a live stream says, sent to a URL: one request a message, in their order."""

import asyncio
from collections.abc import Awaitable, Callable

from sonant.engine.callbacks.store import Promise, Result
from sonant.engine.metrics import Metrics
from sonant.engine.settings import Settings

_MOST_WAITING = 1_000
"""Messages that may wait for a receiver; what comes beyond is given up."""

Deliver = Callable[[Promise, Result, int, Settings], Awaitable[str]]


class Relay:
    """Delivers while the stream runs and after it. It is not kept on the disk: the end of the engine ends it."""

    def __init__(
        self, promise: Promise, settings: Settings, metrics: Metrics, deliver: Deliver, ending: asyncio.Event
    ) -> None:
        self._promise, self._settings, self._metrics = promise, settings, metrics
        self._deliver, self._ending = deliver, ending
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, message: bytes) -> None:
        """Send a message when its turn comes."""
        if self._queue.qsize() < _MOST_WAITING:
            self._queue.put_nowait(message)
        else:
            self._count("given up")

    def close(self) -> None:
        """No more will come."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Deliver until all is delivered or given up."""
        while (message := await self._queue.get()) is not None:
            self._count("delivered" if await self._send(message) else "given up")

    async def _send(self, message: bytes) -> bool:
        for attempt in range(1, self._settings.callback_retries + 2):
            if not await self._deliver(self._promise, Result(message), attempt, self._settings):
                return True
            self._metrics.callback_failures.inc()
            if await self._is_over():
                break
        return False

    async def _is_over(self) -> bool:
        """Wait until it is worth trying again; whether the engine ended instead."""
        try:
            async with asyncio.timeout(self._settings.callback_delay):
                return await self._ending.wait()
        except TimeoutError:
            return False

    def _count(self, outcome: str) -> None:
        self._metrics.callbacks.labels(outcome).inc()
