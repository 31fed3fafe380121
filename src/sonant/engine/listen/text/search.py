"""Where terms were said, or something like them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

from sonant.contract.listen import Hit, Search
from sonant.engine.listen.text.likeness import likeness
from sonant.engine.listen.text.spans import core
from sonant.engine.models.ports import HeardWord

MOST_HITS = 10
_LEAST = 0.6
"""Likeness below which a place is no guess any more."""
_SIFTED = 200
"""Places that are compared by sound too, of those alike by letters."""
_AROUND = 3
"""Words of the snippet on each side."""


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    likeness: float

    def meets(self, other: "_Place") -> bool:
        return self.start < other.end and other.start < self.end


def find_terms(words: Sequence[HeardWord], terms: Iterable[str]) -> list[Search]:
    """For each term the places where it may have been said, the surest first."""
    cores = [core(word) for word in words]
    return [Search(term, _hits(words, cores, term.lower())) for term in terms]


def _hits(words: Sequence[HeardWord], cores: Sequence[str], term: str) -> list[Hit]:
    hits = [_hit(words, cores, place) for place in _find(cores, term)]
    return sorted(hits, key=lambda hit: -hit.confidence)


def _find(cores: Sequence[str], term: str) -> list[_Place]:
    size = len(term.split())
    spans = [(at, at + n) for n in {max(1, size - 1), size, size + 1} for at in range(len(cores) - n + 1)]
    phrases = [" ".join(cores[start:end]) for start, end in spans]
    sifted = extract(term, phrases, scorer=ratio, limit=_SIFTED)
    places = [_Place(*spans[index], likeness(term, phrase)) for phrase, _, index in sifted]
    return _part([place for place in places if place.likeness >= _LEAST])


def _part(places: list[_Place]) -> list[_Place]:
    """The best places, none overlapping another."""
    chosen: list[_Place] = []
    for place in sorted(places, key=lambda each: (-each.likeness, each.start)):
        if len(chosen) < MOST_HITS and not any(place.meets(other) for other in chosen):
            chosen.append(place)
    return chosen


def _hit(words: Sequence[HeardWord], cores: Sequence[str], place: _Place) -> Hit:
    span = words[place.start : place.end]
    confidence = place.likeness * sum(word.confidence for word in span) / len(span)
    snippet = " ".join(cores[max(0, place.start - _AROUND) : place.end + _AROUND])
    return Hit(round(confidence, 7), round(span[0].start, 3), round(span[-1].end, 3), snippet)
