"""What was played of a stream, as interrupts say it. The service takes no offset twice, none beyond its audio. Pure."""

from __future__ import annotations

from math import ceil

from sonant.client.errors import BadOptionValue
from sonant.contract.speak import Interrupt, PlaybackOffset


class Played:
    """What was said to be played at the last interrupt."""

    __slots__ = ("_last", "_told")

    def __init__(self) -> None:
        self._last = 0
        """In milliseconds."""
        self._told = -1
        """What the service was told of it: a millisecond more where it was told so much already."""

    def place(self, message: Interrupt, came: float) -> Interrupt:
        """An interrupt with an offset that the service takes.

        Args:
            message: with the milliseconds that were played, if it says so.
            came: seconds of audio that came.

        Raises:
            BadOptionValue: so much cannot have been played.
        """
        if message.playback_offset is None:
            return message
        milliseconds = message.playback_offset.value
        self._check(milliseconds, came)
        self._last, self._told = milliseconds, max(milliseconds, self._told + 1)
        return Interrupt(PlaybackOffset(self._told))

    def _check(self, milliseconds: int, came: float) -> None:
        played = f"{milliseconds / 1000:g} seconds cannot have been played"
        if not 0 <= milliseconds <= ceil(came * 1000):
            raise BadOptionValue(
                f"{played}: {came:.3f} seconds of audio came.",
                hint="Count the seconds of what the stream gave, from its start.",
            )
        if milliseconds < self._last:
            raise BadOptionValue(
                f"{played}: at the last interrupt it was {self._last / 1000:g}, and it only grows.",
                hint="Count from the start of the stream, whatever was interrupted.",
            )


def shift_offset(message: Interrupt, started: float) -> Interrupt:
    """An interrupt as a connection counts that began `started` seconds into the stream, and knows nothing before."""
    offset = message.playback_offset
    if offset is None:
        return message
    return Interrupt(PlaybackOffset(max(0, offset.value - round(started * 1000))))
