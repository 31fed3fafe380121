"""Whether a chunk holds sound rather than silence; a rough look at a few of its samples. Pure."""

from __future__ import annotations

import sys

_LOUD = 500
"""Of 32768: about -36 dB."""
_QUIET_CODES = {"mulaw": 0x60, "alaw": 0x40}
_LOOKS = 32


def is_voiced(data: bytes, encoding: str | None) -> bool:
    """Whether some samples are loud; of what is compressed, always."""
    if encoding in _QUIET_CODES:
        return any(_is_loud_code(code, encoding or "") for code in data[:: max(1, len(data) // _LOOKS)])
    if encoding != "linear16" or sys.byteorder != "little":
        return True
    samples = memoryview(data[: len(data) & ~1]).cast("h")
    return any(abs(sample) > _LOUD for sample in samples[:: max(1, len(samples) // _LOOKS)])


def _is_loud_code(code: int, encoding: str) -> bool:
    """The magnitude of G.711: mu-law counts down from 0x7F, A-law has its even bits inverted."""
    size = ~code & 0x7F if encoding == "mulaw" else (code ^ 0x55) & 0x7F
    return size >= _QUIET_CODES[encoding]
