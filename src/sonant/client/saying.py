"""From a text that is still being written to its last audio: what to send of it, and when it is spoken. Pure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Any, cast

from sonant.client.controls import parse
from sonant.client.drafts import Draft
from sonant.client.errors import SourceError, StreamError, StreamLost
from sonant.client.lulls import Lull, awith_lulls, with_lulls
from sonant.client.speechevents import Audio, AudioCut
from sonant.client.speechfollowing import flush_of
from sonant.client.textentries import tell_unspoken
from sonant.client.textfeed import TextFeed
from sonant.client.wording import check_part
from sonant.contract.query import brief
from sonant.contract.speak import Piece, SpeakTurnWarning, SpeakWarning

Texts = str | Iterable[Piece]
AsyncTexts = Texts | AsyncIterable[Piece]


class Saying:
    """One text on a stream that may have had others before.

    Attributes:
        draft: what is written of it.
        is_written: whether it was written, and handed over, to its end.
        is_flushed: whether the `Flush` behind its end was handed over.
        is_settled: whether it ended by itself, so that nothing is to be given up.
    """

    def __init__(self, feed: TextFeed) -> None:
        self._feed, self._drops = feed, feed.drops
        self._last: int | None = None
        self._seen = -1
        self._is_heard, self._warning = False, ""
        self.draft = feed.draft = Draft()
        self.is_written = self.is_flushed = self.is_settled = False

    def expect_last(self, *, has_text: bool) -> None:
        """The next `Flush` is the last one: its answer may be here before anything else is noted.

        Args:
            has_text: whether there is text with it.
        """
        self._last = self._feed.flushes if has_text else self._feed.next_flush

    @property
    def is_given_up(self) -> bool:
        """Whether a `clear` or `interrupt` came in between."""
        return self._feed.drops > self._drops

    def is_spoken(self, event: object) -> bool:
        """Whether an event is the end of it."""
        self._seen = max(self._seen, flush_of(event))
        return self.is_given_up or (self._last is not None and self._seen >= self._last)

    def audio(self, event: object) -> bytes:
        """Its audio in an event; empty if it is none."""
        if isinstance(event, Audio) and event.clears >= self._drops:
            self._is_heard = True
            return event.data
        self._warning = heed(event) or self._warning
        return b""

    def check_said(self) -> None:
        """See that it was said to its end, now that nothing follows.

        Raises:
            StreamLost: the stream was closed before.
            StreamError: there was no audio, and nobody gave it up.
        """
        if self.is_given_up:
            return
        if not self.is_written:
            raise closed_early(self._feed)
        if self.draft.has_begun and not self._is_heard:
            raise StreamError(
                f"No audio came for the text. {self._warning}".strip(),
                hint="See that it has words, in a language that the voice speaks.",
            )


def closed_early(feed: TextFeed) -> StreamLost:
    """What is raised where somebody closes a stream before all was spoken."""
    lost = tell_unspoken(feed.unspoken)
    return StreamLost("The stream was closed before all was spoken.", code=1000, hint=lost)


def audio_of(events: Iterable[object]) -> Iterator[bytes]:
    """The audio among events."""
    for event in events:
        yield from audio_in(event)


def audio_in(event: object) -> tuple[bytes, ...]:
    """The audio of an event, if it has any."""
    if isinstance(event, Audio):
        return (event.data,)
    heed(event)
    return ()


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


def sentences_of(texts: Texts, draft: Draft) -> Iterator[str]:
    """A text's sentences as they become complete, each with something to say in it.

    Raises:
        SourceError: it is no text, or a piece of it is none.
        BadOptionValue: a control of a text that is whole is not written as it should be.
    """
    if isinstance(texts, str):
        parse(texts)
        yield from [*draft.add(texts), *draft.finish()]  # all at once: the last is known as such
        return
    try:
        for text in with_lulls(_texts_of(texts)):
            yield from _feed(draft, text)
            if draft.is_left and not isinstance(text, Lull):
                return  # with the piece that was asked for already
    except Exception:
        yield from draft.break_off()
        raise
    yield from draft.finish()


def _feed(draft: Draft, text: Piece | Lull) -> list[str]:
    """What is complete with a piece, or seems to be as none comes."""
    return draft.pause() if isinstance(text, Lull) else draft.add(str(check_part(text)))


def _texts_of(texts: Any) -> Iterable[Piece]:
    name, is_async = brief(texts), isinstance(texts, AsyncIterable)
    if not isinstance(texts, Iterable) or isinstance(texts, (bytes, bytearray, Mapping)):
        raise SourceError(
            f"{name} cannot be said.",
            hint="AsyncDeepgramClient takes what is async." if is_async else "Give a text, or an iterable of texts.",
        )
    return cast("Iterable[Piece]", texts)


def is_to_end() -> bool:
    """Whether it is this task that was cancelled, and not what it waited for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def asentences_of(texts: AsyncTexts, draft: Draft) -> AsyncGenerator[str]:
    """The same of a text that may have to be awaited; have it closed."""
    if not isinstance(texts, AsyncIterable):
        for sentence in sentences_of(texts, draft):
            yield sentence
        return
    try:
        async with aclosing(awith_lulls(texts)) as pieces:
            async for text in pieces:
                for sentence in _feed(draft, text):
                    yield sentence
    except (Exception, asyncio.CancelledError):
        if is_to_end():
            raise
        for sentence in draft.break_off():
            yield sentence
        raise
    for sentence in draft.finish():
        yield sentence
