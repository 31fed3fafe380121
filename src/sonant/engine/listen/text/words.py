"""How a word is written, and a text of words."""

from collections.abc import Iterable, Sequence

from sonant.contract.listen import Word
from sonant.engine.listen.text.spans import part
from sonant.engine.models.ports import HeardWord


def write_word(heard: HeardWord, *, punctuate: bool) -> Word:
    """A word of the wire; times to the millisecond."""
    return Word(
        word=strip_word(heard.text),
        start=round(heard.start, 3),
        end=round(heard.end, 3),
        confidence=round(min(1.0, max(0.0, heard.confidence)), 7),
        punctuated_word=heard.text if punctuate else None,
        language=heard.language,
    )


def strip_word(text: str) -> str:
    """Lower case, without outer punctuation; apostrophes and hyphens within are kept."""
    return (part(text)[1] or text).lower()


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
