"""The profile `readable` keeps its limits whatever is said, and breaks where a reader would."""

import json
import re
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.captions import CaptionError, Cue, srt, webvtt
from sonant.captions.cues import captions
from unit.captions.test_captions import NAMES, SAMPLES, body, times, utterance, word


def readable(said: Any, *, labels: bool = False) -> list[Cue]:
    return captions(said, profile="readable", labels=labels).cues


def spoken(*texts: str, pace: float = 0.3, start: float = 0.0) -> list[dict[str, Any]]:
    return [word(text, start + at * pace, start + (at + 1) * pace) for at, text in enumerate(texts)]


def said_as(text: str, **how: float) -> list[str]:
    return [cue.text for cue in readable(body(spoken(*text.split(), **how)))]


def assert_limits(cues: list[Cue]) -> None:
    """All but the pace, which a rushed cue exceeds, and only where the next one is a second late already."""
    for cue in cues:
        assert len(cue.text.split("\n")) <= 2
        assert all(0 < len(line) <= 42 for line in cue.text.split("\n"))
        assert 800 <= round((cue.end - cue.start) * 1000) <= 7000
        fast = len(cue.text) > 20 * (cue.end - cue.start) + 1e-6
        assert fast == cue.rushed
    assert all(round(before.end * 1000) <= round(after.start * 1000) for before, after in pairwise(cues))


@st.composite
def speech(draw: st.DrawFn) -> dict[str, Any]:
    """Words of any length at any time, some out of order, some ending before they begin."""
    text = st.text("abc.,?!-\n ", min_size=0, max_size=12) | st.text("x", min_size=40, max_size=200)
    labelled, now, words = draw(st.booleans()), 0.0, list[dict[str, Any]]()
    for said, pause, length in draw(
        st.lists(st.tuples(text, st.floats(-0.2, 2), st.floats(-0.1, 9)), min_size=1, max_size=40)
    ):
        more = {"speaker": draw(st.integers(0, 1))} if labelled else {}
        words.append(word(said, max(0.0, now + pause), max(0.0, now + pause + length), **more))
        now = max(now, now + pause + length)
    cut = draw(st.integers(0, len(words)))
    parts = [utterance(*words[cut:]), utterance(*words[:cut])]
    return body(words, utterances=draw(st.sampled_from([None, parts])))


@given(speech(), st.booleans())
def test_limits_hold_whatever_is_said(said: dict[str, Any], labels: bool) -> None:
    try:
        cues = readable(said, labels=labels)
    except CaptionError:
        return
    assert_limits(cues)
    assert times(srt(said, profile="readable"))
    assert len(times(webvtt(said, profile="readable"))) == len(readable(said))


@given(st.lists(st.tuples(st.text("ab,.", min_size=1, max_size=9), st.floats(0, 2), st.floats(0.05, 1)), min_size=1))
def test_every_word_is_shown_once_in_order_and_no_cue_spans_a_pause(heard: list[tuple[str, float, float]]) -> None:
    words, now = list[dict[str, Any]](), 0.0
    for text, pause, length in heard:
        words.append(word(text, now + pause, now + pause + length))
        now += pause + length
    cues = readable(body(words))
    left = iter(words)
    for cue in cues:
        held = [next(left) for _ in cue.text.split()]
        assert cue.text.split() == [item["word"] for item in held]
        assert all(after["start"] - before["end"] < 0.802 for before, after in pairwise(held))
    assert next(left, None) is None


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30))
def test_no_cue_spans_two_speakers(speakers: list[int]) -> None:
    words = [word(f"s{who}", at / 4, at / 4 + 0.25, speaker=who) for at, who in enumerate(speakers)]
    cues = readable(body(words))
    assert all(set(cue.text.split()) == {f"s{cue.speaker}"} for cue in cues)
    labels = re.findall(r"\[speaker (\d)\]", srt(body(words), profile="readable"))
    assert labels == [str(who) for who, _ in groupby(speakers)]


@pytest.mark.parametrize("name", NAMES)
def test_recorded_answers_keep_all_limits(name: str) -> None:
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded answers are not at ../shared/samples")
    results = json.loads(path.read_bytes())["results"]
    cues = readable(path.read_bytes())
    assert_limits(cues)
    assert not any(cue.rushed for cue in cues)
    shown = [text for cue in cues for text in cue.text.split()]
    assert shown == [
        item.get("punctuated_word", item["word"]) for item in results["channels"][0]["alternatives"][0]["words"]
    ]


def test_a_break_prefers_punctuation_to_length() -> None:
    text = "When the storm had passed the whole village went down, and nobody there spoke a word of it at all."
    assert said_as(text) == [
        "When the storm had passed\nthe whole village went down,",
        "and nobody there spoke\na word of it at all.",
    ]


def test_sentences_stand_apart() -> None:
    assert said_as("We went down to the old harbour. Nobody was there that morning.", pace=0.4) == [
        "We went down to the old harbour.\nNobody was there that morning."
    ]
    assert said_as("We went down to the harbour to see the boats come in. Then nobody was there to be seen.") == [
        "We went down to the harbour\nto see the boats come in.",
        "Then nobody was there to be seen.",
    ]


def test_a_word_longer_than_a_line_is_cut() -> None:
    lines = [line for text in said_as("y" * 100, pace=6) for line in text.split("\n")]
    assert [len(line) for line in lines] == [42, 42, 16]


def test_a_short_word_stays_on_into_the_silence() -> None:
    first, second = readable(body([word("Yes.", 1, 1.2), word("No.", 5, 5.1)]))
    assert (first.start, first.end) == (1, 1.8)
    assert (second.start, second.end) == (5, 5.8)


def test_fast_speech_makes_the_next_cue_late_by_a_second_at_most() -> None:
    text = "characters that nobody could ever read, " * 12
    cues = readable(body(spoken(*text.split(), pace=0.12)))
    assert any(cue.rushed for cue in cues)
    assert_limits(cues)
    spoken_at = {at * 6: at * 6 * 0.12 for at in range(13)}
    shown = 0
    for cue in cues:
        assert shown not in spoken_at or cue.start <= spoken_at[shown] + 1.001
        shown += len(cue.text.split())


def test_two_channels_take_turns() -> None:
    left, right = utterance(word("left", 0, 2), word("more", 2, 4)), utterance(word("right", 1, 3))
    cues = readable(body([], utterances=[left, right]))
    assert [cue.text for cue in cues] == ["left more", "right"]
    assert_limits(cues)


def test_webvtt_names_no_provider() -> None:
    text = webvtt(body(spoken("a")), profile="readable")
    assert text.startswith("WEBVTT\n\nNOTE\nRequest Id: r-1\n")
    assert "provided by" not in text


def test_line_length_and_readable_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="counts words"):
        srt(body(spoken("a")), 8, profile="readable")
    with pytest.raises(ValueError, match="no profile"):
        srt(body(spoken("a")), profile="pretty")  # type: ignore[arg-type]


def test_words_without_text_are_no_captions() -> None:
    with pytest.raises(CaptionError, match="empty"):
        srt(body([word("", 0, 1)]), profile="readable")
