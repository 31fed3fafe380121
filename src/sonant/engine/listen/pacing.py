"""When the next interim is due: soon after speech begins, then at a pace that the models can keep. Pure."""

from typing import Protocol

_FIRST, _WORDLESS, _STEP, _SILENT = 0.16, 0.16, 1.0, 1.0
"""Seconds of audio: from onset to the first interim; to the next one while there are no words yet; between two in
speech, as the API has it; and between two in silence."""
_USUAL = 0.15
"""Seconds that an interim takes, in the queue and in a model, while there is enough of both."""
_SHARE = 6
"""How many times as long as an interim took the next one waits for, where that was more."""


class Watcher(Protocol):
    """Is told how well the engine keeps up."""

    def note_final(self, seconds: float) -> None:
        """Words were final so long after they were due."""
        ...

    def note_interim(self, left_out: int) -> None:
        """An interim was heard, and so many were left out, as the models are busy."""
        ...


class Pace:
    """The pace of one channel; its clock is the audio."""

    def __init__(self) -> None:
        self.due = _SILENT
        """Seconds from the start of the stream."""
        self._took = 0.0

    def begin_speech(self, now: float) -> None:
        """Somebody begins to speak."""
        self.due = min(self.due, now + _FIRST)

    def restart(self, now: float, *, speaking: bool) -> None:
        """A final came."""
        self.due = now + (_STEP if speaking else _SILENT)

    def begin_interim(self, now: float, *, speaking: bool, worded: bool) -> int:
        """An interim begins, and the time of the next is settled; how many are left out because the models are busy."""
        step = _SILENT if not speaking else _STEP if worded else _WORDLESS
        slowed = step
        if self._took > _USUAL:  # the first words are worth more than those that follow
            slowed = max(step, self._took * (_SHARE if worded else 1))
        self.due = now + slowed
        return round(slowed / step) - 1

    def note(self, took: float) -> None:
        """An interim took so many seconds."""
        self._took = took
