"""Numbers in figures: `nine hundred` becomes `900`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from sonant.engine.listen.text.spans import core, is_parted, merge
from sonant.engine.models.ports import HeardWord

NUMERAL_LANGUAGES = frozenset({"da", "de", "en", "es", "fr", "it", "nl", "pt"})

_LEAST = 2.0
"""A number below it that stands alone is a word, as in `one of them`."""
_PAUSE = 0.8
"""Seconds between two words that make two numbers of them."""
_SCALES = {"100": 100, "1000": 1000}
_DIGITS_IN_A_ROW = 3
"""So many figures said one by one are one number, as that of a telephone."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number among words."""

    start: int
    end: int
    """Indexes of its first word and of the one after its last."""
    text: str


class _Token:
    """A word as text2num wants it."""

    def __init__(self, words: Sequence[HeardWord], index: int) -> None:
        self._text, self._parted = core(words[index]), index > 0 and _are_parted(words[index - 1], words[index])

    def text(self) -> str:
        return self._text

    def nt_separated(self, _: "_Token") -> bool:
        return self._parted

    def not_a_number_part(self) -> bool:
        return False


def _are_parted(word: HeardWord, following: HeardWord) -> bool:
    return is_parted(word, following) or following.start - word.end > _PAUSE


def write_numerals(words: Sequence[HeardWord], language: str) -> list[HeardWord]:
    """Number words as figures; ordinals too. Words of a language that it does not know stay as they are."""
    written: list[HeardWord] = []
    at = 0
    for number in find_numbers(words, language):
        written += [*words[at : number.start], merge(words[number.start : number.end], number.text)]
        at = number.end
    return [*written, *words[at:]]


def find_numbers(words: Sequence[HeardWord], language: str) -> list[Number]:
    """The numbers that are written as words, or partly so."""
    if language not in NUMERAL_LANGUAGES:
        return []
    tokens = [_Token(words, index) for index in range(len(words))]
    found = [
        Number(each.start, each.end, each.text) for each in _finder()(tokens, language, _LEAST) if each.end > each.start
    ]
    return list(_join_digits(list(_multiply(found, words)), words))


@cache
def _finder() -> Any:
    return import_module("text_to_num").find_numbers


def _multiply(numbers: Sequence[Number], words: Sequence[HeardWord]) -> Iterator[Number]:
    """`2 hundred`, of which only the second word is a number word."""
    for number in numbers:
        before = core(words[number.start - 1]) if number.start else ""
        joined = bool(before) and not _are_parted(words[number.start - 1], words[number.start])
        if number.text in _SCALES and joined and before.isdecimal():
            yield Number(number.start - 1, number.end, str(int(before) * _SCALES[number.text]))
        elif not (
            number.text in {"1000000", "1000000000"} and number.end - number.start == 1
        ):  # `2.5 million` reads well
            yield number


def _join_digits(numbers: Sequence[Number], words: Sequence[HeardWord]) -> Iterator[Number]:
    row: list[Number] = []
    for number in [*numbers, None]:
        if number and _continues(row, number, words):
            row.append(number)
            continue
        yield from _joined(row)
        row = [number] if number else []


def _continues(row: Sequence[Number], number: Number, words: Sequence[HeardWord]) -> bool:
    if len(number.text) > 1 or not row or len(row[-1].text) > 1:
        return False
    return row[-1].end == number.start and not _are_parted(words[number.start - 1], words[number.start])


def _joined(row: Sequence[Number]) -> Sequence[Number]:
    if len(row) < _DIGITS_IN_A_ROW:
        return row
    return [Number(row[0].start, row[-1].end, "".join(number.text for number in row))]
