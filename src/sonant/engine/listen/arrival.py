"""How fast a stream's audio comes: about as fast as it is spoken, or sent ahead. Pure but for its clock."""

import time
from collections.abc import Callable

from sonant.engine.models.workers import Urgency

_PACE = 2.0
"""Seconds of audio a second that still are a conversation."""
_SLACK = 3.0
"""Seconds of audio that may come at once, as after a short break of the connection."""
_TALKING = 3.0
"""Seconds after its last audio in which a stream counts as one that talks."""


class Arrival:
    """The audio of one stream, as it comes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ahead = 0.0
        """Seconds of audio that came before their time."""
        self._last: float | None = None

    def add(self, seconds: float) -> None:
        """So much audio came."""
        now = self._clock()
        self._ahead = self._ahead_by(now, seconds)
        self._last = now

    def _ahead_by(self, now: float, more: float) -> float:
        passed = 0.0 if self._last is None else now - self._last
        return max(0.0, self._ahead + more - _PACE * passed)

    @property
    def is_hasty(self) -> bool:
        """Whether the audio is sent so far ahead that nobody can wait for what is said right now."""
        return self._ahead_by(self._clock(), 0.0) > _SLACK

    @property
    def is_talking(self) -> bool:
        """Whether audio came lately."""
        return self._last is not None and self._clock() - self._last < _TALKING

    def urgency_of(self, urgency: Urgency) -> Urgency:
        """How urgent a piece is that would be of this urgency in a conversation."""
        return Urgency.BEHIND if urgency is Urgency.FINAL and self.is_hasty else urgency
