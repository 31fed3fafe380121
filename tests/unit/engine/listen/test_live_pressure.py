"""A live stream with scripted models, under much audio at once."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from sonant.contract.listen import LiveMessage, LiveOptions, LiveResults
from sonant.engine.audio.decode import RawFormat
from sonant.engine.audio.streaming import open_decoder
from sonant.engine.listen.arrival import Arrival
from sonant.engine.listen.live import LiveStream
from sonant.engine.listen.liveplan import make_live_plan
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import TINY_EN
from sonant.engine.models.ports import Frames, Speech
from sonant.engine.models.workers import Workers
from unit.engine.fakes import FakeRecognizer, LoudnessVoice, heard, silence, tone

RAW: LiveOptions = {"encoding": "linear16", "sample_rate": 16000}


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Break even an event loop that never gets to its timers."""

    def end(*_: Any) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Stream:
    """A stream with scripted models, and what it said."""

    def __init__(self, options: LiveOptions = RAW) -> None:
        self.recognizer = FakeRecognizer(heard(("hello", 0.0, 0.3)))
        self.said: list[LiveMessage] = []
        self.failed: list[BaseException | None] = []
        self.noted: list[float] = []
        self.workers = Workers(2)
        self.arrival = Arrival()
        plan = make_live_plan(options, {}, Catalog([TINY_EN]), request_id="id", created="now")
        self.live = LiveStream(
            plan,
            Speech(self.recognizer, LoudnessVoice()),
            self.workers,
            open_decoder(RawFormat("linear16", 16000, 1)),
            self.said.append,
            self.failed.append,
            self,
            self.arrival,
        )

    def note_final(self, seconds: float) -> None:
        self.noted.append(seconds)

    def note_interim(self, left_out: int) -> None:
        pass

    @property
    def finals(self) -> list[LiveResults]:
        return [message for message in self.said if isinstance(message, LiveResults) and message.is_final]


def pcm(*sounds: Frames) -> bytes:
    return (np.concatenate(sounds) * 32767).astype("<i2").tobytes()


async def test_much_audio_at_once_leaves_the_loop_to_others() -> None:
    stream, beats = Stream(), 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.001)

    beating = asyncio.create_task(beat())
    with no_longer_than(20):
        await stream.live.feed(pcm(*[tone(1.0), silence(1.0)] * 100))
        await stream.live.finish()
    beating.cancel()
    await stream.workers.close()
    assert beats > 20
    assert stream.finals[-1].end == pytest.approx(200.0)
    assert sum(final.transcript == "hello" for final in stream.finals) == 100
    assert stream.failed == []


async def test_finals_that_are_done_already_are_not_waited_for() -> None:
    stream = Stream({**RAW, "endpointing": 10})
    with no_longer_than(10):
        for _ in range(3):
            await stream.live.feed(pcm(tone(0.5), silence(0.5)))
            await asyncio.sleep(0.05)
            await stream.live.finalize(None)
    await stream.workers.close()
    assert sum(final.from_finalize for final in stream.finals) == 3


async def test_a_piece_that_cannot_be_heard_is_told_and_hangs_nothing() -> None:
    stream = Stream()
    stream.recognizer.failure = RuntimeError("no memory")
    with no_longer_than(10):
        await stream.live.feed(pcm(*[tone(0.5), silence(0.5)] * 12))
        await stream.live.finish()
    await stream.workers.close()
    assert {str(failure) for failure in stream.failed} == {"no memory"}
