"""What went before on a channel: a piece that follows a short pause is heard together with it. Pure.

A recognizer that hears a piece alone does not know that a sentence goes on: it invents beginnings, ends and capitals.
So the audio of the last seconds stands before the piece, with the words that are final as what is known of it; only
those that follow are new.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sonant.engine.listen.chunks import Chunk
from sonant.engine.listen.segments import Piece
from sonant.engine.models.ports import SAMPLE_RATE, Frames, HeardWord

GLANCE = 6.5
"""Seconds of audio that are heard at once for an interim, with what went before: what the recognizer's shortest window
just holds."""
_LEAST, _MOST = 8.0, 12.0
_PAUSE = 2.0
"""Seconds over which speech is one text."""


def together(endpointing: float | None) -> float:
    """Seconds of audio that are heard at once for a final, with what went before.

    More costs time, less costs words: it is about as much as is heard while the silence lasts that ends speech.

    Args:
        endpointing: milliseconds of that silence; None for no end.
    """
    return _MOST if endpointing is None else min(_MOST, max(_LEAST, 7 + endpointing / 100))


@dataclass(frozen=True, slots=True)
class _Past:
    piece: Piece
    words: str


class Context:
    """The last pieces of a channel.

    Args:
        longest: seconds of audio that are kept.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._past: list[_Past] = []

    def add(self, piece: Piece, words: Sequence[HeardWord]) -> None:
        """A piece has become words for good."""
        if not len(piece.audio):
            return
        if self._past and not _continues(self._past[-1].piece, piece):
            self._past.clear()
        self._past.append(_Past(piece, " ".join(word.text for word in words)))
        while self._past and end_of(piece) - self._past[0].piece.begin > self._longest:
            del self._past[0]

    def join(self, piece: Piece, longest: float, channel: int = 0) -> Chunk:
        """A piece behind as many of the last ones as fit into so many seconds with it."""
        past = self._past if self._past and _continues(self._past[-1].piece, piece) else []
        used = [each for each in past if end_of(piece) - each.piece.begin <= longest]
        if not used:
            return Chunk(channel, piece.begin, piece.audio, piece.voiced)
        begin = used[0].piece.begin
        offset = piece.begin - begin
        return Chunk(
            channel,
            begin,
            _join(used[0].piece, [each.piece for each in used[1:]], piece),
            tuple((start + offset, end + offset) for start, end in piece.voiced),
            " ".join(each.words for each in used if each.words),
            offset,
        )


def end_of(piece: Piece) -> float:
    """Where its audio ends, in seconds from the start of the stream."""
    return piece.begin + len(piece.audio) / SAMPLE_RATE


def _continues(before: Piece, piece: Piece) -> bool:
    """Whether a piece follows at once upon another one's window, and soon upon its speech."""
    return piece.start == before.end and piece.begin - end_of(before) < _PAUSE


def _join(first: Piece, others: Sequence[Piece], last: Piece) -> Frames:
    """Audio without a gap, from the speech of the first to that of the last."""
    begin = round((first.begin - first.start) * SAMPLE_RATE)
    end = round((end_of(last) - last.start) * SAMPLE_RATE)
    return np.concatenate([first.window[begin:], *(piece.window for piece in others), last.window[:end]])
