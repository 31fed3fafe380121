"""Try again? After how long? Pure: values in, a number of seconds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from sonant.client.errors import (
    ApiError,
    ConnectFailed,
    ConnectionLost,
    SonantError,
    TimedOut,
)

STATUSES = frozenset({408, 409, 429})
BASE, CAP = 0.5, 8.0
"""Seconds: the first pause is up to BASE, each further one up to twice the last, never more than CAP."""
LONGEST_WAIT = 120.0
"""Seconds: a service that asks for more is not waited for."""
_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})


class Quota:
    """A token bucket for retries, so that an outage does not multiply the load.

    A retry takes a token; the bucket refills as calls succeed.
    """

    SIZE, COST, GAIN = 100.0, 1.0, 0.1

    def __init__(self) -> None:
        self._tokens = self.SIZE

    def take(self) -> bool:
        """Whether there is a token left for one more retry."""
        if self._tokens < self.COST:
            return False
        self._tokens -= self.COST
        return True

    def give(self) -> None:
        """Note a success."""
        self._tokens = min(self.SIZE, self._tokens + self.GAIN)


def is_transient(error: SonantError, method: str, *, retry_lost_replies: bool = False) -> bool:
    """Whether trying again may help and can do no harm.

    A POST whose whole body went out may have been done, and billed, although its answer was lost: it is tried again
    only if the caller wants that, or if it is speech, which a second time only costs again.
    """
    if isinstance(error, ConnectFailed):
        return True
    if isinstance(error, TimedOut):
        return error.phase == "connect"
    if isinstance(error, ConnectionLost):
        return error.phase == "upload" or method in _IDEMPOTENT or retry_lost_replies
    if isinstance(error, ApiError) and error.status is not None:
        return error.status in STATUSES or error.status >= 500
    return False


def pause(attempt: int, retry_after: float | None, random: Callable[[], float]) -> float | None:
    """Seconds to wait before the attempt after the given one (from 1); None if the service asks for too long.

    Full jitter: anywhere between nothing and a ceiling that doubles, unless the service said how long.
    """
    if retry_after is not None:
        return retry_after if retry_after <= LONGEST_WAIT else None
    return random() * min(CAP, BASE * 2.0 ** (attempt - 1))


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the service asks to wait: `retry-after-ms`, or `Retry-After` as seconds or HTTP date.

    Args:
        headers: names in lower case.
        now: seconds since 1970, for dates.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or not text:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < float("inf") else None
