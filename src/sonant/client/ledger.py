"""Where every byte is that was handed to `send`: final, sent, waiting, gated or lost. Pure.

    0 ──────────── final ──────────── sent ──────────── accepted
       is final            is sent,          waits
                           kept for a replay

Gated and lost stretches lie anywhere among these.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from math import inf
from typing import Literal, NamedTuple

from sonant.client.tracks import Track

LEAD = 0.3
"""Seconds of a pause before the watermark with which a new connection begins: a recognizer misses a word that its audio
begins with."""
LARGEST = 32_768
"""Bytes of one message, where several chunks go as one."""

Fate = Literal["gated", "lost"]


class Amount(NamedTuple):
    """So much audio."""

    bytes: int
    seconds: float


class Ledger(NamedTuple):
    """Where the audio is. `total` is the sum of the others."""

    total: Amount
    """Everything that `send` took."""
    final: Amount
    """Sent, and the service has said its last word on it."""
    sent: Amount
    """Sent, and not final yet: it would be sent again after a loss of connection."""
    waiting: Amount
    """Not sent yet."""
    gated: Amount
    """Kept back by the `gate`."""
    lost: Amount
    """Given up; an `AudioLost` told of it."""


class Stretch(NamedTuple):
    """Bytes that are not sent (again)."""

    start: int
    end: int
    fate: Fate


class Tape:
    """The audio of a stream from the watermark on, and the account of all of it.

    Attributes:
        quiet_from: seconds of the stream, after which nobody spoke before the watermark; infinite if that is not known.
    """

    __slots__ = ("_chunks", "_holes", "_kept", "_passed", "accepted", "final", "quiet_from", "sent", "track")

    def __init__(self) -> None:
        self.track: Track | None = None
        self.accepted = self.sent = self.final = 0
        self.quiet_from = inf
        self._chunks: deque[tuple[int, bytes]] = deque()
        self._holes: list[Stretch] = []
        self._passed: dict[Fate, int] = {"gated": 0, "lost": 0}
        self._kept = 0
        """Before this byte there are no copies any more."""

    def accept(self, data: bytes) -> None:
        """Take audio that is to be sent, in chunks that can be sent at once unless it is a packet."""
        most = LARGEST if self.track is None or self.track.joins else len(data)
        for start in range(0, len(data), most):
            chunk = data[start : start + most]
            self._chunks.append((self.accepted, chunk))
            self.accepted += len(chunk)

    def skip(self, size: int, fate: Fate) -> None:
        """Note audio that is not to be sent."""
        self._add_hole(self.accepted, self.accepted + size, fate)
        self.accepted += size
        if self.sent == self._holes[-1].start:
            self.sent = self.accepted

    def take(self, most: int = LARGEST) -> tuple[int, bytes]:
        """The next bytes to send, and where they stand; empty if there are none."""
        if self._chunks and not self._holes and self._chunks[-1][0] == self.sent and len(self._chunks[-1][1]) <= most:
            start, data = self._chunks[-1]  # as nearly always: one new chunk
            self.sent += len(data)
            return start, data
        self._step_over()
        start, pieces, size = self.sent, list[bytes](), 0
        joins = self.track is None or self.track.joins
        for piece in self._from(self.sent):
            if pieces and not joins:
                break
            pieces.append(piece[: most - size] if joins else piece)
            size += len(pieces[-1])
            if size >= most:
                break
        self.sent += size
        return start, pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _step_over(self) -> None:
        """Go past stretches that are not sent."""
        for hole in self._holes:
            if hole.start <= self.sent < hole.end:
                self.sent = hole.end

    def _from(self, position: int) -> Iterator[bytes]:
        """Chunks from a byte to the next hole."""
        stop = next((hole.start for hole in self._holes if hole.start >= position), self.accepted)
        chunks = self._chunks
        index = bisect_right(chunks, position, key=lambda chunk: chunk[0]) - 1 if chunks else 0
        while 0 <= index < len(chunks):
            start, data = chunks[index]
            if start >= stop:
                return
            whole = start >= position and start + len(data) <= stop
            piece = data if whole else data[max(0, position - start) : stop - start]
            if piece:
                yield piece
            index += 1

    def settle(self, position: int) -> None:
        """Move the watermark: all before it is final."""
        position = min(position, self.sent)
        if position <= self.final:
            return
        self.final = position
        entry = self.entry
        self.release(entry)
        while self._holes and self._holes[0].end <= entry:
            hole = self._holes.pop(0)
            self._passed[hole.fate] += hole.end - hole.start

    @property
    def entry(self) -> int:
        """Where another connection begins: a little before the watermark, in a pause or where a server can."""
        track = self.track
        if track is None:
            return self.final
        watermark = track.seconds(self.final)
        return min(self.final, track.entry(max(0.0, min(watermark, max(self.quiet_from, watermark - LEAD)))))

    def release(self, position: int) -> None:
        """Forget copies of what lies before a byte."""
        self._kept = max(self._kept, position)
        chunks = self._chunks
        while chunks and chunks[0][0] + len(chunks[0][1]) <= position:
            chunks.popleft()

    @property
    def kept(self) -> int:
        """The first byte that could be sent (again)."""
        return self._kept if not self._chunks else max(self._kept, self._chunks[0][0])

    def lose(self, start: int, end: int) -> int:
        """Give up what lies between two bytes and is not gated or lost already; returns how much that is."""
        lost = 0
        for begin, stop in self._gaps(max(start, self.final), min(end, self.accepted)):
            self._add_hole(begin, stop, "lost")
            lost += stop - begin
        self._drop_lost()
        return lost

    def oldest(self, size: int) -> tuple[int, int]:
        """Where the first `size` bytes stand that wait to be sent: from, and up to."""
        begin = end = self.sent
        for start, stop in self._gaps(self.sent, self.accepted):
            begin = begin if end > begin else start
            end = min(stop, start + size)
            size -= end - start
            if size <= 0:
                break
        return begin, end

    def _gaps(self, start: int, end: int) -> list[tuple[int, int]]:
        """What lies between two bytes and in no hole."""
        gaps: list[tuple[int, int]] = []
        for hole in [*self._holes, Stretch(end, end, "lost")]:
            if hole.start > start and start < end:
                gaps.append((start, min(hole.start, end)))
            start = max(start, hole.end)
        return gaps

    def _add_hole(self, start: int, end: int, fate: Fate) -> None:
        index = bisect_left(self._holes, start, key=lambda hole: hole.start)
        before = self._holes[index - 1] if index else None
        if before and before.end == start and before.fate == fate:
            self._holes[index - 1] = Stretch(before.start, end, fate)
        else:
            self._holes.insert(index, Stretch(start, end, fate))

    def _drop_lost(self) -> None:
        """Forget copies of what is lost."""
        self._step_over_to(self.kept)
        holes = [hole for hole in self._holes if hole.fate == "lost"]
        self._chunks = deque(chunk for chunk in self._chunks if not _is_within(chunk, holes))

    def _step_over_to(self, position: int) -> None:
        for hole in self._holes:
            if hole.start <= position < hole.end:
                position = hole.end
        self.release(position)

    def rewind(self, position: int) -> None:
        """Send again from a byte on."""
        self.sent = max(position, 0)

    def unsettled(self) -> bytes:
        """What was sent and is not final, as far as there are copies."""
        sent = (
            data[max(0, self.final - start) : self.sent - start] for start, data in self._chunks if start < self.sent
        )
        return b"".join(sent)

    def waiting(self) -> int:
        """Bytes that are not sent yet."""
        return self.accepted - self.sent - sum(self._inside(self.sent, self.accepted).values())

    def _inside(self, start: int, end: int) -> dict[Fate, int]:
        """Gated and lost bytes between two bytes."""
        sums: dict[Fate, int] = {"gated": 0, "lost": 0}
        for hole in self._holes:
            sums[hole.fate] += max(0, min(hole.end, end) - max(hole.start, start))
        return sums

    def account(self, *, held: int = 0, refused: int = 0) -> Ledger:
        """Where the audio is.

        Args:
            held: bytes that are looked at before they come here.
            refused: bytes that were, and did not come.
        """
        # A hole that the watermark has reached but not passed counts from its own start.
        ahead = self._inside(0, self.accepted)
        before, between = self._inside(0, self.final), self._inside(self.final, self.sent)
        gated, lost = (self._passed[fate] + ahead[fate] for fate in ("gated", "lost"))
        final = self.final - sum(self._passed.values()) - sum(before.values())
        sent = max(0, self.sent - self.final - sum(between.values()))
        waiting = self.accepted - final - sent - gated - lost
        sizes = (self.accepted + held + refused, final, sent, waiting + held, gated, lost + refused)
        byte = self._seconds_a_byte()
        return Ledger(*(Amount(size, size * byte) for size in sizes))

    def _seconds_a_byte(self) -> float:
        """In the mean of all that was accepted."""
        if self.track is None:
            return 0.0
        return self.track.seconds(self.accepted) / self.accepted if self.accepted else 1 / self.track.rate


def _is_within(chunk: tuple[int, bytes], holes: list[Stretch]) -> bool:
    start, data = chunk
    index = bisect_right(holes, start, key=lambda hole: hole.start) - 1
    return index >= 0 and start + len(data) <= holes[index].end


class Clock:
    """The time of one connection, which begins at nothing, along the time of the stream.

    Attributes:
        is_plain: whether both times are the same.
    """

    def __init__(self) -> None:
        self._here: list[float] = [0.0]
        self._there: list[float] = [0.0]
        self.is_plain = True

    def mark(self, here: float, there: float) -> None:
        """From `here` on the connection's time, the stream's time goes on at `there`."""
        if here <= self._here[-1]:
            self._here[-1], self._there[-1] = here, there
        elif abs(self.at(here) - there) > 1e-9:
            self._here.append(here)
            self._there.append(there)
        self.is_plain = self._here == self._there == [0.0]

    def at(self, seconds: float, *, end: bool = False) -> float:
        """The stream's time at one of the connection's; where the stream was cut, `end` belongs to what is before."""
        find = bisect_left if end else bisect_right
        index = max(0, find(self._here, seconds + (-1e-6 if end else 1e-6)) - 1)
        return self._there[index] + seconds - self._here[index]
