"""Audio that counts: each quarter of a second says its own number, and whoever hears samples can tell the words."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

RATE = 8000
"""Samples a second, linear16, mono."""
SLOT = 0.25
"""Seconds that belong to one word."""
SLOT_BYTES = int(SLOT * RATE) * 2
HEADER_BYTES = 44
"""Of a WAV file, before its samples."""
_LOUD = 8000
"""The amplitude that says 0; n is said by `_LOUD + n`."""
_BEGIN, _END = int(0.05 * RATE), int(0.20 * RATE)
"""Where in its slot a word sounds; silence is around it."""


@dataclass(frozen=True)
class Said:
    """A word and its time, in seconds."""

    word: str
    start: float
    end: float


def said_in(slots: int) -> list[Said]:
    """The words of so many slots: the truth."""
    return [Said(f"w{n}", n * SLOT + _BEGIN / RATE, n * SLOT + _END / RATE) for n in range(slots)]


def counting_audio(seconds: float, first: int = 0) -> bytes:
    """So many seconds that count from `first`; an hour stays within 16 bits."""
    slots = round(seconds / SLOT)
    samples = np.zeros((slots, int(SLOT * RATE)), np.int16)
    tone = np.where(np.arange(_END - _BEGIN) // 4 % 2, -1, 1)  # 1 kHz: anyone would call it voiced
    numbers = np.arange(first, first + slots)[:, None] + _LOUD
    samples[:, _BEGIN:_END] = numbers * tone
    return samples.tobytes()


def wav_header(size: int = 0xFFFFFFFF - 36) -> bytes:
    """What stands before the samples in a WAV file; by default of one whose length nobody knows yet."""
    coding = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + coding + struct.pack("<4sI", b"data", size)


class Ear:
    """Hears the samples of one channel; times are seconds from the first of them.

    The window is what is not settled yet. A word belongs to the window that has more than half of its sound.
    """

    def __init__(self, rate: int = RATE) -> None:
        self._rate = rate
        self._odd = b""
        self._begin = 0
        self._window = np.zeros(0, np.int32)

    def feed(self, data: bytes) -> None:
        """Take bytes, whether or not they end with a whole sample."""
        data = self._odd + data
        whole = len(data) & ~1
        self._odd = data[whole:]
        fresh = np.abs(np.frombuffer(data[:whole], np.int16).astype(np.int32))
        self._window = np.concatenate((self._window, fresh))

    @property
    def start(self) -> float:
        """Where the window begins."""
        return self._begin / self._rate

    @property
    def duration(self) -> float:
        """How long the window is."""
        return len(self._window) / self._rate

    def words(self) -> list[Said]:
        """The words of the window."""
        window = self._window
        edges = [0, *(np.flatnonzero(np.diff(window)) + 1).tolist(), len(window)]
        need = (_END - _BEGIN) / 2
        runs = pairwise(edges)
        return [self._word(a, b) for a, b in runs if b - a > need and window[a] >= _LOUD]

    def _word(self, start: int, end: int) -> Said:
        number = int(self._window[start]) - _LOUD
        return Said(f"w{number}", (self._begin + start) / self._rate, (self._begin + end) / self._rate)

    def pause_after(self, seconds: float) -> float | None:
        """The first moment of silence that is not before a moment of the window, if it has come."""
        first = round(seconds * self._rate) - self._begin
        silent = np.flatnonzero(self._window[first:] < _LOUD)
        return (self._begin + first + int(silent[0])) / self._rate if len(silent) else None

    def settle(self, until: float | None = None) -> tuple[float, float, list[Said]]:
        """End the window at a moment, or at the last sample; its start, its duration and its words."""
        size = len(self._window) if until is None else round(until * self._rate) - self._begin
        rest, self._window = self._window[size:], self._window[:size]
        settled = self.start, self.duration, self.words()
        self._begin, self._window = self._begin + size, rest
        return settled
