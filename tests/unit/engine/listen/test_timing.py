import pytest

from sonant.engine.listen.timing import settle
from sonant.engine.models.ports import HeardWord
from unit.engine.fakes import heard


def times(words: list[HeardWord]) -> list[tuple[float, float]]:
    return [(round(word.start, 3), round(word.end, 3)) for word in words]


def test_words_do_not_last_through_a_pause() -> None:
    words = heard(("tried", 0.5, 3.0), ("again", 3.0, 3.4))
    assert times(settle(words, [(0.0, 1.0), (2.9, 4.0)])) == [(0.5, 1.0), (3.0, 3.4)]


def test_a_word_that_begins_in_a_pause_begins_after_it() -> None:
    assert times(settle(heard(("so", 1.2, 2.5)), [(0.0, 1.0), (2.0, 4.0)])) == [(2.0, 2.5)]


def test_the_last_word_ends_with_the_speech() -> None:
    assert times(settle(heard(("end", 0.5, 9.0)), [(0.0, 1.0)])) == [(0.5, 1.0)]


def test_the_first_word_begins_with_the_speech() -> None:
    assert times(settle(heard(("yeah", 0.0, 0.4)), [(0.1, 1.0)])) == [(0.1, 0.4)]


def test_a_word_that_took_in_what_goes_before_a_pause_begins_after_it() -> None:
    words = heard(("celebrating", 2.9, 3.5), ("the", 3.5, 4.7), ("first", 4.7, 5.1))
    assert times(settle(words, [(0.1, 4.3), (4.5, 6.0)])) == [(2.9, 3.4), (4.5, 4.7), (4.7, 5.1)]


def test_no_word_is_longer_than_half_a_second() -> None:
    assert times(settle(heard(("spacewalk", 5.4, 6.4), ("with", 6.4, 6.7)), [(5.0, 7.0)])) == [(5.4, 5.9), (6.4, 6.7)]


def test_a_breath_within_a_word_is_no_pause() -> None:
    assert times(settle(heard(("apt", 0.8, 1.25)), [(0.0, 1.0), (1.1, 2.0)])) == [(0.8, 1.25)]


def test_a_word_of_no_length_shares_with_the_word_before() -> None:
    words = heard(("and", 1.0, 2.2), ("qualified", 2.2, 2.2))
    assert times(settle(words, [(0.0, 3.0)])) == [(1.0, 1.3), (1.3, 1.8)]


def test_or_with_the_word_after() -> None:
    words = heard(("I", 1.0, 1.0), ("am", 1.0, 1.3), ("here", 1.3, 1.6))
    assert times(settle(words, [(0.0, 3.0)])) == [(1.0, 1.1), (1.1, 1.3), (1.3, 1.6)]


def test_a_word_of_no_length_far_from_others_reaches_back() -> None:
    words = heard(("team", 7.26, 7.7), ("I", 8.68, 8.68), ("think", 8.68, 8.94))
    assert times(settle(words, [(7.0, 9.0)])) == [(7.26, 7.7), (8.43, 8.68), (8.68, 8.94)]


def test_a_word_ends_where_a_close_one_begins() -> None:
    words = heard(("one", 0.0, 0.3), ("two", 0.36, 0.5), ("three", 0.7, 0.9))
    assert times(settle(words, [(0.0, 1.0)])) == [(0.0, 0.36), (0.36, 0.5), (0.7, 0.9)]


def test_times_never_run_backwards() -> None:
    words = heard(("a", 0.0, 0.0), ("b", 0.0, 0.0), ("c", 0.0, 2.0))
    settled = settle(words, [(0.5, 1.0)])
    assert all(word.start <= word.end for word in settled)
    assert settled == sorted(settled, key=lambda word: word.start)


@pytest.mark.parametrize("voiced", [[], [(0.0, 1.0)]])
def test_no_words(voiced: list[tuple[float, float]]) -> None:
    assert settle([], voiced) == []
