"""Real speech through the real model: what was said, when, in every container."""

import hashlib
import re
import statistics

import jiwer
import numpy as np
import pytest

from e2e.engine.conftest import SHARED, Engine
from e2e.engine.sounds import convert, hum, noise, raw, wav

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SAID = (
    "Yeah. As as much as, it's worth celebrating, the first, spacewalk, with an all female team, I think many of us "
    "are looking forward to it just being normal and I think if it signifies anything, It is to honor the the women "
    "who came before us who, were skilled and qualified, and didn't get the same opportunities that we have today."
)
STARTS = [
    ("yeah", 0.08), ("much", 1.04), ("it's", 2.0), ("worth", 2.24), ("celebrating", 2.72), ("first", 4.64),
    ("spacewalk", 5.28), ("with", 6.32), ("an", 6.56), ("team", 7.36), ("think", 8.555), ("many", 8.875),
    ("of", 9.115), ("us", 9.355), ("are", 9.995), ("looking", 10.235), ("forward", 10.475), ("just", 11.115),
    ("being", 11.355), ("normal", 11.995), ("if", 14.235), ("signifies", 14.555), ("anything", 15.115), ("is", 15.98),
    ("honor", 17.02), ("who", 18.06), ("came", 18.22), ("before", 18.38), ("were", 20.14), ("skilled", 20.38),
    ("qualified", 21.18), ("didn't", 22.62), ("get", 22.86), ("same", 23.58), ("opportunities", 23.9), ("that", 24.46),
    ("we", 24.62), ("have", 24.78), ("today", 24.94),
]  # fmt: skip
"""Words and where they begin, in seconds."""


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower()).split())


def error_rate(said: str, heard: str) -> float:
    return float(jiwer.wer(plain(said), plain(heard)))


def test_spacewalk(engine: Engine, spacewalk: bytes) -> None:
    reply = engine.listen(spacewalk, punctuate="true", utterances="true", paragraphs="true")
    metadata = reply.json["metadata"]
    assert metadata["sha256"] == hashlib.sha256(spacewalk).hexdigest()
    assert metadata["duration"] == pytest.approx(25.933, abs=0.001)
    assert error_rate(SAID, reply.best["transcript"]) <= 0.12
    starts: dict[str, list[float]] = {}
    for word in reply.best["words"]:
        starts.setdefault(word["word"], []).append(word["start"])
    late = [min((abs(at - start) for start in starts[word]), default=9) for word, at in STARTS if word in starts]
    assert len(late) >= 36
    assert statistics.median(late) <= 0.2
    assert sum(each <= 0.3 for each in late) >= 0.8 * len(late)
    assert all(w["start"] < w["end"] <= 25.94 for w in reply.best["words"])
    assert [w["start"] for w in reply.best["words"]] == sorted(w["start"] for w in reply.best["words"])
    assert reply.best["paragraphs"]["transcript"] == "\n" + reply.best["transcript"]


def test_a_reading(engine: Engine) -> None:
    path = SHARED / "audio" / "two_cities.wav"
    if not path.exists():
        pytest.skip("the recording lies outside the repository, in ../shared/audio")
    reply = engine.listen(path.read_bytes())
    assert error_rate(path.with_suffix(".txt").read_text(), reply.best["transcript"]) <= 0.06
    assert reply.best["transcript"] == plain(reply.best["transcript"])


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("mp3", "libmp3lame", 44100), ("ogg", "libopus", 48000), ("flac", "flac", 44100), ("mp4", "aac", 44100),
     ("webm", "libopus", 48000), ("adts", "aac", 32000), ("aiff", "pcm_s16be", 22050), ("wav", "pcm_mulaw", 8000)],
)  # fmt: skip
def test_containers(engine: Engine, spacewalk: bytes, container: str, codec: str, rate: int) -> None:
    if codec not in __import__("av").codecs_available:
        pytest.skip(f"this FFmpeg cannot write {codec}")
    media = convert(spacewalk, container, codec, rate)
    reply = engine.listen(media, "application/octet-stream")
    assert error_rate(SAID, reply.best["transcript"]) <= 0.16
    assert reply.json["metadata"]["duration"] == pytest.approx(25.93, abs=0.1)


@pytest.mark.parametrize(
    ("encoding", "demuxer", "codec", "rate"),
    [("linear16", "s16le", "pcm_s16le", 16000), ("linear32", "f32le", "pcm_f32le", 16000),
     ("mulaw", "mulaw", "pcm_mulaw", 8000), ("alaw", "alaw", "pcm_alaw", 8000)],
)  # fmt: skip
def test_headerless(engine: Engine, spacewalk: bytes, encoding: str, demuxer: str, codec: str, rate: int) -> None:
    media = raw(spacewalk, demuxer, codec, rate)
    reply = engine.listen(media, "audio/raw", encoding=encoding, sample_rate=rate, channels=1)
    assert error_rate(SAID, reply.best["transcript"]) <= 0.2
    assert reply.warnings == {}


def test_a_header_is_followed_whatever_was_said(engine: Engine, spacewalk: bytes) -> None:
    reply = engine.listen(spacewalk, encoding="mulaw", sample_rate=8000)
    assert error_rate(SAID, reply.best["transcript"]) <= 0.12
    assert reply.warnings == {"encoding": "unused_parameter"}


def test_channels_apart(engine: Engine, spacewalk: bytes) -> None:
    speech = np.frombuffer(spacewalk[44:], "<i2").astype(np.float32)[: 44100 * 8] / 32768
    reply = engine.listen(wav(np.stack([np.zeros_like(speech), speech]), 44100), multichannel="true", utterances="true")
    quiet, spoken = (channel["alternatives"][0] for channel in reply.json["results"]["channels"])
    assert quiet["words"] == []
    assert "celebrating" in spoken["transcript"]
    assert reply.json["metadata"]["channels"] == 2
    assert {utterance["channel"] for utterance in reply.json["results"]["utterances"]} == {1}


@pytest.mark.parametrize(
    "sound",
    [np.zeros(160_000, np.float32), np.zeros(160, np.float32), noise(20, 0.003), noise(20, 0.1),
     hum(20, 60), hum(20, 440), hum(20, 262, 330, 392)],
    ids=["silence", "10 ms", "quiet noise", "loud noise", "hum", "tone", "chord"],
)  # fmt: skip
def test_what_is_no_speech_has_no_words(engine: Engine, sound: np.ndarray) -> None:
    reply = engine.listen(wav(sound), punctuate="true")
    assert reply.best == {"transcript": "", "confidence": 0.0, "words": []}


@pytest.mark.parametrize("media", [b"", b"\0" * 99, b"PK\x03\x04" + bytes(5000), wav(noise(1))[:44]])
def test_what_is_no_recording(engine: Engine, media: bytes) -> None:
    reply = engine.listen(media)
    assert reply.status == 400
    assert "corrupt or unsupported" in reply.json["err_msg"]
    assert reply.json["request_id"] == reply.headers["dg-request-id"]


def test_a_recording_cut_short_is_transcribed_as_far_as_it_goes(engine: Engine, spacewalk: bytes) -> None:
    assert "celebrating" in engine.listen(spacewalk[: len(spacewalk) // 3]).best["transcript"]
