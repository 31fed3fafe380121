"""Exactly one utterance for each that was spoken, out of finals and the signs of their end. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from sonant.client.events import Closed, Reconnecting
from sonant.contract.listen import LiveResults, TurnInfo, UtteranceEnd, Word


class HeardUtterance(Struct, frozen=True):
    """What was said between two pauses, on one channel."""

    start: float
    """Seconds from the start of the stream."""
    end: float
    channel: int
    transcript: str
    words: list[Word]
    unconfirmed: bool = False
    """Whether some of it was only in an interim: its final came empty, or not at all."""


class Utterances:
    """Collects the finals of each channel until its utterance ends."""

    def __init__(self) -> None:
        self._parts: dict[int, list[LiveResults]] = {}
        self._interims: dict[int, LiveResults] = {}
        self._kept: dict[int, bool] = {}

    def take(self, event: Any) -> Iterator[HeardUtterance]:
        """The utterances that an event ends."""
        if isinstance(event, LiveResults):
            yield from self._take_results(event)
        elif isinstance(event, UtteranceEnd):
            yield from self._end(event.channel[0] if event.channel else 0)
        elif isinstance(event, Closed):
            for channel in {*self._parts, *self._interims}:
                self._keep_interim(channel)
                yield from self._end(channel)
        elif isinstance(event, Reconnecting):
            self._interims.clear()  # their audio is heard again

    def _take_results(self, results: LiveResults) -> Iterator[HeardUtterance]:
        channel = results.channel_index[0] if results.channel_index else 0
        if not results.is_final:
            if results.transcript:
                self._interims[channel] = results
            return
        if results.transcript:
            self._parts.setdefault(channel, []).append(results)
            self._interims.pop(channel, None)
        else:
            self._keep_interim(channel)
        if results.speech_final or results.from_finalize:
            yield from self._end(channel)

    def _keep_interim(self, channel: int) -> None:
        """Take an interim's words for want of a final."""
        interim = self._interims.pop(channel, None)
        if interim is not None:
            self._parts.setdefault(channel, []).append(interim)
            self._kept[channel] = True

    def _end(self, channel: int) -> Iterator[HeardUtterance]:
        parts = self._parts.pop(channel, [])
        unconfirmed = self._kept.pop(channel, False)
        if parts:
            words = [word for part in parts for word in part.best.words]
            start = words[0].start if words else parts[0].start
            end = words[-1].end if words else parts[-1].end
            yield HeardUtterance(start, end, channel, " ".join(part.transcript for part in parts), words, unconfirmed)


class EndedTurns:
    """Turns out of the events of a conversation, each once."""

    def __init__(self) -> None:
        self._open: TurnInfo | None = None

    def take(self, event: object) -> Iterator[TurnInfo]:
        """The turns that an event ends; a stream that ends, ends what was said in it."""
        if isinstance(event, TurnInfo):
            if event.event == "EndOfTurn":
                yield event
            self._open = event if event.event != "EndOfTurn" and event.transcript else None
        elif isinstance(event, Closed) and self._open is not None:
            yield self._open
