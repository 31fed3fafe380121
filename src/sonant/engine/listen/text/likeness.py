"""How like two phrases are: by their letters, and by how they sound."""

from functools import lru_cache
from math import sqrt

import jellyfish
from rapidfuzz.fuzz import ratio


def likeness(phrase: str, other: str) -> float:
    """From 0 to 1; both in lower case."""
    if phrase == other:
        return 1.0
    letters = ratio(phrase, other) / 100
    sounds = ratio(sound(phrase), sound(other)) / 100
    return sqrt(letters * sounds)


@lru_cache(maxsize=50_000)
def sound(phrase: str) -> str:
    """The phrase's sounds, roughly, by English spelling; its letters where it has none of those."""
    return " ".join(jellyfish.metaphone(word) or word for word in phrase.split())
