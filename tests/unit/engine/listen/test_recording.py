import asyncio

import numpy as np
import pytest

from sonant.contract.faults import BAD_QUERY
from sonant.engine.audio.media import Media
from sonant.engine.listen.plan import Plan, make_plan
from sonant.engine.listen.recording import Heard, HeardChannel, hear
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import BASE, TINY_EN
from sonant.engine.models.ports import Speech
from sonant.engine.models.workers import Workers
from sonant.engine.refusals import Refusal
from unit.engine.fakes import FakeRecognizer, LoudnessVoice, heard, silence, tone, wav

ENGLISH, BOTH = Catalog([TINY_EN]), Catalog([TINY_EN, BASE])
WORDS = heard(("Hello,", 0.4, 0.8), ("there.", 0.8, 1.2))


def plan(catalog: Catalog = ENGLISH, **options: object) -> Plan:
    return make_plan(options, (), catalog)  # type: ignore[arg-type]


async def listen(recognizer: FakeRecognizer, data: bytes, catalog: Catalog = ENGLISH, **options: object) -> Heard:
    workers = Workers(2)
    try:
        with Media(limit=10**9, spool_above=10**5) as media:
            media.write(data)
            return await hear(media, plan(catalog, **options), Speech(recognizer, LoudnessVoice()), workers)
    finally:
        await workers.close()


async def test_words_are_placed_in_the_recording() -> None:
    data = wav(np.concatenate([silence(1), tone(2), silence(4), tone(2), silence(1)]))
    result = await listen(FakeRecognizer(WORDS), data)
    assert result.duration == pytest.approx(10)
    ((words,),) = (channel.readings for channel in result.channels)
    assert [word.text for word in words] == ["Hello,", "there."] * 2
    assert words[0].start == pytest.approx(1.1, abs=0.05)
    assert words[2].start == pytest.approx(7.1, abs=0.05)


async def test_silence_asks_no_model() -> None:
    recognizer = FakeRecognizer(WORDS)
    assert (await listen(recognizer, wav(silence(20)))).channels == [HeardChannel([[]])]
    assert recognizer.lengths == []


async def test_channels_apart_or_mixed() -> None:
    data = wav(tone(2), silence(2))
    apart = await listen(FakeRecognizer(WORDS), data, multichannel=True)
    assert [len(channel.readings[0]) for channel in apart.channels] == [2, 0]
    mixed = await listen(FakeRecognizer(WORDS), data)
    assert [len(channel.readings[0]) for channel in mixed.channels] == [2]


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


async def test_alternatives_run_through_the_whole_recording() -> None:
    other = heard(("Yellow,", 0.4, 0.8), ("there.", 0.8, 1.2))
    recognizer = FakeRecognizer(WORDS, other)
    result = await listen(recognizer, wav(np.concatenate([tone(2), silence(4), tone(2)])), alternatives=2)
    texts = [[word.text for word in reading] for reading in result.channels[0].readings]
    assert texts == [["Hello,", "there."] * 2, ["Yellow,", "there."] * 2]
    assert {asked.alternatives for asked in recognizer.asked} == {2}


async def test_the_language_of_a_channel_is_found_before_its_words() -> None:
    recognizer = FakeRecognizer(WORDS)
    recognizer.scores = {"la": 0.6, "de": 0.3, "fr": 0.1}
    data = wav(np.concatenate([tone(15), silence(2)] * 4), np.zeros(68 * 16_000, np.float32))
    result = await listen(recognizer, data, BOTH, detect_language=True, multichannel=True)
    spoken, silent = result.channels
    assert spoken.verdict
    assert (spoken.verdict.language, round(spoken.verdict.confidence, 2)) == ("de", 0.75)
    assert silent.verdict is None
    assert [asked.language for asked in recognizer.asked] == ["de"] * 4
    assert len(spoken.readings[0]) == 8


async def test_each_piece_may_be_in_another_language() -> None:
    recognizer = FakeRecognizer(WORDS)
    recognizer.scores = {"la": 0.6, "es": 0.2, "en": 0.15}
    result = await listen(recognizer, wav(tone(2)), BOTH, language="multi")
    assert {word.language for word in result.channels[0].readings[0]} == {"es"}
    result = await listen(recognizer, wav(tone(2)), BOTH, language="multi", language_hint=["en"])
    assert {word.language for word in result.channels[0].readings[0]} == {"en"}
