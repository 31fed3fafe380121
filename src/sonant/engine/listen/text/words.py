"""How a word is written, and a text of words."""

import unicodedata
from collections.abc import Iterable, Sequence

from sonant.contract.listen import Word
from sonant.engine.models.ports import HeardWord

_KEPT = frozenset("%#@&+")
"""Outer punctuation that is spoken."""


def write_word(heard: HeardWord, *, punctuate: bool) -> Word:
    """A word of the wire; times to the millisecond."""
    return Word(
        word=strip_word(heard.text),
        start=round(heard.start, 3),
        end=round(heard.end, 3),
        confidence=round(min(1.0, max(0.0, heard.confidence)), 7),
        punctuated_word=heard.text if punctuate else None,
    )


def strip_word(text: str) -> str:
    """Lower case, without outer punctuation; apostrophes and hyphens within are kept."""
    begin, end = 0, len(text)
    while begin < end and _is_outer(text[begin]):
        begin += 1
    while end > begin and _is_outer(text[end - 1]):
        end -= 1
    return (text[begin:end] or text).lower()


def _is_outer(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in _KEPT


def join_words(words: Iterable[Word]) -> str:
    """The words as one text, as a reader wants them where that is known."""
    return " ".join(word.text for word in words)


def median_confidence(words: Sequence[Word]) -> float:
    """The lower median of the words' confidences; 0.0 where nothing was said."""
    ranked = sorted(word.confidence for word in words)
    return ranked[(len(ranked) - 1) // 2] if ranked else 0.0


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean of the words' confidences, of one word or more."""
    return round(sum(word.confidence for word in words) / len(words), 7)
