"""Where a live channel is cut: when speech begins, when it ends, what is final. Pure; its clock is the samples.

    silence ──onset──► speech ──silence of `endpointing`──► final, silence
       │                  └──── 15 s ──► final up to the best pause, still speech
       └── 5 s ──► final, without words

Finals depend on the sound alone and follow one another without a gap, each in whole windows: who sends the audio again
from the end of a final gets the same finals after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sonant.engine.listen.chunks import HOLD, ONSET, Span, find_runs
from sonant.engine.models.ports import SAMPLE_RATE, Frames

WINDOW = 512
"""Samples of a window."""
WINDOWS = SAMPLE_RATE / WINDOW
"""Windows a second."""
_ONSET = 2
"""Windows in a row that begin speech."""
TAIL = 3
"""Windows of silence after speech that are heard with it; after them a final is prepared."""
_SHORTEST = 3
"""Windows of silence that endpointing needs at least."""
_PREROLL = round(0.3 * WINDOWS)
_SILENT = round(5 * WINDOWS)
_MARGIN = round(0.5 * WINDOWS)
_EARLY, _LATE = round(8 * WINDOWS), round(15 * WINDOWS)
_PATIENCE = round(1.5 * WINDOWS)
"""Windows of silence that make a final where endpointing is off."""


@dataclass(frozen=True, slots=True)
class Onset:
    """Speech begins."""

    at: float
    """Seconds from the start of the stream."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Audio of one channel that is to become words."""

    start: float
    """Where its window begins, in seconds from the start of the stream."""
    end: float
    audio: Frames
    """The part of the window with speech in it; empty where there is none."""
    begin: float
    """Where that part begins, in seconds from the start of the stream."""
    voiced: tuple[Span, ...]
    """Where there is speech in the audio, in seconds from its start."""
    window: Frames
    """All audio from `start` to `end`; empty where there is no speech."""

    @property
    def key(self) -> tuple[float, int]:
        """The same for pieces that sound the same."""
        return self.begin, len(self.audio)


@dataclass(frozen=True, slots=True)
class Likely:
    """Speech has paused: should it end here, this is what will be final."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Final:
    """A window is over."""

    piece: Piece
    speech_final: bool
    from_finalize: bool = False


Cut = Onset | Likely | Final


class Segments:
    """Follows one channel, window by window.

    Args:
        endpointing: milliseconds of silence that end speech; None never does.
    """

    def __init__(self, endpointing: float | None) -> None:
        self._pause = None if endpointing is None else max(_SHORTEST, round(endpointing / 1000 * WINDOWS))
        self._audio: list[Frames] = []
        self._voiced: list[bool] = []
        self._scores: list[float] = []
        self._start = 0
        """Windows before the ones that are kept; the current window of results begins there."""
        self._speaking = False
        self._streak = 0
        self._onset: int | None = None
        """Window at which speech began, counted from `_start`."""
        self._last = 0
        """Window after the last one with voice, counted from `_start`."""

    @property
    def now(self) -> float:
        """Seconds of audio so far."""
        return self._seconds(len(self._audio))

    @property
    def start(self) -> float:
        """Where the window of results begins that is open now."""
        return self._seconds(0)

    @property
    def has_speech(self) -> bool:
        """Whether there is speech that is not final."""
        return self._onset is not None

    @property
    def is_speaking(self) -> bool:
        """Whether somebody speaks right now."""
        return self._speaking

    @property
    def silence(self) -> float:
        """Seconds since the last voice."""
        return (len(self._audio) - self._last) / WINDOWS

    def feed(self, audio: Frames, scores: Frames) -> Iterator[Cut]:
        """Take whole windows and their scores; what follows from them."""
        for window, score in zip(audio.reshape(-1, WINDOW), scores.tolist(), strict=True):
            yield from self._take(window, score)

    def _take(self, window: Frames, score: float) -> Iterator[Cut]:
        self._audio.append(window)
        self._scores.append(score)
        self._voiced.append(score >= (HOLD if self._speaking else ONSET))
        self._streak = self._streak + 1 if self._voiced[-1] else 0
        if self._voiced[-1] and (self._speaking or self._streak >= _ONSET):
            yield from self._hear_voice()
        else:
            yield from self._hear_silence()

    def _hear_voice(self) -> Iterator[Cut]:
        count = len(self._audio)
        self._last = count
        if not self._speaking:
            self._speaking = True
            began = count - self._streak
            if self._onset is None:
                self._onset = began
            yield Onset(self._seconds(began))
        if self._onset is not None and count - max(0, self._onset - _PREROLL) > _LATE:
            yield Final(self._cut(self._best_cut(), whole=True), speech_final=False)

    def _hear_silence(self) -> Iterator[Cut]:
        silent = len(self._audio) - self._last
        if self._onset is None:
            if len(self._audio) >= _SILENT + _MARGIN:
                yield Final(self._cut(_SILENT), speech_final=self._pause is not None)
            return
        if not self._voiced[-1] and self._speaking and silent >= 1:
            self._speaking = False
        if silent == TAIL:
            yield Likely(self.piece())
        if silent >= (_PATIENCE if self._pause is None else self._pause):
            yield Final(self._cut(len(self._audio)), speech_final=self._pause is not None)

    def finish(self, *, from_finalize: bool = False) -> Final:
        """Make all so far final."""
        return Final(self._cut(len(self._audio)), speech_final=True, from_finalize=from_finalize)

    def piece(self) -> Piece:
        """What is not final, as it sounds so far."""
        return self._piece(len(self._audio), whole=False)

    def _piece(self, end: int, *, whole: bool) -> Piece:
        """The window up to `end`; with the speech in it, and a little silence after that unless it goes on."""
        begin = max(0, (self._onset or 0) - _PREROLL)
        stop = end if whole else min(end, self._last + TAIL)
        spoken = self._onset is not None and stop > begin
        window = np.concatenate(self._audio[:end]) if spoken else np.zeros(0, np.float32)
        runs = find_runs(np.array(self._voiced[begin:stop], np.bool_)) if spoken else []
        voiced = tuple((a / WINDOWS, b / WINDOWS) for a, b in runs)
        audio = window[begin * WINDOW : stop * WINDOW]
        return Piece(self._seconds(0), self._seconds(end), audio, self._seconds(begin), voiced, window)

    def _cut(self, end: int, *, whole: bool = False) -> Piece:
        piece = self._piece(end, whole=whole)
        del self._audio[:end], self._voiced[:end], self._scores[:end]
        self._start += end
        self._last = max(0, self._last - end)
        self._onset = 0 if whole and self._speaking else None
        if not whole:
            self._speaking = False
            self._streak = 0
        return piece

    def _best_cut(self) -> int:
        """The middle of the longest pause that is not too early, or else where speech is least likely."""
        late = len(self._audio)
        pauses = [(b - a, (a + b) // 2) for a, b in find_runs(~np.array(self._voiced, np.bool_))]
        pauses = [(length, middle) for length, middle in pauses if middle >= _EARLY]
        if pauses:
            return max(pauses)[1]
        smooth = np.convolve(np.array(self._scores), np.ones(5) / 5, mode="same")
        return _EARLY + int(np.argmin(smooth[_EARLY : late - 2]))

    def _seconds(self, windows: int) -> float:
        return round((self._start + windows) / WINDOWS, 6)
