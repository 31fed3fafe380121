"""What is said of the options of a stream that do less than asked."""

import pytest

from sonant.contract.listen import LiveOptions, TurnOptions
from sonant.engine.listen.liveplan import make_live_plan, make_turn_plan
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import TINY_EN
from sonant.engine.refusals import Refusal


def warned(options: LiveOptions, **unknown: str) -> dict[str, str]:
    plan = make_live_plan(options, unknown, Catalog([TINY_EN]), request_id="r", created="")
    return {warning.parameter: warning.type for warning in plan.common.warnings}


@pytest.mark.parametrize(
    "options",
    [
        {"utterance_end_ms": 1000},
        {"utterance_end_ms": 1000, "interim_results": False},
        {"callback_method": "PUT", "callback": "wss://example.com/notes"},
        {"callback_method": "get", "callback": "WS://example.com/notes"},
        {"callback_method": "PUT"},
    ],
)
def test_options_without_what_they_need_are_taken_and_told_of(options: LiveOptions) -> None:
    assert warned(options) == {next(iter(options)): "unused_parameter"}


@pytest.mark.parametrize(
    "options",
    [
        {"utterance_end_ms": 1000, "interim_results": True},
        {"callback_method": "PUT", "callback": "https://example.com/notes"},
        {"callback": "wss://example.com/notes"},
        {"alternatives": 1},
    ],
)
def test_options_that_do_what_they_say_are_not(options: LiveOptions) -> None:
    assert warned(options) == {}


def test_what_only_recordings_have_is_told_of() -> None:
    assert warned({"alternatives": 3}, paragraphs="true") == {
        "alternatives": "unsupported_parameter",
        "paragraphs": "unsupported_parameter",
    }


FLUX: TurnOptions = {"model": "flux-general-en", "encoding": "linear16"}


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100, 48000])
def test_a_conversation_may_have_the_rates_of_the_contract(rate: int) -> None:
    plan = make_turn_plan({**FLUX, "sample_rate": rate}, Catalog([TINY_EN]), request_id="r")
    assert plan.common.raw
    assert plan.common.raw.sample_rate == rate
    assert plan.common.warnings == ()


@pytest.mark.parametrize("rate", [11025, 22050, 96000])
def test_a_conversation_of_another_rate_is_refused(rate: int) -> None:
    with pytest.raises(Refusal, match=f"sample_rate: {rate} is not one of 8000, 16000, 24000, 44100, 48000"):
        make_turn_plan({**FLUX, "sample_rate": rate}, Catalog([TINY_EN]), request_id="r")


def test_options_of_a_conversation_without_effect_are_told_of() -> None:
    options: TurnOptions = {"model": "flux-general-en", "sample_rate": 16000, "keyterm": ["", "sonant"]}
    plan = make_turn_plan(options, Catalog([TINY_EN]), request_id="r", repeated=["eot_threshold"])
    assert {warning.parameter: warning.type for warning in plan.common.warnings} == {
        "sample_rate": "unused_parameter",
        "keyterm": "unused_parameter",
        "eot_threshold": "repeated_parameter",
    }
