import asyncio

import numpy as np
import pytest

from sonant.contract.faults import BAD_QUERY
from sonant.engine.audio.media import Media
from sonant.engine.listen.plan import Plan, make_plan
from sonant.engine.listen.recording import Heard, hear
from sonant.engine.models.catalog import TINY_EN, Catalog
from sonant.engine.models.ports import Speech
from sonant.engine.models.workers import Workers
from sonant.engine.refusals import Refusal
from unit.engine.fakes import FakeRecognizer, LoudnessVoice, heard, silence, tone, wav

WORDS = heard(("Hello,", 0.4, 0.8), ("there.", 0.8, 1.2))


def plan(**options: object) -> Plan:
    return make_plan(options, (), Catalog(TINY_EN, frozenset({"en"})))  # type: ignore[arg-type]


async def listen(recognizer: FakeRecognizer, data: bytes, **options: object) -> Heard:
    workers = Workers(2)
    try:
        with Media(limit=10**9, spool_above=10**5) as media:
            media.write(data)
            return await hear(media, plan(**options), Speech(recognizer, LoudnessVoice()), workers)
    finally:
        await workers.close()


async def test_words_are_placed_in_the_recording() -> None:
    data = wav(np.concatenate([silence(1), tone(2), silence(4), tone(2), silence(1)]))
    result = await listen(FakeRecognizer(WORDS), data)
    assert result.duration == pytest.approx(10)
    (words,) = result.channels
    assert [word.text for word in words] == ["Hello,", "there."] * 2
    assert words[0].start == pytest.approx(1.1, abs=0.05)
    assert words[2].start == pytest.approx(7.1, abs=0.05)


async def test_silence_asks_no_model() -> None:
    recognizer = FakeRecognizer(WORDS)
    assert (await listen(recognizer, wav(silence(20)))).channels == [[]]
    assert recognizer.lengths == []


async def test_channels_apart_or_mixed() -> None:
    data = wav(tone(2), silence(2))
    apart = await listen(FakeRecognizer(WORDS), data, multichannel=True)
    assert [len(words) for words in apart.channels] == [2, 0]
    mixed = await listen(FakeRecognizer(WORDS), data)
    assert [len(words) for words in mixed.channels] == [2]


async def test_too_many_channels() -> None:
    data = wav(*[silence(0.5)] * 21)
    assert len((await listen(FakeRecognizer(), data)).channels) == 1
    with pytest.raises(Refusal) as caught:
        await listen(FakeRecognizer(), data, multichannel=True)
    assert caught.value.fault is BAD_QUERY


async def test_a_model_that_fails_fails_the_recording() -> None:
    recognizer = FakeRecognizer(WORDS)
    recognizer.failure = MemoryError("out")
    with pytest.raises(MemoryError):
        await listen(recognizer, wav(tone(50)))


async def test_cancelling_leaves_nothing_in_the_queue() -> None:
    recognizer = FakeRecognizer(WORDS)
    recognizer.go.clear()
    workers = Workers(1)
    with Media(limit=10**9, spool_above=10**9) as media:
        media.write(wav(tone(100)))
        task = asyncio.create_task(hear(media, plan(), Speech(recognizer, LoudnessVoice()), workers))
        while not workers._waiting:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    recognizer.go.set()
    await workers.close()
    assert len(recognizer.lengths) == 1
