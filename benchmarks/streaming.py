"""The axis `streaming`: the engine with its real model, over real sockets, in real time.

There is no other side, but for the words: there it is our own answer to the whole recording.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

import numpy as np

import corpus
from compare import Comparison
from envs import ROOT
from listening import RATE, Heard, Speech, judge, listen
from recognition import Side, cpu_of, engine, error_rate, normalize

AXIS = "streaming"
MANY = (4, 8, 12)
MEASURES = {
    "one": ("first", "final", "final95", "cpu", "wer"),
    **{str(count): ("final", "final95") for count in MANY},
    "nothing": ("words",),
    "soak": ("drift",),
}
"""What is measured, by variant."""
PAUSE = 0.9
"""Seconds of silence after each utterance."""
FRAME, LOUD, EDGE_OF_SPEECH = RATE // 50, 0.05, 0.04
"""Frames so much softer than the loudest are no speech; seconds that are kept after the last that is."""
NEAR = 0.7
"""Seconds around the place between two utterances where their pause may be."""
STAGGER = 0.7
"""Seconds between the beginnings of streams that talk at once."""
NOTHING_MINUTES, NOTHING_SPEED = 2.0, 8.0
"""Of sounds that are no speech, unless more are asked for, and how many times as fast as real they are sent."""
EDGE = 60.0
"""Seconds at either end of a soak that are compared."""


def compare(minutes: float, nothing_minutes: float) -> list[Comparison]:
    """All measures; the soak takes so many minutes, and what is no speech lasts so many."""
    if not (find_spec("ctranslate2") and find_spec("sonant")):
        return [Comparison(AXIS, "one", "first", trouble="skipped: no engine in this environment")]
    speech = recording()
    sample = recording(only_sample=True)
    with engine() as side:
        asyncio.run(listen(side.place, sample.audio[: 2 * RATE * 3], 4.0))
        comparisons = [*measure_one(side, speech), *measure_many(side, sample), measure_nothing(side, nothing_minutes)]
        if minutes:
            comparisons.append(measure_soak(side, speech, minutes))
    return comparisons


def recording(*, only_sample: bool = False) -> Speech:
    """The corpus, or the project's sample alone, with a pause after each utterance that no engine can miss."""
    pieces, words, utterances, length = list[Any](), list[str](), list[tuple[int, int, float, float]](), 0.0
    for sound, said in [*sample(), *([] if only_sample else others())]:
        first, last = voiced(sound)
        utterances.append((len(words), len(words) + len(said), length + first, length + last))
        words += said
        pieces += [sound[: int((last + EDGE_OF_SPEECH) * RATE)], np.zeros(int(PAUSE * RATE), np.float32)]
        length += sum(len(piece) for piece in pieces[-2:]) / RATE
    return Speech((np.clip(np.concatenate(pieces), -1, 1) * 32767).astype("<i2").tobytes(), words, utterances)


def sample() -> Iterator[tuple[Any, list[str]]]:
    """The utterances of the project's sample, and their words."""
    facts = json.loads((ROOT / "tests" / "e2e" / "engine" / "spacewalk.json").read_text())
    samples = corpus.read(ROOT / "examples" / "audio" / "spacewalk.flac")[0]
    between = [(one[1] - NEAR, other[0] + NEAR) for one, other in pairwise(facts["utterances"])]
    borders = [0.0, *(quietest(samples, *span) for span in between), len(samples) / RATE]
    for border, after in pairwise(borders):
        said = [normalize(word) for word, at, end in facts["words"] if border <= (at + end) / 2 < after]
        yield samples[int(border * RATE) : int(after * RATE)], said


def quietest(sound: Any, start: float, end: float) -> float:
    """The middle of the longest pause in a span, in seconds: where words were noted may be half a second late."""
    frames = sound[int(start * RATE) : int(end * RATE)]
    frames = frames[: len(frames) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(power > LOUD * np.abs(sound).max() / 4)
    edges = np.concatenate([[0], loud, [len(frames)]])
    widest = int(np.argmax(np.diff(edges)))
    return start + float(edges[widest] + edges[widest + 1]) / 2 * FRAME / RATE


def others() -> Iterator[tuple[Any, list[str]]]:
    """The other recordings of the corpus; each counts as one utterance, whatever pauses it has."""
    missing = list[str]()
    for piece in [*corpus.real(missing), *corpus.spoken(missing)][1:]:
        yield piece.audio, normalize(piece.text).split()
    print("\n".join(f"left out: {reason}" for reason in missing), file=sys.stderr)


def voiced(sound: Any) -> tuple[float, float]:
    """Where the first and the last sound are that stand out, in seconds."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(power > LOUD * power.max())
    return float(loud[0] * FRAME / RATE), float((loud[-1] + 1) * FRAME / RATE)


async def _hear(side: Side, speech: Speech, wait: float = 0.0) -> Heard:
    await asyncio.sleep(wait)
    return judge(speech, *await listen(side.place, speech.audio))


def measure_one(side: Side, speech: Speech) -> Iterator[Comparison]:
    """One stream alone."""
    before = cpu_of(side.pid)
    heard = asyncio.run(_hear(side, speech))
    cost = (cpu_of(side.pid) - before) / (len(speech.audio) / 2 / RATE)
    said = " ".join(speech.words)
    path = corpus.FOLDER / "streamed.flac"
    path.parent.mkdir(parents=True, exist_ok=True)
    corpus.write(path, np.frombuffer(speech.audio, np.int16) / 32768)
    whole = side.ask(path)
    yield Comparison(AXIS, "one", "first", ours=[median(heard.first)])
    yield Comparison(AXIS, "one", "final", ours=[median(heard.final)])
    yield Comparison(AXIS, "one", "final95", ours=[_p95(heard.final)])
    yield Comparison(AXIS, "one", "cpu", ours=[cost])
    least = 100 / len(speech.words)  # one word: two answers without an error are alike
    batch, streamed = (max(least, error_rate(said, text)) for text in (whole, heard.text))
    yield Comparison(AXIS, "one", "wer", official=[batch], ours=[streamed])


def measure_many(side: Side, speech: Speech) -> Iterator[Comparison]:
    """Several that talk at once."""

    async def together(count: int) -> list[Heard]:
        return await asyncio.gather(*(_hear(side, speech, number * STAGGER) for number in range(count)))

    for count in MANY:
        heard = asyncio.run(together(count))
        finals = [late for one in heard for late in one.final]
        yield Comparison(AXIS, str(count), "final", ours=[median(finals)])
        yield Comparison(AXIS, str(count), "final95", ours=[_p95(finals)])


def measure_nothing(side: Side, minutes: float) -> Comparison:
    """Words out of sounds that are no speech."""
    audio = b"".join((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes() for sound in nothing(minutes))
    _, messages = asyncio.run(listen(side.place, audio, NOTHING_SPEED))
    texts = [message["channel"]["alternatives"][0]["transcript"] for _, message in messages]
    return Comparison(AXIS, "nothing", "words", ours=[float(sum(len(text.split()) for text in texts))])


def nothing(minutes: float) -> Iterator[Any]:
    """Silence, noise, hum, tones and chords, a fifth each; float32 (samples,)."""
    count = int(minutes * 12) * RATE
    time = np.arange(count) / RATE
    yield np.zeros(count, np.float32)
    yield np.random.default_rng(7).normal(0, 0.05, count).astype(np.float32)
    yield sum(0.1 / n * np.sin(2 * np.pi * 50 * n * time) for n in (1, 2, 3))
    yield 0.2 * np.sin(2 * np.pi * (300 + 100 * np.floor(time % 24)) * time)
    chords = (220.0 * 2 ** (np.floor(time / 2) % 12 / 12))[None] * np.array([[1.0], [1.26], [1.5]])
    yield 0.1 * np.sin(2 * np.pi * chords * time).sum(axis=0)


def measure_soak(side: Side, speech: Speech, minutes: float) -> Comparison:
    """How much later finals come at the end than at the beginning."""
    times = max(1, round(minutes * 60 * RATE * 2 / len(speech.audio)))
    began, messages = asyncio.run(listen(side.place, speech.audio * times))
    moments = [(at - began, m["start"] + m["duration"]) for at, m in messages if m["is_final"]]
    edge = min(EDGE, moments[-1][1] / 2)
    early = [at - end for at, end in moments if end <= edge]
    late = [at - end for at, end in moments if end >= moments[-1][1] - edge]
    return Comparison(AXIS, "soak", "drift", ours=[max(0.0, median(late) - median(early))])


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
