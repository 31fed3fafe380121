"""How bytes lie along time, and where a stream can be entered."""

import io
import struct
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Any

import av
import numpy as np
import pytest

from sonant.client.containers import Mp4Track
from sonant.client.errors import BadOptionValue, SourceError
from sonant.client.framed import AmrTrack
from sonant.client.headers import check_header, choose_track, needs_more, recognise, sniff_track
from sonant.client.samples import read_samples
from sonant.client.tracks import PlacedTrack, RawTrack, Track, WaveTrack
from unit.engine.fakes import silence, tone, wav

SECONDS = 8
HEAD = 8192


def encoded(form: str, codec: str, rate: int = 48_000, bits: int = 0, **options: str) -> bytes:
    """Eight seconds in a container of a codec: a tone, then noise, so that their bytes differ."""
    noise = np.random.default_rng(0).normal(0, 0.2, SECONDS * rate)
    times = np.arange(SECONDS * rate) / rate
    samples = np.where(times < SECONDS / 2, 0.5 * np.sin(2 * np.pi * 220 * times), noise)
    with NamedTemporaryFile() as file:
        write(file.name, form, codec, rate, bits, samples, options)
        return file.read()


def write(
    path: str, form: str, codec: str, rate: int, bits: int, samples: "np.ndarray[Any, Any]", options: dict[str, str]
) -> None:
    with av.open(path, "w", format=form, options=options) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        if bits:
            stream.bit_rate = bits
        resampler = av.AudioResampler(stream.format.name, "mono", rate, frame_size=0 if codec == "flac" else 1152)
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype("<i2")[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        fifo = av.AudioFifo()
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            ready.pts = None
            fifo.write(ready)
        sent, size = 0, {"libopus": 960, "aac": 1024, "libmp3lame": 1152 if rate >= 32_000 else 576}.get(codec, 4096)
        while (part := fifo.read(size, partial=True)) is not None:
            part.pts, part.sample_rate = sent, rate
            sent += part.samples
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def duration(data: bytes, form: str | None = None) -> float:
    with av.open(io.BytesIO(data), format=form) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def feed_all(track: Track, data: bytes, size: int) -> None:
    for start in range(0, len(data), size):
        track.feed(data[start : start + size])


def fed(data: bytes, size: int) -> PlacedTrack:
    track = sniff_track(data[:HEAD])
    assert isinstance(track, PlacedTrack)
    feed_all(track, data, size)
    return track


KINDS: dict[str, Callable[[], bytes]] = {
    "ogg opus": lambda: encoded("ogg", "libopus"),
    "ogg flac": lambda: encoded("ogg", "flac", 16_000),
    "webm": lambda: encoded("webm", "libopus"),
    "mp3": lambda: encoded("mp3", "libmp3lame", 16_000, 24_000),
    "mp3 of 320 kbit/s": lambda: encoded("mp3", "libmp3lame", 44_100, 320_000),
    "mp3 without tags": lambda: encoded("mp3", "libmp3lame", write_xing="0", id3v2_version="0"),
    "aac": lambda: encoded("adts", "aac", 44_100, 96_000),
    "flac": lambda: encoded("flac", "flac", 16_000),
    "cd flac": lambda: encoded("flac", "flac", 44_100),
}


@cache
def made(kind: str) -> bytes:
    return KINDS[kind]()


@pytest.fixture(scope="module", params=KINDS)
def recording(request: pytest.FixtureRequest) -> bytes:
    return made(request.param)


@pytest.mark.parametrize("size", [1, 100, 10**6])
def test_a_container_can_be_entered_where_its_parts_begin(recording: bytes, size: int) -> None:
    track = fed(recording, size)
    entry = track.entry(5.5)
    assert 0 < entry < len(recording)
    assert 4.0 <= track.seconds(entry) <= 5.5 or recording.startswith(b"\x1aE")
    rest = duration(track.header + recording[entry:])
    assert rest == pytest.approx(SECONDS - track.seconds(entry), abs=0.15)


@pytest.mark.parametrize("size", [100, 10**6])
def test_a_container_tells_how_long_it_lasts(recording: bytes, size: int) -> None:
    track = fed(recording, size)
    assert track.seconds(len(recording)) == pytest.approx(SECONDS, rel=0.02)
    assert (len(recording) - track.entry(0.0)) / track.rate == pytest.approx(SECONDS, rel=0.05)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ogg flac"])  # whose pages last seconds
def test_the_time_is_known_while_it_is_fed(kind: str) -> None:
    recording = made(kind)
    track, late = sniff_track(recording[:HEAD]), 0.0
    whole = fed(recording, 4096)
    for start in range(0, len(recording), 1024):
        track.feed(recording[start : start + 1024])
        at = min(start + 1024, len(recording))
        late = max(late, abs(track.seconds(at) - whole.seconds(at)))
    assert late < 1.2, "seconds between what was thought on the way and what was so"


def m4a(*, first: bool) -> bytes:
    return encoded("mp4", "aac", 44_100, 96_000, **({"movflags": "+faststart"} if first else {}))


def test_an_mp4_that_begins_with_its_index_is_timed_and_told_from_the_start() -> None:
    data = m4a(first=True)
    track = fed(data, 1000)
    assert track.seconds(len(data)) == pytest.approx(SECONDS, rel=0.02)
    assert (track.entry(5.0), track.header) == (0, b"")


def test_fragments_of_an_mp4_tell_the_time() -> None:
    data = encoded("mp4", "aac", 44_100, 96_000, movflags="frag_keyframe+empty_moov", frag_duration="500000")
    assert fed(data, 1000).seconds(len(data)) == pytest.approx(SECONDS, rel=0.05)


@pytest.mark.parametrize("size", [10, 4096])
def test_an_mp4_that_ends_with_its_index_cannot_be_streamed(size: int) -> None:
    data = m4a(first=False)
    track = sniff_track(data[:12])
    assert isinstance(track, Mp4Track)
    with pytest.raises(SourceError, match="faststart"):
        feed_all(track, data, size)


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_amr_is_timed_by_its_frames(size: int) -> None:
    data = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 100 + (b"\x44" + bytes(5)) * 100  # speech, then comfort noise
    track = fed(data, size)
    assert track.seconds(len(data)) == pytest.approx(4.0)
    entry = track.entry(1.0)
    assert (data[entry], (entry - 6) % 32, track.header) == (0x3C, 0, b"#!AMR\n")
    assert 0.7 < track.seconds(entry) <= 1.0


def test_declared_amr_has_no_header_and_keeps_its_messages() -> None:
    track = choose_track({"encoding": "amr-wb"})
    assert isinstance(track, AmrTrack)
    track.feed((b"\x44" + bytes(60)) * 50)
    assert (track.seconds(50 * 61), track.header, track.joins) == (pytest.approx(1.0), b"", False)


def test_frames_are_found_behind_tags_and_junk() -> None:
    data = encoded("mp3", "libmp3lame", 44_100, 64_000, write_xing="0", id3v2_version="0")
    tagged = b"ID3\x04\0\0\0\0\x02\x00" + bytes(256) + data[:20_000] + b"\xff\xfe junk " * 10 + data[20_000:]
    track = fed(tagged, 500)
    assert track.seconds(len(tagged)) == pytest.approx(SECONDS, rel=0.03)


def test_a_stream_that_was_joined_midway_begins_at_nothing() -> None:
    data = encoded("ogg", "libopus")
    pages, at = [], 0
    while at < len(data):
        size = 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
        granule = int.from_bytes(data[at + 6 : at + 14], "little")
        later = granule + 48_000 * 3600 if granule else 0
        pages.append(data[at : at + 6] + later.to_bytes(8, "little") + data[at + 14 : at + size])
        at += size
    joined = b"".join(pages)
    assert fed(joined, 4096).seconds(len(joined)) == pytest.approx(SECONDS, abs=1.1)


def test_bare_samples_can_be_entered_anywhere() -> None:
    track = choose_track({"encoding": "linear16", "sample_rate": 8000, "channels": 2})
    assert track is not None
    assert (track.entry(1.5), track.seconds(48_000), track.span(0.1)) == (48_000, 1.5, 3200)


def test_a_wave_file_is_entered_behind_its_header() -> None:
    data = wav(tone(1.0))
    track = read_samples(data)
    assert isinstance(track, WaveTrack)
    assert (len(track.header), track.entry(0.0), track.entry(0.5)) == (44, 44, 44 + 16_000)
    assert read_samples(data[:40]) is None


def test_a_wave_file_of_coded_blocks_is_timed_by_its_bytes_a_second() -> None:
    coding = struct.pack("<4sIHHIIHHHH", b"fmt ", 20, 0x11, 1, 8000, 4055, 256, 4, 2, 505)  # ADPCM
    data = b"RIFF\0\0\0\0WAVE" + coding + b"data\0\0\0\0" + bytes(40_550)
    track = read_samples(data)
    assert track is not None
    assert track.seconds(len(data)) == pytest.approx(10.0)
    assert (track.entry(5.0) - len(track.header)) % 256 == 0


@pytest.mark.parametrize(("form", "codec"), [("aiff", "pcm_s16be"), ("caf", "pcm_s16be"), ("wav", "pcm_mulaw")])
def test_other_files_of_samples_are_entered_behind_their_headers(form: str, codec: str) -> None:
    data = encoded(form, codec, 16_000)
    track = sniff_track(data[:HEAD])
    assert isinstance(track, WaveTrack)
    assert track.seconds(len(data)) == pytest.approx(SECONDS, abs=0.01)
    assert duration(track.header + data[track.entry(5.0) :]) == pytest.approx(SECONDS - 5.0, abs=0.01)


@pytest.mark.parametrize("head", [b"FORM\0\0\0\0AIFF" + bytes(20), b"caff\0\1\0\0" + bytes(20)])
def test_what_has_no_places_is_told_from_its_start(head: bytes) -> None:
    track = sniff_track(head)
    assert type(track) is Track
    assert track.entry(100.0) == 0


def test_bare_samples_have_to_be_described() -> None:
    with pytest.raises(SourceError, match="described"):
        sniff_track(bytes(12))
    with pytest.raises(BadOptionValue, match="sample_rate"):
        choose_track({"encoding": "linear16"})


@pytest.mark.parametrize("start", [b"\xff\xfb\x90\x40", b"\xff\xf1\x50\x80\x10\x1f\xfc"])
def test_one_mark_of_a_frame_does_not_make_samples_a_container(start: bytes) -> None:
    samples = start + bytes(HEAD)
    assert needs_more(samples[:12])
    assert not needs_more(samples)
    assert recognise(samples) is None
    assert check_header(samples, {"encoding": "linear16", "sample_rate": 16_000}) is None


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


@pytest.mark.parametrize(
    ("kind", "name"), [("mp3", "MP3"), ("mp3 without tags", "MP3 or AAC"), ("aac", "MP3 or AAC"), ("flac", "FLAC")]
)
def test_a_container_that_was_called_bare_samples_is_refused_by_its_name(kind: str, name: str) -> None:
    with pytest.raises(SourceError, match=f"is {name}, not linear16"):
        check_header(made(kind)[:HEAD], {"encoding": "linear16", "sample_rate": 16_000})
    with pytest.raises(SourceError, match="is MP4, not mulaw"):
        check_header(m4a(first=True), {"encoding": "mulaw", "sample_rate": 8000})


def test_a_header_that_agrees_is_audio() -> None:
    assert check_header(wav(tone(0.1)), {"encoding": "linear16", "sample_rate": 16000}) is None
    assert check_header(wav(silence(0.1))[44:], {"encoding": "linear16", "sample_rate": 16000}) is None


@pytest.mark.parametrize(("encoding", "kind"), [("ogg-opus", "ogg opus"), ("opus", "ogg opus"), ("flac", "flac")])
def test_an_encoding_may_come_in_the_container_it_is_known_by(encoding: str, kind: str) -> None:
    data = made(kind)
    track = check_header(data[:HEAD], {"encoding": encoding, "sample_rate": 48_000})
    assert isinstance(track, PlacedTrack)
    track.feed(data)
    assert track.seconds(len(data)) == pytest.approx(SECONDS, rel=0.02)


def test_flac_without_its_header_is_timed_by_its_frames() -> None:
    data = encoded("flac", "flac", 16_000)
    bare = data[sniffed_header(data) :]
    track = choose_track({"encoding": "flac", "sample_rate": 16_000})
    assert track is not None
    track.feed(bare)
    assert track.seconds(len(bare)) == pytest.approx(SECONDS, rel=0.03)
    assert not isinstance(track, RawTrack)


def sniffed_header(data: bytes) -> int:
    """Where the first frame of a FLAC file stands."""
    return fed(data, 10**6).entry(0.0)
