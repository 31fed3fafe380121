"""The turns of `/v2/speak`, driven by hand."""

from typing import Any

import pytest

from sonant.contract.speak import (
    Applied,
    SessionMetadata,
    SpeakConfigured,
    SpeakConfigureFailure,
    SpeakTurnWarning,
    SpeechBegan,
    SpeechFlushed,
    SpeechInterrupted,
    SpeechMetadata,
)
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.live import Ended
from sonant.engine.speak.turns import SpeechTurns

TEA = r'\{"word":"tea","pronounce":"ti"\}'


def kinds(messages: list[Any]) -> list[str]:
    return [message.code if isinstance(message, SpeakTurnWarning) else type(message).__name__ for message in messages]


def spoken(turns: SpeechTurns, chunk: Chunk, seconds: float) -> None:
    turns.note_line(chunk, seconds)
    turns.note_audio(seconds)
    turns.note_end()


def play(turns: SpeechTurns, seconds: float = 1.0) -> list[str]:
    """Speak all there is, a second a line; what was said."""
    said = []
    while (chunk := turns.next_chunk()) is not None:
        said.append("".join(map(str, chunk.line)))
        spoken(turns, chunk, seconds)
    return said


def test_a_turn_from_its_start_to_its_end() -> None:
    turns = SpeechTurns()
    (began,) = turns.speak("Hello. How are")
    assert isinstance(began, SpeechBegan)
    assert began.speech_id.startswith("dg_sp_")
    assert len(began.speech_id) == 18
    assert play(turns) == ["Hello."]
    assert turns.speak(" you?") == []
    assert not turns.is_turn_spoken
    assert turns.flush() == [SpeechFlushed(began.speech_id)]
    assert play(turns) == ["How are you?"]
    assert turns.is_turn_spoken
    assert turns.end_turn() == [SpeechMetadata(began.speech_id, 2000, 19, 19)]
    assert turns.is_idle
    assert not turns.is_over
    assert turns.close() == []
    assert turns.is_over
    assert turns.summary() == SessionMetadata(2000, 19, 19)


def test_a_whole_sentence_is_not_held_back_for_one_that_does_not_come() -> None:
    turns = SpeechTurns()
    assert not turns.holds_whole
    turns.speak("Hello there. ")
    assert turns.holds_whole
    assert turns.settle() == []
    assert play(turns) == ["Hello there."]
    turns.speak("How are")
    assert not turns.holds_whole
    assert turns.settle() == []
    assert play(turns) == []
    turns.speak(" you? ")
    turns.flush()
    assert not turns.holds_whole
    assert play(turns) == ["How are you?"]
    assert kinds(turns.end_turn()) == ["SpeechMetadata"]


def test_text_is_joined_as_it_came() -> None:
    turns = SpeechTurns()
    for text in ("Un", "believ", "able"):
        turns.speak(text)
    turns.flush()
    assert play(turns) == ["Unbelievable"]


def test_a_turn_waits_behind_another() -> None:
    turns = SpeechTurns()
    first = turns.speak("One")[0].speech_id  # type: ignore[union-attr]
    assert kinds(turns.flush()) == ["SpeechFlushed"]
    assert turns.speak("Two") == []
    assert turns.flush() == []
    assert play(turns) == ["One"]
    done, began, flushed = turns.end_turn()
    assert (done.speech_id, kinds([began, flushed])) == (first, ["SpeechBegan", "SpeechFlushed"])  # type: ignore[union-attr]
    assert play(turns) == ["Two"]
    assert kinds(turns.end_turn()) == ["SpeechMetadata"]


def test_flushes_without_a_turn_and_turns_without_words() -> None:
    turns = SpeechTurns()
    assert kinds(turns.flush()) == ["NO_ACTIVE_SPEECH"]
    assert kinds(turns.speak(" \n ")) == ["SpeechBegan"]
    turns.flush()
    assert turns.next_chunk() is None
    warning, done = turns.end_turn()
    assert kinds([warning]) == ["NO_SYNTHESIZABLE_TEXT"]
    assert isinstance(done, SpeechMetadata)
    assert done.audio_duration_ms == 0


def test_a_close_ends_the_open_turn() -> None:
    turns = SpeechTurns()
    turns.speak("Bye")
    assert kinds(turns.close()) == ["SpeechFlushed"]
    assert play(turns) == ["Bye"]
    assert not turns.is_over
    turns.end_turn()
    assert turns.is_over


def test_an_interrupt_says_what_was_heard() -> None:
    turns = SpeechTurns()
    turns.speak("One two three four. Five six seven eight. And nine")
    turns.flush()
    first = turns.next_chunk()
    assert first is not None
    spoken(turns, first, 2.0)
    second = turns.next_chunk()
    assert second is not None
    turns.note_line(second, 2.0)
    turns.note_audio(1.5)
    (told,) = turns.interrupt(3100)
    assert isinstance(told, SpeechInterrupted)
    assert told.audio_played_ms == 3100
    assert told.text_spoken == "One two three four. Five six "
    assert told.text_remaining == "seven eight. And nine"
    assert told.metadata.audio_duration_ms == 3500
    assert turns.is_idle
    assert turns.summary().total_audio_duration_ms == 3100


def test_turns_that_were_never_spoken_are_counted_as_input_and_not_billed() -> None:
    turns = SpeechTurns()
    turns.speak("One. Two.")
    turns.flush()
    play(turns)
    turns.speak("Three.")
    turns.flush()
    assert kinds(turns.interrupt(None)) == ["SpeechInterrupted"]
    summary = turns.summary()
    assert (summary.total_input_character_count, summary.total_billable_character_count) == (15, 9)


def test_an_interrupt_without_an_offset_splits_nothing() -> None:
    turns = SpeechTurns()
    turns.speak("One. Two. Three")
    play(turns)
    (told,) = turns.interrupt(None)
    assert isinstance(told, SpeechInterrupted)
    assert (told.audio_played_ms, told.text_spoken, told.text_remaining) == (2000, None, None)


def test_a_line_that_was_interrupted_is_forgotten() -> None:
    turns = SpeechTurns()
    turns.speak("One. Two. Three")
    chunk = turns.next_chunk()
    assert chunk is not None
    spoken(turns, chunk, 1.0)
    assert turns.next_chunk() is not None
    turns.speak("more")
    assert kinds(turns.interrupt(500)) == ["SpeechInterrupted"]
    assert turns.next_chunk() is None
    assert turns.end_turn() == []
    assert kinds(turns.speak("Next")) == ["SpeechBegan"]


def test_interrupts_that_are_ignored() -> None:
    turns = SpeechTurns()
    turns.speak("One. Two")
    assert kinds(turns.interrupt(None)) == ["NO_AUDIO_GENERATED"]
    play(turns)
    assert kinds(turns.interrupt(800)) == ["SpeechInterrupted"]
    assert kinds(turns.interrupt(900)) == ["NO_ACTIVE_SPEECH"]
    turns.speak("Three. Four")
    assert kinds(turns.interrupt(800)) == ["INVALID_INTERRUPT_OFFSET"]
    assert kinds(turns.interrupt(801)) == ["SpeechInterrupted"]


def test_offsets_that_nobody_can_have_heard_do_not_count() -> None:
    turns = SpeechTurns()
    turns.speak("One. Two")
    play(turns, 1.0005)
    for offset in (-1, 10**9, 10**400, 1002):
        assert kinds(turns.interrupt(offset)) == ["INVALID_INTERRUPT_OFFSET"]
    assert not turns.is_idle
    assert kinds(turns.interrupt(1001)) == ["SpeechInterrupted"]  # the part of a millisecond is the client's to round


def test_the_speed_can_be_changed() -> None:
    turns = SpeechTurns()
    assert turns.configure(None) == [SpeakConfigured(Applied())]
    assert turns.configure(1.25) == [SpeakConfigured(Applied(1.25))]
    assert turns.speed == 1.25
    assert turns.configure(2.0) == [
        SpeakConfigureFailure("SPEED_OUT_OF_RANGE", "'speed' must be between 0.5 and 1.5", "speed", 2.0)
    ]
    assert turns.configure(1.01) == [
        SpeakConfigureFailure(
            "SPEED_INCREMENT_INVALID", "'speed' must be provided in increments of 0.05", "speed", 1.01
        )
    ]
    assert turns.speed == 1.25
    assert SpeechTurns(0.9).configure(None) == [SpeakConfigured(Applied(0.9))]


def test_pronunciations_and_speeds_do_not_mix() -> None:
    turns = SpeechTurns()
    turns.speak(f"{TEA} one")
    turns.flush()
    play(turns)
    failure = turns.configure(1.25)[0]  # although the turn's audio has come
    assert isinstance(failure, SpeakConfigureFailure)
    assert failure.code == "CONTROL_COMBINATION_INVALID"
    assert kinds(turns.configure(1.0)) == ["SpeakConfigured"]
    turns.end_turn()
    assert kinds(turns.configure(1.25)) == ["SpeakConfigured"]
    turns.configure(1.0)
    turns.speak("One.")
    turns.flush()
    turns.speak(f"{TEA} two")
    assert kinds(turns.configure(1.25)) == ["SpeakConfigureFailure"]  # as a turn waits


@pytest.mark.parametrize(
    ("speed", "text"), [(1.25, TEA), (None, r"a \{pause:500ms\} b"), (None, r"a \{pause:50ms\} b"), (None, "")]
)
def test_what_ends_a_session(speed: float | None, text: str) -> None:
    with pytest.raises(Ended) as caught:
        SpeechTurns(speed).speak(text)
    assert caught.value.code == ("DATA-0002" if text else "DATA-0000")


def test_controls_are_counted_and_remarked_on() -> None:
    turns = SpeechTurns()
    told = turns.speak(rf"<b>{TEA}</b> and \{{\"word\":\"a\",\"pronounce\":\"☃\"\}}".replace('\\"', '"'))
    assert kinds(told) == ["INPUT_MARKUP_STRIPPED", "PRONUNCIATION_WARNINGS", "SpeechBegan"]
    turns.flush()
    play(turns)
    done = turns.end_turn()[-1]
    assert isinstance(done, SpeechMetadata)
    assert (done.controls_applied.pronunciations_applied, done.controls_applied.pronunciation_warnings) == (1, 1)
    assert done.billable_character_count < done.input_character_count
