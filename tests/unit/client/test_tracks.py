"""How bytes lie along time, and where a stream can be entered."""

import io
from typing import Any

import av
import numpy as np
import pytest

from sonant.client.errors import BadOptionValue, SourceError
from sonant.client.tracks import PagedTrack, Track, WaveTrack, check_header, choose_track, read_wave, sniff_track
from unit.engine.fakes import tone, wav

SECONDS = 8


def encoded(form: str, codec: str) -> bytes:
    """A tone in a container of a codec."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=48_000, layout="mono")
        times = np.arange(SECONDS * 48_000) / 48_000
        for start in range(0, len(times), 960):
            samples = (0.5 * np.sin(2 * np.pi * 220 * times[start : start + 960]) * 32767).astype("<i2")
            frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def duration(data: bytes) -> float:
    with av.open(io.BytesIO(data)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


@pytest.mark.parametrize("size", [1, 100, 10**6])
@pytest.mark.parametrize("form", ["ogg", "webm"])
def test_a_container_can_be_entered_at_its_pages(form: str, size: int) -> None:
    data = encoded(form, "libopus")
    track = sniff_track(data[:12])
    assert isinstance(track, PagedTrack)
    for start in range(0, len(data), size):
        track.feed(data[start : start + size])
    entry = track.entry(5.5)
    assert 0 < entry < len(data)
    assert 0 <= track.seconds(entry) <= 5.5
    assert data.startswith(track.header)
    assert track.header
    rest = duration(track.header + data[entry:])
    assert rest == pytest.approx(SECONDS - track.seconds(entry), abs=0.1)


def test_bare_samples_can_be_entered_anywhere() -> None:
    track = choose_track({"encoding": "linear16", "sample_rate": 8000, "channels": 2})
    assert track is not None
    assert (track.entry(1.5), track.seconds(48_000), track.span(0.1)) == (48_000, 1.5, 3200)


def test_a_wave_file_is_entered_behind_its_header() -> None:
    data = wav(tone(1.0))
    track = read_wave(data)
    assert isinstance(track, WaveTrack)
    assert (len(track.header), track.entry(0.0), track.entry(0.5)) == (44, 44, 44 + 16_000)
    assert read_wave(data[:40]) is None


@pytest.mark.parametrize("head", [b"ID3\x04" + bytes(20), b"\xff\xfb\x90\x00" + bytes(20), b"fLaC" + bytes(20)])
def test_what_has_no_places_is_told_from_its_start(head: bytes) -> None:
    track = sniff_track(head)
    assert type(track) is Track
    assert track.entry(100.0) == 0


def test_bare_samples_have_to_be_described() -> None:
    with pytest.raises(SourceError, match="described"):
        sniff_track(bytes(12))
    with pytest.raises(BadOptionValue, match="sample_rate"):
        choose_track({"encoding": "linear16"})


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"encoding": "linear16", "sample_rate": 8000}, "sample_rate=16000"),
        ({"encoding": "mulaw", "sample_rate": 16000}, "encoding=linear16"),
        ({"encoding": "linear16", "sample_rate": 16000, "channels": 2}, "channels=1"),
    ],
)
def test_a_header_that_says_something_else_is_refused(options: dict[str, Any], wrong: str) -> None:
    with pytest.raises(SourceError, match=wrong):
        check_header(wav(tone(0.1)), options)


def test_a_header_that_agrees_is_audio() -> None:
    check_header(wav(tone(0.1)), {"encoding": "linear16", "sample_rate": 16000})
