"""Sentences and paragraphs."""

from collections.abc import Iterable, Iterator, Sequence

from sonant.contract.listen import Paragraph, Paragraphs, Sentence, Word
from sonant.engine.listen.text.words import join_words

LONG_PAUSE = 2.0
"""Seconds between two sentences that part two paragraphs."""
MOST_SENTENCES = 5
MOST_WORDS = 100

_CLOSERS = "\"')]}\u201d\u2019\u00bb"
_ABBREVIATIONS = frozenset({"mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "jr.", "sr.", "vs.", "etc.", "e.g.", "i.e."})


def split_sentences(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Words by sentence: each but the last ends with a full stop, question mark or exclamation mark."""
    sentence: list[Word] = []
    for word in words:
        sentence.append(word)
        if ends_sentence(word.text):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this word."""
    bare = text.rstrip(_CLOSERS)
    return bare.endswith((".", "?", "!", "…")) and bare.lower() not in _ABBREVIATIONS


def group_paragraphs(words: Sequence[Word]) -> Paragraphs:
    """Paragraphs of a channel. Their text begins with a newline and has a blank line between two of them."""
    paragraphs = [_paragraph(sentences) for sentences in _split_paragraphs(words)]
    texts = [" ".join(sentence.text for sentence in paragraph.sentences) for paragraph in paragraphs]
    return Paragraphs("\n" + "\n\n".join(texts) if texts else "", paragraphs)


def _split_paragraphs(words: Sequence[Word]) -> Iterator[list[list[Word]]]:
    paragraph: list[list[Word]] = []
    for sentence in split_sentences(words):
        if paragraph and _is_full(paragraph, sentence):
            yield paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield paragraph


def _is_full(paragraph: Sequence[Sequence[Word]], following: Sequence[Word]) -> bool:
    return (
        following[0].start - paragraph[-1][-1].end >= LONG_PAUSE
        or len(paragraph) >= MOST_SENTENCES
        or sum(map(len, paragraph)) >= MOST_WORDS
    )


def _paragraph(sentences: Sequence[Sequence[Word]]) -> Paragraph:
    return Paragraph(
        sentences=[Sentence(join_words(words), words[0].start, words[-1].end) for words in sentences],
        num_words=sum(map(len, sentences)),
        start=sentences[0][0].start,
        end=sentences[-1][-1].end,
    )
