"""Word times that fit the sound: no word lasts through a pause, and none takes no time. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from sonant.engine.listen.chunks import Span
from sonant.engine.models.ports import HeardWord

_PAUSE = 0.15
"""Seconds of silence that a word may hold, as within a word like `apt`."""
LONGEST = 0.5
"""Seconds that a word lasts at most: the wire's rule, and what tells a word that took in a pause."""
_INSTANT = 0.04
_TOUCHING = 0.1
_REACH = 0.25
"""Seconds that a word of no length takes of the time before it, where no other word is: the comma had it."""


def settle(words: Sequence[HeardWord], voiced: Sequence[Span]) -> list[HeardWord]:
    """Words with times mended; all times count from the same moment."""
    pauses = [(a[1], b[0]) for a, b in pairwise(voiced) if b[0] - a[1] >= _PAUSE]
    if voiced:
        pauses = [(float("-inf"), voiced[0][0]), *pauses, (voiced[-1][1], float("inf"))]
    return _meet([_shorten(_leave_pauses(word, pauses)) for word in _share_time(words)])


def _leave_pauses(word: HeardWord, pauses: Iterable[Span]) -> HeardWord:
    """Begin after a pause that the word begins in; end before one that it runs into, or begin after that as well.

    The models give a pause to the word before it or to the one after it. If there is too much before the pause for
    one word, the word is what comes after.
    """
    start, end = word.start, word.end
    for begin, over in pauses:
        if begin <= start < over < end or (begin - start > LONGEST and over + _INSTANT < end):
            start = over
        if start < begin < end:
            end = begin
    return replace(word, start=start, end=end)


def _shorten(word: HeardWord) -> HeardWord:
    return replace(word, end=min(word.end, word.start + LONGEST))


def _meet(words: list[HeardWord]) -> list[HeardWord]:
    """Let a word end where the next one begins, if that is close."""
    met = [_reach(word, after.start) for word, after in pairwise(words)]
    return met + words[-1:]


def _reach(word: HeardWord, end: float) -> HeardWord:
    return replace(word, end=min(end, word.start + LONGEST)) if 0 < end - word.end < _TOUCHING else word


def _share_time(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Let a word of no length share its neighbour's time, by their letters, or take time that no word has."""
    settled = list(words)
    for index in range(len(settled)):
        word = settled[index]
        if word.end - word.start >= _INSTANT:
            continue
        if index and word.start - settled[index - 1].end < _TOUCHING:
            settled[index - 1 : index + 1] = _share(settled[index - 1], word)
        elif index:
            settled[index] = replace(word, start=max(settled[index - 1].end, word.start - _REACH))
        elif index + 1 < len(settled) and settled[index + 1].start - word.end < _TOUCHING:
            settled[index : index + 2] = _share(word, settled[index + 1])
    return settled


def _share(first: HeardWord, second: HeardWord) -> tuple[HeardWord, HeardWord]:
    start, end = first.start, max(first.end, second.end)
    middle = start + (end - start) * len(first.text) / (len(first.text) + len(second.text))
    return replace(first, end=middle), replace(second, start=middle, end=end)
