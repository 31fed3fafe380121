"""What is said of the options of a stream that do less than asked."""

import pytest

from sonant.contract.listen import LiveOptions
from sonant.engine.listen.liveplan import make_live_plan
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import TINY_EN


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
