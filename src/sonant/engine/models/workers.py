"""The one queue in front of the models: most urgent first, never more at once than there are workers."""

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")


class Urgency(IntEnum):
    """Who goes first; within one urgency, who came first."""

    FINAL = 0
    """Somebody waits: a live stream for its final words, a listener for the first of a voice."""
    INTERIM = 1
    """A live stream would like to show something, or a voice goes on."""
    BEHIND = INTERIM
    """Final words of audio that was sent far ahead: they take turns with what others would like to show."""
    BATCH = 2
    """A chunk of a recording, or a line for a callback."""


class Workers:
    """Runs model calls on threads, off the event loop.

    A call that is cancelled before its turn frees its place and never runs; one that runs already finishes, and
    its worker is free only then.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = size
        self._numbers = count()
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="sonant-model")
        self._readers = ThreadPoolExecutor(size, thread_name_prefix="sonant-decode")

    def waiting(self, urgency: Urgency) -> int:
        """How many calls of an urgency wait for their turn."""
        return sum(each == urgency and not turn.done() for each, _, turn in self._waiting)

    async def run(self, work: Callable[[], T], urgency: Urgency) -> T:
        """The result of a blocking call, made when its turn has come."""
        return await self.run_newest(lambda: work, urgency)

    async def run_newest(self, choose: Callable[[], Callable[[], T]], urgency: Urgency) -> T:
        """The result of a blocking call that is chosen, on the event loop, only when its turn has come."""
        await self._take_turn(urgency)
        try:
            running = self._pool.submit(choose())
        except BaseException:
            self._pass_on()
            raise
        running.add_done_callback(self._make_release(asyncio.get_running_loop()))
        return await asyncio.wrap_future(running)

    async def read(self, work: Callable[[], T]) -> T:
        """The result of decoding a little, on threads kept for that, so that uploads and look-ups need not wait.

        A thread cannot be cancelled: work that runs is waited for, as what it reads is closed afterwards.
        """
        running = self._readers.submit(work)
        reading = asyncio.wrap_future(running)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            if not running.cancel():
                await asyncio.wait({reading})
                reading.exception()  # nobody is left to be told
            raise

    async def close(self) -> None:
        """Wait for the calls that run."""
        for pool in (self._pool, self._readers):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    async def _take_turn(self, urgency: Urgency) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # the turn came in the same moment as the cancellation
            raise

    def _make_release(self, loop: asyncio.AbstractEventLoop) -> Callable[[Future[Any]], None]:
        def release(_: Future[Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._pass_on)

        return release

    def _pass_on(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
