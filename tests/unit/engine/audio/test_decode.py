import io
import struct
from collections.abc import Iterator

import av
import numpy as np
import pytest

from sonant.contract.faults import CORRUPT_AUDIO
from sonant.engine.audio.decode import BLOCK, HEAD, RawFormat, Sound, has_header, open_sound
from sonant.engine.models.ports import Frames
from sonant.engine.refusals import Refusal
from unit.engine.fakes import silence, tone, wav


def decode(data: bytes, raw: RawFormat | None = None) -> tuple[Frames, float]:
    with open_sound(io.BytesIO(data), raw) as sound:
        blocks = list(sound.blocks())
        assert all(block.shape == (sound.channels, BLOCK) for block in blocks[:-1])
        return np.concatenate(blocks, axis=1), sound.duration


def test_a_wav_file_comes_through_unchanged() -> None:
    audio, duration = decode(wav(tone(25)))
    assert duration == pytest.approx(25)
    assert audio.dtype == np.float32
    assert np.allclose(audio[0], tone(25), atol=1e-4)


def test_channels_stay_apart() -> None:
    audio, _ = decode(wav(tone(1), silence(1)))
    assert np.abs(audio[0]).max() > 0.4
    assert np.abs(audio[1]).max() < 0.01


@pytest.mark.parametrize("channels", [8, 12, 16])
def test_many_channels_do_not_crash(channels: int) -> None:
    audio, _ = decode(wav(*[tone(0.5)] * channels, rate=48000))
    assert audio.shape[0] == channels


@pytest.mark.parametrize(("encoding", "dtype", "scale"), [("linear16", "<i2", 32767), ("linear32", "<f4", 1)])
def test_headerless_samples(encoding: str, dtype: str, scale: int) -> None:
    samples = (np.stack([tone(2), silence(2)], axis=1) * scale).astype(dtype)
    audio, duration = decode(samples.tobytes(), RawFormat(encoding, 16000, 2))
    assert duration == pytest.approx(2)
    assert np.allclose(audio[0], tone(2), atol=1e-3)
    assert not audio[1].any()


@pytest.mark.parametrize(("encoding", "zero"), [("mulaw", 0xFF), ("alaw", 0xD5)])
def test_telephone_samples(encoding: str, zero: int) -> None:
    audio, duration = decode(bytes([zero]) * 8000, RawFormat(encoding, 8000, 1))
    assert duration == pytest.approx(1)
    assert audio.shape == (1, 16000)
    assert np.abs(audio).max() < 0.01


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"no audio at all" * 100, b"PK\x03\x04" + bytes(999), b"\x89PNG\r\n\x1a\n" + bytes(99),
     wav(tone(1))[:44], b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n", b"ffconcat version 1.0\nfile 'x.wav'\n"],
)  # fmt: skip
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        decode(data)
    assert caught.value.fault is CORRUPT_AUDIO


def header(rate: int, channels: int) -> bytes:
    """A WAV file whose header says so."""
    data = bytes(8000 * channels)
    shape = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels & 0xFFFF_FFFF, 2 * channels, 16)
    size = struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt \x10\0\0\0" + shape + b"data" + size + data


@pytest.mark.parametrize(
    ("rate", "channels"),
    [(2**31 - 1, 1), (999_999_999, 1), (1, 1), (0, 1), (768_001, 2), (16000, 65), (16000, 255), (16000, 0)],
)
def test_impossible_headers_are_refused(rate: int, channels: int) -> None:
    with pytest.raises(Refusal) as caught:
        decode(header(rate, channels))
    assert caught.value.fault is CORRUPT_AUDIO


@pytest.mark.parametrize(("rate", "channels"), [(4000, 1), (384_000, 1), (16000, 64)])
def test_unusual_headers_are_followed(rate: int, channels: int) -> None:
    audio, duration = decode(header(rate, channels))
    assert audio.shape[0] == channels
    assert duration == pytest.approx(4000 / rate)


class Stubborn:
    """A resampler that has trouble with its end."""

    def resample(self, frame: object) -> list[av.AudioFrame]:
        if frame is None:
            raise av.error.ArgumentError(22, "no")
        return [frame]  # type: ignore[list-item]


def test_a_resampler_that_fails_at_the_end_keeps_what_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Changing()
    sound = Sound(decoder, decoder)
    monkeypatch.setattr(sound, "_make_resampler", Stubborn)
    decoder.demux = lambda _: iter([decoder])  # type: ignore[method-assign]
    list(sound.blocks())
    assert sound.duration == 1


def test_a_recording_cut_short_gives_what_is_there() -> None:
    _, duration = decode(wav(tone(10))[:160_044])
    assert duration == pytest.approx(5, abs=0.1)


class Changing:
    """A decoder whose layout changes with its second frame, as damage may make it."""

    def __init__(self) -> None:
        self.codec_context = self
        self.layout = av.AudioLayout("mono")

    def demux(self, _: object) -> Iterator["Changing"]:
        yield self
        self.layout = av.AudioLayout("stereo")
        yield self

    def decode(self) -> list[av.AudioFrame]:
        samples = np.zeros((self.layout.nb_channels, 16000), np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self.layout.name)
        frame.sample_rate = 16000
        return [frame]


def test_channels_may_change_midway() -> None:
    decoder = Changing()
    sound = Sound(decoder, decoder)
    assert [block.shape for block in sound.blocks()] == [(1, 32000)]
    assert sound.duration == 2


def test_a_film_without_sound_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 16
        container.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(Refusal):
        decode(file.getvalue())


def test_headers() -> None:
    assert has_header(wav(silence(0.1)))
    assert has_header(b"\0\0\0\x20ftypM4A ")
    assert not has_header(bytes(16))
    assert not has_header(b"")


def encoded(container: str, codec: str, rate: int) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container, options={"id3v2_version": "0", "write_xing": "0"}) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(stream.codec_context.format, "mono", rate, stream.codec_context.frame_size)
        frame = av.AudioFrame.from_ndarray(tone(2)[None], format="fltp", layout="mono")
        frame.sample_rate = 16000
        for each in [*resampler.resample(frame), *resampler.resample(None), None]:
            target.mux(stream.encode(each))
    return file.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("mp3", "libmp3lame", 44100), ("mp3", "libmp3lame", 22050), ("mp3", "libmp3lame", 8000), ("mp2", "mp2", 48000),
     ("mp2", "mp2", 16000), ("adts", "aac", 44100)],
)  # fmt: skip
def test_frames_without_a_header_are_noticed(container: str, codec: str, rate: int) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg cannot write {codec}")
    data = encoded(container, codec, rate)
    assert data[0] == 0xFF
    assert has_header(data[:HEAD])


@pytest.mark.parametrize(
    "mark", [b"\xff\xff", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"\xff\xf9\x50\x80\x02\x1f", b"\xff\xe0\x90\x00"]
)
def test_samples_that_look_like_a_frame_are_samples(mark: bytes) -> None:
    noise = np.random.default_rng(1).integers(0, 256, HEAD, np.uint8).tobytes()
    for rest in (noise, bytes(HEAD), b"\xff" * HEAD, mark * 4096):
        assert not has_header((mark + rest)[:HEAD])
