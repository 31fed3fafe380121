"""How many live streams there are, and whether there can be another one."""

from collections.abc import Generator
from contextlib import contextmanager

from sonant.contract.faults import UNAVAILABLE
from sonant.engine.metrics import Metrics
from sonant.engine.refusals import Refusal

_LATE = 1.0
"""Seconds that finals take on the average when there are too many streams."""
_ADVICE = 5
"""Seconds after which it is worth asking again."""


class Streams:
    """Counts the live streams, and watches how late their finals come."""

    def __init__(self, limit: int, metrics: Metrics, kind: str = "stream") -> None:
        self._limit, self._metrics, self._kind = limit, metrics, kind
        self._lateness = 0.0
        self.active = 0

    @property
    def capacity(self) -> int:
        """How many streams there may be, as far as known now."""
        return self.active if self._is_late else self._limit

    @property
    def _is_late(self) -> bool:
        return self.active > 0 and self._lateness > _LATE

    def check_room(self) -> None:
        """See that another stream can be served.

        Raises:
            Refusal: there are as many as allowed, or their finals come late.
        """
        if self.active >= self._limit or self._is_late:
            self._metrics.streams_refused.inc()
            raise Refusal(UNAVAILABLE, retry_after=_ADVICE)

    @contextmanager
    def join(self) -> Generator[None]:
        """Be one of them."""
        self.active += 1
        active = self._metrics.active.labels(self._kind)
        active.inc()
        try:
            yield
        finally:
            self.active -= 1
            active.dec()

    def note_final(self, seconds: float) -> None:
        """A final came so long after its window was over."""
        self._metrics.stream_latency.observe(seconds)
        self._lateness += 0.1 * (seconds - self._lateness)
