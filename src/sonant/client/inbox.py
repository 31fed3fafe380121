"""Events that wait to be fetched: bounded, and interims go first when it is full. Pure."""

from __future__ import annotations

from collections import deque
from typing import Any

from sonant.client.session import Stats
from sonant.contract.listen import LiveResults

_MOST = 4096


class Inbox:
    """Events in their order.

    Attributes:
        is_read: whether anybody iterates.
        is_raised: whether the session's error was raised to somebody.
    """

    def __init__(self, stats: Stats) -> None:
        self._events: deque[Any] = deque()
        self._stats = stats
        self.is_read = self.is_raised = False

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Any, *, kept: bool) -> None:
        """Add an event; where nobody iterates it is kept only if it is to be."""
        if not (kept or self.is_read):
            return
        self._events.append(event)
        if len(self._events) > _MOST:
            self._drop_interim()

    def _drop_interim(self) -> None:
        for index, event in enumerate(self._events):
            if isinstance(event, LiveResults) and not event.is_final:
                del self._events[index]
                self._stats.discarded_interims += 1
                return

    def take(self) -> Any:
        """The oldest."""
        return self._events.popleft()
