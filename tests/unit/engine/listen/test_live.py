"""A live stream with scripted models: what it asks of them, and when."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from sonant.contract.listen import Configure, LiveMessage, LiveOptions, LiveResults
from sonant.engine.audio.streaming import open_decoder
from sonant.engine.listen.arrival import Arrival
from sonant.engine.listen.live import LiveStream
from sonant.engine.listen.liveplan import make_live_plan
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import TINY_EN
from sonant.engine.models.ports import SAMPLE_RATE, Frames, HeardWord, Listening, Speech
from sonant.engine.models.workers import Workers
from unit.engine.fakes import FakeRecognizer, LoudnessVoice, heard, silence, tone

WORDS = heard(("Hello", 0.3, 0.6), ("there.", 0.6, 0.9))


class SlowRecognizer(FakeRecognizer):
    """Takes its time."""

    def recognize(self, audio: Frames, listening: Listening) -> Sequence[Sequence[HeardWord]]:
        time.sleep(0.3)
        return super().recognize(audio, listening)


@dataclass
class Watched:
    finals: list[float] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)

    def note_final(self, seconds: float) -> None:
        self.finals.append(seconds)

    def note_interim(self, left_out: int) -> None:
        self.left_out.append(left_out)


@dataclass
class Stream:
    live: LiveStream
    recognizer: FakeRecognizer
    watched: Watched
    said: list[LiveMessage]

    async def hear(self, sound: Frames) -> None:
        """Feed tenths of a second, with time to work after each."""
        data = (sound * 32767).astype("<i2").tobytes()
        for start in range(0, len(data), SAMPLE_RATE // 5):
            await self.live.feed(data[start : start + SAMPLE_RATE // 5])
            await asyncio.sleep(0.005)

    @property
    def results(self) -> list[LiveResults]:
        return [message for message in self.said if isinstance(message, LiveResults)]


@pytest.fixture
async def begin() -> AsyncIterator[Callable[[FakeRecognizer], Stream]]:
    workers = Workers(1)

    def make(recognizer: FakeRecognizer) -> Stream:
        options: LiveOptions = {
            "encoding": "linear16", "sample_rate": 16000, "interim_results": True, "endpointing": 300
        }  # fmt: skip
        plan = make_live_plan(options, {}, Catalog([TINY_EN]), request_id="r", created="")
        watched, said = Watched(), list[LiveMessage]()
        speech = Speech(recognizer, LoudnessVoice())
        decoder = open_decoder(plan.common.raw)
        live = LiveStream(plan, speech, workers, decoder, said.append, pytest.fail, watched, Arrival())
        return Stream(live, recognizer, watched, said)

    yield make
    await workers.close()


async def test_a_final_is_heard_behind_what_went_before_it(begin: Callable[[FakeRecognizer], Stream]) -> None:
    stream = begin(FakeRecognizer(WORDS))
    for _ in range(2):
        await stream.hear(np.concatenate([tone(1), silence(0.6)]))
    await stream.hear(silence(4))
    await stream.hear(np.concatenate([tone(1), silence(0.6)]))
    await stream.live.finish()
    known = [asked.known for asked in stream.recognizer.asked]
    assert known[0] == ""
    assert "Hello there." in known
    assert known[-1] == ""  # after four seconds it is another matter


async def test_finals_do_not_depend_on_how_the_audio_comes(begin: Callable[[FakeRecognizer], Stream]) -> None:
    sound = np.concatenate([tone(1), silence(0.5), tone(1), silence(0.5), tone(2), silence(0.5)])
    slowly, at_once = begin(FakeRecognizer(WORDS)), begin(FakeRecognizer(WORDS))
    slowly.live.plan = at_once.live.plan
    await slowly.hear(sound)
    await at_once.live.feed((sound * 32767).astype("<i2").tobytes())
    for stream in (slowly, at_once):
        await stream.live.finish()
    finals = [[result for result in stream.results if result.is_final] for stream in (slowly, at_once)]
    assert sum(result.speech_final for result in finals[0]) == 4  # the last at the end of the stream
    assert finals[0] == finals[1]
    known = [[a.known for a in s.recognizer.asked if a.known.count("Hello") == 2] for s in (slowly, at_once)]
    assert known[0]
    assert known[1]


async def test_a_change_is_followed_by_channels_that_are_heard_already(
    begin: Callable[[FakeRecognizer], Stream],
) -> None:
    stream = begin(FakeRecognizer(WORDS))
    await stream.hear(np.concatenate([tone(1), silence(0.6)]))
    answer = stream.live.configure(Configure(keyterms=["sonant"]))
    assert answer is not None
    assert answer.keyterms == ["sonant"]
    before = len(stream.recognizer.asked)
    await stream.hear(np.concatenate([silence(3), tone(1), silence(0.6)]))
    await stream.live.finish()
    prompts = [asked.prompt for asked in stream.recognizer.asked]
    assert set(prompts[:before]) == {""}
    assert prompts[-1] == "sonant."


async def test_the_last_result_ends_with_the_audio(begin: Callable[[FakeRecognizer], Stream]) -> None:
    stream = begin(FakeRecognizer(WORDS))
    await stream.hear(tone(1.01))  # no whole number of windows
    await stream.live.finish()
    last = stream.results[-1]
    assert last.start + last.duration == pytest.approx(1.01)
    assert stream.live.metadata().duration == pytest.approx(1.01)


async def test_interims_give_way_where_the_models_are_slow(begin: Callable[[FakeRecognizer], Stream]) -> None:
    quick, slow = begin(FakeRecognizer(WORDS)), begin(SlowRecognizer(WORDS))
    for stream in (quick, slow):
        for _ in range(30):
            await stream.hear(tone(0.1))
            await asyncio.sleep(0.03)
        await stream.hear(silence(0.6))
        await stream.live.finish()
        assert [result.is_final for result in stream.results].count(True) == 2  # and the end
    assert sum(quick.watched.left_out) == 0
    assert sum(slow.watched.left_out) > 0
    assert len(slow.watched.left_out) < len(quick.watched.left_out)
