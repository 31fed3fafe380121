"""Pieces of speech that follow each other: the silence around them is measured, and nothing clicks where they meet."""

from functools import cache

import numpy as np

from sonant.engine.models.ports import Frames
from sonant.engine.speak.sentences import Ending

_LEAD = 0.03
"""Seconds of silence before the first sound."""
_TAIL: dict[Ending, float] = {"sentence": 0.35, "clause": 0.12, "word": 0.04}
"""Seconds of silence after the last sound, by what ends there."""
_FADE = 0.005
"""Seconds in which a piece comes and goes."""
_QUIET = 0.003
"""What is below this is silence."""


def fit(sound: Frames, rate: int, ending: Ending, speed: float = 1.0) -> Frames:
    """A piece of speech with as much silence around it as its place wants; empty if it is silent."""
    heard = np.flatnonzero(np.abs(sound) > _QUIET)
    if not len(heard):
        return np.zeros(0, np.float32)
    start = max(0, int(heard[0]) - int(_LEAD * rate))
    tail = int(_TAIL[ending] / speed * rate)
    end = int(heard[-1]) + 1 + tail
    piece = sound[start:end].copy()
    ramp = _ramp(int(_FADE * rate))[: len(piece)]
    piece[: len(ramp)] *= ramp
    piece[len(piece) - len(ramp) :] *= ramp[::-1]
    return np.concatenate([piece, silence((end - start - len(piece)) / rate, rate)])


def silence(seconds: float, rate: int) -> Frames:
    """Nothing, for so long."""
    return np.zeros(max(0, round(seconds * rate)), np.float32)


@cache
def _ramp(length: int) -> Frames:
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(1, length))).astype(np.float32)
