"""The official library beside ours: the same bytes, and each difference with both outputs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.captions import CaptionError, srt, webvtt
from unit.captions.test_captions import NAMES, SAMPLES, body, counted, utterance, word

official = pytest.importorskip("deepgram_captions")

PAGE = (Path(__file__).parents[3] / "docs" / "howto" / "captions.md").read_text(encoding="utf-8")


def theirs(form: str, said: Any, line_length: int | None = None) -> str:
    made: str = getattr(official, form)(official.DeepgramConverter(said), line_length)
    return made


def assert_same(said: Any, line_length: int | None = None) -> None:
    assert webvtt(said, line_length) == theirs("webvtt", said, line_length)
    assert srt(said, line_length) == theirs("srt", said, line_length)


@pytest.mark.parametrize("line_length", [None, 1, 3, 8, 100])
@pytest.mark.parametrize("name", NAMES)
def test_recorded_answers(name: str, line_length: int | None) -> None:
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded answers are not at ../shared/samples")
    assert_same(json.loads(path.read_bytes()), line_length)


@st.composite
def results(draw: st.DrawFn) -> dict[str, Any]:
    """Answers of the kinds that the official library prints without failing."""
    speakers = draw(st.sampled_from([None, [0], [0, 1, 2]]))
    words = list[dict[str, Any]]()
    for pause, length in draw(st.lists(st.tuples(st.floats(0, 99), st.floats(0, 9)), min_size=1, max_size=30)):
        start = words[-1]["end"] + pause if words else pause
        more: dict[str, Any] = {"punctuated_word": f"W{len(words)} & co."} if draw(st.booleans()) else {}
        if speakers:
            more["speaker"] = draw(st.sampled_from(speakers)) if words else 0
        words.append(word(f"w{len(words)}", start, start + length, **more))
    cut = draw(st.integers(1, len(words)))
    parts = [utterance(*words[:cut]), *([utterance(*words[cut:])] if words[cut:] else [])]
    return body(words, utterances=draw(st.sampled_from([None, [], parts])))


@given(results(), st.none() | st.integers(1, 12))
def test_made_up_answers(said: dict[str, Any], line_length: int | None) -> None:
    assert_same(said, line_length)


def test_their_converters_are_read() -> None:
    assert webvtt(official.DeepgramConverter(body(counted(9)))) == webvtt(body(counted(9)))


def outcome(make: Callable[[], str]) -> str:
    """What a call gives, or the name of what it raises."""
    try:
        return make()
    except (IndexError, TypeError, UnboundLocalError, ValueError) as error:
        return type(error).__name__
    except (official.ConverterException, official.EmptyTranscriptException) as error:
        return type(error).__name__


def speaking(*speakers: int | None) -> list[dict[str, Any]]:
    return [word(f"w{at}", at, at + 0.5, speaker=speaker) for at, speaker in enumerate(speakers)]


class NoLines:
    """Has no `get_lines`."""


DIFFERENCES: dict[str, tuple[Any, str, str]] = {
    "The first word's speaker is not 0": (
        body(speaking(1, 0)),
        "EmptyTranscriptException",
        "1\n00:00:00,000 --> 00:00:00,500\n[speaker 1]\nw0\n\n2\n00:00:01,000 --> 00:00:01,500\n[speaker 0]\nw1\n",
    ),
    "The first word's speaker is null": (
        body(speaking(None, None)),
        "EmptyTranscriptException",
        "1\n00:00:00,000 --> 00:00:01,500\nw0 w1\n",
    ),
    "An utterance has no words": (
        body([], utterances=[utterance(*counted(1)), utterance()]),
        "IndexError",
        "1\n00:00:00,000 --> 00:00:00,500\nw0\n",
    ),
    "A word's punctuated form is null or empty": (
        body([word("a", 0, 1, punctuated_word=None), word("b", 1, 2)]),
        "TypeError",
        "1\n00:00:00,000 --> 00:00:02,000\na b\n",
    ),
    "A word holds a line break": (
        body([word("a", 0, 1, punctuated_word="a\n\nb")]),
        "1\n00:00:00,000 --> 00:00:01,000\na\n\nb\n",
        "1\n00:00:00,000 --> 00:00:01,000\na b\n",
    ),
    "A time lies past 24 hours": (
        body([word("a", 86_400, 86_401)]),
        "1\n00:00:00,000 --> 00:00:01,000\na\n",
        "1\n24:00:00,000 --> 24:00:01,000\na\n",
    ),
    "A time is negative": (
        body([word("a", -0.25, 1)]),
        "1\n23:59:59,750 --> 00:00:01,000\na\n",
        "1\n00:00:00,000 --> 00:00:01,000\na\n",
    ),
    "Nothing was said": (body([], transcript=""), "ConverterException", "CaptionError"),
    "There is text, but no words": (body([]), "EmptyTranscriptException", "CaptionError"),
}
"""Case, as the page names it: a result, what the official library's `srt` makes of it, and what ours does."""


@pytest.mark.parametrize("case", DIFFERENCES)
def test_difference(case: str) -> None:
    said, their_srt, our_srt = DIFFERENCES[case]
    assert outcome(lambda: theirs("srt", said)) == their_srt
    assert outcome(lambda: srt(said)) == our_srt


def test_difference_in_the_length_of_a_line() -> None:
    said = body(counted(2))
    assert outcome(lambda: theirs("srt", said, 0)) == "EmptyTranscriptException"
    assert outcome(lambda: srt(said, 0)) == "ValueError"


def test_difference_with_other_objects() -> None:
    assert outcome(lambda: official.webvtt(NoLines())) == "WEBVTT\n"
    assert outcome(lambda: official.srt(NoLines())) == "UnboundLocalError"
    for make in (webvtt, srt):
        assert outcome(lambda make=make: make(NoLines())) == "TypeError"  # type: ignore[misc]


def test_difference_with_angle_brackets_in_webvtt() -> None:
    said = body([word("a", 0, 1, punctuated_word="<b>-->")])
    assert theirs("webvtt", said).endswith("\n<b>-->\n")
    assert webvtt(said).endswith("\n&lt;b&gt;--&gt;\n")


@pytest.mark.parametrize(
    "case",
    [*DIFFERENCES, "`line_length` is 0", "An object has no `get_lines`", "A word holds `<` or `>`, in WebVTT"],
)
def test_every_difference_is_on_the_page(case: str) -> None:
    assert f"| {case} |" in PAGE


def test_a_caption_error_is_a_value_error() -> None:
    assert issubclass(CaptionError, ValueError)
