"""Events that wait to be fetched: bounded, and interims are left out when it is full. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sonant.client.stats import Stats
from sonant.contract.listen import LiveResults

_MOST = 4096


class Inbox:
    """The way of events to whoever iterates.

    Attributes:
        is_read: whether anybody iterates.
        is_raised: whether the session's error was raised to somebody.
    """

    def __init__(self, stats: Stats, put: Callable[[Any], None], size: Callable[[], int]) -> None:
        """Begin.

        Args:
            stats: counts the interims that are left out.
            put: of the queue that is read.
            size: of it.
        """
        self._stats, self._put, self._size = stats, put, size
        self.is_read = self.is_raised = False

    def put(self, event: Any, *, kept: bool) -> None:
        """Add an event; where nobody iterates it is kept only if it is to be."""
        if not (kept or self.is_read):
            return
        if self._size() >= _MOST and isinstance(event, LiveResults) and not event.is_final:
            self._stats.discarded_interims += 1
        else:
            self._put(event)
