"""How many live streams there are, and whether there can be another one.

A socket without speech costs next to nothing, so what counts is whether those who talk get their finals in time.
"""

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from statistics import median

from sonant.contract.faults import UNAVAILABLE
from sonant.engine.listen.arrival import Arrival
from sonant.engine.metrics import Metrics
from sonant.engine.refusals import Refusal

_LATE = 1.0
"""Seconds that more than half of the finals take when there are too many streams."""
_LATELY = 10.0
"""Seconds for which a final says how it is."""
_FEWEST = 3
"""Finals that it takes to judge."""
_USUAL_RATE = 16_000.0
"""Bytes a second of compressed audio, until it is known."""
_ADVICE = 5
"""Seconds after which it is worth asking again."""


class Place:
    """One stream among all: how its audio arrives, and how late its finals were. Fulfils Watcher."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self.arrival = Arrival(clock)
        self._metrics, self._clock = metrics, clock
        self._rate, self._heard = _USUAL_RATE, 0
        self._finals: deque[tuple[float, float]] = deque()

    def expect(self, rate: float | None) -> None:
        """A second of the audio has so many bytes, as far as that is known."""
        self._rate = rate or self._rate

    def note_heard(self, size: int, seconds: float) -> None:
        """So many bytes more were heard, which makes so many seconds of the stream so far."""
        self._heard += size
        self.expect(self._heard / seconds if seconds else None)

    def note_audio(self, size: int) -> None:
        """So many bytes came; they count from now on, however long they wait to be heard."""
        self.arrival.add(size / self._rate)

    def note_final(self, seconds: float) -> None:
        """Words were final so long after they were due; audio that was sent ahead says nothing about that."""
        if not self.arrival.is_hasty:
            self._metrics.stream_latency.observe(seconds)
            self._finals.append((self._clock(), seconds))

    def note_interim(self, left_out: int) -> None:
        """An interim was heard, and so many were left out, as the models are busy."""
        self._metrics.interims.inc()
        self._metrics.interims_left_out.inc(left_out)

    def recent(self) -> list[float]:
        """Seconds that the finals of late took."""
        since = self._clock() - _LATELY
        while self._finals and self._finals[0][0] < since:
            self._finals.popleft()
        return [seconds for _, seconds in self._finals]


class Streams:
    """The live streams that are open."""

    def __init__(
        self, limit: int, metrics: Metrics, kind: str = "stream", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._metrics, self._kind, self._clock = limit, metrics, kind, clock
        self._places: set[Place] = set()

    @property
    def active(self) -> int:
        """How many are open."""
        return len(self._places)

    @property
    def talking(self) -> int:
        """How many of them send audio."""
        return sum(place.arrival.is_talking for place in self._places)

    @property
    def capacity(self) -> int:
        """How many may be open, as far as known now."""
        return self.active if self.is_late else self._limit

    @property
    def is_late(self) -> bool:
        """Whether those who talk wait too long for their finals."""
        finals = [seconds for place in self._places for seconds in place.recent()]
        return len(finals) >= _FEWEST and median(finals) > _LATE

    def check_room(self) -> None:
        """See that another stream can be served.

        Raises:
            Refusal: there are as many as allowed, or their finals come late.
        """
        if self.active >= self._limit or self.is_late:
            self._metrics.streams_refused.inc()
            raise Refusal(UNAVAILABLE, retry_after=_ADVICE)

    @contextmanager
    def join(self) -> Generator[Place]:
        """Be one of them."""
        place = Place(self._metrics, self._clock)
        self._places.add(place)
        active = self._metrics.active.labels(self._kind)
        active.inc()
        try:
            yield place
        finally:
            self._places.discard(place)
            active.dec()
