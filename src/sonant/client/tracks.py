"""How the bytes of a stream lie along its time, and where one can begin in the midst of them. Pure.

A server that is told a stream again has to be able to enter it: headerless samples anywhere, a container at its pages,
clusters or frames (`containers.py`); what has no such places is told from its start.
"""

from __future__ import annotations

from bisect import bisect_right

_PACKET_SECONDS = 0.02
GUESS = 16_000.0
"""Bytes a second of what does not tell."""
_STEP = 0.2
"""Seconds between two places that are kept: an hour of frames would make a long list."""


class Track:
    """A stream that can only be told from its start.

    Attributes:
        header: what a server has to hear first, wherever it enters.
        joins: whether chunks may be sent as one message.
    """

    joins = True

    def __init__(self, rate: float = GUESS) -> None:
        self.header = b""
        self._rate = rate

    @property
    def rate(self) -> float:
        """Bytes a second, as far as known."""
        return self._rate

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""

    def seconds(self, position: int) -> float:
        """The time at a byte."""
        return position / self.rate

    def entry(self, seconds: float) -> int:
        """The last byte, at or before a time, where a server can begin; after the header."""
        return 0

    def span(self, seconds: float) -> int:
        """About how many bytes last so long; whole samples."""
        return max(1, int(seconds * self.rate))


class RawTrack(Track):
    """Bare samples, from a byte on."""

    def __init__(self, sample_rate: float, frame: int) -> None:
        super().__init__(float(sample_rate * frame))
        self._frame, self._sample_rate, self._begin = frame, sample_rate, 0

    def seconds(self, position: int) -> float:
        """The time at a byte."""
        return max(0, position - self._begin) / self.rate

    def entry(self, seconds: float) -> int:
        """The sample at a time."""
        return self._begin + round(seconds * self._sample_rate) * self._frame

    def span(self, seconds: float) -> int:
        """How many bytes last so long; whole samples."""
        return max(1, int(seconds * self._sample_rate)) * self._frame


class WaveTrack(RawTrack):
    """A WAV file: bare samples, or blocks of coded ones, behind a header."""

    def __init__(self, header: bytes, sample_rate: float, frame: int) -> None:
        super().__init__(sample_rate, frame)
        self.header, self._begin = header, len(header)


class PacketTrack(Track):
    """Packets, each a message of its own."""

    joins = False

    def __init__(self) -> None:
        super().__init__()
        self._starts: list[int] = []
        self._end = 0

    @property
    def rate(self) -> float:
        """Bytes a second so far."""
        return self._end / (len(self._starts) * _PACKET_SECONDS) if self._end else self._rate

    def feed(self, data: bytes) -> None:
        """Take a packet."""
        self._starts.append(self._end)
        self._end += len(data)

    def seconds(self, position: int) -> float:
        """The time at a byte."""
        return bisect_right(self._starts, position - 1) * _PACKET_SECONDS

    def entry(self, seconds: float) -> int:
        """The packet at a time."""
        index = round(seconds / _PACKET_SECONDS)
        return self._starts[index] if index < len(self._starts) else self._end


class PlacedTrack(Track):
    """A stream whose parts tell the time, and can be entered at some of them; its kinds say how to walk through it.

    Args:
        rate: bytes a second, until more is known.
        header: what a server has to hear first; all before the first place unless given.
    """

    def __init__(self, rate: float = GUESS, header: bytes | None = None) -> None:
        super().__init__(rate)
        self.header = header or b""
        self._begin = bytearray() if header is None else None
        self._rest, self._next, self._end = b"", 0, 0
        self._places: list[int] = []
        self._times: list[float] = []
        self._reached = (0, 0.0)
        """The last byte whose time is known, and that time; it may lie ahead of what was fed."""

    def walk(self, data: bytes, at: int) -> int:
        """Look at bytes, of which the first stands at `at`; returns how many are done with, or can be skipped."""
        raise AssertionError  # pragma: no cover - each kind of container says how

    def feed(self, data: bytes) -> None:
        """Look for places in the next bytes."""
        if self._begin is not None:
            self._begin += data
        skipped = self._next - self._end + len(self._rest)
        self._rest, self._end = (self._rest + data)[skipped:], self._end + len(data)
        if self._rest:
            self._next += self.walk(self._rest, self._next)

    def add_place(self, position: int, time: float) -> None:
        """Note a byte at which a server can begin."""
        if self._times and time < self._times[-1] + _STEP:
            return
        if self._begin is not None:
            self.header, self._begin = bytes(self._begin[:position]), None
        self._places.append(position)
        self._times.append(time)
        self.reach(position, time)

    def reach(self, position: int, time: float) -> None:
        """Note the time of a byte."""
        if position > self._reached[0]:
            self._reached = (position, time)

    @property
    def rate(self) -> float:
        """Bytes a second so far."""
        if not self._places:
            return self._rate
        size, lasted = self._reached[0] - self._places[0], self._reached[1] - self._times[0]
        return size / lasted if size > 0 and lasted > 0 else self._rate

    def seconds(self, position: int) -> float:
        """The time at a byte: between two places by its place, beyond the last by the rate so far."""
        index = bisect_right(self._places, position) - 1
        if index < 0:
            return 0.0
        place, time = self._places[index], self._times[index]
        known = index + 1 < len(self._places)
        after, then = (self._places[index + 1], self._times[index + 1]) if known else self._reached
        if position > after:
            return then + (position - after) / self.rate
        return time + (then - time) * (position - place) / (after - place) if after > place else time

    def entry(self, seconds: float) -> int:
        """The last place at or before a time."""
        index = bisect_right(self._times, seconds + 1e-6) - 1
        return self._places[index] if index >= 0 else 0
