"""The axis `speaking`: how soon the engine speaks, how fast, for how many at once, and how well it is understood.

The other side is the voice alone: hibari in a process of its own, on the same text. Times are taken by the client, from
before its request to the first byte of sound.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import numpy as np
from websockets.asyncio.client import connect
from websockets.sync.client import connect as connect_sync

import corpus
from compare import Comparison
from processes import HERE, clean_environment
from recognition import Side, cpu_of, engine, error_rate

AXIS = "speaking"
TEXT = (
    "The quick brown fox jumps over the lazy. The keeper of the lighthouse, who had seen many ships, wrote down every "
    "one of them in a long book, and nobody in the village knew how many pages there were."
)
LENGTHS = (5, 40, 200)
ENCODINGS = ("linear16", "mulaw", "mp3", "opus", "flac", "aac")
CROWDS = (4, 8, 12, 16, 24, 32, 48, 64)
MEASURES = {
    **{f"{way}-{length}": ("first", "first95") for way in ("rest", "live") for length in LENGTHS},
    "overhead-rest": ("first",),
    "overhead-live": ("first",),
    **dict.fromkeys(ENCODINGS, ("cpu",)),
    "crowd": ("voices",),
    "heart": ("wer",),
}
"""What is measured, by variant; the other voices that are installed have one each."""
TIMES = 20
"""Requests in each round, of all of which the median and the 95th percentile are taken."""
TYPICAL = 40
"""Characters of the text for which there are gates."""
HEADER = 44
RATE = 24_000
AHEAD = 0.5
"""Seconds after its request at which a player begins; from then on it must never wait."""


def compare(rounds: int) -> list[Comparison]:
    """All measures."""
    if not (find_spec("ctranslate2") and find_spec("hibari")):
        return [Comparison(AXIS, "rest-40", "first", trouble="skipped: no engine in this environment")]
    with engine(SONANT_SPEAK_PACE="0", SONANT_SPEAK_STREAMS="1000") as side, bare_voice() as bare:
        ask(side, TEXT)
        comparisons = [*measure_first(side, bare, rounds), *measure_encodings(side), measure_crowd(side)]
        return [*comparisons, *measure_words(side)]


def ask(side: Side, text: str, **options: str) -> tuple[float, bytes]:
    """Seconds to the first sound, and the whole body."""
    connection = http.client.HTTPConnection(side.place, timeout=120)
    began = time.perf_counter()
    connection.request("POST", f"/v1/speak?{urlencode(options)}", text, {"content-type": "text/plain"})
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {response.read()!r}")
    body = response.read(HEADER + 1)
    first = time.perf_counter() - began
    body += response.read()
    connection.close()
    return first, body


@contextmanager
def bare_voice() -> Iterator[Callable[[str], float]]:
    """The seconds that hibari alone takes for a text."""
    environment = clean_environment() | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "rows" / "speaking.py")]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        given, got = process.stdin, process.stdout

        def speak(text: str) -> float:
            given.write(json.dumps(text) + "\n")
            given.flush()
            return float(json.loads(got.readline()))

        got.readline()
        try:
            yield speak
        finally:
            given.close()


def text_of(length: int) -> str:
    """A text of so many characters."""
    return TEXT[:length].strip()


def measure_first(side: Side, bare: Callable[[str], float], rounds: int) -> Iterator[Comparison]:
    """The first sound over HTTP and over a socket, in turns with the voice alone."""
    for way, first in (("rest", partial(_rest, side)), ("live", partial(_live, side))):
        for length in LENGTHS:
            print(f"speaking {way} {length}", file=sys.stderr)
            text = text_of(length)
            pairs = [(bare(text), first(text)) for _ in range(rounds * TIMES)]
            own, taken = [one for one, _ in pairs], [other for _, other in pairs]
            yield Comparison(AXIS, f"{way}-{length}", "first", official=[median(own)], ours=[median(taken)])
            yield Comparison(AXIS, f"{way}-{length}", "first95", official=[_p95(own)], ours=[_p95(taken)])
            if length == TYPICAL:
                added = max(1e-6, median(other - one for one, other in pairs))
                yield Comparison(AXIS, f"overhead-{way}", "first", ours=[added])


def _rest(side: Side, text: str) -> float:
    return ask(side, text, encoding="linear16")[0]


def _live(side: Side, text: str) -> float:
    with connect_sync(f"ws://{side.place}/v1/speak", compression=None) as socket:
        socket.recv()
        asked = time.perf_counter()
        socket.send(json.dumps({"type": "Speak", "text": text}))
        socket.send('{"type": "Flush"}')
        socket.recv()
        taken = time.perf_counter() - asked
        while isinstance(socket.recv(), bytes):
            pass
    return taken


def measure_encodings(side: Side) -> Iterator[Comparison]:
    """Processor time of the engine for a second of speech."""
    text = " ".join(sentences()[:20])
    plain = len(ask(side, text, encoding="linear16")[1]) / RATE / 2
    for encoding in ENCODINGS:
        print(f"speaking {encoding}", file=sys.stderr)
        before = cpu_of(side.pid)
        for _ in range(3):
            ask(side, text, encoding=encoding)
        yield Comparison(AXIS, encoding, "cpu", ours=[(cpu_of(side.pid) - before) / 3 / plain])


def measure_crowd(side: Side) -> Comparison:
    """How many live voices keep ahead of players that begin at once."""
    held = 0
    for count in CROWDS:
        print(f"speaking crowd {count}", file=sys.stderr)
        if not asyncio.run(_crowd(side, count)):
            break
        held = count
    return Comparison(AXIS, "crowd", "voices", ours=[float(held)])


async def _crowd(side: Side, count: int) -> bool:
    text = " ".join(sentences()[:5])
    return all(await asyncio.gather(*(_keeps_ahead(side, text, number / count) for number in range(count))))


async def _keeps_ahead(side: Side, text: str, wait: float) -> bool:
    """Whether a player that plays on from `AHEAD` after the request never waits for sound."""
    await asyncio.sleep(wait)
    async with connect(f"ws://{side.place}/v1/speak", compression=None) as socket:
        await socket.recv()
        await socket.send(json.dumps({"type": "Speak", "text": text}))
        await socket.send('{"type": "Flush"}')
        began, got = time.perf_counter() + AHEAD, 0.0
        while isinstance(piece := await socket.recv(), bytes):
            if time.perf_counter() - began > got:
                return False
            got += len(piece) / 2 / RATE
    return True


def sentences() -> list[str]:
    """What is spoken and heard again."""
    return (HERE / "sentences.txt").read_text().splitlines()


def measure_words(side: Side) -> Iterator[Comparison]:
    """Word errors of our own recogniser, for each voice that is installed."""
    connection = http.client.HTTPConnection(side.place, timeout=60)
    connection.request("GET", "/v1/models")
    voices = [voice["name"] for voice in json.loads(connection.getresponse().read())["tts"]]
    connection.close()
    folder = corpus.FOLDER / "spoken"
    folder.mkdir(parents=True, exist_ok=True)
    for name in voices:
        print(f"speaking words {name}", file=sys.stderr)
        yield Comparison(AXIS, name, "wer", ours=[_word_errors(side, name, folder / "sentence.flac")])


def _word_errors(side: Side, voice: str, path: Path) -> float:
    heard: list[str] = []
    for sentence in sentences():
        _, body = ask(side, sentence, encoding="linear16", sample_rate="16000", model=voice)
        corpus.write(path, np.frombuffer(body[HEADER:], "<i2") / 32768)
        heard.append(side.ask(path))
    return error_rate(" ".join(sentences()), " ".join(heard))


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
