"""Recordings with a known text, for the axis `recognition`: real speech and a synthetic voice, joined with pauses.

Made once into `.bench/corpus`; what lies outside the repository, or wants a package that is absent, is left out and
named in `missing`.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np

from envs import BENCH, ROOT

RATE = 16_000
FOLDER = BENCH / "corpus"
SHARED = ROOT / ".." / "shared" / "audio"
DATA = ROOT / "tests" / "data"
SPOKEN = Path(__file__).parent / "spoken.txt"
VOICE = "hibari"
GAPS = (0.4, 2.5)
"""Least and greatest pause between two pieces, in seconds."""
LENGTHS = {"minute": 60, "ten": 600, "hour": 3600}
"""Recordings by name, and their least length in seconds."""


@dataclass(frozen=True)
class Piece:
    """A recording and what is said in it."""

    audio: Any
    """float32, (samples,), at RATE."""
    text: str


@dataclass(frozen=True)
class Recording:
    """A file of the corpus."""

    path: Path
    text: str
    seconds: float


@dataclass
class Corpus:
    """What there is.

    Attributes:
        recordings: by the names of LENGTHS.
        missing: why something was left out.
    """

    recordings: dict[str, Recording] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def prepare() -> Corpus:
    """The corpus, made unless it is there."""
    corpus = Corpus()
    pieces = [*real(corpus.missing), *spoken(corpus.missing)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, seconds in LENGTHS.items():
        chosen = list(arrange(pieces, seconds))
        path = FOLDER / f"{name}-{len(pieces)}.flac"
        if not path.exists():
            write(path, np.concatenate([piece.audio for piece in chosen]))
        length = sum(len(piece.audio) for piece in chosen) / RATE
        corpus.recordings[name] = Recording(path, " ".join(piece.text for piece in chosen if piece.text), length)
    return corpus


def arrange(pieces: list[Piece], seconds: float) -> Iterator[Piece]:
    """All pieces in ever new order, with pauses of ever new length, until it is long enough. The same every time."""
    chance = random.Random(20)
    length = 0
    while length < seconds * RATE:
        for piece in chance.sample(pieces, len(pieces)):
            if length >= seconds * RATE:
                return
            pause = Piece(np.zeros(int(chance.uniform(*GAPS) * RATE), np.float32), "")
            length += len(piece.audio) + len(pause.audio)
            yield from (piece, pause)


def real(missing: list[str]) -> Iterator[Piece]:
    """Recordings of the repository and beside it."""
    said = json.loads((ROOT / "tests" / "e2e" / "engine" / "spacewalk.json").read_text())["text"]
    yield Piece(read(ROOT / "examples" / "audio" / "spacewalk.flac")[0], said)
    for name in ("garden", "lighthouse"):
        yield Piece(read(DATA / f"{name}.flac")[0], text_of(DATA / f"{name}.txt"))
    for name, channel in zip(("left", "right"), read(DATA / "two_channels.flac"), strict=True):
        yield Piece(channel, text_of(DATA / f"{name}.txt"))
    reading = SHARED / "two_cities.wav"
    if reading.exists():
        yield Piece(read(reading)[0], text_of(reading.with_suffix(".txt")))
    else:
        missing.append("two_cities.wav: it lies outside the repository, in ../shared/audio")


def spoken(missing: list[str]) -> Iterator[Piece]:
    """The lines of `spoken.txt`, by a synthetic voice."""
    if find_spec(VOICE) is None:
        missing.append("spoken.txt: the voice is not installed (pip install hibari-tts)")
        return
    lines = text_of(SPOKEN).splitlines()
    paths = [FOLDER / f"line-{number:02}.flac" for number in range(len(lines))]
    if not all(path.exists() for path in paths):
        speak(lines, paths)
    for path, line in zip(paths, lines, strict=True):
        yield Piece(read(path)[0], line)


def speak(lines: list[str], paths: list[Path]) -> None:
    """Write down each line as audio."""
    print("speaking the corpus ...", file=sys.stderr)
    FOLDER.mkdir(parents=True, exist_ok=True)
    package: Any = import_module(VOICE)
    voice = package.Hibari()
    for path, line in zip(paths, lines, strict=True):
        write(path, voice(line, seed=1), package.SAMPLE_RATE)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def read(path: Path) -> Any:
    """A file as float32 (channels, samples) at RATE."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", rate=RATE)
        frames = [r for frame in [*container.decode(audio=0), None] for r in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def write(path: Path, audio: Any, rate: int = RATE) -> None:
    """Float32 (samples,) as FLAC at RATE; the file appears when it is whole."""
    draft = path.with_suffix(".new")
    with av.open(str(draft), "w", format="flac") as container:
        stream: Any = container.add_stream("flac", rate=RATE, layout="mono")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for at in range(0, len(audio), rate * 10):
            samples = (np.clip(audio[at : at + rate * 10], -1, 1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate = rate
            container.mux([packet for r in resampler.resample(frame) for packet in stream.encode(r)])
        container.mux([packet for r in resampler.resample(None) for packet in stream.encode(r)])
        container.mux(stream.encode(None))
    draft.replace(path)
