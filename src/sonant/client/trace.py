"""Where an attempt stands, so that a limit that passes is told with its phase."""

from __future__ import annotations

import time

from sonant.client.errors import TimedOut
from sonant.client.sources import Progress


class Trace:
    """Where an attempt stands: its phase, since when, and how much was sent."""

    __slots__ = ("elapsed", "phase", "progress", "sent", "since", "size")

    def __init__(self, size: int | None = None, progress: Progress | None = None) -> None:
        self.phase, self.since = "connect", time.monotonic()
        self.elapsed: dict[str, float] = {}
        self.sent, self.size, self.progress = 0, size, progress

    def enter(self, phase: str) -> None:
        """Go over to another phase and note how long this one took; an answer that comes is the last one.

        The service may answer before the end of the body is noted: that is no way back.
        """
        if self.phase == "download":
            phase = "download"
        now = time.monotonic()
        self.elapsed[self.phase] = self.elapsed.get(self.phase, 0.0) + now - self.since
        self.phase, self.since = phase, now

    def add(self, count: int) -> None:
        """Note bytes handed to the network, and tell the caller."""
        self.sent += count
        if self.progress:
            self.progress(self.sent, self.size)

    def timed_out(self) -> TimedOut:
        """The error for a limit that passed in the present phase."""
        self.enter(self.phase)
        where = self.phase
        if where == "upload":
            where = f"upload at {self.sent} of {self.size or 'unknown'} bytes"
        spent = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in self.elapsed.items())
        return TimedOut(
            f"Timed out during {where} ({spent}).",
            hint=_TIMEOUT_HINTS.get(self.phase, ""),
            phase=self.phase,
            elapsed=dict(self.elapsed),
            sent=self.sent,
            size=self.size,
        )


_TIMEOUT_HINTS = {
    "connect": 'Check address and proxy, or raise timeout={"connect": seconds}.',
    "upload": 'The service stopped reading; raise timeout={"write": seconds} for slow lines.',
    "waiting": 'The service is still working; raise timeout={"read": seconds}, or use a callback.',
    "download": 'The answer stalled; raise timeout={"read": seconds}.',
}
