"""Captions made to be read: short lines, broken where the sense breaks, shown long enough.

A cue has two lines of 42 characters at most, is shown for 0.8 to 7 seconds, begins after the one before it has ended,
and never spans two utterances, two speakers or a pause. It asks for 20 characters a second at most: where people speak
faster it stays on into the silence that follows, then up to a second into the next cue's time, which then begins late.
Only where that does not suffice either is it shown for less, as `rushed`. All times here are whole milliseconds.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import inf

from msgspec import Struct

LINE, LINES = 42, 2
"""Characters of a line; lines of a cue."""
SHORTEST, LONGEST = 800, 7_000
"""How long a cue is shown."""
PACE = 20
"""Characters a second."""
PAUSE = 800
"""A silence that always ends a cue."""
LAG = 1_000
"""How late a cue may begin so that the one before it can be read."""

CLOSERS = r"""["'\u201d\u2019)\]]*$"""
SENTENCE = re.compile(r"[.?!\u2026\u3002\uff1f\uff01]" + CLOSERS)
CLAUSE = re.compile(r"[,;:\u2013\u2014\uff0c\u3001\uff1b\uff1a]" + CLOSERS)
"""What ends a sentence and a part of one, in Latin and in Chinese and Japanese writing."""

SENTENCE_END = 0.0
"""The price of a break where a sentence ends: none."""


class Piece(Struct, frozen=True):
    """A word, or a part of one that is longer than a line."""

    text: str
    start: int
    end: int


class Block(Struct, frozen=True):
    """Pieces that are shown together. `due` is when the first of them is spoken."""

    pieces: Sequence[Piece]

    @property
    def due(self) -> int:
        """When it should appear."""
        return self.pieces[0].start

    @property
    def spoken(self) -> int:
        """When its last word ends."""
        return self.pieces[-1].end

    @property
    def length(self) -> int:
        """Characters, with the spaces between the words."""
        return _length(self.pieces)


class Timed(Struct, frozen=True):
    """What is shown from `start` to `end`."""

    start: int
    end: int
    lines: list[str]
    rushed: bool
    """Whether there was no time to read it at the pace."""


def divide(pieces: Iterable[Piece]) -> list[Block]:
    """Cut what one speaker says into blocks: at pauses first, then at punctuation, then by length."""
    return [block for stretch in _stretches(pieces) for block in _cut(stretch)]


def cut_long(text: str, start: int, end: int) -> list[Piece]:
    """A word as pieces of a line each; nearly always one."""
    end, count = max(start, end), -(-len(text) // LINE)
    times = [start + (end - start) * at // max(count, 1) for at in range(count + 1)]
    return [Piece(text[at * LINE : (at + 1) * LINE], *times[at : at + 2]) for at in range(count)]


def show(blocks: Sequence[Block]) -> Iterator[Timed]:
    """Give blocks, in order, their times and lines."""
    free = 0
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        start = max(block.due, free)
        free = _end(block, start, after.due if after else None)
        yield Timed(start, free, _wrap(block.pieces), rushed=free - start < _wanted(block.length))


def _end(block: Block, start: int, following: int | None) -> int:
    """As long as it is spoken and takes to read; the next cue gives way for that, but not for more than `LAG`."""
    read, end = start + _wanted(block.length), max(block.spoken, start + _wanted(block.length))
    if following is not None:
        end = max(min(read, following + LAG), min(end, following))
    return min(max(end, start + SHORTEST), start + LONGEST)


def _wanted(length: int) -> int:
    return max(SHORTEST, -(-length * 1000 // PACE))


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) + 1 for piece in pieces) - 1


def _stretches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    stretch: list[Piece] = []
    for piece in pieces:
        if stretch and piece.start - stretch[-1].end >= PAUSE:
            yield stretch
            stretch = []
        stretch.append(piece)
    if stretch:
        yield stretch


def _cut(stretch: list[Piece]) -> list[Block]:
    """The cheapest way to cut, found from the end: `best[i]` is the price from `i` on, and where that cue ends."""
    count = len(stretch)
    best: list[tuple[float, int]] = [(0.0, count)] * (count + 1)
    for first in reversed(range(count)):
        best[first] = min((_price(stretch, first, end) + best[end][0], end) for end in _ends(stretch, first))
    blocks: list[Block] = []
    at = 0
    while at < count:
        end = best[at][1]
        blocks.append(Block(stretch[at:end]))
        at = end
    return blocks


def _ends(stretch: list[Piece], first: int) -> Iterator[int]:
    """Where a cue that begins at `first` may end: while its lines, filled one after another, suffice."""
    yield first + 1
    lines, used = 1, len(stretch[first].text)
    for end in range(first + 1, len(stretch)):
        more = len(stretch[end].text)
        lines, used = (lines, used + 1 + more) if used + 1 + more <= LINE else (lines + 1, more)
        if lines > LINES or stretch[end].end - stretch[first].start > LONGEST:
            return
        yield end + 1


def _price(stretch: list[Piece], first: int, end: int) -> float:
    """What is wrong with a cue: that it is one more, where it ends, what it joins, how empty and how hurried it is."""
    pieces = stretch[first:end]
    length, last = _length(pieces), end == len(stretch)
    joined = 0.7 * sum(_closes(piece.text) == SENTENCE_END for piece in pieces[:-1])
    emptiness = 0.5 * (1 - length / (LINE * LINES)) ** 2
    there = LONGEST if last else stretch[end].start - pieces[0].start
    hurry = 3 * max(0, _wanted(length) - there) / 1000
    return 1 + (0 if last else _tear(pieces[-1], stretch[end])) + joined + emptiness + hurry


def _tear(before: Piece, after: Piece) -> float:
    """How badly a break between two pieces reads."""
    unclosed = 1.5 if after.start - before.end >= PAUSE // 3 else 2.5
    return min(_closes(before.text), unclosed)


@lru_cache(4096)
def _closes(text: str) -> float:
    """How badly a break after a word reads, by its punctuation."""
    if SENTENCE.search(text):
        return SENTENCE_END
    return 0.5 if CLAUSE.search(text) else inf


def _wrap(pieces: Sequence[Piece]) -> list[str]:
    """One line if it fits, else two of similar length, parted at punctuation where that can be."""
    if _length(pieces) <= LINE:
        return [_joined(pieces)]
    at = min(_breaks(pieces), key=lambda at: _tear_line(pieces, at))
    return [_joined(pieces[:at]), _joined(pieces[at:])]


def _breaks(pieces: Sequence[Piece]) -> Iterator[int]:
    """Where pieces can be parted into two lines."""
    for at in range(1, len(pieces)):
        if _length(pieces[:at]) <= LINE and _length(pieces[at:]) <= LINE:
            yield at


def _tear_line(pieces: Sequence[Piece], at: int) -> float:
    unlike = abs(_length(pieces[:at]) - _length(pieces[at:])) / LINE
    return unlike + _tear(pieces[at - 1], pieces[at]) / 4


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)
