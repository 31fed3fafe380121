"""Files of samples behind a header: WAV, AIFF, CAF. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from sonant.client.errors import SourceError
from sonant.client.tracks import WaveTrack

SAMPLE_FILES = (b"RIFF", b"RF64", b"FORM", b"caff")
"""How they begin."""
_PCM, _EXTENSIBLE = 1, 0xFFFE
_WAVE_ENCODINGS = {(_PCM, 16): "linear16", (3, 32): "linear32", (6, 8): "alaw", (7, 8): "mulaw"}
_AIFF_CODES = frozenset({b"ulaw", b"alaw", b"ULAW", b"ALAW"})
_AIFF_SAMPLES = frozenset({b"NONE", b"sowt", b"twos", b"raw ", b"in24", b"in32", b"fl32", b"FL32"})


def read_samples(head: bytes) -> WaveTrack | None:
    """The track of such a file whose header is complete; None while it is not, or where its samples have no fixed size.

    Raises:
        SourceError: the header is damaged.
    """
    if head.startswith((b"RIFF", b"RF64")):
        return _read_wave(head)
    if head.startswith(b"FORM"):
        return _read_aiff(head)
    return _read_caf(head) if head.startswith(b"caff") else None


def describe_wave(head: bytes) -> Mapping[str, str | int | None]:
    """What the header of a WAV file says: encoding (None for one without a name), sample_rate, channels."""
    for name, at, _ in _chunks(head, 12, "<4sI"):
        if name == b"fmt " and at + 16 <= len(head):
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, at)
            return {"encoding": _WAVE_ENCODINGS.get((kind, bits)), "sample_rate": rate, "channels": channels}
    return {}


def _chunks(head: bytes, at: int, form: str) -> Iterator[tuple[bytes, int, int]]:
    """The name of each chunk, where its content begins, and its size."""
    width = struct.calcsize(form)
    while at + width <= len(head):
        name, size = struct.unpack_from(form, head, at)
        yield name, at + width, size
        at += width + max(0, size) + (size % 2 if width == 8 else 0)


def _read_wave(head: bytes) -> WaveTrack | None:
    coding: tuple[int, ...] = ()
    for name, at, _ in _chunks(head, 12, "<4sI"):
        if name == b"data":
            if len(coding) < 6 or not coding[2] or not coding[4]:
                raise SourceError("The WAV header is damaged: it does not say how its samples are coded.")
            return WaveTrack(head[:at], _blocks_a_second(coding), coding[4])
        if name == b"fmt " and at + 16 <= len(head):
            coding = struct.unpack_from("<HHIIHH", head, at)
    return None


def _blocks_a_second(coding: tuple[int, ...]) -> float:
    """Of samples, or of what the bytes a second say where several samples are coded together."""
    kind, _, rate, bytes_a_second, block, bits = coding
    is_plain = (kind, bits) in _WAVE_ENCODINGS or kind in {_PCM, _EXTENSIBLE} or not bytes_a_second
    return rate if is_plain else bytes_a_second / block


def _read_aiff(head: bytes) -> WaveTrack | None:
    frame, rate = 0, 0.0
    for name, at, size in _chunks(head, 12, ">4sI"):
        if name == b"COMM" and at + size <= len(head) and size >= 18:
            channels, _, bits, exponent, mantissa = struct.unpack_from(">HIHHQ", head, at)
            rate = mantissa * 2.0 ** (exponent - 16383 - 63)
            code = head[at + 18 : at + 22] if size >= 22 else b"NONE"
            width = 1 if code in _AIFF_CODES else (bits + 7) // 8 if code in _AIFF_SAMPLES else 0
            frame = channels * width
        if name == b"SSND" and frame and rate > 0 and at + 8 <= len(head):
            begin = at + 8 + int.from_bytes(head[at : at + 4], "big")
            return WaveTrack(head[:begin], rate, frame) if begin <= len(head) else None
    return None


def _read_caf(head: bytes) -> WaveTrack | None:
    packet, rate = 0, 0.0
    for name, at, _ in _chunks(head, 8, ">4sq"):
        if name == b"desc" and at + 24 <= len(head):
            rate, _, _, packet, samples = struct.unpack_from(">d4sIII", head, at)
            rate = rate / samples if samples else 0.0
        if name == b"data":
            return WaveTrack(head[: at + 4], rate, packet) if packet and rate > 0 and at + 4 <= len(head) else None
    return None
