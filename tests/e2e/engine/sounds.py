"""Sounds made on the fly, and recordings in other clothes."""

import io
import wave

import av
import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

RATE = 16_000


def wav(sound: Sound, rate: int = RATE) -> bytes:
    """(samples,) or (channels, samples) as a 16-bit WAV file."""
    channels = np.atleast_2d(sound)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(channels))
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((np.clip(channels, -1, 1).T * 32767).astype("<i2").tobytes())
    return file.getvalue()


def samples_of(media: bytes) -> Sound:
    """The first channel of a recording of 16-bit samples."""
    with av.open(io.BytesIO(media)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32) / 32768


CONTAINERS = {
    "wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "mp4": "aac", "adts": "aac", "ogg": "libopus",
    "webm": "libopus", "aiff": "pcm_s16be", "matroska": "flac",
}  # fmt: skip
"""Containers, and a codec of each."""


def noise(seconds: float, level: float = 0.1) -> Sound:
    return (np.random.default_rng(1).standard_normal(int(seconds * RATE)) * level).astype(np.float32)


def hum(seconds: float, *hertz: float) -> Sound:
    times = np.arange(int(seconds * RATE)) / RATE
    return (sum(np.sin(2 * np.pi * f * times) for f in hertz) * 0.2).astype(np.float32)


def convert(media: bytes, container: str, codec: str, rate: int, layout: str = "mono") -> bytes:
    """A recording in another container and codec."""
    file = io.BytesIO()
    with av.open(io.BytesIO(media)) as source, av.open(file, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout=layout)
        context = stream.codec_context
        resampler = av.AudioResampler(context.format, layout, rate, context.frame_size or None)
        for frame in [*source.decode(audio=0), None]:
            for resampled in resampler.resample(frame):
                target.mux(stream.encode(resampled))
        target.mux(stream.encode(None))
    return file.getvalue()


def raw(media: bytes, demuxer: str, codec: str, rate: int) -> bytes:
    """The bare samples of a recording."""
    return convert(media, demuxer, codec, rate)
