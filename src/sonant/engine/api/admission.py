"""Who may come in: so many recordings at once, a short queue, and a clear no to the rest."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from math import ceil
from time import monotonic

from sonant.contract.faults import TOO_MANY_REQUESTS, Fault
from sonant.engine.refusals import Refusal

_LONGEST_ADVICE = 60


class Admission:
    """Counts the requests that are inside.

    Args:
        concurrency: that may work at once.
        queue_limit: that may wait beyond those.
        fault: what more are refused with.

    Attributes:
        inside: requests that were let in and are not answered yet.
        working: those of them that are being worked on.
    """

    def __init__(self, concurrency: int, queue_limit: int, fault: Fault = TOO_MANY_REQUESTS) -> None:
        self._fault = fault
        self._limit = concurrency + queue_limit
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._typical = 1.0
        self.inside = 0
        self.working = 0

    @contextmanager
    def enter(self) -> Generator[None]:
        """Be inside.

        Raises:
            Refusal: all places are taken; its `retry_after` guesses when one will be free.
        """
        if self.inside >= self._limit:
            raise Refusal(self._fault, retry_after=self._advice())
        with self.join():
            yield

    @contextmanager
    def join(self) -> Generator[None]:
        """Be inside without asking: for work that was promised before."""
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Wait for one's turn and work."""
        async with self._slots:
            self.working += 1
            began = monotonic()
            try:
                yield
            finally:
                self.working -= 1
                self._typical += 0.2 * (monotonic() - began - self._typical)

    def _advice(self) -> int:
        """Seconds until those who wait will have had their turn."""
        rounds = max(1, self.inside - self._concurrency) / self._concurrency
        return min(_LONGEST_ADVICE, max(1, ceil(rounds * self._typical)))
