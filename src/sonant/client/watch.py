"""Tells a connection that has stopped from one that is only quiet, and when it should be kept alive. Pure.

All times are seconds of one monotonic clock.
"""

from __future__ import annotations

PING_AFTER, PONG_WITHIN = 4.0, 5.0
"""Seconds of silence of the service after which it is pinged, and within which it is to answer."""
SHOW_AFTER = 20.0
"""Seconds of our own silence after which it is pinged, too: some services leave whom they do not hear."""
_FRESH = 1.0
"""Seconds in which a service may be silent before speech that is sent waits for its answer, and in which audio that
was sent still flows."""


class Watch:
    """The moments of one connection.

    Attributes:
        stall: why it is taken for dead; empty while it is not.
        born: when it was made.
        writing_since: when the message was begun that is on its way out; None if none is.
    """

    __slots__ = (
        "_alive",
        "_asked",
        "_awaiting",
        "_heard",
        "_pinged",
        "_shown",
        "_sounded",
        "_written",
        "born",
        "stall",
        "writing_since",
    )

    def __init__(self, now: float) -> None:
        self.born = self._heard = self._alive = self._written = self._shown = self._sounded = now
        self._pinged: float | None = None
        self._awaiting: float | None = None
        """Since when speech is sent that was not answered."""
        self._asked: float | None = None
        """When the service was told that no more comes, which it has to answer."""
        self.writing_since: float | None = None
        self.stall = ""

    @property
    def listens_for_speech(self) -> bool:
        """Whether it matters if what is sent is speech."""
        return self._awaiting is None and self._sounded - self._heard >= _FRESH

    def note_message(self, now: float) -> None:
        """A message of ours is about to go out."""
        self._written = self._shown = self.writing_since = now

    def note_audio(self, now: float) -> None:
        """It is audio."""
        self._sounded = now

    def note_speech(self, now: float) -> None:
        """It is speech, which the service has something to say about."""
        self._awaiting = now

    def note_close(self, now: float) -> None:
        """The service is told that no more comes."""
        self._asked = now

    def note_heard(self, now: float) -> None:
        """A message of the service came."""
        self._heard = self._alive = now
        self._pinged = self._awaiting = None

    def note_pong(self, now: float) -> None:
        """A ping was answered."""
        self._pinged, self._alive = None, now

    def is_stalled(self, now: float, send_timeout: float, stall_timeout: float, *, owes: bool = False) -> bool:
        """Whether the peer has stopped; `stall` then says why. `owes`: whether it has text to answer for."""
        if self.writing_since is not None and now - self.writing_since >= send_timeout:
            self.stall = f"no progress in sending for {send_timeout:g} s"
        elif self._pinged is not None and now - self._pinged >= PONG_WITHIN:
            self.stall = f"no answer to a ping within {PONG_WITHIN:g} s"
        elif self._awaiting is not None and now - self._awaiting >= stall_timeout and now - self._sounded < _FRESH:
            self.stall = f"no message for {stall_timeout:g} s of speech"
        elif self._asked is not None and now - max(self._asked, self._heard) >= stall_timeout:
            self.stall = f"no message for {stall_timeout:g} s after the end"
        elif owes and now - max(self._heard, self._written) >= stall_timeout:
            self.stall = f"no message for {stall_timeout:g} s about the text that was sent"
        return bool(self.stall)

    def take_ping(self, now: float) -> bool:
        """Whether a ping is due; then it counts as sent."""
        if self._pinged is None and now >= min(self._alive + PING_AFTER, self._shown + SHOW_AFTER):
            self._pinged = self._shown = now
            return True
        return False

    def is_idle(self, now: float, keepalive: float) -> bool:
        """Whether nothing was sent for so long that the service may lose patience."""
        return now >= self._written + keepalive

    def moments(self, keepalive: float | None) -> tuple[float | None, float]:
        """When a KeepAlive is due, and when a ping is, or an end of the patience with one."""
        due = min(self._alive + PING_AFTER, self._shown + SHOW_AFTER)
        ping = due if self._pinged is None else self._pinged + PONG_WITHIN
        return (self._written + keepalive if keepalive else None), ping
