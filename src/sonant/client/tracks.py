"""How the bytes of a stream lie along its time, and where one can begin in the midst of them. Pure.

A server that is told a stream again has to be able to enter it: headerless samples anywhere, Ogg at a page, WebM at a
cluster; what has no such places is told from its start.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

from sonant.client.errors import BadOptionValue, SourceError
from sonant.contract.audio import FIXED_SAMPLE_RATES, SAMPLE_BYTES

_PACKETS = frozenset({"opus", "speex", "amr-nb", "amr-wb", "g729"})
"""Encodings whose messages are packets, not to be joined or split."""
_PACKET_SECONDS = 0.02
_GUESS = 16_000.0
"""Bytes a second of what does not tell."""
SNIFF = 12
"""Bytes that tell a container from bare samples."""
_MARKS = (b"RIFF", b"RF64", b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3", b"FORM", b"caff", b"#!AMR")
_CLUSTER = b"\x1fC\xb6u"
_WAVE_ENCODINGS = {(1, 16): "linear16", (3, 32): "linear32", (6, 8): "alaw", (7, 8): "mulaw"}


class Track:
    """A stream that can only be told from its start.

    Attributes:
        header: what a server has to hear first, wherever it enters.
        joins: whether chunks may be sent as one message.
        rate: bytes a second, as far as known.
    """

    joins = True

    def __init__(self, rate: float = _GUESS) -> None:
        self.header = b""
        self.rate = rate

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""

    def seconds(self, position: int) -> float:
        """The time at a byte."""
        return position / self.rate

    def entry(self, seconds: float) -> int:
        """The last byte, at or before a time, where a server can begin; after the header."""
        return 0

    def span(self, seconds: float) -> int:
        """About how many bytes last so long; whole samples."""
        return max(1, int(seconds * self.rate))


class RawTrack(Track):
    """Bare samples, from a byte on."""

    def __init__(self, sample_rate: int, frame: int) -> None:
        super().__init__(float(sample_rate * frame))
        self._frame, self._sample_rate, self._begin = frame, sample_rate, 0

    def seconds(self, position: int) -> float:
        """The time at a byte."""
        return max(0, position - self._begin) / self.rate

    def entry(self, seconds: float) -> int:
        """The sample at a time."""
        return self._begin + round(seconds * self._sample_rate) * self._frame

    def span(self, seconds: float) -> int:
        """How many bytes last so long; whole samples."""
        return max(1, int(seconds * self._sample_rate)) * self._frame


class WaveTrack(RawTrack):
    """A WAV file: bare samples behind a header."""

    def __init__(self, header: bytes, sample_rate: int, frame: int) -> None:
        super().__init__(sample_rate, frame)
        self.header, self._begin = header, len(header)


class PacketTrack(Track):
    """Packets, each a message of its own."""

    joins = False

    def __init__(self) -> None:
        super().__init__()
        self._starts: list[int] = []
        self._end = 0

    def feed(self, data: bytes) -> None:
        """Take a packet."""
        self._starts.append(self._end)
        self._end += len(data)

    def seconds(self, position: int) -> float:
        """The time at a byte."""
        return bisect_right(self._starts, position - 1) * _PACKET_SECONDS

    def entry(self, seconds: float) -> int:
        """The packet at a time."""
        index = round(seconds / _PACKET_SECONDS)
        return self._starts[index] if index < len(self._starts) else self._end


class PagedTrack(Track):
    """A container that can be entered at each of its pages."""

    def __init__(self, find: Callable[[bytes, int], tuple[list[tuple[int, float]], int]]) -> None:
        super().__init__()
        self._find = find
        self._rest = b""
        self._end = 0
        self._places: list[int] = []
        self._times: list[float] = []

    def feed(self, data: bytes) -> None:
        """Look for pages in the next bytes."""
        self._rest += data
        self._end += len(data)
        base = self._end - len(self._rest)
        found, used = self._find(self._rest, base)
        for place, time in found:
            if not self._places:
                self.header = self._rest[: place - base] if not base else self.header
            self._places.append(place)
            self._times.append(time)
        if self._places:  # until the first page, all is header
            self._rest = self._rest[used:]

    def seconds(self, position: int) -> float:
        """The time at a byte, between two pages by its place."""
        index = bisect_right(self._places, position) - 1
        if index < 0:
            return 0.0
        if index + 1 < len(self._places):
            part = (position - self._places[index]) / (self._places[index + 1] - self._places[index])
            return self._times[index] + part * (self._times[index + 1] - self._times[index])
        return self._times[index] + (position - self._places[index]) / self._measured()

    def entry(self, seconds: float) -> int:
        """The page that holds a time."""
        index = bisect_right(self._times, seconds + 1e-6) - 1
        return self._places[index] if index >= 0 else 0

    def _measured(self) -> float:
        """Bytes a second so far."""
        lasted = self._times[-1] - self._times[0]
        return (self._places[-1] - self._places[0]) / lasted if lasted > 0 else self.rate


class _Ogg:
    """Finds the pages of an Ogg stream, and when each begins."""

    def __init__(self) -> None:
        self._rate, self._skip, self._time = 48_000, 0, 0.0

    def __call__(self, data: bytes, base: int) -> tuple[list[tuple[int, float]], int]:
        """Pages in the data, those of headers left out, and how far it was read."""
        found: list[tuple[int, float]] = []
        at = 0
        while at + 27 <= len(data) and data[at : at + 4] == b"OggS":
            segments = data[at + 26]
            size = 27 + segments + sum(data[at + 27 : at + 27 + segments])
            if at + size > len(data):
                break
            granule = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
            self._read_first(data[at + 27 + segments : at + size], first=bool(data[at + 5] & 2))
            if granule > 0:
                found.append((base + at, self._time))
                self._time = max(0, granule - self._skip) / self._rate
            at += size
        return found, at

    def _read_first(self, body: bytes, *, first: bool) -> None:
        if first and body.startswith(b"OpusHead"):
            self._skip = int.from_bytes(body[10:12], "little")
        elif first and body.startswith(b"\x01vorbis"):
            self._rate = int.from_bytes(body[12:16], "little") or self._rate


def _clusters(data: bytes, base: int) -> tuple[list[tuple[int, float]], int]:
    """Clusters of a WebM stream in the data, and how far it was read."""
    found: list[tuple[int, float]] = []
    at = data.find(_CLUSTER)
    used = max(0, len(data) - 16)
    while at >= 0 and at + 16 <= len(data):
        timecode = _timecode(data[at + 4 : at + 24])
        if timecode is not None:
            found.append((base + at, timecode / 1000))
        at = data.find(_CLUSTER, at + 4)
    return found, at if at >= 0 else used


def _timecode(body: bytes) -> int | None:
    """Milliseconds at which a cluster begins, from what follows its mark."""
    width = 9 - body[0].bit_length() if body[0] else 0  # of the size, which may be unknown
    if not width or body[width : width + 1] != b"\xe7":
        return None
    length = body[width + 1] & 0x7F
    return int.from_bytes(body[width + 2 : width + 2 + length], "big")


def choose_track(options: Mapping[str, Any]) -> Track | None:
    """The track that options describe; None where the first bytes have to tell.

    Raises:
        BadOptionValue: headerless audio lacks its sample rate.
    """
    encoding = options.get("encoding")
    if encoding is None:
        return None
    rate = options.get("sample_rate") or FIXED_SAMPLE_RATES.get(encoding)
    if encoding in SAMPLE_BYTES:
        if rate is None:
            raise BadOptionValue(
                f"encoding={encoding} is headerless: it needs sample_rate.",
                hint="Add sample_rate=16000, or what it is.",
            )
        return RawTrack(rate, SAMPLE_BYTES[encoding] * int(options.get("channels") or 1))
    if encoding in _PACKETS:
        return PacketTrack()
    return PagedTrack(_Ogg()) if encoding == "ogg-opus" else Track()


def sniff_track(head: bytes) -> Track:
    """The track that a stream's first bytes tell: at least SNIFF of them, or all there are.

    Raises:
        SourceError: they are bare samples, or nothing that is known.
    """
    if head.startswith(b"OggS"):
        return PagedTrack(_Ogg())
    if head.startswith(b"\x1aE\xdf\xa3"):
        return PagedTrack(_clusters)
    if head.startswith(_MARKS) or head[4:8] == b"ftyp" or _is_mpeg(head):
        return Track()
    raise SourceError(
        "The audio has no header that is known, so it has to be described.",
        hint="Headerless samples need encoding= and sample_rate=, e.g. encoding='linear16', sample_rate=16000.",
    )


def _is_mpeg(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0


def read_wave(head: bytes) -> WaveTrack | None:
    """The track of a WAV file whose header is complete; None while it is not, or where its samples are coded.

    Raises:
        SourceError: the header is damaged.
    """
    at = 12
    coding: tuple[int, ...] = ()
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        if name == b"data":
            if len(coding) < 6 or not coding[2] or not coding[4]:
                raise SourceError("The WAV header is damaged: it does not say how its samples are coded.")
            return WaveTrack(head[: at + 8], coding[2], coding[4])
        if name == b"fmt " and at + 24 <= len(head):
            coding = struct.unpack_from("<HHIIHH", head, at + 8)
        at += 8 + size + size % 2
    return None


def check_header(head: bytes, options: Mapping[str, Any]) -> None:
    """See that a header, if audio that was called headerless has one, says the same.

    Raises:
        SourceError: it says something else.
    """
    wave = read_wave(head) if head.startswith(b"RIFF") else None
    if wave is None:
        if head.startswith((b"OggS", b"fLaC", b"\x1aE\xdf\xa3")):
            raise SourceError(
                f"The audio is in a container, not headerless {options.get('encoding')}.",
                hint="Leave encoding, sample_rate and channels out.",
            )
        return
    _, channels, rate, _, _, bits = _coding(head)
    said = {"sample_rate": rate, "channels": channels}
    coded = _WAVE_ENCODINGS.get((_coding(head)[0], bits))
    for name, value in (("encoding", coded), *said.items()):
        asked = options.get(name, 1 if name == "channels" else value)
        if value is not None and asked != value:
            raise SourceError(
                f"The WAV header says {name}={value}, the options say {asked}.",
                hint="Leave encoding, sample_rate and channels out, or correct them.",
            )


def _coding(head: bytes) -> tuple[int, ...]:
    return struct.unpack_from("<HHIIHH", head, head.index(b"fmt ") + 8)
