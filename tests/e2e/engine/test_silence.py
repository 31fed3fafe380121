"""Thirty minutes of what is not speech: not one word comes of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from e2e.engine.conftest import Engine
from e2e.engine.sounds import RATE, wav

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SECONDS = 300
TIMES = np.arange(SECONDS * RATE) / RATE
CHANCE = np.random.default_rng(7)


def pink() -> Any:
    """Noise with as much in each octave."""
    spectrum = np.fft.rfft(CHANCE.standard_normal(len(TIMES)))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    noise = np.fft.irfft(spectrum)
    return noise / np.abs(noise).max()


def chords() -> Any:
    """A chord each second, struck and dying away."""
    roots = np.array([220.0, 261.6, 329.6, 196.0])[(TIMES.astype(int)) % 4]
    sound = sum(np.sin(2 * np.pi * roots * ratio * TIMES) for ratio in (1, 1.25, 1.5, 2))
    return sound / 4 * np.exp(-3 * (TIMES % 1))


SOUNDS: dict[str, Callable[[], Any]] = {
    "silence": lambda: np.zeros(len(TIMES)),
    "white noise": lambda: 0.1 * CHANCE.standard_normal(len(TIMES)),
    "pink noise": pink,
    "hum and clicks": lambda: 0.5 * np.sin(2 * np.pi * 50 * TIMES) + 0.4 * (TIMES % 1 < 0.002),
    "tones": lambda: 0.5 * np.sin(2 * np.pi * (200 + 50 * (TIMES // 5 % 40)) * TIMES),
    "chords": chords,
}


@pytest.mark.parametrize("name", SOUNDS)
def test_no_words_come_of_it(engine: Engine, name: str) -> None:
    reply = engine.listen(wav(SOUNDS[name]()))
    assert (reply.best["transcript"], reply.best["words"], reply.best["confidence"]) == ("", [], 0.0)
    assert reply.json["metadata"]["duration"] == SECONDS
