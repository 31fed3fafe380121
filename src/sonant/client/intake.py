"""The door of a stream: its first bytes are looked at before any are taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sonant.client.ledger import Tape
from sonant.client.tracks import SNIFF, Track, check_header, choose_track, read_wave, sniff_track

_LONGEST_HEADER = 4096
"""Bytes in which a WAV header is waited for."""


class Intake:
    """Puts audio on the tape, once it is known what it is."""

    def __init__(self, tape: Tape, options: Mapping[str, Any]) -> None:
        self._tape, self._options = tape, options
        self._head = b""
        self._known = False
        tape.track = choose_track(options)

    @property
    def track(self) -> Track:
        """How the bytes lie in time."""
        track = self._tape.track
        if track is None:
            raise AssertionError  # pragma: no cover - asked only once audio was taken
        return track

    def take(self, data: bytes) -> None:
        """Take audio.

        Raises:
            SourceError: it contradicts the options, or does not tell what they leave out.
        """
        if not self._known:
            self._head += data
            if not self._look(last=False):
                return
            data = self._head
        self._put(data)

    def finish(self) -> None:
        """There is no more; what was held back is taken."""
        if not self._known and self._head:
            self._look(last=True)
            self._put(self._head)

    def _put(self, data: bytes) -> None:
        if data:
            self.track.feed(data)
            self._tape.accept(data)

    def _look(self, *, last: bool) -> bool:
        """Whether it is known what the audio is."""
        head = self._head
        wave = read_wave(head) if head.startswith((b"RIFF", b"RF64")) else None
        waits = wave is None and head.startswith((b"RIFF", b"RF64")) and len(head) < _LONGEST_HEADER
        if (len(head) < SNIFF or waits) and not last:
            return False
        try:
            if self._tape.track is None:
                self._tape.track = wave or sniff_track(head)
            else:
                check_header(head, self._options)
        except BaseException:
            self._head = b""  # nothing of it is taken
            raise
        self._known = True
        return True
