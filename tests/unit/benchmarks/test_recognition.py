from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

from sonant.contract.listen import TranscribeOptions


def load(name: str) -> Any:
    return import_module(name)


def test_every_option_is_measured_or_left_out_on_purpose() -> None:
    options = load("options")
    assert set(options.VALUES) | options.LEFT_OUT == set(get_type_hints(TranscribeOptions))
    assert all(name in given for name, given in options.VALUES.items())


def test_text_is_normalized_before_errors_are_counted() -> None:
    recognition = load("recognition")
    assert (
        recognition.normalize("It\u2019s the ALL-female team \u2013 \u2018really\u2019!")
        == "it's the all female team really"
    )
    assert recognition.error_rate("One, two; three four.", "one two three for") == 25.0
    assert recognition.error_rate("\u201cIt's\u201d", "its") == 100.0


def test_a_recording_is_long_enough_and_the_same_every_time() -> None:
    corpus = load("corpus")
    pieces = [corpus.Piece(np.ones(corpus.RATE * n, np.float32), f"text {n}") for n in (2, 3, 5)]
    first, second = (list(corpus.arrange(pieces, 30)) for _ in range(2))
    assert [(piece.text, len(piece.audio)) for piece in first] == [(p.text, len(p.audio)) for p in second]
    assert 30 <= sum(len(piece.audio) for piece in first) / corpus.RATE <= 30 + 5 + corpus.GAPS[1]
    assert len({len(piece.audio) for piece in first if not piece.text}) > 3


def test_files_keep_what_was_written(tmp_path: Path) -> None:
    corpus = load("corpus")
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 24_000)).astype(np.float32)
    corpus.write(tmp_path / "tone.flac", tone, 24_000)
    (read,) = corpus.read(tmp_path / "tone.flac")
    assert len(read) == pytest.approx(2 * corpus.RATE, abs=50)
    assert np.abs(read).max() == pytest.approx(0.5, abs=0.02)


def test_the_account_of_a_process_grows_with_its_work() -> None:
    import os

    recognition = load("recognition")
    before = recognition.cpu_of(os.getpid())
    sum(i * i for i in range(2_000_000))
    assert recognition.cpu_of(os.getpid()) > before
    assert recognition.peak_of(os.getpid()) > 10_000_000
