"""Scripted models and an engine without sockets."""

import asyncio
import io
import threading
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from sonant.engine.api.parts import Voice
from sonant.engine.app import create_app, open_store
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import TINY_EN
from sonant.engine.models.ports import SAMPLE_RATE, Capabilities, Frames, HeardWord, Line, Listening, Manner, Speech
from sonant.engine.settings import Settings


def heard(*words: tuple[str, float, float] | tuple[str, float, float, float]) -> list[HeardWord]:
    """Words as (text, start, end[, confidence])."""
    return [HeardWord(word[0], word[1], word[2], word[3] if len(word) > 3 else 0.9) for word in words]


class FakeRecognizer:
    """Says the same words about every chunk; may be held back, and may fail."""

    capabilities = Capabilities(frozenset({"en"}), 28.0)

    def __init__(self, words: Sequence[HeardWord] = (), *others: Sequence[HeardWord]) -> None:
        self.readings = [list(words), *map(list, others)]
        self.scores: dict[str, float] = {"en": 1.0}
        self.asked: list[Listening] = []
        self.lengths: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.failure: Exception | None = None

    def detect(self, audio: Frames) -> dict[str, float]:
        return self.scores

    def recognize(self, audio: Frames, listening: Listening) -> Sequence[Sequence[HeardWord]]:
        self.asked.append(listening)
        assert self.go.wait(5)
        self.lengths.append(len(audio))
        if self.failure:
            raise self.failure
        return self.readings


class LoudnessVoice:
    """Speech is whatever is loud."""

    window = 512

    def listen(self) -> "LoudnessVoice":
        return self

    def score(self, audio: Frames) -> Frames:
        return (np.abs(audio.reshape(-1, self.window)).max(axis=1) > 0.1).astype(np.float32)


class FakeSpeaker:
    """Hums a tenth of a second for each letter; may be held back, and may fail so many times."""

    sample_rate = 24_000

    def __init__(self) -> None:
        self.lines: list[tuple[str, Manner]] = []
        self.failures = 0
        self.go = threading.Event()
        self.go.set()

    def synthesize(self, line: Line, manner: Manner) -> Frames:
        text = "".join(part if isinstance(part, str) else f"<{part.ipa}>" for part in line)
        self.lines.append((text, manner))
        assert self.go.wait(5)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("no breath")
        times = np.arange(int(0.1 * len(text) * self.sample_rate)) / self.sample_rate
        return (0.5 * np.sin(2 * np.pi * 220 * times)).astype(np.float32)

    @property
    def said(self) -> list[str]:
        return [text for text, _ in self.lines]


def tone(seconds: float, level: float = 0.5) -> Frames:
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * 220 * times)).astype(np.float32)


def silence(seconds: float) -> Frames:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


def wav(*channels: Frames, rate: int = SAMPLE_RATE) -> bytes:
    """Channels of equal length as a 16-bit WAV file."""
    samples = (np.stack(channels, axis=1) * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(channels))
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Engine:
    """An engine that is called without a network."""

    app: Any
    recognizer: FakeRecognizer
    settings: Settings
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    sent: list[Any] = field(default_factory=list)

    async def ask(
        self,
        method: str,
        target: str,
        *chunks: bytes,
        headers: dict[str, str] | None = None,
        leaves: asyncio.Event | None = None,
    ) -> Answer:
        """Send a request; `leaves` is set when the client goes away after its body."""
        path, _, query = target.partition("?")
        messages = [
            {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
            for index, chunk in enumerate(chunks or (b"",))
        ]
        got: list[Any] = []

        async def receive() -> Any:
            if messages:
                return messages.pop(0)
            await (leaves or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            got.append(message)

        raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": raw, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        await self.app(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in got[0]["headers"]}
        return Answer(got[0]["status"], head, b"".join(m.get("body", b"") for m in got[1:]))


@asynccontextmanager
async def engine(words: Sequence[HeardWord] = (), **settings: Any) -> AsyncIterator[Engine]:
    """An engine with scripted models, started and stopped."""
    recognizer = FakeRecognizer(words)
    chosen = Settings(**{"workers": 1, "port": 0, "drain_seconds": 5.0, **settings})

    def load(_: Settings) -> Voice:
        return Voice(Speech(recognizer, LoudnessVoice()), Catalog([TINY_EN]))

    speaker = FakeSpeaker()
    with open_store(chosen) as store:
        app = create_app(chosen, store, load, lambda _: speaker)
        async with app.router.lifespan_context(app):
            try:
                yield Engine(app, recognizer, chosen, speaker)
            finally:
                recognizer.go.set()
                speaker.go.set()
