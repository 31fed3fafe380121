"""Utterances: words between pauses."""

from collections.abc import Iterator, Sequence
from uuid import uuid4

from sonant.contract.listen import Utterance, Word
from sonant.engine.listen.text.words import join_words, mean_confidence
from sonant.engine.listen.timing import LONGEST

_LETTER = 0.02
"""Seconds that a letter takes at the very least."""
_GAP = 0.3
"""Seconds between two printed words from which there may be a pause at all."""
_MILLISECOND = 0.001


def split_utterances(words: Sequence[Word], channel: int, pause: float) -> list[Utterance]:
    """The utterances of a channel; `pause` is the seconds of silence that part two of them."""
    return [_utterance(part, channel) for part in _split(words, pause)]


def _split(words: Sequence[Word], pause: float) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in words:
        if part and _is_parted(part[-1], word, pause):
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _is_parted(word: Word, following: Word, pause: float) -> bool:
    """Whether there is such a pause between two words.

    A word of the greatest length is one that ran into a pause: its printed end is but a bound, and the pause is
    counted from where it can have ended at the earliest.
    """
    gap = following.start - word.end
    is_bound = word.end - word.start >= LONGEST - _MILLISECOND
    earliest = word.start + _LETTER * len(word.word) if is_bound else word.end
    return gap >= min(pause, _GAP) and following.start - earliest >= pause


def _utterance(words: list[Word], channel: int) -> Utterance:
    return Utterance(
        start=words[0].start,
        end=words[-1].end,
        confidence=mean_confidence(words),
        channel=channel,
        transcript=join_words(words),
        words=words,
        id=str(uuid4()),
    )
