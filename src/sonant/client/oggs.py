"""Several streams of Opus in Ogg become one: the later headers go, the pages are numbered on. Pure."""

from __future__ import annotations

import struct
from typing import NamedTuple

_HEAD = struct.Struct("<4sBBqIIIB")
_BEGINS, _ENDS = 0x02, 0x04
_UNKNOWN = -1


def _table() -> tuple[int, ...]:
    made: list[int] = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        made.append(value & 0xFFFFFFFF)
    return tuple(made)


_CRC = _table()


def checksum(page: bytes) -> int:
    """Of a page whose own field for it is zero."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ _CRC[value >> 24 ^ byte]
    return value


class Page(NamedTuple):
    """A page of Ogg."""

    flags: int
    granule: int
    """Samples at 48 kHz up to its end; -1 where no packet ends on it."""
    serial: int
    sequence: int
    table: bytes
    body: bytes

    def encode(self) -> bytes:
        """Its bytes, checksum and all."""
        head = (b"OggS", 0, self.flags, self.granule, self.serial, self.sequence)
        bare = _HEAD.pack(*head, 0, len(self.table)) + self.table + self.body
        return _HEAD.pack(*head, checksum(bare), len(self.table)) + self.table + self.body


class OggJoiner:
    """Parts become one logical stream; pages keep their packets, so nothing is decoded."""

    def __init__(self) -> None:
        self._rest = b""
        self._serial: int | None = None
        self._sequence = 0
        self._base = self._end = 0
        """Samples before this part; up to the last page."""
        self._held: Page | None = None
        """The last page so far: whether it ends the stream is known with the next one."""

    def begin(self) -> None:
        """Another part follows."""
        self._rest, self._base = b"", self._end

    def take(self, data: bytes) -> bytes:
        """The pages that are whole, but for the last."""
        self._rest += data
        out = b""
        while (page := self._next_page()) is not None:
            out += self._put(page)
        return out

    def _put(self, page: Page) -> bytes:
        if self._serial is None:
            self._serial = page.serial
        is_header = page.flags & _BEGINS or page.body.startswith(b"OpusTags")
        if is_header and self._base:
            return b""
        before = self._held.encode() if self._held else b""
        granule = page.granule if page.granule == _UNKNOWN or is_header else page.granule + self._base
        self._held = Page(page.flags & ~_ENDS, granule, self._serial, self._sequence, page.table, page.body)
        self._sequence += 1
        if granule != _UNKNOWN:
            self._end = granule
        return before

    def _next_page(self) -> Page | None:
        rest = self._rest
        if len(rest) < _HEAD.size:
            return None
        _, _, flags, granule, serial, sequence, _, segments = _HEAD.unpack_from(rest)
        start = _HEAD.size + segments
        table = rest[_HEAD.size : start]
        end = start + sum(table)
        if len(rest) < end:
            return None
        self._rest = rest[end:]
        return Page(flags, granule, serial, sequence, table, rest[start:end])

    def finish(self, *, last: bool) -> bytes:
        """The last page, which ends the stream if no other part follows."""
        if not last or self._held is None:
            return b""
        return self._held._replace(flags=self._held.flags | _ENDS).encode()
