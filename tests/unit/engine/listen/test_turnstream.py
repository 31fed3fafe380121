"""A conversation with scripted models: what its judge of turns is given."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from sonant.contract.listen import Thresholds, TurnConfigure, TurnConfigureFailure, TurnInfo, TurnMessage, TurnWarning
from sonant.engine.api.streams import Place
from sonant.engine.audio.streaming import open_decoder
from sonant.engine.listen.liveplan import make_turn_plan
from sonant.engine.listen.turnstream import TurnStream
from sonant.engine.metrics import Metrics
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import TINY_EN
from sonant.engine.models.ports import SAMPLE_RATE, Frames, Speech
from sonant.engine.models.workers import Workers
from unit.engine.fakes import FakeRecognizer, LoudnessVoice, heard, silence, tone

QUERY = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": 16000}


class FakeTurnEnd:
    """Says the same about every pause."""

    longest = 8.0

    def __init__(self, sounds_over: float) -> None:
        self.sounds_over = sounds_over
        self.seconds: list[float] = []

    def judge(self, audio: Frames) -> float:
        self.seconds.append(len(audio) / SAMPLE_RATE)
        return self.sounds_over


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers(1)
    yield made
    await made.close()


async def converse(
    workers: Workers, turn_end: FakeTurnEnd | None, *sounds: Frames, metrics: Metrics | None = None
) -> list[TurnInfo]:
    """What is said of sounds one after another."""
    said: list[TurnMessage] = []
    plan = make_turn_plan(QUERY, Catalog([TINY_EN]), request_id="r")  # type: ignore[arg-type]
    words = heard(("Hello", 0.3, 0.6), ("there.", 0.6, 0.9))
    speech = Speech(FakeRecognizer(words), LoudnessVoice(), turn_end)
    place = Place(metrics or Metrics())
    decoder = open_decoder(plan.common.raw)
    stream = TurnStream(plan, speech, workers, decoder, said.append, place, place.arrival)
    audio = np.concatenate(sounds)
    await stream.feed((audio * 32767).astype("<i2").tobytes())
    await stream.finish()
    return [message for message in said if isinstance(message, TurnInfo)]


def begin(workers: Workers, said: list[TurnMessage], **options: object) -> TurnStream:
    plan = make_turn_plan({**QUERY, **options}, Catalog([TINY_EN]), request_id="r")  # type: ignore[arg-type]
    place = Place(Metrics())
    speech = Speech(FakeRecognizer(), LoudnessVoice())
    return TurnStream(plan, speech, workers, open_decoder(plan.common.raw), said.append, place, place.arrival)


async def test_options_without_effect_are_told_of_at_the_beginning(workers: Workers) -> None:
    said: list[TurnMessage] = []
    begin(workers, said, keyterm="")
    assert [message.sequence_id for message in said] == [0, 1]
    assert isinstance(said[1], TurnWarning)
    assert (said[1].code, said[1].description) == ("UNUSED_PARAMETER", "An empty `keyterm` had no effect.")


async def test_a_wrong_setting_is_told_of_without_a_query(workers: Workers) -> None:
    said: list[TurnMessage] = []
    begin(workers, said).configure(TurnConfigure(thresholds=Thresholds(eot_threshold=0.2)))
    assert isinstance(said[-1], TurnConfigureFailure)
    assert (said[-1].code, said[-1].description) == ("INVALID_THRESHOLD", "eot_threshold: 0.2 is not from 0.5 to 1.0")


def end_of(infos: list[TurnInfo]) -> float:
    return next(info.audio_window_end for info in infos if info.event == "EndOfTurn")


async def test_its_judgement_moves_the_end_of_a_turn(workers: Workers) -> None:
    sounds = tone(1), silence(3)
    over, open_ = FakeTurnEnd(1.0), FakeTurnEnd(0.0)
    sooner, later = end_of(await converse(workers, over, *sounds)), end_of(await converse(workers, open_, *sounds))
    assert sooner < end_of(await converse(workers, None, *sounds)) < later


async def test_it_hears_each_turn_alone(workers: Workers) -> None:
    judge = FakeTurnEnd(1.0)
    infos = await converse(workers, judge, tone(2), silence(1), tone(1), silence(1))
    assert sum(info.event == "EndOfTurn" for info in infos) == 2
    first, second = judge.seconds
    assert first == pytest.approx(2.2, abs=0.04)
    assert second == pytest.approx(1.2 + 3 - end_of(infos), abs=0.04)


async def test_it_hears_no_more_than_it_looks_at(workers: Workers) -> None:
    judge = FakeTurnEnd(1.0)
    await converse(workers, judge, tone(12), silence(1))
    assert judge.seconds == [pytest.approx(8.064, abs=0.04)]


async def test_looks_at_a_turn_are_counted_as_interims(workers: Workers) -> None:
    metrics = Metrics()
    await converse(workers, None, tone(1.8), silence(1), metrics=metrics)
    shown = metrics.show().decode()
    assert "sonant_interims_total 3.0" in shown  # after 0.5, 1.0 and 1.5 s of speech
    assert "sonant_interims_left_out_total 0.0" in shown
