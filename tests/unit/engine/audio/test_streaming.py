"""Audio in pieces of any size is the same audio."""

import io
import threading
from itertools import accumulate

import av
import numpy as np
import pytest

from sonant.contract.faults import CORRUPT_AUDIO
from sonant.engine.audio.decode import RawFormat, open_sound
from sonant.engine.audio.streaming import Decoder, open_decoder, spans
from sonant.engine.models.ports import Frames
from sonant.engine.refusals import Refusal
from unit.engine.fakes import silence, tone, wav

SIZES = [1, 7, 1600, 10**9]


def feed(decoder: Decoder, data: bytes, size: int) -> Frames:
    sound = [piece for start in range(0, len(data), size) for piece in decoder.feed(data[start : start + size])]
    return np.concatenate([*sound, *decoder.finish()], axis=1)


def pcm(rate: int = 16_000, channels: int = 1) -> bytes:
    times = np.arange(rate // 2) / rate
    samples = np.stack([0.5 * np.sin(2 * np.pi * 220 * (each + 1) * times) for each in range(channels)], axis=1)
    return (samples * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("size", SIZES)
def test_samples_may_be_cut_anywhere(size: int) -> None:
    data = pcm()
    heard = feed(open_decoder(RawFormat("linear16", 16_000, 1)), data, size)
    assert np.array_equal(heard[0], np.frombuffer(data, "<i2").astype(np.float32) / 32768)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_other_rates_become_sixteen_kilohertz(rate: int) -> None:
    heard = feed(open_decoder(RawFormat("linear16", rate, 2)), pcm(rate, 2), 999)
    assert heard.shape[0] == 2
    assert abs(heard.shape[1] - 8_000) < 64
    power = np.abs(np.fft.rfft(heard[1]))
    assert abs(np.argmax(power) * 16_000 / heard.shape[1] - 440) < 4


@pytest.mark.parametrize("encoding", ["mulaw", "alaw", "linear32"])
def test_encodings_agree_with_the_decoder_of_recordings(encoding: str) -> None:
    codes = {"mulaw": "pcm_mulaw", "alaw": "pcm_alaw", "linear32": "pcm_f32le"}
    codec = av.CodecContext.create(codes[encoding], "w")
    codec.sample_rate, codec.layout, codec.format = 16_000, "mono", "flt" if encoding == "linear32" else "s16"
    sound = tone(0.5)[None] if encoding == "linear32" else (tone(0.5)[None] * 32767).astype("<i2")
    frame = av.AudioFrame.from_ndarray(sound, format=codec.format.name, layout="mono")
    frame.sample_rate = 16_000
    data = b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])
    raw = RawFormat(encoding, 16_000, 1)
    with open_sound(io.BytesIO(data), raw) as whole:
        expected = np.concatenate(list(whole.pieces()), axis=1)
    assert np.allclose(feed(open_decoder(raw), data, 333), expected, atol=1e-4)


@pytest.mark.parametrize("size", [64, 4096])
def test_a_container_is_read_as_it_comes(size: int) -> None:
    heard = feed(open_decoder(None), wav(tone(2.0), silence(2.0)), size)
    assert heard.shape == (2, 32_000)
    assert np.abs(heard[0]).max() > 0.4
    assert not heard[1].any()


def test_what_cannot_be_decoded_is_refused() -> None:
    noise = np.random.default_rng(7).bytes(100_000)
    with pytest.raises(Refusal) as caught:
        feed(open_decoder(None), noise, 4096)
    assert caught.value.fault is CORRUPT_AUDIO


@pytest.mark.parametrize("size", [1000, 4096, 1 << 16])
def test_what_is_no_recording_is_refused_while_it_comes(size: int) -> None:
    noise, decoder = np.random.default_rng(7).bytes(1 << 16), open_decoder(None)
    before = (1 << 15) // size * size
    for start in range(0, before - size, size):
        assert decoder.feed(noise[start : start + size]) == []
    with pytest.raises(Refusal) as caught:
        decoder.feed(noise[max(0, before - size) : before + size])
    assert caught.value.fault is CORRUPT_AUDIO
    decoder.close()


@pytest.mark.parametrize(("tag", "size"), [(0, 1), (30_000, 999), (600_000, 999), (600_000, 10**9)])
def test_a_recording_may_stand_behind_a_large_tag(tag: int, size: int) -> None:
    picture = b"APIC" + tag.to_bytes(4, "big") + bytes(2) + np.random.default_rng(7).bytes(tag)
    count = bytes(len(picture) >> shift & 127 for shift in (21, 14, 7, 0))
    heard = feed(open_decoder(None), (b"ID3\3\0\0" + count + picture if tag else b"") + flac(tone(0.2)), size)
    assert heard.shape == (1, 3200)


def flac(sound: Frames) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray((sound[None] * 32767).astype("<i2"), format="s16", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_no_span_of_a_recording_becomes_endless_sound() -> None:
    """FLAC packs silence well: a second in some hundred bytes, and whoever wants to, four in a dozen."""
    decoder, media = open_decoder(None), flac(silence(120.0))
    sound = [sum(p.shape[1] for p in decoder.feed(span)) / 16_000 for span in spans(decoder, media)]
    assert max(sound) < 40
    assert sum(sound) + sum(p.shape[1] for p in decoder.finish()) / 16_000 == pytest.approx(120)
    assert b"".join(spans(decoder, media)) == media


def test_sizes_sum_up() -> None:
    """A resampler holds back no more than it must: sound comes while audio does."""
    decoder = open_decoder(RawFormat("linear16", 8_000, 1))
    data = pcm(8_000)
    came = list(accumulate(sum(p.shape[1] for p in decoder.feed(data[i : i + 800])) for i in range(0, len(data), 800)))
    assert came[3] > 2 * 800


def test_there_is_no_thread_before_there_is_audio() -> None:
    before = threading.active_count()
    idle = [open_decoder(None) for _ in range(20)]
    assert threading.active_count() == before
    assert idle[0].finish() == []
    for decoder in idle:
        decoder.close()


def test_sound_of_a_container_comes_with_its_bytes() -> None:
    """Not with later ones, however fast they came."""
    decoder, media = open_decoder(None), wav(tone(20.0))
    came = [sum(p.shape[1] for p in decoder.feed(media[i : i + 64_000])) for i in range(0, len(media), 64_000)]
    assert min(came[2:10]) > 30_000
    assert sum(came) + sum(p.shape[1] for p in decoder.finish()) == 20 * 16_000
