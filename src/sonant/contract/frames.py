"""The headers of frames of compressed audio: how many bytes each takes, and how long it sounds."""

from typing import NamedTuple

_VERSION_1, _VERSION_2 = 3, 2
_MPEG_RATES = {
    (2, True): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, True): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, False): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (3, False): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second, by layer and by whether it is version 1."""
_MPEG_HERTZ = (44_100, 48_000, 32_000)
_ADTS_HERTZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350)

FRAME_HEADER = 7
"""Bytes that tell a frame, whichever it is."""


class Frame(NamedTuple):
    """What a frame's header says."""

    size: int
    """Bytes, with the header."""
    samples: int
    """Of each channel."""
    sample_rate: int
    """In Hz."""


def read_frame(start: bytes) -> Frame | None:
    """The frame, MPEG audio or ADTS, whose first FRAME_HEADER bytes are given; None if none starts so."""
    return read_mpeg(start) or read_adts(start)


def read_mpeg(start: bytes) -> Frame | None:
    """The MPEG audio frame (MP3, MP2) that starts so; None if none does, or if it does not tell its size."""
    if len(start) < 4 or start[0] != 0xFF or start[1] & 0xE0 != 0xE0:
        return None
    version, layer, rate, speed = start[1] >> 3 & 3, 4 - (start[1] >> 1 & 3), start[2] >> 4, start[2] >> 2 & 3
    if version == 1 or layer not in {2, 3} or rate in {0, 15} or speed == 3:
        return None
    first = version == _VERSION_1
    hertz = _MPEG_HERTZ[speed] >> (0 if first else 1 if version == _VERSION_2 else 2)
    bits = _MPEG_RATES[layer, first][rate - 1] * 1000
    padding = start[2] >> 1 & 1
    samples = 576 if layer == 3 and not first else 1152
    return Frame(samples // 8 * bits // hertz + padding, samples, hertz)


def read_adts(start: bytes) -> Frame | None:
    """The ADTS frame (AAC) that starts so; None if none does."""
    if len(start) < FRAME_HEADER or start[0] != 0xFF or start[1] & 0xF6 != 0xF0 or start[2] >> 2 & 15 > 12:
        return None
    size = (start[3] & 3) << 11 | start[4] << 3 | start[5] >> 5
    return Frame(size, 1024 * ((start[6] & 3) + 1), _ADTS_HERTZ[start[2] >> 2 & 15]) if size > FRAME_HEADER else None
