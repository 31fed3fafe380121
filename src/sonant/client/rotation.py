"""The change of one connection for another, before the service or a limit ends it. Pure.

All times are seconds of one monotonic clock.
"""

from __future__ import annotations

from math import inf

from sonant.client.feed import Feed

_NO_PAUSE = 30.0
"""Seconds after it is due in which a pause is waited for."""
_LOOK = 0.25
"""Seconds between two looks for a pause."""


class Rotation:
    """When one connection is to be left for the next one.

    Attributes:
        is_begun: whether it is being left: the service was told that no more comes, or it is to be cut.
    """

    __slots__ = ("_due", "_feed", "_is_wanted", "_latest", "is_begun")

    def __init__(self, feed: Feed, limit: float | None, now: float) -> None:
        self._feed = feed
        self._due = inf if limit is None else now + limit
        self._latest = self._due + _NO_PAUSE
        """When no pause is waited for any more."""
        self._is_wanted = self.is_begun = False

    def want(self, now: float) -> None:
        """Have it left at once, be it amid speech."""
        if not (self._is_wanted or self.is_begun):
            self._is_wanted = True
            self._due = self._latest = now

    def is_due(self, now: float) -> bool:
        """Whether it is time, in a pause of speech if there is one."""
        if self.is_begun or now < self._due:
            return False
        return now >= self._latest or self._feed.is_pause()

    def begins_with_cut(self, now: float, *, is_closing: bool) -> bool:
        """Whether it is time amid speech, whose last words are then left to the next connection; if so, it begins.

        A service that is told of the end says what it made of half a word, and says it for good.
        """
        if is_closing:
            is_due = self._is_wanted and not self.is_begun and not self._feed.is_settled
        else:
            is_due = self.is_due(now) and self._feed.has_speech()
        if is_due and self._feed.is_replayable:
            self.is_begun = True
            return True
        return False

    def next_look(self, now: float) -> float | None:
        """When to look whether it is time; None if nothing is to be looked for."""
        if self._is_wanted or self.is_begun or self._due == inf:
            return None
        return max(self._due, now + _LOOK)
