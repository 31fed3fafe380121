"""Exactly one utterance for each that was spoken."""

from typing import Any

from sonant.client.events import Closed, Reconnecting
from sonant.client.utterances import EndedTurns, HeardUtterance, Utterances
from sonant.contract.listen import Alternative, Channel, LiveInfo, LiveResults, ModelInfo, TurnInfo, UtteranceEnd, Word

INFO = LiveInfo("r", ModelInfo("m", "1", "a"), "u")


def said(text: str, *, final: bool = True, speech: bool = False, forced: bool = False, channel: int = 0) -> LiveResults:
    words = [Word(word, float(index), index + 0.5, 0.9) for index, word in enumerate(text.split())]
    alternative = Alternative(text, 0.9, words)
    return LiveResults([channel, 2], 1.0, 0.0, final, speech, Channel([alternative]), INFO, from_finalize=forced)


def collect(*events: Any) -> list[HeardUtterance]:
    collected = Utterances()
    return [utterance for event in events for utterance in collected.take(event)]


def test_finals_up_to_the_end_of_speech_are_one() -> None:
    (utterance,) = collect(said("a b"), said("c", final=False), said("c"), said("d", speech=True))
    assert utterance.transcript == "a b c d"
    assert [word.word for word in utterance.words] == ["a", "b", "c", "d"]
    assert not utterance.unconfirmed


def test_the_signs_of_one_end_do_not_end_it_twice() -> None:
    assert len(collect(said("a", speech=True), UtteranceEnd([0, 1], 0.5), said("", speech=True), Closed(1000, ""))) == 1


def test_an_utterance_end_ends_what_silence_did_not() -> None:
    assert [u.transcript for u in collect(said("a"), UtteranceEnd([0, 1], 0.5), said("b", forced=True))] == ["a", "b"]


def test_an_empty_final_keeps_the_words_of_its_interim() -> None:
    (utterance,) = collect(said("a b", final=False), said("", speech=True))
    assert (utterance.transcript, utterance.unconfirmed) == ("a b", True)


def test_a_final_that_never_comes_is_missed_at_the_end() -> None:
    (utterance,) = collect(said("a", final=False), Closed(1006, ""))
    assert (utterance.transcript, utterance.unconfirmed) == ("a", True)


def test_channels_are_kept_apart() -> None:
    found = collect(said("a"), said("b", channel=1), said("c", channel=1, speech=True), said("d", speech=True))
    assert [(u.channel, u.transcript) for u in found] == [(1, "b c"), (0, "a d")]


def test_interims_of_a_lost_connection_are_heard_again() -> None:
    events = (said("a", final=False), Reconnecting("lost", 1, 0.0), said("", speech=True), said("a", speech=True))
    assert [(u.transcript, u.unconfirmed) for u in collect(*events)] == [("a", False)]


def turn(event: Any, transcript: str, index: int = 0) -> TurnInfo:
    return TurnInfo("r", 1, event, index, 0.0, 1.0, transcript, [], 0.5)


def test_a_turn_that_the_stream_cut_off_is_told_once() -> None:
    collected = EndedTurns()
    events = [turn("Update", ""), turn("EndOfTurn", "Yes."), turn("StartOfTurn", "No", 1), turn("Update", "No, I", 1)]
    told = [ended.transcript for event in [*events, Closed(1000, "")] for ended in collected.take(event)]
    assert told == ["Yes.", "No, I"]
