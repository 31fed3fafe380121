"""Any recording becomes float32 frames at 16 kHz, block by block, whatever its length.

FFmpeg (through PyAV) finds out the container and codec by itself; headerless audio has to be described.
"""

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

import av
import numpy as np
from av.error import FFmpegError

from sonant.contract.faults import CORRUPT_AUDIO
from sonant.contract.frames import FRAME_HEADER, read_frame
from sonant.engine.models.ports import SAMPLE_RATE, Frames
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)

BLOCK = 320 * 512
"""Samples of a channel in one block, 10.24 s; all blocks but the last have so many."""

_CLOSED = {"protocol_whitelist": "none"}
"""A playlist must not make FFmpeg open other files or addresses."""

_DEMUXERS = {
    "linear16": "s16le",
    "linear32": "f32le",
    "mulaw": "mulaw",
    "alaw": "alaw",
    "amr-nb": "amrnb",
    "amr-wb": "amrwb",
    "g729": "g729",
}
"""FFmpeg's names of headerless encodings; the others always come in a container."""

HEADERLESS = frozenset(_DEMUXERS)
"""Encodings that have to be described."""

HEAD = 1 << 14
"""Bytes from which a header is known; some formats have none but a mark at the beginning of each frame."""

_HEADERS = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"#!AMR", b"FORM", b"caff", b"ID3", b"\x1aE\xdf\xa3")

_FRAMES = 3
"""Frames in a row that tell a format without a header."""

_SLOWEST, _FASTEST, _MOST_CHANNELS = 1_000, 768_000, 64
"""Sample rates in Hz and channels beyond which a header is damaged, and a resampler cannot be made."""

_ODD = (FFmpegError, ValueError, OverflowError, NotImplementedError)
"""How PyAV complains of impossible data."""


@dataclass(frozen=True, slots=True)
class RawFormat:
    """How headerless audio is coded."""

    encoding: str
    sample_rate: int
    channels: int


def has_header(head: bytes) -> bool:
    """Whether a recording says itself what it is."""
    return head.startswith(_HEADERS) or head[4:8] == b"ftyp" or _is_framed(head)


def _is_framed(head: bytes) -> bool:
    """Whether frame follows frame. One mark is not enough: bare samples may look like it."""
    at = 0
    for _ in range(_FRAMES):
        frame = read_frame(head[at : at + FRAME_HEADER])
        if frame is None:
            return False
        at += frame.size
        if at >= len(head):
            return at == len(head)
    return True


class Sound:
    """An opened recording.

    Attributes:
        channels: how many it has.
        duration: seconds decoded so far, at its own sample rate.
    """

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self._resampler: Any = None
        self._shape: tuple[Any, ...] = ()
        self._layout = stream.codec_context.layout  # as it is now: damage, or a broadcast, may change it midway
        self.channels: int = self._layout.nb_channels
        self.duration = 0.0

    def blocks(self) -> Iterator[Frames]:
        """The whole recording: float32, (channels, samples), BLOCK samples each but for the last.

        Raises:
            Refusal: nothing in it could be decoded.
        """
        pieces: list[Frames] = []
        held = 0
        for piece in self.pieces():
            pieces.append(piece)
            held += piece.shape[1]
            if held >= BLOCK:
                audio = np.concatenate(pieces, axis=1)
                whole = held - held % BLOCK
                yield from np.split(audio[:, :whole], whole // BLOCK, axis=1)
                pieces, held = [audio[:, whole:].copy()], held % BLOCK
        if not self.duration:
            raise Refusal(CORRUPT_AUDIO)
        if held:
            yield np.concatenate(pieces, axis=1)

    def pieces(self) -> Iterator[Frames]:
        """The recording as its frames come: float32, (channels, samples), of any length."""
        for frame in self._frames():
            try:
                yield from self._resample(frame)
            except _ODD:  # a frame of impossible shape, out of damaged data
                continue
        with suppress(*_ODD):
            yield from self._flush()

    def _frames(self) -> Iterator[Any]:
        """Decoded frames; what is damaged is left out, and what is unreadable ends the recording."""
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except FFmpegError:
                    continue
        except (FFmpegError, OverflowError) as error:
            log.debug("recording ends early", extra={"reason": type(error).__name__})

    def _resample(self, frame: Any) -> Iterator[Frames]:
        if not (frame.samples and _SLOWEST <= frame.sample_rate <= _FASTEST):
            return
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape or self._resampler is None:  # at the beginning, and where the format changes
            yield from self._flush()
            self._shape, self._resampler = shape, self._make_resampler()
        frame.pts = None
        resampled = self._resampler.resample(frame)
        self.duration += frame.samples / frame.sample_rate
        yield from map(_samples, resampled)

    def _flush(self) -> Iterator[Frames]:
        """What the resampler holds back."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            yield from map(_samples, resampler.resample(None))

    def _make_resampler(self) -> Any:
        # Interleaved, though we want planes: PyAV 18 crashes on reading planar frames of 8 channels and more.
        return av.AudioResampler(format="flt", layout=self._layout, rate=SAMPLE_RATE)


def _samples(frame: Any) -> Frames:
    interleaved: Frames = frame.to_ndarray()
    return interleaved.reshape(-1, frame.layout.nb_channels).T


@contextmanager
def open_sound(file: IO[bytes], raw: RawFormat | None = None, limit: int | None = None) -> Generator[Sound]:
    """Open a recording.

    Args:
        file: is read from front to back.
        raw: describes it if it is headerless.
        limit: bytes from the beginning among which its format is to be found; FFmpeg's 1 MiB unless given.

    Raises:
        Refusal: it is empty, damaged, or has no audio in it.
    """
    try:
        container: Any = _open(file, raw, limit)
    except _ODD as error:
        log.debug("recording not understood", extra={"reason": type(error).__name__})
        raise Refusal(CORRUPT_AUDIO) from error
    with container:
        stream = next(iter(container.streams.audio), None)
        if stream is None or not _is_sound(stream.codec_context):
            raise Refusal(CORRUPT_AUDIO)
        yield Sound(container, stream)


def _is_sound(context: Any) -> bool:
    """Whether what a header says can be; some formats tell their rate only in their frames."""
    if context is None:  # the codec is none that FFmpeg knows
        return False
    channels = context.layout.nb_channels if getattr(context, "layout", None) else 0
    rate = context.sample_rate
    return 0 < channels <= _MOST_CHANNELS and (not rate or _SLOWEST <= rate <= _FASTEST)


def _open(file: IO[bytes], raw: RawFormat | None, limit: int | None) -> Any:
    demuxer = raw and _DEMUXERS.get(raw.encoding)
    options = dict(_CLOSED)
    if limit is not None:
        options["formatprobesize"] = str(limit)
    if not (raw and demuxer):
        return av.open(file, mode="r", options=options, metadata_errors="ignore")
    if demuxer not in {"amrnb", "amrwb", "g729"}:
        options |= {"sample_rate": str(raw.sample_rate), "ch_layout": f"{raw.channels}C"}
    return av.open(file, mode="r", format=demuxer, options=options)
