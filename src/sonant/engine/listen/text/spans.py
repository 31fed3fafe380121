"""Spans of words: what every rule of writing does with them."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sonant.engine.models.ports import HeardWord

SPOKEN = frozenset("%#@&+*")
"""Outer punctuation that belongs to a word."""

Match = tuple[int, str]
"""How many words a rule takes, and what it writes for them."""
Rule = Callable[[Sequence[HeardWord], int], Match | None]
"""Looks at the words from an index on; None where it has nothing to say."""


def part(text: str) -> tuple[str, str, str]:
    """A text's outer punctuation before, its core, and its outer punctuation after."""
    begin, end = 0, len(text)
    while begin < end and _is_outer(text[begin]):
        begin += 1
    while end > begin and _is_outer(text[end - 1]):
        end -= 1
    return text[:begin], text[begin:end], text[end:]


def _is_outer(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in SPOKEN


def core(word: HeardWord) -> str:
    """A word without its outer punctuation, in lower case."""
    return part(word.text)[1].lower()


def merge(words: Sequence[HeardWord], text: str) -> HeardWord:
    """One word in the place of several: their time, their mean confidence, the outer punctuation of the span."""
    before, after = part(words[0].text)[0], part(words[-1].text)[2]
    confidence = sum(word.confidence for word in words) / len(words)
    return replace(words[0], text=f"{before}{text}{after}", end=words[-1].end, confidence=confidence)


def rewrite(words: Sequence[HeardWord], rules: Iterable[Rule]) -> list[HeardWord]:
    """Words with each span that a rule knows written as one; the first rule that knows it has it."""
    rules, written, index = tuple(rules), list[HeardWord](), 0
    while index < len(words):
        found = next((match for rule in rules if (match := rule(words, index))), None)
        count, text = found or (1, "")
        span = words[index : index + count]
        written.append(merge(span, text) if found else span[0])
        index += count
    return written


def is_parted(word: HeardWord, following: HeardWord) -> bool:
    """Whether punctuation stands between two words."""
    return bool(part(word.text)[2] or part(following.text)[0])


def capitalize(text: str) -> str:
    """With a capital at the first letter, and the rest as it is."""
    before, middle, after = part(text)
    return f"{before}{middle[:1].upper()}{middle[1:]}{after}"
