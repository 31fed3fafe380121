"""Where the turns of `/v2/speak` stand at the service, and what became of an `Interrupt`. Pure.

An `Interrupt` before the first audio is ignored: the turn goes on, and text that comes now would join it. So text waits
for the answer, and behind a turn that goes on it waits for its end.
"""

from __future__ import annotations

PATIENCE = 2.0
"""Seconds for the answer to an `Interrupt`; without one its turn is taken to go on."""


class Standing:
    """The turns of one connection.

    Attributes:
        given_up: how many that go on, the first ones, are not to be heard.
        is_open: whether the last one has no `Flush` yet.
        unanswered: how many `Interrupt` were sent, and have no answer.
    """

    __slots__ = ("_answer_by", "_going", "given_up", "is_open", "unanswered")

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new connection, which has no turns."""
        self._going = self.given_up = self.unanswered = 0
        self._answer_by = 0.0
        self.is_open = False

    def note_text(self) -> None:
        """Text was sent: it joins the open turn, or opens one."""
        self._going += not self.is_open
        self.is_open = True

    def note_interrupt(self, now: float) -> None:
        """An `Interrupt` was sent."""
        self.unanswered += 1
        self._answer_by = now + PATIENCE

    def is_overdue(self, now: float) -> bool:
        """Whether an answer is not waited for any more."""
        return self.unanswered > 0 and now >= self._answer_by

    def note_end(self) -> bool:
        """The first turn has ended; whether it was to be heard."""
        is_wanted = not self.given_up
        self._going = max(0, self._going - 1)
        self.given_up = max(0, self.given_up - 1)
        return is_wanted

    def note_stopped(self) -> None:
        """There are no turns any more; where the answer came too late, none of those that were given up."""
        if self.unanswered:
            self._going, self.is_open = 0, False
        else:
            self._going -= self.given_up
        self.given_up = 0
        self.unanswered = max(0, self.unanswered - 1)

    def note_going_on(self, answers: int = 1) -> bool:
        """An `Interrupt`, or several, stopped nothing; whether the open turn has to be ended for what comes next."""
        self.unanswered -= answers
        if self.unanswered:
            return False  # the last answer tells
        self.given_up = self._going
        return self.is_open
