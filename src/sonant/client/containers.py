"""Containers as tracks: where their parts begin, and when. Pure.

Each walks from mark to mark by the sizes that are written there, and never decodes anything.
"""

from __future__ import annotations

import struct

from sonant.client.errors import SourceError
from sonant.client.tracks import PlacedTrack

_LONGEST_PAGE = 60.0
"""Seconds; a first Ogg page that claims more belongs to a stream that was joined midway."""


class OggTrack(PlacedTrack):
    """Ogg: entered at each page."""

    def __init__(self) -> None:
        super().__init__()
        self._sample_rate, self._skip, self._time = 48_000, 0, 0.0

    def walk(self, data: bytes, at: int) -> int:
        """Go from page to page; those of headers are no places."""
        begin = 0
        while begin + 27 <= len(data):
            if not data.startswith(b"OggS", begin):
                found = data.find(b"OggS", begin + 1)
                if found < 0:
                    return len(data) - 3
                begin = found
                continue
            body = begin + 27 + data[begin + 26]
            end = body + sum(data[begin + 27 : body])
            if end > len(data):
                break
            self._read_first(data[body:end], first=bool(data[begin + 5] & 2))
            granule = int.from_bytes(data[begin + 6 : begin + 14], "little", signed=True)
            if granule > 0:
                self._add_page(at + begin, at + end, granule)
            begin = end
        return begin

    def _add_page(self, begin: int, end: int, granule: int) -> None:
        if not self._places and granule > _LONGEST_PAGE * self._sample_rate:
            self._skip = granule
        self.add_place(begin, self._time)
        self._time = max(self._time, (granule - self._skip) / self._sample_rate)
        self.reach(end, self._time)

    def _read_first(self, body: bytes, *, first: bool) -> None:
        """The clock of the stream, which its first page tells."""
        if not first:
            return
        if body.startswith(b"OpusHead"):
            self._skip = int.from_bytes(body[10:12], "little")
        elif body.startswith(b"\x01vorbis"):
            self._sample_rate = int.from_bytes(body[12:16], "little") or self._sample_rate
        elif body.startswith(b"Speex   "):
            self._sample_rate = int.from_bytes(body[36:40], "little") or self._sample_rate
        elif body.startswith(b"\x7fFLAC"):
            self._sample_rate = int.from_bytes(body[27:30], "big") >> 4 or self._sample_rate


_SEGMENT, _INFO, _SCALE, _CLUSTER, _TIME = 0x18538067, 0x1549A966, 0x2AD7B1, 0x1F43B675, 0xE7
_GROUP, _BLOCK, _SIMPLE_BLOCK = 0xA0, 0xA1, 0xA3
_ENTERED = frozenset({_SEGMENT, _INFO, _CLUSTER, _GROUP})
_READ = frozenset({_SCALE, _TIME})
_BLOCKS = frozenset({_BLOCK, _SIMPLE_BLOCK})
_BLOCK_HEAD = 4
"""Bytes of a block before its flags end: track, time, flags."""


class WebmTrack(PlacedTrack):
    """WebM and Matroska: entered at each cluster, timed by each block."""

    def __init__(self) -> None:
        super().__init__()
        self._tick = 0.001
        self._cluster: int | None = None
        self._time, self._first = 0.0, -1.0

    def walk(self, data: bytes, at: int) -> int:
        """Go from element to element."""
        begin = 0
        while begin < len(data):
            element = _read_element(data, begin)
            if element is None:
                return begin
            kind, body, size = element
            if not kind or (size is None and kind not in _ENTERED):  # damage: on with the next cluster
                found = data.find(_CLUSTER.to_bytes(4, "big"), begin + 1)
                if found < 0:
                    return max(begin + 1, len(data) - 3)
                begin = found
                continue
            if kind in _ENTERED:
                self._cluster = at + begin if kind == _CLUSTER else self._cluster
                begin = body
                continue
            needed = size or 0 if kind in _READ else _BLOCK_HEAD if kind in _BLOCKS else 0
            if body + needed > len(data):
                return begin
            self._read(kind, data[body : body + needed], at + begin)
            begin = body + (size or 0)
        return begin

    def _read(self, kind: int, body: bytes, position: int) -> None:
        if kind == _SCALE:
            self._tick = int.from_bytes(body, "big") / 1e9
        elif kind == _TIME and self._cluster is not None:
            self._time = int.from_bytes(body, "big") * self._tick
            self._first = self._time if self._first < 0 else self._first
            self.add_place(self._cluster, self._time - self._first)
        elif kind in _BLOCKS and self._first >= 0:
            after = int.from_bytes(body[1:3], "big", signed=True) * self._tick
            self.reach(position, max(0.0, self._time - self._first + after))


def _read_element(data: bytes, at: int) -> tuple[int, int, int | None] | None:
    """Id, place of the body, and size (None if unknown) of an EBML element; None while that is not all there.

    The id is 0 where none can stand.
    """
    width = 9 - data[at].bit_length()
    if width > 4:
        return 0, at, None
    mark = at + width
    if mark >= len(data):
        return None
    length = 9 - data[mark].bit_length()
    if length > 8:
        return 0, at, None
    if mark + length > len(data):
        return None
    limit = 1 << 7 * length
    size = int.from_bytes(data[mark : mark + length], "big") - limit
    return int.from_bytes(data[at:mark], "big"), mark + length, None if size == limit - 1 else size


_INDEX = frozenset({b"moov", b"moof"})
_INSIDE = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})
_TIMED = frozenset({b"mvhd", b"mdhd", b"tfdt"})
_TIMED_SIZE = 32
"""Bytes of such a box that tell the time."""


class Mp4Track(PlacedTrack):
    """MP4 and M4A whose index comes first: told from the start, timed by the whole or by its fragments."""

    def __init__(self) -> None:
        super().__init__(header=b"")
        self._has_index = False
        self._duration, self._scale = 0.0, 0

    def entry(self, seconds: float) -> int:
        """The beginning: without its index nothing can be understood."""
        return 0

    def walk(self, data: bytes, at: int) -> int:
        """Go from box to box.

        Raises:
            SourceError: the audio comes before the index.
        """
        begin = 0
        while begin + 16 <= len(data):
            size, kind = struct.unpack_from(">I4s", data, begin)
            size, head = (int.from_bytes(data[begin + 8 : begin + 16], "big"), 16) if size == 1 else (size, 8)
            self._has_index = self._has_index or kind in _INDEX
            if kind in _TIMED:
                body = data[begin + head : begin + size]
                if len(body) < min(size - head, _TIMED_SIZE):
                    break
                self._read_time(kind, body, at + begin)
            elif kind == b"mdat":
                self._note_audio(at + begin + head, at + begin + size)
            begin += head if kind in _INSIDE else max(size, head)
        return begin

    def _note_audio(self, begin: int, end: int) -> None:
        if not self._has_index:
            raise SourceError(
                "The index of this MP4 (M4A) comes after its audio, so it cannot be streamed.",
                hint="Use transcribe_file, or put the index first: ffmpeg -i a.m4a -c copy -movflags +faststart b.m4a",
            )
        if self._duration and not self._places:
            self.add_place(begin, 0.0)
            self.reach(end, self._duration)

    def _read_time(self, kind: bytes, body: bytes, position: int) -> None:
        long = body[:1] == b"\x01"
        if kind == b"tfdt":
            time = int.from_bytes(body[4:12] if long else body[4:8], "big")
            self.add_place(position, time / (self._scale or 1))
            return
        self._scale, duration = struct.unpack_from(">IQ", body, 20) if long else struct.unpack_from(">II", body, 12)
        if kind == b"mvhd" and self._scale:
            self._duration = duration / self._scale
