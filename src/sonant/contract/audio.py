"""How audio is coded: names as on the wire, and what is fixed by them."""

from typing import Literal

Encoding = Literal[
    "linear16", "linear32", "flac", "alaw", "mulaw", "amr-nb", "amr-wb", "opus", "ogg-opus", "speex", "g729"
]  # fmt: skip

SAMPLE_BYTES = {"linear16": 2, "linear32": 4, "mulaw": 1, "alaw": 1}
"""Bytes of one sample of one channel, for the encodings in which every sample takes the same."""

FIXED_SAMPLE_RATES = {"amr-nb": 8000, "amr-wb": 16000, "g729": 8000}
"""Encodings that have one sample rate only, in Hz."""
