"""From a text that is still being written to its last audio: what to send of it, and when it is spoken. Pure."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, cast

from sonant.client.errors import SourceError, StreamError
from sonant.client.lulls import Lull, awith_lulls, with_lulls
from sonant.client.sentences import Sentences, split_text
from sonant.client.speechevents import Audio, AudioCut
from sonant.client.speechfollowing import flush_of
from sonant.client.textfeed import TextFeed
from sonant.client.wording import check_part
from sonant.contract.query import brief
from sonant.contract.speak import Piece, SpeakTurnWarning, SpeakWarning

_LONGEST = 500
"""Characters that go at once: longer sentences are cut."""

Texts = str | Iterable[Piece]
AsyncTexts = Texts | AsyncIterable[Piece]


class Saying:
    """One text on a stream that may have had others before.

    Attributes:
        is_over: whether no more of it is to be sent.
    """

    def __init__(self, feed: TextFeed) -> None:
        self._feed, self._drops = feed, feed.drops
        self._last: int | None = None
        self._is_heard, self._warning = False, ""
        self.is_over = False

    def expect_last(self) -> None:
        """The next `Flush` is the last one: its answer may be here before anything else is noted."""
        self._last = self._feed.flushes

    def note_last(self) -> None:
        """The `Flush` that was just handed over is the last one."""
        self._last = self._feed.flushes - 1

    @property
    def is_given_up(self) -> bool:
        """Whether a `clear` or `interrupt` came in between."""
        return self._feed.drops > self._drops

    def is_spoken(self, event: object) -> bool:
        """Whether an event is the end of it."""
        return self.is_given_up or (self._last is not None and flush_of(event) >= self._last)

    def audio(self, event: object) -> bytes:
        """Its audio in an event; empty if it is none."""
        if isinstance(event, Audio) and event.clears >= self._drops:
            self._is_heard = True
            return event.data
        self._warning = heed(event) or self._warning
        return b""

    def check_heard(self) -> None:
        """See that something was heard of it, now that it is spoken.

        Raises:
            StreamError: there was no audio, and nobody gave it up.
        """
        if not self._is_heard and not self.is_given_up:
            raise StreamError(
                f"No audio came for the text. {self._warning}".strip(),
                hint="See that it has words, in a language that the voice speaks.",
            )


def audio_of(events: Iterable[object]) -> Iterator[bytes]:
    """The audio among events."""
    for event in events:
        if isinstance(event, Audio):
            yield event.data
        else:
            heed(event)


def heed(event: object) -> str:
    """What the service warns of, which is logged too: whoever takes the audio alone does not see events."""
    if isinstance(event, AudioCut):
        _warn("The audio ended within a sample: %s bytes of it are left out", event.bytes)
    if not isinstance(event, (SpeakWarning, SpeakTurnWarning)):
        return ""
    warning = f"{event.code}: {event.description}"
    _warn("The service warns: %s", warning)
    return warning


def _warn(message: str, detail: object) -> None:
    import logging

    logging.getLogger("sonant.client").warning(message, detail)


def sentences_of(texts: Texts) -> Iterator[str]:
    """A text's sentences as they become complete, each with something to say in it.

    Raises:
        SourceError: it is no text, or a piece of it is none.
    """
    return _sentences(with_lulls(_texts_of(texts)))


def _sentences(texts: Iterable[Piece | Lull]) -> Iterator[str]:
    sentences = Sentences()
    for text in texts:
        for sentence in _feed(sentences, text):
            yield from _short(sentence)
    yield from _short(sentences.finish())


def _feed(sentences: Sentences, text: Piece | Lull) -> Iterator[str]:
    """The sentences that are complete with a piece, or seem to be as none comes."""
    if not isinstance(text, Lull):
        yield from sentences.feed(str(check_part(text)))
    elif sentences.is_whole:
        yield sentences.finish()


def _texts_of(texts: Any) -> Iterable[Piece]:
    if isinstance(texts, str):
        return [texts]
    name, is_async = brief(texts), isinstance(texts, AsyncIterable)
    if not isinstance(texts, Iterable) or isinstance(texts, (bytes, bytearray, Mapping)):
        raise SourceError(
            f"{name} cannot be said.",
            hint="AsyncDeepgramClient takes what is async." if is_async else "Give a text, or an iterable of texts.",
        )
    return cast("Iterable[Piece]", texts)


async def asentences_of(texts: AsyncTexts) -> AsyncIterator[str]:
    """The same of a text that may have to be awaited."""
    sentences = Sentences()
    if not isinstance(texts, AsyncIterable):
        for piece in _sentences(_texts_of(texts)):
            yield piece
        return
    async for text in awith_lulls(texts):
        for sentence in _feed(sentences, text):
            for piece in _short(sentence):
                yield piece
    for piece in _short(sentences.finish()):
        yield piece


def _short(sentence: str) -> Iterator[str]:
    if len(sentence) <= _LONGEST:
        if sentence.strip():
            yield sentence
        return
    for part in split_text(sentence, _LONGEST):
        yield f"{part} "
