"""Speech to bytes, decoded back by FFmpeg."""

import io
from typing import Any

import av
import numpy as np
import pytest

from sonant.contract.speak import AURA, FLUX, Format, SpeechEncoding, choose_format
from sonant.contract.speak.formats import BitRates
from sonant.engine.audio.encode import HEADER, Encoder, open_encoder, to_int16

SOURCE = 24_000
SECONDS = 1.5


def rates(bits: BitRates | None) -> tuple[int | None, ...]:
    return (None,) if bits is None else bits.allowed or (bits.lowest, bits.default, bits.highest)


FORMS = [
    choose_format(FLUX, encoding, container, rate, bits)
    for encoding, choice in FLUX.items()
    for container in choice.containers or (None,)
    for rate in choice.sample_rates or (None,)
    for bits in rates(choice.bit_rates)
]


def glide() -> np.ndarray:
    times = np.arange(int(SECONDS * SOURCE)) / SOURCE
    return (0.5 * np.sin(2 * np.pi * (200 + 100 * times) * times)).astype(np.float32)


def encode(encoder: Encoder, size: int) -> bytes:
    sound = glide()
    pieces = [encoder.feed(sound[at : at + size]) for at in range(0, len(sound), size)]
    return b"".join([*pieces, encoder.finish()])


def decode(data: bytes, form: Format) -> tuple[np.ndarray, int]:
    """Samples and their rate."""
    options: dict[str, Any] = {}
    if form.container == "none":
        kind = {"linear16": "s16le", "mulaw": "mulaw", "alaw": "alaw"}[form.encoding]
        options = {"format": kind, "options": {"sample_rate": str(form.sample_rate), "ch_layout": "mono"}}
    with av.open(io.BytesIO(data), **options) as container:
        frames = list(container.decode(audio=0))
    resampler = av.AudioResampler(format="flt", layout="mono")
    sound = np.concatenate([r.to_ndarray()[0] for f in frames for r in resampler.resample(f)])
    return sound, frames[0].sample_rate


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.encoding}-{f.container}-{f.sample_rate}-{f.bit_rate}")
def test_every_format_decodes_to_what_was_said(form: Format) -> None:
    whole = encode(open_encoder(form, SOURCE), 10**9)
    sound, rate = decode(whole, form)
    assert rate == form.sample_rate
    padding = {"mp3": 0.08, "aac": 0.14, "opus": 0.02}.get(form.encoding, 0.001)
    assert SECONDS - 0.001 <= len(sound) / rate <= SECONDS + padding
    loudness = np.sqrt(np.mean(np.square(sound)))
    assert 0.25 < loudness < 0.45
    assert encode(open_encoder(form, SOURCE), 4800) == whole


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.encoding}-{f.container}-{f.sample_rate}-{f.bit_rate}")
def test_the_first_bytes_come_soon(form: Format) -> None:
    encoder = open_encoder(form, SOURCE)
    sound = glide()
    head = HEADER if form.container == "wav" else 0
    for at in range(0, len(sound), 480):
        if len(encoder.feed(sound[at : at + 480])) > head:
            assert (at + 480) / SOURCE <= 0.16
            return
        head = 0
    pytest.fail("nothing came before the end")


def test_a_wav_header() -> None:
    form = choose_format(AURA, "linear16", sample_rate=8000)
    encoder = open_encoder(form, SOURCE)
    data = encoder.feed(np.zeros(0, np.float32))
    assert len(data) == HEADER
    assert (data[:4], data[8:16], data[36:40]) == (b"RIFF", b"WAVEfmt ", b"data")
    assert data[4:8] == data[40:44] == b"\xff\xff\xff\xff"  # how long it will be is not known
    assert encoder.feed(np.zeros(0, np.float32)) == b""


def test_headerless_audio_goes_on_after_a_pause() -> None:
    encoder = open_encoder(Format("linear16", 8000, "none"), SOURCE)
    first, second = encode(encoder, 4800), encode(encoder, 4800)
    assert first == second
    assert len(first) == SECONDS * 8000 * 2


def test_loud_sound_is_cut_and_not_wrapped() -> None:
    assert to_int16(np.array([2.0, -2.0, 0.0], np.float32)).tolist() == [32767, -32767, 0]


MET = [("mp3", 48_000), ("opus", 12_000), ("opus", 128_000), ("aac", 4_000), ("aac", 8_000), ("aac", 48_000)]


@pytest.mark.parametrize(("encoding", "bits"), MET)
def test_bit_rates_are_met(encoding: SpeechEncoding, bits: int) -> None:
    assert 0.75 * bits <= bits_of_speech(encoding, bits) <= 1.4 * bits


def test_speech_fills_no_more_of_aac_than_is_told() -> None:
    assert 90_000 <= bits_of_speech("aac", 192_000) <= 110_000


def bits_of_speech(encoding: SpeechEncoding, bits: int) -> float:
    """Bits a second that something like speech takes."""
    chance = np.random.default_rng(7)
    times = np.arange(4 * SOURCE) / SOURCE
    loud = np.clip(np.sin(2 * np.pi * 3 * times), 0.02, 1)  # syllables
    sound = (loud * (0.3 * np.sin(2 * np.pi * 180 * times) + 0.1 * chance.standard_normal(len(times)))).astype("f4")
    encoder = open_encoder(choose_format(FLUX, encoding, bit_rate=bits), SOURCE)
    with av.open(io.BytesIO(encoder.feed(sound) + encoder.finish())) as container:
        return 8 * sum(packet.size for packet in container.demux(audio=0)) / 4
