import numpy as np

from sonant.engine.speak.joining import fit, silence

RATE = 24_000


def speech(before: float, seconds: float, after: float) -> np.ndarray:
    times = np.arange(int(seconds * RATE)) / RATE
    return np.concatenate(
        [silence(before, RATE), np.cos(2 * np.pi * 200 * times).astype(np.float32), silence(after, RATE)]
    )


def test_silence_is_what_the_place_wants() -> None:
    for ending, tail in (("sentence", 0.35), ("clause", 0.12), ("word", 0.04)):
        for after in (0.0, 0.05, 2.0):
            piece = fit(speech(1.0, 1.0, after), RATE, ending)  # type: ignore[arg-type]
            assert abs(len(piece) / RATE - (0.03 + 1.0 + tail)) < 0.001


def test_a_faster_voice_rests_less() -> None:
    assert len(fit(speech(0, 1, 1), RATE, "sentence", 2.0)) < len(fit(speech(0, 1, 1), RATE, "sentence"))


def test_nothing_clicks_at_the_ends() -> None:
    piece = fit(speech(0.0, 1.0, 0.0), RATE, "word")
    steps = np.abs(np.diff(np.concatenate([[0.0], piece, [0.0]])))
    assert steps.max() <= np.abs(np.diff(speech(0, 1, 0)[1:-1])).max() * 1.05


def test_silence_is_nothing() -> None:
    assert len(fit(silence(1.0, RATE), RATE, "sentence")) == 0
    assert len(fit(np.zeros(0, np.float32), RATE, "sentence")) == 0
