"""Where to cut a recording: at pauses, into pieces that a recognizer takes whole. Pure; its clock is the samples.

silence ──speech──► open ──pause of 1.5 s──► cut, silence
                     └──── as long as a chunk may be ──► cut at the best pause within, still open
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sonant.engine.models.ports import SAMPLE_RATE, Frames, VoiceActivity

ONSET, HOLD = 0.5, 0.35
"""Speech begins at one score and ends below the other."""
LONGEST = 20.0
"""Seconds of a chunk: longer ones cost the encoder more, shorter ones cost context."""
_EARLIEST = 8.0
_PAUSE = 1.5
_MARGIN = 0.3
_LEAST_SPEECH = 0.1

Span = tuple[float, float]
"""Start and end, in seconds."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one channel with speech in it."""

    channel: int
    start: float
    """Seconds from the start of the recording."""
    audio: Frames
    voiced: tuple[Span, ...]
    """Where there is speech, in seconds from the start of the chunk; only what is not known yet."""
    known: str = ""
    """What is said at its beginning, as it was heard before."""
    known_until: float = 0.0
    """Seconds of the chunk that hold what is known."""


class Chunker:
    """Cuts one channel; give it blocks, take chunks."""

    def __init__(self, voice: VoiceActivity, channel: int) -> None:
        self._channel = channel
        self._stream = voice.listen()
        self._window = voice.window
        self._audio: Frames = np.zeros(0, np.float32)
        self._voiced: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._scores: Frames = np.zeros(0, np.float32)
        self._origin = 0
        """Windows of the recording that lie before `_audio`."""

    def feed(self, audio: Frames, *, last: bool = False) -> Iterator[Chunk]:
        """Take a block of whole windows (the last may end with a part of one); yield the chunks that are complete."""
        whole = np.pad(audio, (0, -len(audio) % self._window))
        scores = self._stream.score(whole)
        voiced = find_voice(scores, speaking=bool(len(self._voiced) and self._voiced[-1]))
        self._audio = np.concatenate([self._audio, whole])
        self._scores = np.concatenate([self._scores, scores])
        self._voiced = np.concatenate([self._voiced, voiced])
        while (cut := self._find_cut(last=last)) is not None:
            yield from self._take(cut)
        self._forget_silence()

    def _windows(self, seconds: float) -> int:
        return round(seconds * SAMPLE_RATE / self._window)

    def _find_cut(self, *, last: bool) -> int | None:
        """The window before which to cut, None if more is to be heard first."""
        self._forget_silence()
        if not len(self._voiced):
            return None
        pause = self._windows(_PAUSE)
        for begin, end in find_runs(~self._voiced):
            if begin and end - begin >= pause and begin <= self._windows(LONGEST):
                return min(begin + pause // 2, end)
        if len(self._voiced) > self._windows(LONGEST):
            return self._best_cut()
        return len(self._voiced) if last else None

    def _best_cut(self) -> int:
        """The middle of the longest pause that is not too early, or else where speech is least likely."""
        early, late = self._windows(_EARLIEST), self._windows(LONGEST)
        pauses = [(end - begin, (begin + end) // 2) for begin, end in find_runs(~self._voiced[:late])]
        pauses = [(length, middle) for length, middle in pauses if middle >= early]
        if pauses:
            return max(pauses)[1]
        smooth = np.convolve(self._scores[:late], np.ones(5) / 5, mode="same")
        return early + int(np.argmin(smooth[early:-2]))

    def _take(self, cut: int) -> Iterator[Chunk]:
        """Give away what lies before the cut, if there is speech in it."""
        runs = find_runs(self._voiced[:cut])
        if sum(end - begin for begin, end in runs) >= self._windows(_LEAST_SPEECH):
            begin = max(0, runs[0][0] - self._windows(_MARGIN))
            end = min(cut, runs[-1][1] + self._windows(_MARGIN))
            yield Chunk(
                self._channel,
                self._seconds(self._origin + begin),
                self._audio[begin * self._window : end * self._window].copy(),
                tuple((self._seconds(a - begin), self._seconds(b - begin)) for a, b in runs),
            )
        self._drop(cut)

    def _forget_silence(self) -> None:
        """Keep no more silence than goes before the next speech."""
        speech = int(np.argmax(self._voiced)) if self._voiced.any() else len(self._voiced)
        self._drop(max(0, speech - self._windows(_MARGIN)))

    def _drop(self, windows: int) -> None:
        if windows:
            self._audio = self._audio[windows * self._window :].copy()
            self._scores = self._scores[windows:]
            self._voiced = self._voiced[windows:]
            self._origin += windows

    def _seconds(self, windows: int) -> float:
        return windows * self._window / SAMPLE_RATE


def find_voice(scores: Frames, *, speaking: bool) -> npt.NDArray[np.bool_]:
    """Which windows hold speech: it begins at ONSET and lasts while scores stay above HOLD."""
    voiced = np.empty(len(scores), np.bool_)
    for index, score in enumerate(scores.tolist()):
        speaking = score >= (HOLD if speaking else ONSET)
        voiced[index] = speaking
    return voiced


def find_runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where flags are set without a break: beginnings (inclusive) and ends (exclusive)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
