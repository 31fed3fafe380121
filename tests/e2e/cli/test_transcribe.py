"""`sonant transcribe` against the real engine: each container and encoding, from each source, in each format."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from e2e.engine.conftest import DATA, serve_files, start_engine
from e2e.engine.sounds import convert, raw
from sonant.captions import srt, webvtt
from sonant.cli.app import run

pytestmark = pytest.mark.engine

KEY = "of-the-tests"
LIGHTHOUSE = (DATA / "lighthouse.flac").read_bytes()

CONTAINERS = {
    "wav": ("wav", "pcm_s16le", 16_000),
    "mp3": ("mp3", "libmp3lame", 16_000),
    "m4a": ("ipod", "aac", 16_000),
    "mp4": ("mp4", "aac", 44_100),
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "flac": ("flac", "flac", 16_000),
    "aac": ("adts", "aac", 16_000),
    "amr": ("amr", "libopencore_amrnb", 8_000),
}
"""By the name's ending: FFmpeg's container and codec, and the sample rate."""

ENCODINGS = {
    "linear16": ("s16le", "pcm_s16le", 16_000),
    "linear32": ("f32le", "pcm_f32le", 16_000),
    "mulaw": ("mulaw", "pcm_mulaw", 8_000),
    "alaw": ("alaw", "pcm_alaw", 8_000),
}
FORMATS = ("text", "json", "vtt", "srt")

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def media() -> dict[str, bytes]:
    """The recording in every dress."""
    contained = {name: convert(LIGHTHOUSE, *dress) for name, dress in CONTAINERS.items()}
    return contained | {name: raw(LIGHTHOUSE, *dress) for name, dress in ENCODINGS.items()}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with start_engine(allow_private_urls="true", api_keys=KEY) as running:
        yield running.url


@pytest.fixture(scope="module")
def site(media: dict[str, bytes]) -> Iterator[str]:
    with serve_files(lambda _, path, *__: (200, {}, media[path.removeprefix("/")])) as url:
        yield url


@pytest.fixture
def sonant(address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run `sonant transcribe` with a key; gives what it prints, and holds that all went well and quietly."""
    monkeypatch.setenv("DEEPGRAM_API_KEY", KEY)
    monkeypatch.delenv("DEEPGRAM_ACCESS_TOKEN", raising=False)

    def ask(source: str, *options: str) -> str:
        code = run(["transcribe", source, "--base-url", address, *options])
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        return out

    return ask


def dress(name: str) -> list[str]:
    """What has to be said of headerless audio."""
    return ["--encoding", name, "--sample-rate", str(ENCODINGS[name][2])] if name in ENCODINGS else []


def assert_fits(printed: str, form: str) -> None:
    if form == "json":
        printed = json.loads(printed)["results"]["channels"][0]["alternatives"][0]["transcript"]
    elif form == "vtt":
        assert printed.startswith("WEBVTT\n\nNOTE\nTranscription provided by Deepgram\nRequest Id: ")
    elif form == "srt":
        assert printed.startswith("1\n00:00:0")
    assert "lighthouse" in printed.lower()
    assert "every ship" in printed.lower()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), list(product([*CONTAINERS, *ENCODINGS], FORMATS)))
def test_every_dress_from_every_source_in_every_format(
    name: str, form: str, media: dict[str, bytes], site: str, sonant: Ask, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    recording = tmp_path / f"talk.{name}"
    recording.write_bytes(media[name])
    options = ["--format", form, *dress(name)]
    for source in (str(recording), f"{site}/{name}"):
        assert_fits(sonant(source, *options), form)
    with recording.open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        assert_fits(sonant("-", *options), form)


def test_interleaved_channels_are_told_apart(sonant: Ask, tmp_path: Path) -> None:
    recording = tmp_path / "talk.raw"
    recording.write_bytes(convert((DATA / "two_channels.flac").read_bytes(), "s16le", "pcm_s16le", 16_000, "stereo"))
    printed = sonant(
        str(recording), "--encoding", "linear16", "--sample-rate", "16000", "--channels", "2", "--multichannel"
    )
    assert {line.partition(":")[0] for line in printed.splitlines()} == {"Channel 0", "Channel 1"}


def test_captions_of_the_json_are_those_of_the_official_library(sonant: Ask, tmp_path: Path) -> None:
    official: Any = pytest.importorskip("deepgram_captions")
    said = json.loads(sonant(str(DATA / "lighthouse.flac"), "-f", "json", "--punctuate", "--utterances"))
    assert webvtt(said) == official.webvtt(official.DeepgramConverter(said))
    assert srt(said) == official.srt(official.DeepgramConverter(said))


def test_what_the_engine_does_not_follow_is_told(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", KEY)
    assert run(["transcribe", str(DATA / "lighthouse.flac"), "--base-url", address, "--topics"]) == 0
    out, err = capsys.readouterr()
    assert "lighthouse" in out
    assert err.startswith("topics: ")


def test_models(address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", KEY)
    assert run(["models", "--base-url", address, "--json"]) == 0
    model = json.loads(capsys.readouterr().out)["stt"][0]
    assert run(["models", "--base-url", address]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert all(model[field] in line for field in ("name", "architecture", "version", "uuid"))
    assert run(["models", model["uuid"], "--base-url", address]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == line.split()
    assert run(["models", "no-such-model", "--base-url", address]) == 1
