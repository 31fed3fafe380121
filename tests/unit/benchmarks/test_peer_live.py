from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest


def load(name: str) -> Any:
    return import_module(name)


def segment(start: float, end: float, text: str, *, completed: bool) -> dict[str, Any]:
    return {"start": f"{start:.3f}", "end": f"{end:.3f}", "text": text, "completed": completed}


FIRST = segment(0, 2, " The old lighthouse", completed=True)
SECOND = segment(2, 4, " keeper counted.", completed=True)
MESSAGES = [
    (101.0, [segment(0, 1, " The old", completed=False)]),
    (102.5, [FIRST, segment(2, 3, " keeper", completed=False)]),
    (103.5, [FIRST, segment(2, 4, " keeper counted.", completed=False)]),
    (106.5, [FIRST, SECOND]),
    (108.0, [FIRST, SECOND, segment(5, 6, " Every ship.", completed=False)]),
]


def speech() -> Any:
    words = "the old lighthouse keeper counted every ship".split()
    return load("listening").Speech(bytes(32_000 * 7), words, [(0, 5, 0.5, 4.0), (5, 7, 5.0, 6.5)])


def test_what_a_message_repeats_is_told_once() -> None:
    told = [(one.arrived, one.text, one.is_final) for one in load("peer_live").answers(MESSAGES)]
    assert [one for one in told if one[2]] == [(102.5, " The old lighthouse", True), (106.5, " keeper counted.", True)]
    assert [one[:2] for one in told if not one[2]] == [
        (101.0, " The old"),
        (102.5, " keeper"),
        (103.5, " keeper counted."),
        (108.0, " Every ship."),
    ]


def test_the_same_words_said_again_are_another_segment() -> None:
    again = [(1.0, [segment(0, 1, " Yes.", completed=True), segment(1, 2, " Yes.", completed=True)])]
    assert [one.text for one in load("peer_live").answers(again)] == [" Yes.", " Yes."]


def test_words_are_matched_with_what_was_said_and_not_by_their_times() -> None:
    peer_live, listening = load("peer_live"), load("listening")
    heard = listening.weigh(speech(), 100.0, peer_live.answers(MESSAGES))
    assert heard.first == pytest.approx([0.5, 3.0])
    assert heard.final == pytest.approx([2.5 - listening.ENDPOINTING])
    assert heard.text == "the old lighthouse keeper counted"


def test_figures_are_those_of_what_was_heard_and_what_was_not_is_counted() -> None:
    peer_live, listening = load("peer_live"), load("listening")
    heard = listening.weigh(speech(), 100.0, peer_live.answers(MESSAGES))
    figures = peer_live.measure(speech(), peer_live.Result(heard, f"{heard.text} every ship", 3.5))
    assert figures == pytest.approx({"first": 1.75, "final": 2.5, "lost": 1.0, "cpu": 0.5, "wer": 0.0})


def test_words_that_stay_open_belong_to_the_text() -> None:
    peer_live = load("peer_live")
    assert peer_live.unsettled(MESSAGES).strip() == "Every ship."
    assert not peer_live.unsettled(MESSAGES[:4])
    assert not peer_live.unsettled([])


def test_both_sides_are_read_alike() -> None:
    peer_live, listening = load("peer_live"), load("listening")
    answers = list(peer_live.answers(MESSAGES))
    ours = listening.judge(speech(), 100.0, [(one.arrived, result(one)) for one in answers])
    theirs = listening.weigh(speech(), 100.0, answers)
    assert (ours.first, ours.final, ours.text) == (theirs.first, theirs.final, theirs.text)


def result(answer: Any) -> dict[str, Any]:
    """The engine's message for the same words."""
    channel = {"alternatives": [{"transcript": answer.text}]}
    return {"channel": channel, "is_final": answer.is_final, "start": 0.0, "duration": 1.0}


def test_an_excerpt_ends_with_an_utterance_and_its_pause() -> None:
    peer_live = load("peer_live")
    assert peer_live.excerpt(speech(), 6.5) == speech()
    short = peer_live.excerpt(speech(), 3.0)
    assert short.utterances == [(0, 5, 0.5, 4.0)]
    assert short.words == speech().words[:5]
    assert len(short.audio) == 5 * 32_000
