"""The text of a live voice: order, limits, and what is forgotten."""

from typing import Any

import pytest

from sonant.contract.speak import SpeakCleared, SpeakFlushed, SpeakWarning
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.live import NOTHING, Ended, LiveSpeech, Over


def steps(speech: LiveSpeech) -> list[Any]:
    found = []
    while (step := speech.next()) is not None:
        found.append("".join(map(str, step.line)) if isinstance(step, Chunk) else step)
    return found


def test_text_is_spoken_sentence_by_sentence_and_a_flush_speaks_the_rest() -> None:
    speech = LiveSpeech()
    speech.speak("Hello. How ", 0)
    assert steps(speech) == ["Hello."]
    speech.speak("are you", 0)
    assert steps(speech) == []
    speech.flush(0)
    speech.speak("Fine", 1)
    speech.flush(1)
    assert steps(speech) == ["How are you", SpeakFlushed(0), "Fine", SpeakFlushed(1)]


def test_a_flush_of_nothing_is_answered() -> None:
    speech = LiveSpeech()
    speech.flush(0)
    assert steps(speech) == [SpeakFlushed(0)]


def test_a_clear_forgets_what_is_not_spoken() -> None:
    speech = LiveSpeech()
    speech.speak("One. Two. Three", 0)
    assert speech.clear() == SpeakCleared(0)
    assert steps(speech) == []
    speech.speak("Four", 0)
    speech.flush(0)
    assert steps(speech) == ["Four", SpeakFlushed(0)]
    assert speech.clear() == SpeakCleared(1)


@pytest.mark.parametrize("flushed", [False, True])
def test_what_is_cleared_does_not_count(flushed: bool) -> None:
    speech = LiveSpeech()
    speech.speak("One more. T", 0)
    assert steps(speech) == ["One more."]
    spoken = len("One more. ")
    speech.speak("wo are too many. <b>Thr", 0)
    if flushed:
        speech.flush(0)
    speech.clear()
    assert speech.characters == pytest.approx(spoken, abs=len("<b> "))  # what is no part of a line
    speech.speak("Four", 0)
    speech.clear()
    speech.clear()
    assert speech.characters == pytest.approx(spoken, abs=len("<b> "))  # what is no part of a line


def test_a_close_speaks_what_is_left() -> None:
    speech = LiveSpeech()
    speech.speak("Bye", 0)
    speech.close()
    assert steps(speech) == ["Bye", Over()]


def test_text_without_words_is_warned_of() -> None:
    speech = LiveSpeech()
    speech.speak("...", 0)
    speech.flush(0)
    assert steps(speech) == [NOTHING, SpeakFlushed(0)]
    speech.speak("日本", 0)
    speech.flush(0)
    warning = steps(speech)[0]
    assert isinstance(warning, SpeakWarning)
    assert warning.code == warning.warn_code == "UNSPEAKABLE_TEXT_SKIPPED"


def test_another_language_is_warned_of_in_each_flush() -> None:
    speech = LiveSpeech()
    for number in range(2):
        speech.speak("Ich habe heute leider keine Zeit.", 0)
        speech.flush(0)
        _, warning, flushed = steps(speech)
        assert isinstance(warning, SpeakWarning)
        assert (warning.warn_code, flushed) == ("TEXT_IN_OTHER_LANGUAGE", SpeakFlushed(number))


def test_twenty_flushes_a_minute() -> None:
    speech = LiveSpeech()
    for number in range(21):
        speech.flush(number)
    told = steps(speech)
    assert [each.sequence_id for each in told[:20]] == list(range(20))
    assert told[20].code == told[20].warn_code == "EXCESSIVE_FLUSH"
    speech.flush(60.5)  # the first is a minute old
    assert steps(speech) == [SpeakFlushed(20)]


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([""], "DATA-0000"),
        (["a" * 2001], "BIG-0001"),
        (["a " * 999, "b" * 3], "BIG-0001"),
        ([r"\{pause:5\} a"], "DATA-0002"),
    ],
)
def test_what_ends_a_conversation(texts: list[str], code: str) -> None:
    speech = LiveSpeech()
    for text in texts[:-1]:
        speech.speak(text, 0)
    with pytest.raises(Ended) as caught:
        speech.speak(texts[-1], 0)
    assert caught.value.code == code


def test_too_much_text_a_minute() -> None:
    speech = LiveSpeech(per_minute=100)
    speech.speak("a" * 60, 0)
    speech.flush(0)
    speech.speak("a" * 60, 60)
    with pytest.raises(Ended, match="100 characters"):
        speech.speak("a" * 60, 61)


@pytest.mark.parametrize(
    ("speed", "texts"),
    [
        (1.0, [r"One \{pause:500ms\} " * 9 + "two."]),
        (1.0, [r"One \{pause:500ms\} "] * 9),
        (1.0, [r"One \{pause:500ms\} ", r"\{pause:500ms\} two."]),
        (1.0, [r"One \{pause:500ms\} two ", r'\{"word":"tea","pronounce":"ti"\}.']),
        (1.2, [r"One \{pause:500ms\} two."]),
    ],
)
def test_pauses_beyond_those_of_a_request_end_a_conversation(speed: float, texts: list[str]) -> None:
    speech = LiveSpeech(speed)
    for text in texts[:-1]:
        speech.speak(text, 0)
    with pytest.raises(Ended) as caught:
        speech.speak(texts[-1], 0)
    assert caught.value.code == "DATA-0002"


def test_pauses_are_counted_from_flush_to_flush() -> None:
    speech = LiveSpeech(1.15)
    for number in range(2):
        speech.speak(r"One \{pause:500ms\} " * 8 + "two.", 0)
        speech.flush(0)
        assert steps(speech)[-1] == SpeakFlushed(number)


def test_a_pronunciation_wants_the_usual_speed() -> None:
    with pytest.raises(Ended) as caught:
        LiveSpeech(1.2).speak(r'\{"word":"tea","pronounce":"ti"\} is fine', 0)
    assert caught.value.code == "DATA-0002"
