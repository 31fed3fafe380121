"""Slows down who guesses keys, and says so in the log. A good key is never slowed."""

import asyncio
import logging
import time

from sonant.contract.faults import TOO_MANY_REQUESTS
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)

FREE = 5
"""Wrong keys from one address that cost nothing."""
LONGEST = 5.0
"""Seconds that the answer to a wrong key is held back at most."""
_STEP = 0.1
_FORGIVEN = 60.0
"""Seconds without a wrong key after which an address begins anew."""
_MOST_HELD = 256
"""Answers that are held back at once; more are refused outright."""
_MOST_KNOWN = 10_000


class Brake:
    """Counts wrong keys by address."""

    def __init__(self) -> None:
        self._tries: dict[str, tuple[int, float]] = {}
        self._held = 0

    async def press(self, address: str) -> None:
        """A wrong key came; return when it may be answered.

        Raises:
            Refusal: too many such answers are held back already.
        """
        tries = self._count(address)
        wait = delay_after(tries)
        if not wait:
            return
        if tries & (tries - 1) == 0:  # 8, 16, 32, ...: a flood does not fill the log
            log.warning("wrong keys", extra={"address": address, "count": tries})
        if self._held >= _MOST_HELD:
            raise Refusal(TOO_MANY_REQUESTS, retry_after=round(LONGEST))
        self._held += 1
        try:
            await asyncio.sleep(wait)
        finally:
            self._held -= 1

    def _count(self, address: str) -> int:
        now = time.monotonic()
        tries, last = self._tries.pop(address, (0, now))
        tries = 1 if now - last > _FORGIVEN else tries + 1
        if len(self._tries) >= _MOST_KNOWN:
            self._tries.pop(next(iter(self._tries)))
        self._tries[address] = tries, now
        return tries


def delay_after(tries: int) -> float:
    """Seconds to hold back the answer to so many wrong keys."""
    return min(LONGEST, _STEP * 2.0 ** min(tries - FREE, 20)) if tries > FREE else 0.0
