"""How much a live voice may be told in a minute: flushes and characters, as the service counts them. Pure."""

from __future__ import annotations

from collections import deque

from sonant.client.errors import BadOptionValue

MINUTE = 60.0
MOST_BUFFERED = 2000
"""Characters that `/v1/speak` takes before a `Flush`."""
ENOUGH = 1000
"""Characters without a `Flush` after which one is not left out any more."""
SPARE = 8
"""Flushes of a minute that are kept for those that are asked for."""
REST = 4.0
"""Seconds without a `Flush` after one was refused, whatever is allowed here: 15 a minute are fewer than the most."""


class Allowance:
    """What was said over one connection in the last minute.

    Args:
        flushes: how many are allowed in a minute; None for no limit.
        characters: the same of text.
    """

    __slots__ = ("_characters", "_flushed", "_most_characters", "_most_flushes", "_rests_until", "unflushed")

    def __init__(self, flushes: int | None, characters: int | None) -> None:
        self._most_flushes, self._most_characters = flushes, characters
        self.begin()

    def begin(self) -> None:
        """A new connection, whose account is empty."""
        self._flushed = deque[float]()
        self._characters = deque[tuple[float, int]]()
        self._rests_until = 0.0
        self.unflushed = 0
        """Characters that were sent since the last `Flush`."""

    def note_flush(self, now: float) -> None:
        """A `Flush` was sent."""
        if self._most_flushes is not None:
            self._flushed.append(now)
        self.unflushed = 0

    def note_text(self, size: int, now: float) -> None:
        """So many characters were sent."""
        if self._most_characters is not None:
            self._characters.append((now, size))
        self.unflushed += size

    def note_refusal(self, now: float) -> None:
        """A `Flush` was too much: the next one waits for half a minute, or where there is no limit, for `REST`."""
        self._rests_until = now + REST
        missing = (self._most_flushes or 0) - self._count_flushes(now)
        self._flushed.extendleft([now - MINUTE / 2] * missing)

    def may_flush(self, now: float) -> bool:
        """Whether one more is allowed."""
        if now < self._rests_until:
            return False
        return self._most_flushes is None or self._count_flushes(now) < self._most_flushes

    def may_nudge(self, now: float) -> bool:
        """Whether one more is worth it that could be left out."""
        most = self._most_flushes
        if self.unflushed >= ENOUGH:
            return True
        return now >= self._rests_until and (most is None or self._count_flushes(now) < most - SPARE)

    def may_speak(self, size: int, now: float) -> bool:
        """Whether so many characters more are allowed."""
        if self._most_characters is None:
            return True
        while self._characters and now - self._characters[0][0] >= MINUTE:
            self._characters.popleft()
        spent = sum(each for _, each in self._characters)
        return not spent or spent + size <= self._most_characters

    def _count_flushes(self, now: float) -> int:
        while self._flushed and now - self._flushed[0] >= MINUTE:
            self._flushed.popleft()
        return len(self._flushed)


def check_room(size: int) -> None:
    """See that so many characters may be said before a `Flush`.

    Raises:
        BadOptionValue: there are too many.
    """
    if size > MOST_BUFFERED:
        raise BadOptionValue(
            f"The service takes {MOST_BUFFERED} characters before a flush; these would be {size}.",
            hint="Call flush() in between, or hand the text to say(), which does.",
        )
