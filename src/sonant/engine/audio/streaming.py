"""Audio that comes in pieces of any size becomes float32 frames at 16 kHz as it comes."""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import av
import numpy as np

from sonant.contract.audio import SAMPLE_BYTES
from sonant.contract.faults import CORRUPT_AUDIO
from sonant.engine.audio.decode import RawFormat, open_sound
from sonant.engine.models.ports import SAMPLE_RATE, Frames
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)


class Decoder(Protocol):
    """What turns a stream's bytes into sound; called from one thread at a time."""

    channels: int
    """0 until it is known."""
    most: int
    """Bytes to feed at once: more could become more sound than there is memory for."""

    def feed(self, data: bytes) -> list[Frames]:
        """Sound that became complete: float32, (channels, samples). Blocks.

        Raises:
            Refusal: it cannot be decoded.
        """
        ...

    def finish(self) -> list[Frames]:
        """The rest."""
        ...

    def close(self) -> None:
        """Give up."""
        ...


def _companded(expand: Callable[[int], int]) -> Frames:
    return np.array([expand(code) / 32768 for code in range(256)], np.float32)


def _mulaw(code: int) -> int:
    code = ~code & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -size if code & 0x80 else size


def _alaw(code: int) -> int:
    code ^= 0x55
    exponent, size = code >> 4 & 7, (code & 0x0F) << 4
    size = size + 8 if not exponent else size + 0x108 << exponent - 1
    return size if code & 0x80 else -size


_TABLES = {"mulaw": _companded(_mulaw), "alaw": _companded(_alaw)}


def spans(decoder: Decoder, data: bytes) -> Iterator[bytes]:
    """Bytes as they are to be fed."""
    return (data[start : start + decoder.most] for start in range(0, len(data), decoder.most))


class RawDecoder:
    """Headerless samples; what is cut inside a sample waits for its rest."""

    most = 1 << 16

    def __init__(self, raw: RawFormat) -> None:
        self.channels = raw.channels
        self._raw, self._rest = raw, b""
        self._size = SAMPLE_BYTES[raw.encoding] * raw.channels
        self._resampler: Any = None
        if raw.sample_rate != SAMPLE_RATE:
            self._resampler = av.AudioResampler(format="flt", layout=f"{raw.channels}C", rate=SAMPLE_RATE)

    def feed(self, data: bytes) -> list[Frames]:
        """Sound that became complete."""
        data = self._rest + data
        whole = len(data) - len(data) % self._size
        self._rest = data[whole:]
        samples = self._samples(data[:whole])
        if not len(samples):
            return []
        return [samples.reshape(-1, self.channels).T] if self._resampler is None else self._resample(samples)

    def _samples(self, data: bytes) -> Frames:
        encoding = self._raw.encoding
        if encoding == "linear16":
            return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        if encoding == "linear32":
            floats: Frames = np.nan_to_num(np.frombuffer(data, "<f4")).clip(-1, 1).astype(np.float32)
            return floats
        expanded: Frames = _TABLES[encoding][np.frombuffer(data, np.uint8)]
        return expanded

    def _resample(self, samples: Frames | None) -> list[Frames]:
        frame: Any = None
        if samples is not None:
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout=f"{self.channels}C")
            frame.sample_rate = self._raw.sample_rate
        resampled: list[Frames] = [
            done.to_ndarray().reshape(-1, self.channels).T for done in self._resampler.resample(frame)
        ]
        return resampled

    def finish(self) -> list[Frames]:
        """What the resampler holds back."""
        return [] if self._resampler is None else self._resample(None)

    def close(self) -> None:
        """Nothing is held."""


_STRANGE = 1 << 15
"""Bytes from the beginning among which a format is found, or the stream is none."""
_TAGGED = b"ID3"
"""Begins what may stand before a recording, with pictures in it: there the format is looked for further on."""


class _Pipe:
    """A file that is read while it is written."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._rest = b""
        self._is_over = self._is_awaited = False

    def write(self, data: bytes) -> None:
        """Add bytes; empty ones end the file."""
        with self._turn:
            self._rest += data
            self._is_over = self._is_over or not data
            self._is_awaited = False
            self._turn.notify_all()

    def wait(self) -> None:
        """Wait until all was read, and more is wanted."""
        with self._turn:
            self._turn.wait_for(lambda: self._is_awaited)

    def starts_with(self, mark: bytes) -> bool:
        """Whether the file begins so; waits until that can be told. To be asked before it is read."""
        with self._turn:
            while mark.startswith(self._rest) and len(self._rest) < len(mark) and not self._is_over:
                self._await()
            return self._rest.startswith(mark)

    def _await(self) -> None:
        """Wait for more."""
        known = len(self._rest)
        self._is_awaited = True
        self._turn.notify_all()
        self._turn.wait_for(lambda: len(self._rest) > known or self._is_over)

    def read(self, size: int) -> bytes:
        """At most so many bytes; waits for the first."""
        with self._turn:
            if not self._rest and not self._is_over:
                self._await()
            piece, self._rest = self._rest[:size], self._rest[size:]
            return piece


class ContainerDecoder:
    """A container or a codec with frames of its own, read on a thread as its bytes come; there is none before them."""

    most = 1 << 12  # silence may take a dozen bytes for four seconds

    def __init__(self, raw: RawFormat | None = None) -> None:
        self.channels = 0
        self._raw, self._pipe = raw, _Pipe()
        self._sound: queue.SimpleQueue[Frames] = queue.SimpleQueue()
        self._failure: Refusal | None = None
        self._thread: threading.Thread | None = None

    def _run(self) -> None:
        pipe: Any = self._pipe
        try:
            limit = None if self._pipe.starts_with(_TAGGED) else _STRANGE
            with open_sound(pipe, self._raw, limit) as sound:
                self.channels = sound.channels
                for piece in sound.pieces():
                    self._sound.put(piece)
                self._failure = None if sound.duration else Refusal(CORRUPT_AUDIO)
        except Refusal as refusal:
            self._failure = refusal
        except Exception:  # whatever damaged data makes of FFmpeg, the client is told and the pipe is emptied
            log.exception("stream not decoded")
            self._failure = Refusal(CORRUPT_AUDIO)
        while self._pipe.read(1 << 16):  # what comes after the end is let go
            pass

    def feed(self, data: bytes) -> list[Frames]:
        """Sound that became complete.

        Raises:
            Refusal: it cannot be decoded.
        """
        if data and not self._failure:
            self._start()
            self._pipe.write(data)
            self._pipe.wait()
        if self._failure:
            raise self._failure
        return list(self._drain())

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sonant-container", daemon=True)
            self._thread.start()

    def _drain(self) -> Iterator[Frames]:
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._sound.get_nowait()

    def finish(self) -> list[Frames]:
        """The rest."""
        if self._thread is None:
            return []
        self.close()
        self._thread.join(10)
        if self._failure:
            raise self._failure
        return list(self._drain())

    def close(self) -> None:
        """End the file, so that its reader ends."""
        if self._thread is not None:
            self._pipe.write(b"")


def bytes_a_second(raw: RawFormat | None) -> float | None:
    """How many bytes make a second of a stream; None if only the audio can tell."""
    if raw is None or raw.encoding not in SAMPLE_BYTES:
        return None
    return raw.sample_rate * raw.channels * SAMPLE_BYTES[raw.encoding]


def open_decoder(raw: RawFormat | None) -> Decoder:
    """What decodes a stream; `raw` describes it if it is headerless."""
    return RawDecoder(raw) if raw and raw.encoding in SAMPLE_BYTES else ContainerDecoder(raw)
