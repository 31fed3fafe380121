"""`sonant listen`: what is shown of each event, and the command with a scripted service and a microphone of its own."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from rich.console import Console

from counting import RATE, counting_audio, wav_header
from sonant.cli import listen as module
from sonant.cli.app import run
from sonant.cli.listen import Recording
from sonant.cli.painter import JsonPainter, TextPainter, fit
from sonant.client.events import AudioLost, Reconnected, Reconnecting
from sonant.contract.codec import Unknown
from sonant.contract.listen.live import LiveError, LiveInfo, LiveResults
from sonant.contract.listen.transcript import Alternative, Channel, ModelInfo
from sonant.contract.listen.turns import TurnInfo
from sonant.devices import Heard, Microphone
from speaking import Script, SpeakingServer

ERASED = "\r\x1b[2K"
RAW = ["--encoding", "linear16", "--sample-rate", str(RATE)]


def results(text: str, *, final: bool = True, channels: tuple[int, int] = (0, 1)) -> LiveResults:
    channel = Channel([Alternative(text, 1.0, [])])
    return LiveResults(list(channels), 1.0, 0.0, final, final, channel, LiveInfo("r-1", ModelInfo("m", "1", "a"), "u"))


def turn(text: str, event: Any) -> TurnInfo:
    return TurnInfo("r-1", 0, event, 0, 0.0, 1.0, text, [], 0.9)


class Shown:
    """A painter on a terminal 20 columns wide."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.told: list[str] = []
        screen = Console(file=self.out, force_terminal=True, width=20, color_system=None, legacy_windows=False)
        self.painter = TextPainter(self.out, screen, self.told.append)

    def take(self, *events: object) -> str:
        for event in events:
            self.painter.take(event)
        return self.out.getvalue()


def test_an_interim_is_repainted_until_its_final_takes_its_place() -> None:
    printed = Shown().take(results("one", final=False), results("one two", final=False), results("One two."))
    assert printed == f"one{ERASED}one two{ERASED}One two.\n"


def test_without_a_terminal_there_are_finals_alone() -> None:
    out = io.StringIO()
    painter = TextPainter(out)
    for event in (results("one", final=False), results("One two."), results(""), turn("Three.", "EndOfTurn")):
        painter.take(event)
    assert out.getvalue() == "One two.\nThree.\n"


def test_a_turn_is_painted_until_it_ends() -> None:
    printed = Shown().take(turn("well", "Update"), turn("well then", "EagerEndOfTurn"), turn("well then", "EndOfTurn"))
    assert printed == f"well{ERASED}well then{ERASED}well then\n"


def test_the_turn_that_the_end_cuts_is_printed_too() -> None:
    shown = Shown()
    shown.take(turn("well", "EndOfTurn"), turn("and so", "Update"))
    shown.painter.finish()
    assert shown.out.getvalue() == f"well\nand so{ERASED}and so\n"


def test_channels_have_numbers_where_there_are_several() -> None:
    assert Shown().take(results("left", channels=(0, 2)), results("right", channels=(1, 2))) == (
        "Channel 0: left\nChannel 1: right\n"
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("short", "short"),
        ("0123456789", "0123456789"),
        ("0123456789A", "…23456789A"),
        ("漢字漢字漢字", "…字漢字"[:1] + "字漢字漢字"[-4:]),
    ],
)
def test_the_newest_words_of_a_long_line_are_kept(line: str, shown: str) -> None:
    assert fit(line, 10) == shown


def test_what_happens_to_the_connection_is_noted_above_the_interim() -> None:
    shown = Shown()
    lost, back = Reconnecting("no answer", 1, 0.5), Reconnected(1, "r-2", 2.5, 0.5)
    printed = shown.take(results("one", final=False), lost, back, AudioLost(1.0, 1.5, 8000, "the buffer is full"))
    assert printed == f"one{ERASED}"
    assert shown.told == [
        "Connection lost (no answer); attempt 1 in 0.5 s.",
        "Connected again; 2.5 s are sent again, 0.5 s are lost.",
        "Audio from 1.0 s to 1.5 s is lost: the buffer is full.",
    ]


def test_errors_of_the_service_are_noted_and_planned_changes_are_not() -> None:
    shown = Shown()
    shown.take(LiveError("No such message."), Reconnecting("", 1, 0.0, planned=True))
    assert shown.told == ["No such message."]


def test_silence_is_said_at_the_end() -> None:
    shown = Shown()
    shown.take(results(""))
    shown.painter.finish()
    assert shown.told == ["No speech was found. Headerless audio needs its true --encoding and --sample-rate."]


def test_json_tells_each_event_by_its_type() -> None:
    out = io.StringIO()
    for event in (results("one"), Reconnected(1, None, 2.5, 0.0), Unknown("New", {"type": "New", "x": 1})):
        JsonPainter(out).take(event)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["type"] for line in lines] == ["Results", "Reconnected", "New"]
    assert lines[1]["replayed_seconds"] == 2.5
    assert lines[2]["x"] == 1


def test_a_recording_gives_no_more_once_it_is_closed() -> None:
    recording = Recording(iter([bytes(10_000), b"never"]))
    pieces = iter(recording)
    assert len(next(pieces)) == 4096
    recording.close()
    assert list(pieces) == []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpeakingServer]:
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_ACCESS_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with SpeakingServer(Script()) as running:
        yield running


def said(first: int, count: int) -> str:
    return " ".join(f"w{number}" for number in range(first, first + count))


def test_a_file_is_printed_final_by_final(
    server: SpeakingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = tmp_path / "talk.wav"
    talk.write_bytes(wav_header(len(counting_audio(3.0))) + counting_audio(3.0))
    assert run(["listen", str(talk), "--speed", "inf", "--base-url", server.url]) == 0
    out, err = capsys.readouterr()
    assert (out.split(), err) == (said(0, 12).split(), "")
    assert len(out.splitlines()) > 1
    assert server.heard[0].audio == talk.read_bytes()


def test_a_pipe_is_described_by_options_that_reach_the_service(
    server: SpeakingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    piped = io.TextIOWrapper(io.BufferedReader(io.BytesIO(counting_audio(2.0))))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", piped)
    target = tmp_path / "said.txt"
    options = ["--endpointing", "300", "--keyterm", "sonant", "--model", "nova-3", "--output", str(target)]
    assert run(["listen", "-", *RAW, "--speed", "inf", "--base-url", server.url, *options]) == 0
    assert target.read_text().split() == said(0, 8).split()
    asked = {"encoding": "linear16", "sample_rate": "8000", "endpointing": "300", "keyterm": "sonant"}
    assert {name: server.heard[0].query[name][0] for name in asked} == asked


def test_a_pipe_that_nobody_described_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped = io.TextIOWrapper(io.BufferedReader(io.BytesIO(counting_audio(2.0))))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", piped)
    assert run(["listen", "-", "--base-url", "http://127.0.0.1:9"]) == 1
    assert "has to be described" in capsys.readouterr().err


def test_json_lines_end_with_the_metadata(
    server: SpeakingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = tmp_path / "talk.raw"
    talk.write_bytes(counting_audio(2.0))
    command = ["listen", str(talk), *RAW, "--speed", "inf", "--base-url", server.url, "--json", "--interim-results"]
    assert run(command) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-2:]) == ("Opened", ["Metadata", "Closed"])
    assert {event["is_final"] for event in events if event["type"] == "Results"} == {True, False}


def test_a_flux_model_prints_turns(server: SpeakingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = tmp_path / "talk.raw"
    talk.write_bytes(counting_audio(2.0))
    command = ["listen", str(talk), *RAW, "--speed", "inf", "--base-url", server.url, "--model", "flux-general-en"]
    assert run([*command, "--eot-threshold", "0.8"]) == 0
    assert capsys.readouterr().out.split() == said(0, 8).split()
    assert server.heard[0].path == "/v2/listen"
    assert server.heard[0].query["eot_threshold"] == ["0.8"]


def test_a_recording_that_cannot_be_streamed_is_decoded_and_sent(
    server: SpeakingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = tmp_path / "talk.m4a"
    write_m4a(talk, 2.0)
    assert run(["listen", str(talk), "--speed", "inf", "--base-url", server.url]) == 0
    assert "decoded here" in capsys.readouterr().err
    heard = server.heard[0]
    assert (heard.query["encoding"], heard.query["sample_rate"]) == (["linear16"], ["16000"])
    assert len(heard.audio) == pytest.approx(2.0 * 32_000, rel=0.05)


def test_channels_are_kept_apart_where_that_is_asked_for(server: SpeakingServer, tmp_path: Path) -> None:
    talk = tmp_path / "talk.m4a"
    write_m4a(talk, 1.0, "stereo")
    assert run(["listen", str(talk), "--speed", "inf", "--multichannel", "--base-url", server.url]) == 0
    heard = server.heard[0]
    assert heard.query["channels"] == ["2"]
    assert len(heard.audio) == pytest.approx(64_000, rel=0.1)


def test_without_a_decoder_a_recording_that_cannot_be_streamed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = tmp_path / "talk.m4a"
    write_m4a(talk, 1.0)
    monkeypatch.setitem(sys.modules, "sonant.engine.audio.decode", None)
    assert run(["listen", str(talk), "--base-url", "http://127.0.0.1:9"]) == 1
    err = capsys.readouterr().err
    assert "cannot be streamed" in err
    assert "sonant[engine]" in err


def write_m4a(path: Path, seconds: float, layout: str = "mono") -> None:
    """Silence in AAC, with its index behind it."""
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream("aac", rate=16_000, layout=layout)
        channels = 1 if layout == "mono" else 2
        for start in range(0, int(seconds * 16_000), 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((channels, 1024), "f4"), format="fltp", layout=layout)
            frame.sample_rate, frame.pts = 16_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class Source:
    """A device that has heard two seconds, after which Ctrl-C is pressed."""

    def __call__(self, microphone: Microphone, heard: Heard, ended: Callable[[], None]) -> "Source":
        self.heard = heard
        return self

    def start(self) -> None:
        self.heard(counting_audio(2.0), False)

    def close(self) -> None:
        pass


def test_ctrl_c_ends_the_microphone_and_what_was_said_is_transcribed(
    server: SpeakingServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sonant.devices.microphone.open_portaudio", Source())
    monkeypatch.setattr(
        module, "note", lambda text: os.kill(os.getpid(), signal.SIGINT) if text.startswith("Listening") else None
    )
    assert run(["listen", "--sample-rate", str(RATE), "--base-url", server.url]) == 0
    assert capsys.readouterr().out.split() == said(0, 8).split()
    assert server.heard[0].query["encoding"] == ["linear16"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["absent.wav"], 1, "absent.wav"),
        (["talk.wav", "--device", "1"], 2, "--device is for the microphone"),
        (["talk.wav", "--speed", "0"], 2, "--speed"),
        (["--encoding", "mulaw"], 2, "linear16"),
        (["-", "--output", "absent/said.txt"], 1, "absent"),
        (["talk.raw"], 1, "has to be described"),
        (["talk.flac", *RAW], 1, "is FLAC, not linear16"),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("talk.raw").write_bytes(counting_audio(1.0))
    Path("talk.flac").write_bytes(b"fLaC" + bytes(100))
    assert run(["listen", *arguments, "--base-url", "http://127.0.0.1:9"]) == code
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines()) in {1, 2}) == ("", True)
    assert message in err.splitlines()[0]
