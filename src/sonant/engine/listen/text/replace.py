"""Terms replaced by others, as the caller wishes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sonant.engine.listen.text.spans import core, part
from sonant.engine.models.ports import HeardWord


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to find, and what to write for it."""

    find: tuple[str, ...]
    write: tuple[str, ...]
    """Nothing deletes."""

    @property
    def is_exact(self) -> bool:
        """Whether it finds only its own spelling: it has capitals, so they count."""
        return any(word != word.lower() for word in self.find)


def parse_replacements(texts: Iterable[str]) -> list[Replacement]:
    """Out of `find:replacement`, or `find` to delete; those that find an exact spelling come first."""
    pairs = (text.partition(":") for text in texts)
    found = [Replacement(tuple(find.split()), tuple(write.split())) for find, _, write in pairs if find.split()]
    return sorted(found, key=lambda each: (not each.is_exact, -len(each.find)))


def replace_terms(words: Sequence[HeardWord], replacements: Sequence[Replacement]) -> list[HeardWord]:
    """The new words share the time of the old ones evenly."""
    written: list[HeardWord] = []
    index = 0
    while index < len(words):
        found = next((each for each in replacements if _stands(words, index, each)), None)
        count = len(found.find) if found else 1
        span = words[index : index + count]
        written += _write(span, found.write) if found else span
        index += count
    return written


def _stands(words: Sequence[HeardWord], index: int, replacement: Replacement) -> bool:
    """Whether the term is here; punctuation within a longer term does not matter."""
    span = words[index : index + len(replacement.find)]
    cores = tuple(part(word.text)[1] for word in span) if replacement.is_exact else tuple(map(core, span))
    return cores == replacement.find


def _write(span: Sequence[HeardWord], texts: Sequence[str]) -> list[HeardWord]:
    start, end = span[0].start, span[-1].end
    share = (end - start) / max(1, len(texts))
    confidence = sum(word.confidence for word in span) / len(span)
    written = [
        replace(span[0], text=text, start=start + share * i, end=start + share * (i + 1), confidence=confidence)
        for i, text in enumerate(texts)
    ]
    if written:
        before, after = part(span[0].text)[0], part(span[-1].text)[2]
        written[0] = replace(written[0], text=before + written[0].text)
        written[-1] = replace(written[-1], text=written[-1].text + after)
    return written
