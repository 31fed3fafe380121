"""A stream to the engine over a real socket, in real time, and when each word of the recording came back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect

RATE = 16_000
CHUNK = 0.05
"""Seconds of audio sent at once, when the last of them was spoken."""
ENDPOINTING = 0.3
_SKIPPED = 4
"""Words that may be left out before one that is heard."""
OPTIONS = {
    "model": "tiny.en",
    "encoding": "linear16",
    "sample_rate": str(RATE),
    "interim_results": "true",
    "punctuate": "true",
    "endpointing": str(int(ENDPOINTING * 1000)),
}


@dataclass(frozen=True)
class Speech:
    """A recording, its words, and the spans of its utterances as numbers of words and as seconds."""

    audio: bytes
    """linear16, mono, at RATE."""
    words: list[str]
    utterances: list[tuple[int, int, float, float]]
    """First word, the one after the last, start, end."""


@dataclass(frozen=True)
class Answer:
    """Words that came back, and when."""

    arrived: float
    text: str
    is_final: bool


@dataclass
class Heard:
    """What came back of one stream.

    Attributes:
        first: for each utterance, seconds from its start to the first text that has a word of it.
        final: for each, seconds from its end and the silence that ends it to the final with its last words.
        text: all finals.
        lags: seconds from each final's end of window to its arrival.
    """

    first: list[float] = field(default_factory=list[float])
    final: list[float] = field(default_factory=list[float])
    text: str = ""
    lags: list[float] = field(default_factory=list[float])


async def listen(place: str, audio: bytes, speed: float = 1.0) -> tuple[float, list[tuple[float, Any]]]:
    """Stream audio; when it began, and each result with the moment it came."""
    url = f"ws://{place}/v1/listen?{urlencode(OPTIONS)}"
    headers = {"Authorization": "Token any"}
    async with connect(url, additional_headers=headers, compression=None, max_size=None) as socket:
        began = time.perf_counter()
        sending = asyncio.create_task(_send(socket, audio, speed, began))
        messages = [pair async for pair in _results(socket)]
        await sending
        return began, messages


async def _send(socket: ClientConnection, audio: bytes, speed: float, began: float) -> None:
    async for chunk in paced(audio, speed, began):
        await socket.send(chunk)
    await socket.send(json.dumps({"type": "CloseStream"}))


async def paced(audio: bytes, speed: float, began: float) -> AsyncIterator[bytes]:
    """Each chunk of linear16, when the last of it was spoken."""
    size = int(CHUNK * RATE) * 2
    for at in range(0, len(audio), size):
        spoken = (at + size) / 2 / RATE
        await asyncio.sleep(began + spoken / speed - time.perf_counter())
        yield audio[at : at + size]


async def _results(socket: ClientConnection) -> AsyncIterator[tuple[float, Any]]:
    async for raw in socket:
        arrived = time.perf_counter()
        message = json.loads(raw)
        if message["type"] == "Results":
            yield arrived, message


def judge(speech: Speech, began: float, messages: list[tuple[float, Any]]) -> Heard:
    """When the words came, matched word by word: an engine's own times do not count."""
    heard = weigh(speech, began, (_answer(*pair) for pair in messages))
    heard.lags = [at - began - m["start"] - m["duration"] for at, m in messages if m["is_final"]]
    return heard


def _answer(arrived: float, message: Any) -> Answer:
    return Answer(arrived, message["channel"]["alternatives"][0]["transcript"], message["is_final"])


def weigh(speech: Speech, began: float, answers: Iterable[Answer]) -> Heard:
    """The same of answers in whatever form they came, lags left out."""
    heard = Heard()
    settled: list[str] = []
    reached = 0
    shown: dict[int, float] = {}
    said: dict[int, float] = {}
    for answer in answers:
        words = _words(answer.text)
        found = _match(speech, reached, words)
        shown |= {number: answer.arrived for number in found if number not in shown}
        if answer.is_final:
            said |= dict.fromkeys(found, answer.arrived)
            reached = max([reached, *(number + 1 for number in found)])
            settled += words
    for first, after, start, end in speech.utterances:
        came = [shown[number] for number in range(first, after) if number in shown]
        heard.first += [min(came) - began - start] if came else []
        closing = [said[number] for number in range(max(first, after - 2), after) if number in said]
        heard.final += [max(closing) - began - end - ENDPOINTING] if closing else []
    heard.text = " ".join(settled)
    return heard


def _match(speech: Speech, reached: int, words: list[str]) -> list[int]:
    """Which words of the recording these are, beyond those that are final."""
    ahead = speech.words[reached : reached + len(words) + _SKIPPED]
    blocks = SequenceMatcher(None, ahead, words, autojunk=False).get_matching_blocks()
    return [reached + block.a + offset for block in blocks for offset in range(block.size)]


def _words(text: str) -> list[str]:
    from recognition import normalize

    return normalize(text).split()
