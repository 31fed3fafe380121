"""What is refused of a live stream before anything is connected, and in which words."""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sonant import AsyncDeepgramClient, BadOptionValue, DeepgramClient, SourceError
from sonant.client.pacing import Pace, open_audio
from sonant.client.sources import first_bytes, to_bytes
from sonant.client.tracks import RawTrack
from unit.engine.fakes import tone, wav

RAW = {"encoding": "linear16", "sample_rate": 16_000}
FLUX = {"model": "flux-general-en"}
MP4 = b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\0\0\x10\0mdat" + bytes(100)


@pytest.fixture(params=[DeepgramClient, AsyncDeepgramClient])
def listen(request: pytest.FixtureRequest) -> Any:
    return request.param("k").listen


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sample_rate": 16_000}, "sample_rate without encoding"),
        ({"channels": 2, "sample_rate": 8000}, "sample_rate and channels without encoding"),
        (FLUX, "Use listen.turns"),
        ({"callback_method": "PUT"}, "callback_method without callback: .* Add callback="),
        ({"diarize_model": "v1", "diarize": True}, "diarize_model together with diarize or diarize_version"),
        ({"diarize_model": "v1", "diarize_version": "2021"}, "diarize_model together with diarize or diarize_version"),
        ({"keywords": ["a:2"], "model": "nova-3-medical"}, "keywords are not for nova-3. Use keyterm"),
        ({"endpointing": -1}, "endpointing: -1 is not"),
        ({"utterance_end_ms": -1, "interim_results": True}, "utterance_end_ms: -1 is not"),
        ({"tag": "x" * 129}, "128"),
        ({"keepalive": "x"}, "keepalive is 'x'; it must be a positive number of seconds, or None"),
        ({"keepalive": -1}, "keepalive is -1; it must be a positive number"),
        ({"stall_timeout": None}, "stall_timeout is None; it must be a positive number of seconds"),
        ({"buffer_seconds": float("nan")}, "buffer_seconds is nan"),
        ({"close_timeout": float("inf")}, "close_timeout is inf"),
        ({"reconnect": "no"}, "reconnect is 'no'; it must be True or False"),
        ({"attempts": 0}, "attempts is 0; it must be a whole number of at least 1"),
        ({"when_full": "x" * 10_000}, "x…; it must be 'block', 'drop_oldest' or 'error'"),
        ({"replay_speed": 0.5}, "replay_speed is 0.5; it must be at least 1"),
        ({"gate": 3}, "gate is 3; it must be a function"),
        ({"callback": "x" * 10_000}, "x… is not an absolute"),
    ],
)
def test_live_says_what_is_wrong(listen: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadOptionValue, match=says) as caught:
        listen.live(**options)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, 'turns needs its model. Add model="flux-general-en"'),
        ({"model": "nova-3"}, "'nova-3' does not tell turns"),
        ({**FLUX, "sample_rate": 16_000}, "sample_rate without encoding"),
        ({**FLUX, "language_hint": "de"}, "language_hint is for models of several languages"),
        ({**FLUX, "eot_timeout_ms": -1}, "eot_timeout_ms: -1 is not"),
        ({**FLUX, "eot_threshold": 0.6, "eager_eot_threshold": 0.9}, "eager_eot_threshold is 0.9, above eot_threshold"),
    ],
)
def test_turns_say_what_is_wrong(listen: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadOptionValue, match=says):
        listen.turns(**options)


@pytest.mark.parametrize(
    "options", [{}, RAW, {"keepalive": False, "attempts": 1, "replay_speed": None, "gate": bool}, {"max_session": 60}]
)
def test_what_is_right_is_taken(listen: Any, options: dict[str, Any]) -> None:
    assert "connecting" in repr(listen.live(**options))
    thresholds = {"eot_threshold": 0.9, "eager_eot_threshold": 0.9}
    assert "connecting" in repr(listen.turns(**FLUX, **thresholds, **options))


@pytest.mark.parametrize(
    "options",
    [
        {"callback": "https://example.com/hook", "callback_method": "PUT"},
        {"callback_method": "PUT", "extra_query": {"callback": "https://example.com/hook"}},
        {"utterance_end_ms": 1000},
        {"utterance_end_ms": "1000", "interim_results": "true"},
        {"utterance_end_ms": None, "callback_method": None},
        {"diarize_model": "v1", "diarize": False},
        {"keywords": ["a:2"]},
        {"keywords": ["a:2"], "model": "nova-2"},
        {**RAW, "channels": 2},
        {"multichannel": True},
        {"endpointing": 0},
        {"endpointing": False},
    ],
)
def test_what_the_service_takes_is_taken(listen: Any, options: dict[str, Any]) -> None:
    assert "connecting" in repr(listen.live(**options))


def test_hints_are_taken_of_the_model_that_has_them(listen: Any) -> None:
    assert "connecting" in repr(listen.turns(model="flux-general-multi", language_hint=["de", "en"]))


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        (bytes(100), {}, "has to be described"),
        (io.BytesIO(MP4), {}, "transcribe_file"),
        (wav(tone(0.1)), {**RAW, "sample_rate": 8000}, "sample_rate=16000"),
        (b"fLaC" + bytes(100), RAW, "is FLAC, not linear16"),
        ("absent.wav", {}, "absent.wav"),
        ("", {}, "path of the recording is empty"),
        (5, {}, "int"),
    ],
)
def test_a_source_is_looked_at_before_anything_is_connected(
    listen: Any, source: object, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        listen.live(source=source, **options)


def test_looking_at_a_source_takes_nothing_from_it(tmp_path: Path, listen: Any) -> None:
    data = wav(tone(0.1))
    path = tmp_path / "talk.wav"
    path.write_bytes(data)
    handle = io.BytesIO(b"before" + data)
    handle.seek(6)
    for source in (data, path, str(path), handle):
        assert first_bytes(source, 100) == data[:100]
        listen.live(source=source)
    assert handle.tell() == 6


def test_what_comes_only_once_is_not_looked_at(listen: Any) -> None:
    def give() -> Iterator[bytes]:
        raise AssertionError
        yield b""

    assert first_bytes(give(), 100) == b""
    listen.live(source=give())


@pytest.mark.parametrize("data", ["text", None, 5, [1, 2], {"type": "KeepAlive"}])
def test_what_is_no_bytes_is_no_audio(data: object) -> None:
    with pytest.raises(SourceError, match=f"Audio is bytes, not {type(data).__name__}"):
        to_bytes(data)


def test_whatever_lends_its_memory_is_bytes() -> None:
    samples = struct.pack("<3h", 1, 2, 3)
    for data in (samples, bytearray(samples), memoryview(samples), memoryview(samples).cast("h")):
        assert to_bytes(data) == samples


@pytest.mark.parametrize("speed", [0, -1, "x", float("nan"), []])
def test_a_speed_is_a_positive_number(listen: Any, speed: Any) -> None:
    with pytest.raises(BadOptionValue, match="speed is .*; it must be a positive number, or None"):
        listen.live(**RAW).stream(bytes(10), speed=speed)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (None, "Give stream\\(\\) a source"),
        ("", "path of the recording is empty"),
        ("https://example.com/talk.wav", "A URL is not streamed"),
        (5, "an iterator of bytes"),
    ],
)
def test_a_source_that_is_none_is_told_at_the_call(listen: Any, source: object, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        listen.live(**RAW).stream(source)


def test_the_pace_begins_with_the_first_piece() -> None:
    pace = Pace(2.0)
    assert pace.wait(None, 0) == 0
    assert pace.wait(RawTrack(16_000, 2), 320_000) == pytest.approx(5.0, abs=0.5)
    assert Pace(None).wait(RawTrack(16_000, 2), 320_000) == 0
    assert list(open_audio(b"some").chunks()) == [b"some"]
