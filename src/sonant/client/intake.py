"""The door of a stream: its first bytes are looked at before any are taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sonant.client.errors import SourceError
from sonant.client.headers import check_header, choose_track, needs_more, sniff_track
from sonant.client.ledger import Tape
from sonant.client.tracks import Track


class Intake:
    """Puts audio on the tape, once it is known what it is.

    Attributes:
        refused: bytes that waited here, and then proved to be nothing that can be sent.
    """

    __slots__ = ("_head", "_known", "_options", "_tape", "refused")

    def __init__(self, tape: Tape, options: Mapping[str, Any]) -> None:
        self._tape, self._options = tape, options
        self._head = b""
        self._known = False
        self.refused = 0
        tape.track = choose_track(options)

    @property
    def track(self) -> Track:
        """How the bytes lie in time."""
        track = self._tape.track
        if track is None:
            raise AssertionError  # pragma: no cover - asked only once audio was taken
        return track

    @property
    def held(self) -> int:
        """Bytes that wait here, because it is not known yet what they are."""
        return len(self._head)

    def take(self, data: bytes) -> None:
        """Take audio.

        Raises:
            SourceError: it contradicts the options, does not tell what they leave out, or cannot be streamed. It is
                not taken, and what waited here is refused.
        """
        if self._known:
            self._put(data)
        elif self._takes_packets or not needs_more(self._head + data):
            self._begin(self._head + data)
        else:
            self._head += data

    @property
    def _takes_packets(self) -> bool:
        """Whether chunks may not be joined, so that the first is looked at alone."""
        return self._tape.track is not None and not self._tape.track.joins

    def finish(self) -> None:
        """There is no more; what was held back is taken.

        Raises:
            SourceError: as `take`.
        """
        if self._head:
            self._begin(self._head)

    def refuse(self) -> int:
        """Give up what is held back; returns how many bytes that is."""
        size, self._head = len(self._head), b""
        self.refused += size
        return size

    def _begin(self, head: bytes) -> None:
        """See what the audio is, and take it."""
        track = self._look(head)
        before, self._tape.track = self._tape.track, track
        try:
            self._put(head)
        except SourceError:
            self._tape.track = before
            raise
        self._known, self._head = True, b""

    def _look(self, head: bytes) -> Track:
        track = self._tape.track
        return sniff_track(head) if track is None else check_header(head, self._options) or track

    def _put(self, data: bytes) -> None:
        if data:
            self.track.feed(data)
            self._tape.accept(data)


def check_begin(begin: bytes, options: Mapping[str, Any]) -> None:
    """See that a stream that begins so can be sent, before there is one.

    Raises:
        SourceError: it contradicts the options, does not tell what they leave out, or cannot be streamed.
    """
    intake = Intake(Tape(), options)
    intake.take(begin)
    intake.finish()
