"""Utterances: words between pauses."""

from collections.abc import Iterator, Sequence
from uuid import uuid4

from sonant.contract.listen import Utterance, Word
from sonant.engine.listen.text.words import join_words, mean_confidence


def split_utterances(words: Sequence[Word], channel: int, pause: float) -> list[Utterance]:
    """The utterances of a channel; `pause` is the seconds of silence that part two of them."""
    return [_utterance(part, channel) for part in _split(words, pause)]


def _split(words: Sequence[Word], pause: float) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in words:
        if part and word.start - part[-1].end >= pause:
            yield part
            part = []
        part.append(word)
    if part:
        yield part


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
