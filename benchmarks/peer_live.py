"""The axis `peer-live`: the engine and WhisperLive's server on the same weights, machine and recording, in turns.

Only where it is asked for by name: the environment of the other side is gigabytes. Both sides are processes that stay,
with their model loaded, and hear the recording as fast as it was spoken, each by its own protocol.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect as connect_sync

import envs
from compare import Comparison
from listening import ENDPOINTING, RATE, Answer, Heard, Speech, judge, listen, paced, weigh
from processes import HERE, clean_environment
from recognition import Side, cpu_of, engine, error_rate, weights
from streaming import recording

AXIS = "peer-live"
MEASURES = {"one": ("first", "final", "lost", "cpu", "wer")}
"""What is measured, by variant:

first: seconds from the start of speech to its first text. final: seconds from the end of speech to the final with its
last words, the silence that ends it included, as only one side has a length for that. lost: utterances whose last words
never became final. cpu: seconds of a second of audio, until the last words. wer: word errors of the text in percent.
"""
ROUNDS = 2
"""Unless fewer are asked for: each takes as long as the recording, twice."""
SECONDS = 120.0
"""Least length of the recording, which ends with an utterance."""
WARM_UP = 6.0
OPTIONS = {
    "uid": "bench",
    "language": "en",
    "task": "transcribe",
    "model": "tiny.en",
    "use_vad": True,
    "send_last_n_segments": 10,
    "no_speech_thresh": 0.45,
    "clip_audio": False,
    "same_output_threshold": 10,
}
"""What its own client sends unless told otherwise; the server's weights go before `model`."""
QUIET = 15.0
"""Seconds without anything new after which its own client ends the stream; the server then stops at once."""
THREADS = {"OMP_NUM_THREADS": "1"}
"""As the script in its repository starts the server unless told otherwise."""
START = 120.0
"""Seconds that it may take to begin to listen."""

Segments = list[dict[str, Any]]


@dataclass(frozen=True)
class Server:
    """The peer's process, and its address."""

    pid: int
    place: str


@dataclass
class Shown:
    """What came back from the peer.

    Attributes:
        began: when the audio began.
        messages: the segments of each message that differs from the last, and when it came.
        cost: seconds of processor time until the last of them.
    """

    began: float = 0.0
    messages: list[tuple[float, Segments]] = field(default_factory=list[tuple[float, Segments]])
    cost: float = 0.0

    @property
    def latest(self) -> float:
        """When something new came last."""
        return self.messages[-1][0] if self.messages else self.began


@dataclass(frozen=True)
class Result:
    """What one side made of the recording: what was heard and when, the whole text, and its processor time."""

    heard: Heard
    text: str
    cost: float


def compare(rounds: int) -> list[Comparison]:
    """All measures of both sides, in turns, or why there are none."""
    comparisons = [Comparison(AXIS, "one", measure) for measure in MEASURES["one"]]
    trouble = ""
    try:
        _take_turns(min(rounds, ROUNDS), comparisons)
    except (envs.Unavailable, OSError) as error:
        trouble = f"skipped: {error}"
    except (WebSocketException, ValueError) as error:
        trouble = f"failed: {error}"
    for comparison in comparisons:
        comparison.trouble = trouble
    return comparisons


def _take_turns(rounds: int, comparisons: list[Comparison]) -> None:
    if not (find_spec("ctranslate2") and find_spec("sonant")):
        raise envs.Unavailable("no engine in this environment")
    speech = excerpt(recording(), SECONDS)
    with peer() as server, engine() as side:
        hear = {"official": partial(hear_peer, server), "ours": partial(hear_ours, side)}
        for one in hear.values():
            one(excerpt(speech, WARM_UP))
        for turn in range(rounds):
            for name in sorted(hear, reverse=turn % 2 == 1):
                print(f"{AXIS} {name}", file=sys.stderr)
                figures = measure(speech, hear[name](speech))
                for comparison in comparisons:
                    getattr(comparison, name).append(figures[comparison.measure])


def measure(speech: Speech, result: Result) -> dict[str, float]:
    """The figures of one side."""
    heard = result.heard
    return {
        "first": median(heard.first),
        "final": median(heard.final) + ENDPOINTING,
        "lost": float(len(speech.utterances) - len(heard.final)),
        "cpu": result.cost / (len(speech.audio) / 2 / RATE),
        "wer": error_rate(" ".join(speech.words), result.text),
    }


def excerpt(speech: Speech, seconds: float) -> Speech:
    """The first utterances, until they are so long; a pause after the last is kept."""
    count = next((n for n, one in enumerate(speech.utterances, 1) if one[3] >= seconds), len(speech.utterances))
    chosen, after = speech.utterances[:count], speech.utterances[count:]
    audio = speech.audio[: int(after[0][2] * RATE) * 2] if after else speech.audio
    return Speech(audio, speech.words[: chosen[-1][1]], chosen)


def hear_ours(side: Side, speech: Speech) -> Result:
    """The engine's answers."""
    before = cpu_of(side.pid)
    heard = judge(speech, *asyncio.run(listen(side.place, speech.audio)))
    return Result(heard, heard.text, cpu_of(side.pid) - before)


def hear_peer(server: Server, speech: Speech) -> Result:
    """The peer's answers."""
    shown = asyncio.run(listen_there(server, speech.audio))
    heard = weigh(speech, shown.began, answers(shown.messages))
    return Result(heard, f"{heard.text} {unsettled(shown.messages)}", shown.cost)


@contextmanager
def peer() -> Iterator[Server]:
    """WhisperLive's server as a process.

    Raises:
        envs.Unavailable: it cannot be installed, or does not begin to listen.
    """
    command = [envs.live_peer(), str(HERE / "rows" / "peer_live.py"), str(weights())]
    with subprocess.Popen(
        command, env=clean_environment() | THREADS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            place = f"127.0.0.1:{process.stdout.readline().strip()}"
            _await(process, place)
            yield Server(process.pid, place)
        finally:
            process.kill()


def _await(process: subprocess.Popen[str], place: str) -> None:
    """Return when the server listens."""
    deadline = time.monotonic() + START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connect_sync(f"ws://{place}").close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise envs.Unavailable(f"{envs.LIVE_PEER} does not listen")


async def listen_there(server: Server, audio: bytes) -> Shown:
    """Stream linear16 to the peer, and wait for the last of its words as its own client does."""
    shown = Shown()
    async with connect(f"ws://{server.place}", compression=None, max_size=None) as socket:
        await socket.send(json.dumps(OPTIONS))
        ready = json.loads(await socket.recv())
        if ready.get("message") != "SERVER_READY":
            raise envs.Unavailable(f"{envs.LIVE_PEER} says {ready}")
        before, shown.began = cpu_of(server.pid), time.perf_counter()
        receiving = asyncio.create_task(_receive(socket, server.pid, shown))
        async for chunk in paced(audio, 1.0, shown.began):
            await socket.send((np.frombuffer(chunk, "<i2") / np.float32(32768)).tobytes())
        left = QUIET
        while left > 0:
            await asyncio.sleep(left)
            left = shown.latest + QUIET - time.perf_counter()
        await socket.send(b"END_OF_AUDIO")
        await receiving
    shown.cost -= before
    return shown


async def _receive(socket: ClientConnection, pid: int, shown: Shown) -> None:
    async for raw in socket:
        segments = json.loads(raw).get("segments")
        if segments and (not shown.messages or segments != shown.messages[-1][1]):
            shown.messages.append((time.perf_counter(), segments))
            shown.cost = cpu_of(pid)


def answers(messages: Iterable[tuple[float, Segments]]) -> Iterator[Answer]:
    """What is new in each message, which repeats the last segments that are complete before the one that is not."""
    known = set[tuple[str, str, str]]()
    for arrived, segments in messages:
        for segment in segments:
            name = (segment["start"], segment["end"], segment["text"])
            if segment["completed"] and name in known:
                continue
            if segment["completed"]:
                known.add(name)
            yield Answer(arrived, segment["text"], is_final=segment["completed"])


def unsettled(messages: list[tuple[float, Segments]]) -> str:
    """The words at the end that never became complete; its own client writes them down as well."""
    last = messages[-1][1][-1] if messages else {"completed": True}
    return "" if last["completed"] else str(last["text"])
