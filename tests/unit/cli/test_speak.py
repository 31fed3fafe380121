"""`sonant speak` against a service of the tests' own."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from loopback import Seen, http_server
from sonant.cli.app import run
from sonant.devices import Speaker, Wanted

AUDIO = bytes(range(256)) * 4


@pytest.fixture
def service() -> Iterator[tuple[str, list[Seen]]]:
    with http_server(AUDIO) as served:
        yield served


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "canary-key")


def query(seen: Seen) -> dict[str, list[str]]:
    return parse_qs(urlsplit(seen.path).query)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("a.mp3", {"encoding": ["mp3"]}),
        ("a.wav", {"encoding": ["linear16"], "container": ["wav"]}),
        ("a.raw", {"encoding": ["linear16"], "container": ["none"]}),
        ("a.flac", {"encoding": ["flac"]}),
        ("a.OGG", {"encoding": ["opus"]}),
        ("a.aac", {"encoding": ["aac"]}),
    ],
)
def test_the_name_of_the_file_says_how_it_is_coded(
    service: tuple[str, list[Seen]], tmp_path: Path, name: str, asked: dict[str, list[str]]
) -> None:
    url, seen = service
    assert run(["speak", "Hello.", "-o", str(tmp_path / name), "--base-url", url]) == 0
    assert (tmp_path / name).read_bytes() == AUDIO
    assert query(seen[0]) == asked
    assert seen[0].body == b'{"text":"Hello."}'


def test_what_says_the_same_as_the_name_or_more_goes_with_it(service: tuple[str, list[Seen]], tmp_path: Path) -> None:
    url, seen = service
    for name, encoding in (("a.mp3", "mp3"), ("a.wav", "mulaw"), ("a.raw", "alaw")):
        assert run(["speak", "Hello.", "-o", str(tmp_path / name), "--encoding", encoding, "--base-url", url]) == 0
    assert [query(each)["encoding"] for each in seen] == [["mp3"], ["mulaw"], ["alaw"]]
    assert query(seen[1])["container"] == ["wav"]


def test_a_file_and_a_pipe_are_read(
    service: tuple[str, list[Seen]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = service
    (tmp_path / "story.txt").write_text("A story.", encoding="utf-8")
    out = str(tmp_path / "a.mp3")
    assert run(["speak", str(tmp_path / "story.txt"), "-o", out, "--base-url", url]) == 0
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"From a pipe.")))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(["speak", "-", "-o", out, "--base-url", url]) == 0
    assert [each.body for each in seen] == [b'{"text":"A story."}', b'{"text":"From a pipe."}']


def test_audio_goes_to_standard_output_where_no_file_is_named(
    service: tuple[str, list[Seen]], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    url, _ = service
    assert run(["speak", "Hello.", "--base-url", url]) == 0
    assert capfdbinary.readouterr().out == AUDIO


def test_audio_goes_to_standard_output_by_name(
    service: tuple[str, list[Seen]], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    url, seen = service
    assert run(["speak", "Hello.", "-o", "-", "--encoding", "opus", "--base-url", url]) == 0
    assert capfdbinary.readouterr().out == AUDIO
    assert query(seen[0]) == {"encoding": ["opus"]}


def test_no_audio_goes_to_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for more in ([], ["-o", "-"]):
        assert run(["speak", "Hello.", *more, "--base-url", "http://127.0.0.1:9"]) == 2
        assert "Where to? Name a file with -o" in capsys.readouterr().err


def test_what_comes_after_two_hyphens_is_text(
    service: tuple[str, list[Seen]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, seen = service
    out = str(tmp_path / "a.mp3")
    assert run(["speak", "-o", out, "--base-url", url, "--", "--help"]) == 0
    assert seen[0].body == b'{"text":"--help"}'
    assert run(["speak", "--base-url", url, "--", "Hello.", "-o", out]) == 2
    assert "-o comes after --, behind which there are no options: put it before." in capsys.readouterr().err


def test_files_without_text_are_named_and_a_byte_order_mark_is_no_text(
    service: tuple[str, list[Seen]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, seen = service
    out, story = str(tmp_path / "a.mp3"), tmp_path / "story.txt"
    story.write_bytes(b" \n")
    assert run(["speak", str(story), "-o", out, "--base-url", url]) == 1
    assert "story.txt has no text in it." in capsys.readouterr().err
    story.write_bytes(b"\xef\xbb\xbfHello.")
    assert run(["speak", str(story), "-o", out, "--base-url", url]) == 0
    assert seen[0].body == b'{"text":"Hello."}'


def test_a_flux_voice_goes_to_its_own_address_with_its_options(service: tuple[str, list[Seen]], tmp_path: Path) -> None:
    url, seen = service
    out = str(tmp_path / "a.mp3")
    command = ["speak", "Hi.", "--model", "flux-kit-en", "--speed", "0.9", "--expressivity", "1", "-o", out]
    assert run([*command, "--base-url", url]) == 0
    assert seen[0].path.startswith("/v2/speak?")
    assert (query(seen[0])["speed"], query(seen[0])["expressivity"]) == (["0.9"], ["1"])


def test_a_long_text_goes_in_parts(service: tuple[str, list[Seen]], tmp_path: Path) -> None:
    url, seen = service
    text = "This is a sentence of a long story. " * 100
    assert run(["speak", text, "-o", str(tmp_path / "a.mp3"), "--base-url", url]) == 0
    assert len(seen) == 2
    assert run(["speak", text, "-o", str(tmp_path / "a.flac"), "--base-url", url]) == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "a.mp3"]


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["Hello.", "-o", "{tmp}/a.xyz"], 2, "does not say what it is to be"),
        (["Hello.", "-o", "{tmp}/none/a.mp3"], 1, "No such file"),
        (["missing.txt", "-o", "{tmp}/a.mp3"], 1, "missing.txt: No such file"),
        ([" ", "-o", "{tmp}/a.mp3"], 2, "The text is empty: give some words"),
        (["", "-o", "{tmp}/a.mp3"], 2, "The text is empty: give some words"),
        (["./", "-o", "{tmp}/a.mp3"], 1, "./: It is a folder"),
        (["Hello", "there.", "-o", "{tmp}/a.mp3"], 2, "'there.' is left over: what has blanks in it goes in quotes"),
        (["-o", "{tmp}/a.mp3", "--local", "Hello."], 2, "--base-url another service"),
        (["Hello.", "-o", "-", "--play"], 2, "What is played does not go to standard output too"),
        (["Hello.", "-o", "{tmp}/a.mp3", "--expressivity", "1"], 2, "--expressivity: for Flux voices alone; name one"),
        (["Hello.", "-o", "{tmp}/a.mp3", "--sample-rate", "8000"], 2, "not applicable"),
        (["Hello.", "-o", "{tmp}/a.mp3", "--play"], 2, "What is played is linear16"),
        (
            ["Hello.", "-o", "{tmp}/a.mp3", "--encoding", "linear16"],
            2,
            "a.mp3 is to hold mp3, and --encoding says linear16",
        ),
        (["Hello.", "-o", "{tmp}/a.wav", "--encoding", "mp3"], 2, "a.wav is to hold linear16, and --encoding says mp3"),
        (
            ["Hello.", "-o", "{tmp}/a.wav", "--container", "none"],
            2,
            "a.wav has container wav, and --container says none",
        ),
        (["Hello.", "-o", "{tmp}/a.mp3", "--device", "1"], 2, "--device is for --play"),
        (["Hello.", "-o", "{tmp}/a.mp3", "--speed", "9"], 2, "speed"),
    ],
)
def test_what_cannot_be_is_said(
    command: list[str], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [part.replace("{tmp}", str(tmp_path)) for part in command]
    assert run(["speak", *given, "--base-url", "http://127.0.0.1:9"]) == code
    assert says in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from faults.server import FaultServer, stream

    with FaultServer(stream(b"12345", end="cut")) as server:
        assert run(["speak", "Hello.", "-o", str(tmp_path / "a.mp3"), "--base-url", server.url]) == 1
    assert "5 bytes of the audio had come" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_callback_gets_the_audio(capsys: pytest.CaptureFixture[str]) -> None:
    with http_server(b'{"request_id":"r-1"}') as (url, seen):
        assert run(["speak", "Hi.", "--callback", "https://me.example/cb", "-o", "a.mp3", "--base-url", url]) == 0
    assert query(seen[0])["callback"] == ["https://me.example/cb"]
    assert capsys.readouterr().out == "r-1\n"


class Sink:
    """A loudspeaker that plays as fast as it can."""

    def __init__(self) -> None:
        self.heard = b""

    def __call__(self, speaker: Speaker, wanted: Wanted, ended: Callable[[], None]) -> "Sink":
        self._wanted = wanted
        return self

    def start(self) -> None:
        import threading

        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while len(self.heard) < len(AUDIO):
            self.heard += self._wanted(16, 0.0)

    def abort(self) -> None:
        pass

    close = abort


@pytest.mark.parametrize("more", [[], ["-o", "{tmp}/a.raw"]])
def test_it_is_played(
    service: tuple[str, list[Seen]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: list[str]
) -> None:
    sink: Any = Sink()
    monkeypatch.setattr("sonant.devices.speaker.open_portaudio_output", sink)
    url, seen = service
    given = [part.replace("{tmp}", str(tmp_path)) for part in more]
    assert run(["speak", "Hello.", "--play", "--base-url", url, *given]) == 0
    assert sink.heard[: len(AUDIO)] == AUDIO
    assert query(seen[0]) == {"encoding": ["linear16"], "container": ["none"]}


def test_what_is_no_utf8_text_is_refused(
    service: tuple[str, list[Seen]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, seen = service
    out = str(tmp_path / "a.mp3")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"\xff\xfe hi"))))
    assert run(["speak", "-", "-o", out, "--base-url", url]) == 1
    assert "Standard input is not UTF-8 text: see byte 0." in capsys.readouterr().err
    (tmp_path / "story").write_bytes("Grüße".encode("latin-1"))
    assert run(["speak", str(tmp_path / "story"), "-o", out, "--base-url", url]) == 1
    (tmp_path / "zero.txt").write_bytes(b"a\0b")
    assert run(["speak", str(tmp_path / "zero.txt"), "-o", out, "--base-url", url]) == 1
    assert seen == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a Linux device")
def test_a_full_disk_is_named_with_what_to_do(
    service: tuple[str, list[Seen]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url, _ = service
    (tmp_path / "a.mp3").symlink_to("/dev/full")
    text = "This is a sentence of a long story. " * 100
    assert run(["speak", text, "-o", str(tmp_path / "a.mp3"), "--base-url", url]) == 1
    said = capsys.readouterr().err
    assert "/dev/full: No space left on device." in said
    assert "Make room there" in said
