"""Terms that a caller expects: words that sound like one, and of which the model was unsure, are taken for it."""

from collections.abc import Iterable, Sequence
from math import isfinite

from sonant.engine.listen.text.likeness import likeness, sound
from sonant.engine.listen.text.spans import Match, core, is_parted, rewrite
from sonant.engine.models.ports import HeardWord

_UNSURE = 0.7
"""Confidence of a word that may be another."""
_ALIKE = 0.72
"""Likeness from which a term may be what was said."""


def parse_keywords(texts: Iterable[str]) -> list[tuple[str, float]]:
    """Words and their intensifiers out of `word:intensifier`; 1 unless given.

    Raises:
        ValueError: an intensifier is no number, or there is no word.
    """
    return [_parse(text) for text in texts]


def _parse(text: str) -> tuple[str, float]:
    word, _, given = text.partition(":")
    try:
        intensifier = float(given or 1)
    except ValueError:
        intensifier = float("nan")
    if not word.strip() or not isfinite(intensifier):
        raise ValueError(f"{text!r} is not a word, or a word and a number with a colon between them")
    return word.strip(), intensifier


def correct_terms(words: Sequence[HeardWord], terms: Sequence[str]) -> list[HeardWord]:
    """Words with each unsure span that is like a term written as the term; a term that was heard gets its spelling."""

    def correct(given: Sequence[HeardWord], index: int) -> Match | None:
        found = [match for term in terms if (match := _match(given, index, term))]
        return (found_best[1], found_best[2]) if (found_best := max(found, default=None)) else None

    return rewrite(words, [correct])


def _match(words: Sequence[HeardWord], index: int, term: str) -> tuple[float, int, str] | None:
    """How like a term the words from an index on are, how many of them, and the term."""
    wanted, size = term.lower(), len(term.split())
    best: tuple[float, int, str] | None = None
    for count in {max(1, size - 1), size, size + 1}:
        span = words[index : index + count]
        if len(span) < count or any(map(is_parted, span, span[1:])):
            continue
        alike = _likeness(span, wanted)
        if alike >= _ALIKE and (best is None or alike > best[0]):
            best = (alike, count, term)
    return best


def _likeness(span: Sequence[HeardWord], term: str) -> float:
    """0 where the words are sure, and other words than the term's."""
    phrase = " ".join(map(core, span))
    if phrase == term:
        return 1.0
    sure = min(word.confidence for word in span) >= _UNSURE
    return 0.0 if sure or sound(phrase)[:1] != sound(term)[:1] else likeness(phrase, term)
