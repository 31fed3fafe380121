"""Speech out: float32 frames become bytes of any format as they come, with no more delay than the codec needs."""

from collections.abc import Callable
from fractions import Fraction
from struct import pack
from typing import Any, Protocol

import av
import numpy as np
import numpy.typing as npt
import soxr

from sonant.contract.speak import Format
from sonant.engine.models.ports import Frames

Samples = npt.NDArray[np.int16]
"""int16, (samples,), mono."""

HEADER = 44
"""Bytes of a WAV header."""
_UNKNOWN = 0xFFFFFFFF
"""Length of what is still being spoken."""
_TAGS = {"linear16": 1, "alaw": 6, "mulaw": 7}
_MOST_OPUS_BITS = 256_000
"""What libopus makes of one channel; more may be asked for, and gains nothing."""
_LEAST_AAC_BITS = 12_000
"""Below it, the better of FFmpeg's ways to share out the bits of AAC takes thrice as many as it is given."""


class Encoder(Protocol):
    """What turns speech into bytes; called from one thread at a time."""

    def feed(self, sound: Frames) -> bytes:
        """Bytes that became complete."""
        ...

    def finish(self) -> bytes:
        """The rest. It may be fed again, for another piece of speech, if it has no container."""
        ...


class Resampler:
    """From one sample rate to another, with a high quality; the count of samples is exact when it has finished."""

    def __init__(self, source: int, target: int) -> None:
        self._stream: Any = soxr.ResampleStream(source, target, 1, "float32", "HQ") if source != target else None

    def feed(self, sound: Frames, *, last: bool = False) -> Frames:
        """What became complete; with `last`, all."""
        if self._stream is None:
            return sound
        resampled: Frames = self._stream.resample_chunk(sound, last)
        if last:
            self._stream.clear()
        return resampled


class PlainEncoder:
    """Samples of a fixed size, with or without a WAV header."""

    def __init__(self, form: Format, source_rate: int) -> None:
        self._resampler = Resampler(source_rate, form.sample_rate)
        self._code = _CODES[form.encoding]
        self._head = wav_header(form) if form.container == "wav" else b""

    def feed(self, sound: Frames) -> bytes:
        """Bytes that became complete; the header comes before the first."""
        return self._encode(self._resampler.feed(sound))

    def finish(self) -> bytes:
        """What the resampler holds back."""
        return self._encode(self._resampler.feed(np.zeros(0, np.float32), last=True))

    def _encode(self, sound: Frames) -> bytes:
        head, self._head = self._head, b""
        return head + self._code(to_int16(sound))


class _Sink:
    """A file that is only written, from its start to its end."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


class CodecEncoder:
    """A codec of FFmpeg's in its container."""

    def __init__(self, form: Format, source_rate: int) -> None:
        codec = _CODECS[form.encoding]
        self._resampler = Resampler(source_rate, form.sample_rate)
        self._sink = _Sink()
        sink: Any = self._sink
        self._container: Any = av.open(sink, "w", format=codec.container, options=codec.options)
        coder = {"aac_coder": "fast"} if form.encoding == "aac" and (form.bit_rate or 0) < _LEAST_AAC_BITS else {}
        stream: Any = self._container.add_stream(
            codec.name, rate=form.sample_rate, layout="mono", options={**codec.coding, **coder}
        )
        stream.time_base = Fraction(1, form.sample_rate)
        if form.bit_rate:
            stream.bit_rate = min(form.bit_rate, _MOST_OPUS_BITS) if form.encoding == "opus" else form.bit_rate
        self._stream: Any = stream
        self._rate, self._done = form.sample_rate, 0
        self._format = codec.sample_format
        self._container.start_encoding()

    def feed(self, sound: Frames) -> bytes:
        """Bytes that became complete."""
        return self._encode(self._resampler.feed(sound))

    def finish(self) -> bytes:
        """The rest, and the container's end."""
        done = self._encode(self._resampler.feed(np.zeros(0, np.float32), last=True))
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return done + self._sink.take()

    def _encode(self, sound: Frames) -> bytes:
        if len(sound):
            samples = to_int16(sound) if self._format.startswith("s16") else sound.clip(-1, 1)
            frame: Any = av.AudioFrame.from_ndarray(samples[None], format=self._format, layout="mono")
            frame.sample_rate, frame.pts = self._rate, self._done
            self._done += len(samples)
            self._container.mux(self._stream.encode(frame))
        return self._sink.take()


class _Codec:
    def __init__(
        self, name: str, container: str, sample_format: str, coding: dict[str, str] | None = None, **options: str
    ) -> None:
        """Options of FFmpeg: `coding` for the codec, the others for the container."""
        self.name, self.container, self.sample_format, self.options = name, container, sample_format, options
        self.coding = coding or {}


_CODECS = {
    "mp3": _Codec("libmp3lame", "mp3", "fltp", write_xing="0", id3v2_version="0"),
    "opus": _Codec(  # else a page waits for a second of audio, and more bits are taken than given
        "libopus", "ogg", "flt", {"vbr": "constrained"}, page_duration="20000", fflags="+bitexact"
    ),
    "flac": _Codec("flac", "flac", "s16"),
    "aac": _Codec("aac", "adts", "fltp"),
}


def open_encoder(form: Format, source_rate: int) -> Encoder:
    """What encodes speech of a sample rate."""
    return CodecEncoder(form, source_rate) if form.encoding in _CODECS else PlainEncoder(form, source_rate)


def wav_header(form: Format) -> bytes:
    """The header of a WAV file whose length is not known yet."""
    size = 2 if form.encoding == "linear16" else 1
    layout = (16, _TAGS[form.encoding], 1, form.sample_rate, form.sample_rate * size, size, 8 * size)
    return pack("<4sI4s4sIHHIIHH4sI", b"RIFF", _UNKNOWN, b"WAVE", b"fmt ", *layout, b"data", _UNKNOWN)


def to_int16(sound: Frames) -> Samples:
    """Frames as 16-bit samples."""
    samples: Samples = np.rint(sound.clip(-1, 1) * 32767).astype(np.int16)
    return samples


def _linear(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()


Codes = npt.NDArray[np.uint8]


def _mulaw_table() -> Codes:
    """G.711 mu-law of every 16-bit sample, by its value as an unsigned number."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    size = np.minimum(np.abs(samples), 32635) + 0x84
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = size >> (exponent + 3) & 0x0F
    codes: Codes = (~(np.where(samples < 0, 0x80, 0) | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return codes


def _alaw_table() -> Codes:
    """G.711 A-law of every 16-bit sample, by its value as an unsigned number."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    size = np.minimum(np.where(samples < 0, -samples - 1, samples), 32767)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 1))).astype(np.int32) - 7, 0)
    mantissa = size >> np.where(exponent > 0, exponent + 3, 4) & 0x0F
    codes: Codes = ((np.where(samples < 0, 0, 0x80) | exponent << 4 | mantissa) ^ 0x55).astype(np.uint8)
    return codes


_MULAW, _ALAW = _mulaw_table(), _alaw_table()
_CODES: dict[str, Callable[[Samples], bytes]] = {
    "linear16": _linear,
    "mulaw": lambda samples: _MULAW[samples.view(np.uint16)].tobytes(),
    "alaw": lambda samples: _ALAW[samples.view(np.uint16)].tobytes(),
}
