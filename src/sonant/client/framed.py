"""Streams of frames as tracks: MP3, AAC, AMR, FLAC. Pure.

Each walks from frame to frame by what their headers say, and never decodes anything.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sonant.client.tracks import PlacedTrack
from sonant.contract.frames import FRAME_HEADER, read_frame

_DECODER_DELAY = 529
"""Samples by which any MP3 decoder is late."""
_AMR_SIZES = {
    b"#!AMR\n": (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 1, 1),
    b"#!AMR-WB\n": (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1),
}
"""Bytes of a frame of each type, by the magic of the file; 0 where there is none."""
_AMR_SECONDS = 0.02


class FramedTrack(PlacedTrack):
    """MP3, MP2 and ADTS AAC: frame follows frame, and each can be entered, without a header."""

    def __init__(self) -> None:
        super().__init__(header=b"")
        self._time = 0.0
        self._has_begun = False

    def walk(self, data: bytes, at: int) -> int:
        """Go from frame to frame; tags and what lies between frames are passed over."""
        begin = 0
        if not at and data.startswith(b"ID3"):
            if len(data) < 10:
                return 0
            begin = _tag_size(data)
        while begin + FRAME_HEADER <= len(data):
            frame = read_frame(data[begin : begin + FRAME_HEADER])
            if frame is None:
                found = data.find(b"\xff", begin + 1)
                begin = found if found >= 0 else len(data)
                continue
            if not self._has_begun:
                if begin + frame.size > len(data):
                    break
                self._has_begun = True
                skip = _encoder_delay(data[begin : begin + frame.size])
                if skip is not None:  # no audio, but about it
                    self._time = -skip / frame.sample_rate
                    begin += frame.size
                    continue
            self.add_place(at + begin, max(0.0, self._time))
            self._time += frame.samples / frame.sample_rate
            begin += frame.size
            self.reach(at + begin, max(0.0, self._time))
        return begin


def _tag_size(head: bytes) -> int:
    """Bytes of an ID3v2 tag, of which the first ten are given."""
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _encoder_delay(frame: bytes) -> int | None:
    """Samples that a decoder leaves out at the beginning, if this frame only tells about the others; else None."""
    if frame[36:40] == b"VBRI":
        return 0
    mark = max(frame.find(b"Xing", 4, 40), frame.find(b"Info", 4, 40))
    if mark < 0:
        return None
    flags = int.from_bytes(frame[mark + 4 : mark + 8], "big")
    tag = mark + 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    if not frame.startswith((b"LAME", b"Lav"), tag):
        return 0
    return (int.from_bytes(frame[tag + 21 : tag + 24], "big") >> 12) + _DECODER_DELAY


class AmrTrack(PlacedTrack):
    """AMR, narrow or wide: frames of 20 ms, each of which can be entered; declared ones have no header."""

    def __init__(self, magic: bytes, *, declared: bool = False) -> None:
        super().__init__(sum(_AMR_SIZES[magic][:8]) / 8 / _AMR_SECONDS, b"" if declared else magic)
        self._sizes, self._count = _AMR_SIZES[magic], 0
        self.joins = not declared

    def walk(self, data: bytes, at: int) -> int:
        """Go from frame to frame."""
        begin = max(0, len(self.header) - at)
        while begin < len(data):
            size = self._sizes[data[begin] >> 3 & 15]
            if size:
                self.add_place(at + begin, self._count * _AMR_SECONDS)
                self._count += 1
            begin += size or 1
            self.reach(at + begin, self._count * _AMR_SECONDS)
        return begin


_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_FLAC_HEADER = 16
"""Bytes of the longest header of a frame."""
_FLAC_RATES = (0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
_FLAC_GAP = 30.0
"""Seconds of which frames may be missing; what jumps further is none."""
_STREAMINFO = 34
"""Bytes of the block that describes the audio."""


class FlacTrack(PlacedTrack):
    """FLAC: each frame tells its first sample, and can be entered behind the block that describes the audio."""

    def __init__(self, sample_rate: int = 0) -> None:
        super().__init__(header=b"")
        self._sample_rate, self._block = sample_rate, 0
        self._has_blocks = True
        self._first, self._next_sample = -1, 0

    def walk(self, data: bytes, at: int) -> int:
        """Go from block to block, then from frame to frame."""
        if not at and len(data) < 4:
            return 0
        begin = 0 if at or not data.startswith(b"fLaC") else 4
        if not at and not begin:
            self._has_blocks = False
        while self._has_blocks:
            size = int.from_bytes(data[begin + 1 : begin + 4], "big")
            if begin + 4 > len(data) or (not data[begin] & 0x7F and begin + 4 + size > len(data)):
                return begin
            self._has_blocks = not data[begin] & 0x80
            if not data[begin] & 0x7F:
                self._read_info(data[begin + 4 : begin + 4 + size])
            begin += 4 + size
        return begin + self._find_frames(data[begin:], at + begin) if begin < len(data) else begin

    def _read_info(self, info: bytes) -> None:
        self.header = b"fLaC\x80" + len(info).to_bytes(3, "big") + info  # as the last block: the others are not sound
        self._block = int.from_bytes(info[:2], "big")
        self._sample_rate = int.from_bytes(info[10:13], "big") >> 4
        channels, bits = (info[12] >> 1 & 7) + 1, ((info[12] & 1) << 4 | info[13] >> 4) + 1
        self._rate = self._sample_rate * channels * bits / 16

    def _find_frames(self, data: bytes, at: int) -> int:
        begin = 0
        while found := _FLAC_SYNC.search(data, begin):
            begin = found.start()
            if begin + _FLAC_HEADER > len(data):
                return begin
            frame = _read_flac(data[begin : begin + _FLAC_HEADER])
            if frame is not None:
                self._add_frame(at + begin, frame)
            begin += 2
        return len(data) - 1

    def _add_frame(self, position: int, frame: _FlacFrame) -> None:
        self._block = self._block or frame.samples
        self._sample_rate = self._sample_rate or frame.sample_rate
        sample = frame.number if frame.counts_samples else frame.number * self._block
        if self._first < 0:
            self._first = self._next_sample = sample
        if self._sample_rate and 0 <= sample - self._next_sample <= _FLAC_GAP * self._sample_rate:
            self._next_sample = sample + frame.samples
            time = (sample - self._first) / self._sample_rate
            self.add_place(position, time)
            self.reach(position, time)


class _FlacFrame(NamedTuple):
    """What the header of a frame says: its number, or that of its first sample, and the samples of each channel."""

    number: int
    counts_samples: bool
    samples: int
    sample_rate: int


def _read_flac(head: bytes) -> _FlacFrame | None:
    """The frame that starts so; None if none does, which its checksum tells."""
    size_code, rate_code = head[2] >> 4, head[2] & 15
    extra = 8 - (head[4] ^ 0xFF).bit_length()  # bytes that follow the first of the number, as in UTF-8
    if not size_code or rate_code == 15 or head[3] & 1 or extra == 1:
        return None
    number, at = head[4] & 0x7F >> extra, 5
    for byte in head[5 : 4 + extra]:
        number, at = number << 6 | byte & 0x3F, at + 1
    samples, at = _read_coded(head, at, {6: 1, 7: 2}.get(size_code, 0))
    rate, at = _read_coded(head, at, {12: 1, 13: 2, 14: 2}.get(rate_code, 0))
    if at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    if size_code not in {6, 7}:
        samples = 192 if size_code == 1 else 576 << size_code - 2 if size_code < 6 else 256 << size_code - 8
    else:
        samples += 1
    scale = {12: 1000, 14: 10}.get(rate_code, 1)
    return _FlacFrame(number, bool(head[1] & 1), samples, _FLAC_RATES[rate_code] if rate_code < 12 else rate * scale)


def _read_coded(head: bytes, at: int, size: int) -> tuple[int, int]:
    """A number of so many bytes, and what comes behind it."""
    return int.from_bytes(head[at : at + size], "big"), at + size


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 7 if value & 0x80 else value << 1) & 0xFF
    return value
