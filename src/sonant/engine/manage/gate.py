"""How much a project may use: at once, in a minute, in a month. Counted in this engine; money in the database."""

import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import ceil

from sonant.contract.faults import TOO_MANY_REQUESTS, Fault
from sonant.engine.manage.grants import Grant, Limits
from sonant.engine.refusals import Refusal

_WINDOW = 60.0
_FRESH = 1.0
"""Seconds for which what was spent is believed."""
_ADVICE = 1
"""Seconds after which a place may be free."""

FindDebt = Callable[[str, Limits], Awaitable[Refusal | None]]
"""Tells why a project may spend no more; None if it may."""


class Gate:
    """Lets requests of each project in, within its limits."""

    def __init__(self, find_debt: FindDebt, clock: Callable[[], float] = time.monotonic) -> None:
        self._find_debt, self._clock = find_debt, clock
        self._inside: Counter[str] = Counter()
        self._begun: dict[str, deque[float]] = {}
        self._debts: dict[str, tuple[float, Refusal | None]] = {}

    @asynccontextmanager
    async def enter(self, grant: Grant, too_many: Fault = TOO_MANY_REQUESTS) -> AsyncGenerator[None]:
        """Be one of a project's requests; `too_many` is how this kind of request is told that it is one too many.

        Raises:
            Refusal: it has as many as it may, or has spent what it may.
        """
        limits, project = grant.limits, grant.project_id
        if limits.concurrency is not None and self._inside[project] >= limits.concurrency:
            raise Refusal(too_many, retry_after=_ADVICE)
        if limits.requests_per_minute is not None:
            self._take_turn(project, limits.requests_per_minute, too_many)
        self._inside[project] += 1
        try:
            await self._check_funds(project, limits)
            yield
        finally:
            self._inside[project] -= 1
            if not self._inside[project]:
                del self._inside[project]

    def _take_turn(self, project: str, allowed: int, too_many: Fault) -> None:
        now, begun = self._clock(), self._begun.setdefault(project, deque())
        while begun and begun[0] <= now - _WINDOW:
            begun.popleft()
        if len(begun) >= allowed:
            free = begun[-allowed] + _WINDOW if allowed else now + _WINDOW
            raise Refusal(too_many, retry_after=max(1, ceil(free - now)))
        begun.append(now)

    async def _check_funds(self, project: str, limits: Limits) -> None:
        if limits.monthly_spend is None and not limits.prepaid:
            return
        asked, debt = self._debts.get(project, (float("-inf"), None))
        if self._clock() - asked > _FRESH:
            debt = await self._find_debt(project, limits)
            self._debts[project] = (self._clock(), debt)
        if debt:
            raise Refusal(debt.fault, debt.detail)
