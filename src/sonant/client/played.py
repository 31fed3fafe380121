"""What was played of a stream, as interrupts say it. The service takes no offset twice, none beyond its audio. Pure."""

from __future__ import annotations

from math import ceil

from sonant.client.errors import BadOptionValue
from sonant.contract.speak import Interrupt, PlaybackOffset


class Played:
    """What was said to be played at the last interrupt."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = -1
        """In milliseconds."""

    def note(self, milliseconds: int, came: float) -> None:
        """Note it.

        Args:
            milliseconds: that were played.
            came: seconds of audio that came.

        Raises:
            BadOptionValue: so much cannot have been played.
        """
        played = f"{milliseconds / 1000:g} seconds cannot have been played"
        if not 0 <= milliseconds <= ceil(came * 1000):
            raise BadOptionValue(
                f"{played}: {came:.3f} seconds of audio came.",
                hint="Count the seconds of what the stream gave, from its start.",
            )
        if milliseconds <= self._last:
            raise BadOptionValue(
                f"{played}: at the last interrupt it was {self._last / 1000:g}, and it only grows.",
                hint="Count from the start of the stream; call interrupt() alone if nothing was played since.",
            )
        self._last = milliseconds


def shift_offset(message: Interrupt, started: float) -> Interrupt:
    """An interrupt as a connection counts that began `started` seconds into the stream, and knows nothing before."""
    offset = message.playback_offset
    if offset is None:
        return message
    return Interrupt(PlaybackOffset(max(0, offset.value - round(started * 1000))))
