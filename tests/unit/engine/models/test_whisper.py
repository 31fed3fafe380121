import numpy as np
import pytest

from sonant.engine.models.mel import mel_filters, mel_spectrogram
from sonant.engine.models.ports import HeardWord
from sonant.engine.models.readings import avoid, cut_echo, cut_loop, leave_echoes, repeats_itself, trim
from sonant.engine.models.whisper import window_for
from unit.engine.fakes import heard, tone


@pytest.mark.parametrize(("seconds", "window"), [(0.1, 8), (6.5, 8), (6.6, 9), (20, 22), (28, 30), (40, 30)])
def test_windows(seconds: float, window: int) -> None:
    assert window_for(seconds) == window


def test_words_past_the_end_are_invented() -> None:
    words = heard(("real", 0.0, 0.5), ("last", 0.8, 3.0), ("you", 1.0, 1.2), ("thanks", 4.0, 5.0))
    assert trim(words, 1.0) == heard(("real", 0.0, 0.5), ("last", 0.8, 1.0))


def test_words_to_avoid() -> None:
    first, second = heard(("Uh-huh,", 0, 1), ("yes", 1, 2)), heard(("Aha,", 0, 1), ("yes", 1, 2))
    assert avoid([first, second], ["uh-huh"]) == [second, first]
    assert avoid([first, second], ["yes"]) == [first, second]
    assert avoid([first, second], []) == [first, second]


def test_a_word_that_lasts_too_long_holds_the_next() -> None:
    words = heard(("the", 2.9, 3.2), ("Kubernetes", 3.2, 4.8), ("cluster.", 4.8, 5.2), ("Thanks", 5.2, 6.0))
    trimmed = trim(words, 4.4)
    assert [word.text for word in trimmed] == ["the", "Kubernetes", "cluster."]
    assert (trimmed[1].start, trimmed[2].end) == (3.2, 4.4)
    assert trimmed[1].end == trimmed[2].start == pytest.approx(3.2 + 1.2 * 10 / 18)


@pytest.mark.parametrize(
    ("tokens", "left"),
    [([9, 1, 2, 3, 1, 2, 3, 1, 2, 3], [9, 1, 2, 3]), ([4, *[7] * 9], [4, 7]), ([1, 2, 1, 2], [1, 2, 1, 2]), ([], [])],
)
def test_loops_are_cut(tokens: list[int], left: list[int]) -> None:
    assert cut_loop(tokens) == left


SENTENCE = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]


@pytest.mark.parametrize(
    ("tokens", "known", "spoken", "left"),
    [
        ([*SENTENCE, *SENTENCE, 10, 11, 12], [], 2.5, SENTENCE),  # as of a clipped sentence
        ([*SENTENCE, *SENTENCE], [], 4.0, [*SENTENCE, *SENTENCE]),  # somebody who says it twice
        ([*SENTENCE, *SENTENCE[:4]], [], 1.8, SENTENCE),  # the limit of tokens cut it off
        ([*SENTENCE, *SENTENCE[:4]], [], 2.5, [*SENTENCE, *SENTENCE[:4]]),
        ([12, 13, 10, 11, 12, 13], [10, 11], 0.8, [12, 13]),  # what is known is said again
        ([5, 10, 11, 10, 11, 6, 7], [], 1.0, [5, 10, 11, 6, 7]),  # what follows is kept
        ([10, 11, 10, 11, 10, 11, 10, 10], [], 0.8, [10, 11]),  # a loop that stumbles
        ([7, 7], [], 0.4, [7]),  # a digit by itself
        ([7, 7], [], 0.6, [7, 7]),
        ([7], [], 0.05, [7]),
        ([1, 2, 3], [], 0.1, [1, 2, 3]),
        ([], [], 0.0, []),
    ],
)
def test_echoes_are_cut(tokens: list[int], known: list[int], spoken: float, left: list[int]) -> None:
    assert cut_echo(tokens, known, spoken) == left


@pytest.mark.parametrize(
    ("tokens", "repeats"),
    [
        ([], False),
        ([1, 2, 3], False),
        ([7] * 6, True),
        ([7] * 5, False),
        ([1, 2, 3, 2, 3, 2, 3], True),
        ([1, 2, 1, 2], False),
    ],
)
def test_repetition(tokens: list[int], repeats: bool) -> None:
    assert repeats_itself(tokens) is repeats


def test_the_spectrogram_peaks_where_the_tone_is() -> None:
    mel = mel_spectrogram(tone(1.0), 80)
    assert mel.shape == (80, 100)
    assert mel.dtype == np.float32
    hertz_of_band = mel_filters(80).argmax(axis=1) * 40
    assert abs(hertz_of_band[mel.mean(axis=1).argmax()] - 220) <= 40


def test_each_filter_has_the_same_area() -> None:
    areas = mel_filters(80)[20:].sum(axis=1) * 40
    assert np.allclose(areas, 1, atol=0.15)


def test_a_sentence_said_again_in_no_time_is_left_out() -> None:
    said = heard(("Water", 5.3, 5.6), ("the", 5.6, 5.8), ("garden.", 5.8, 6.1))
    again = heard(("Water", 6.1, 6.1), ("the", 6.1, 6.1), ("old", 6.1, 6.1), ("garden.", 6.1, 7.9))
    assert trim([*said, *again], 6.4) == said
    assert trim([*said, *again[2:]], 9.0) == [*said, *again[2:]]
    assert trim([], 1.0) == []


def at_once(text: str, moment: float) -> list[HeardWord]:
    return [HeardWord(word, moment, moment, 0.9) for word in text.split()]


def test_a_phrase_said_again_in_one_instant_is_an_echo() -> None:
    said = heard(("Being", 6.5, 7.0), ("just", 7.0, 7.2), ("so", 7.2, 7.3), ("normal.", 7.3, 7.6), ("And", 7.6, 7.8))
    after = heard(("I", 8.7, 8.8), ("think", 9.1, 9.3))
    echo = at_once("being just so normal. And", 7.8)
    assert leave_echoes([*said, *echo, *after]) == [*said, *after]
    assert leave_echoes([*echo, *after], said) == after
    new = at_once("something else is crowded", 7.8)
    assert leave_echoes([*said, *new]) == [*said, *new]


def test_an_echo_begins_where_it_first_says_the_same() -> None:
    said = heard(("I", 4.0, 4.1), ("think", 4.1, 4.3), ("many", 4.3, 4.5), ("of", 4.5, 4.6), ("us", 4.6, 4.9))
    late = heard(("And.", 9.8, 9.9), ("I", 9.9, 10.0))
    assert leave_echoes([*said, *late, *at_once("think many of us", 12.0)]) == [*said, late[0]]


def test_what_is_known_stays_as_it_is() -> None:
    known = at_once("one two three four", 1.0)
    assert trim(heard(("five", 2.0, 2.2), ("six", 4.1, 4.2)), 2.5, known) == heard(("five", 2.0, 2.2))
