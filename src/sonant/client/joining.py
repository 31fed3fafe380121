"""Speech in several parts becomes one, without a click where they meet. Pure.

linear16, mulaw, alaw   at the samples: each part fades out and the next one in, over 5 ms; of WAV headers the
                        first stays
mp3, aac                at the frames, each of which can be decoded after any other; tags and the frame that counts
                        the others go
opus                    at the pages of Ogg, which are numbered on as those of one stream
flac                    not at all: its frames are numbered within their checksums
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from typing import Any, Protocol

from sonant.client.errors import BadOptionValue
from sonant.client.oggs import OggJoiner
from sonant.client.pcm import OneHeader

FADE = 0.005
"""Seconds of a fade."""
_LONGEST_TAG = 65536
_RATES = {"linear16": 24000, "mulaw": 8000, "alaw": 8000}


class Joiner(Protocol):
    """Parts of speech on their way to one whole: `begin`, `take`..., `finish` for each of them."""

    def begin(self) -> None:
        """Another part follows."""
        ...

    def take(self, data: bytes) -> bytes:
        """What can be handed over."""
        ...

    def finish(self, *, last: bool) -> bytes:
        """What was kept back of a part, which has ended; `last` if no other follows."""
        ...


def choose_joiner(options: Mapping[str, Any]) -> Joiner:
    """How parts in this format are joined.

    Raises:
        BadOptionValue: they cannot be.
    """
    encoding = options.get("encoding") or "mp3"
    if encoding in _RATES:
        rate = int(options.get("sample_rate") or _RATES[encoding])
        return SampleJoiner(encoding, rate)
    if encoding == "opus":
        return OggJoiner()
    if encoding == "flac":
        raise BadOptionValue(
            "encoding: several parts of flac cannot become one.",
            hint='Take encoding="linear16" (wav), which is as exact, or mp3, opus or aac.',
        )
    return FrameJoiner()


class SampleJoiner:
    """Of samples, headerless or in WAV."""

    def __init__(self, encoding: str, sample_rate: int) -> None:
        self._size = 2 if encoding == "linear16" else 1
        self._encoding = encoding
        self._span = max(1, round(FADE * sample_rate)) * self._size
        self._headers = OneHeader()
        self._parts = -1

    def begin(self) -> None:
        """Another part follows."""
        self._parts += 1
        self._kept = b""
        self._is_fading_in = self._parts > 0
        self._headers.begin()

    def take(self, data: bytes) -> bytes:
        """All but the last 5 ms so far, which may have to fade."""
        held = self._kept + self._headers.take(data)
        if self._is_fading_in and len(held) >= 2 * self._span:
            held = self._fade(held[: self._span], rising=True) + held[self._span :]
            self._is_fading_in = False
        if self._is_fading_in or len(held) <= self._span:
            self._kept = held
            return b""
        keep = len(held) - self._span - (len(held) - self._span) % self._size
        self._kept = held[keep:]
        return held[:keep]

    def finish(self, *, last: bool) -> bytes:
        """The last 5 ms."""
        held = self._kept + self._headers.finish()
        held = held[: len(held) - len(held) % self._size]
        if self._is_fading_in:  # a part that is hardly there
            held = self._fade(held, rising=True)
        return held if last else held[: -self._span] + self._fade(held[-self._span :], rising=False)

    def _fade(self, data: bytes, *, rising: bool) -> bytes:
        return _fade16(data, rising=rising) if self._encoding == "linear16" else self._fade_law(data, rising=rising)

    def _fade_law(self, data: bytes, *, rising: bool) -> bytes:
        """A code of G.711 is a sign and a logarithm: the fade is a limit that moves."""
        flip = 0x7F if self._encoding == "mulaw" else 0x55
        steps = len(data) or 1
        return bytes(
            (code & 0x80) | (min((code & 0x7F) ^ flip, 127 * (at if rising else steps - 1 - at) // steps) ^ flip)
            for at, code in enumerate(data)
        )


def _fade16(data: bytes, *, rising: bool) -> bytes:
    samples = array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    count = len(samples) or 1
    for at, sample in enumerate(samples):
        samples[at] = sample * (at if rising else count - 1 - at) // count
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


class FrameJoiner:
    """Of MPEG and ADTS frames."""

    def begin(self) -> None:
        """Another part follows."""
        self._head, self._is_known = b"", False

    def take(self, data: bytes) -> bytes:
        """All of it, once what stands before the sound is known and left out."""
        if self._is_known:
            return data
        self._head += data
        start = _find_sound(self._head)
        if start is None and len(self._head) < _LONGEST_TAG:
            return b""
        self._is_known = True
        head, self._head = self._head[start or 0 :], b""
        return head

    def finish(self, *, last: bool) -> bytes:
        """What was kept back."""
        head, self._head = self._head, b""
        return head


def _find_sound(head: bytes) -> int | None:
    """Where the frames with sound begin; None while that is not known."""
    start = 0
    if len(head) < 10:
        return None
    if head.startswith(b"ID3"):
        start = 10 + sum((byte & 0x7F) << 7 * (3 - at) for at, byte in enumerate(head[6:10]))
    size = _frame_size(head[start : start + 4])
    if len(head) < start + 4 or len(head) < start + size:
        return None
    frame = head[start : start + size]
    is_index = b"Xing" in frame[:64] or b"Info" in frame[:64] or b"VBRI" in frame[:64]
    return start + size if is_index else start


_BIT_RATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


def _frame_size(head: bytes) -> int:
    """Bytes of a frame of MPEG layer III; 0 if it is none, as ADTS."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, padding = head[1] >> 3 & 3, head[2] >> 1 & 1
    bits = _BIT_RATES[version == 3][head[2] >> 4]
    rate = _SAMPLE_RATES.get(version, (0,) * 4)[head[2] >> 2 & 3]
    return (144 if version == 3 else 72) * bits * 1000 // rate + padding if rate else 0
