"""The command line, with a service that is a function."""

import io
import json
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from sonant import __version__
from sonant.cli import doctor, hints, main, models, serve
from sonant.cli.app import run
from sonant.cli.flags import flags_of
from sonant.cli.hints import in_commands
from sonant.cli.manage import GROUPS
from sonant.cli.progress import Meter
from sonant.client import DeepgramClient
from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.errors import EngineError
from sonant.contract import faults
from sonant.contract.listen import TranscribeOptions, Word
from sonant.contract.models import Model, ModelList
from sonant.contract.query import check
from sonant.contract.told import field_docs
from sonant.engine.models import catalog, loading
from sonant.engine.models.entries import TURN_END_INSTALL

Service = Callable[[HttpRequest], HttpResponse]


def transcript(**more: Any) -> dict[str, Any]:
    words = [
        {"word": "hello", "start": 0.0, "end": 0.5, "confidence": 0.9, "punctuated_word": "Hello"},
        {"word": "world", "start": 0.5, "end": 1.0, "confidence": 0.9, "punctuated_word": "world."},
    ]
    alternative = {"transcript": "Hello world.", "confidence": 0.9, "words": words}
    metadata = {
        "request_id": "r-1",
        "sha256": "",
        "created": "",
        "duration": 1.0,
        "channels": 1,
        "models": [],
        "model_info": {},
    }
    return {"metadata": {**metadata, **more}, "results": {"channels": [{"alternatives": [alternative]}]}}


class Fake:
    """A service that remembers what it was asked, and answers the same each time."""

    def __init__(self) -> None:
        self.status, self.answer = 200, transcript()
        self.query: dict[str, list[str]] = {}
        self.body = b""

    def send(self, request: HttpRequest) -> HttpResponse:
        self.query = parse_qs(urlsplit(request.url).query)
        body = request.body or b""
        self.body = body if isinstance(body, bytes) else b"".join(bytes(chunk) for chunk in body.chunks())
        return HttpResponse(self.status, {}, json.dumps(self.answer).encode())


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """The embedded engine, replaced; no key in the environment."""
    service = Fake()
    client = DeepgramClient("key", global_={"http": {"client": service}}, max_retries=0)
    monkeypatch.setattr(DeepgramClient, "local", lambda: client)
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_ACCESS_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield service
    client.close()


@pytest.fixture
def recording(tmp_path: Path) -> str:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"sound")
    return str(path)


def test_text_goes_to_stdout_and_the_rest_to_stderr(
    fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["transcribe", recording]) == 0
    out, err = capsys.readouterr()
    assert out == "Hello world.\n"
    assert err == "No key in the environment: using the engine on this machine.\n"
    assert (fake.body, fake.query) == (b"sound", {"punctuate": ["true"]})


def test_options_are_flags(fake: Fake, recording: str) -> None:
    options = ["--no-punctuate", "--utt-split", "0.5", "--redact", "pci", "--redact", "ssn", "--version", "latest"]
    assert run(["transcribe", recording, "--format", "json", *options]) == 0
    assert fake.query == {"punctuate": ["false"], "utt_split": ["0.5"], "redact": ["pci", "ssn"], "version": ["latest"]}


@pytest.mark.parametrize("value", ["true", "v2"])
def test_options_that_are_true_or_a_word_take_both(fake: Fake, recording: str, value: str) -> None:
    assert run(["transcribe", recording, "--summarize", value]) == 0
    assert fake.query["summarize"] == [value]


def test_json_is_the_answer(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transcribe", recording, "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == fake.answer


@pytest.mark.parametrize(("form", "first"), [("vtt", "WEBVTT\n"), ("webvtt", "WEBVTT\n"), ("srt", "1\n")])
def test_captions_go_to_a_file(fake: Fake, recording: str, tmp_path: Path, form: str, first: str) -> None:
    output = tmp_path / "captions"
    assert run(["transcribe", recording, "--format", form, "--output", str(output)]) == 0
    assert output.read_text().startswith(first)
    assert fake.query == {"punctuate": ["true"], "utterances": ["true"]}


@pytest.mark.parametrize("output", ["absent/x.txt", ".", "talk.wav/x.txt"])
def test_what_cannot_be_written_is_said_before_the_work(
    fake: Fake, recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    assert run(["transcribe", recording, "-o", str(tmp_path / output)]) == 1
    assert capsys.readouterr().err.startswith(f"sonant: {tmp_path}")
    assert fake.body == b""
    assert [path.name for path in tmp_path.iterdir()] == ["talk.wav"]


@pytest.mark.parametrize("old", [None, "old text"])
def test_a_failure_leaves_the_output_as_it_was(fake: Fake, recording: str, tmp_path: Path, old: str | None) -> None:
    output = tmp_path / "talk.txt"
    if old:
        output.write_text(old)
    fake.status = 400
    assert run(["transcribe", recording, "-o", str(output)]) == 1
    assert (output.read_text() if output.exists() else None) == old


def test_channels_are_told_apart(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    fake.answer["results"]["channels"] *= 2
    assert run(["transcribe", recording]) == 0
    assert capsys.readouterr().out == "Channel 0: Hello world.\nChannel 1: Hello world.\n"


def test_utterances_of_channels_are_in_order_of_time(
    fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.answer["results"]["channels"] *= 2
    fake.answer["results"]["utterances"] = [
        {"start": start, "end": 9, "confidence": 1, "channel": channel, "transcript": text, "words": []}
        for channel, start, text in [(0, 0, "a"), (0, 2, "c"), (1, 1, "b")]
    ]
    assert run(["transcribe", recording]) == 0
    assert capsys.readouterr().out == "Channel 0: a\nChannel 1: b\nChannel 0: c\n"


def test_paragraphs_are_parted(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    paragraphs = {"transcript": "\nHello.\n\nWorld.", "paragraphs": []}
    fake.answer["results"]["channels"][0]["alternatives"][0]["paragraphs"] = paragraphs
    assert run(["transcribe", recording]) == 0
    assert capsys.readouterr().out == "Hello.\n\nWorld.\n"


def test_speakers_are_told_apart(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    fake.answer["results"]["channels"][0]["alternatives"][0]["words"][0]["speaker"] = 3
    run(["transcribe", recording])
    assert "Speaker 3: Hello" in capsys.readouterr().out


def test_warnings_are_passed_on(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    fake.answer = transcript(warnings=[{"parameter": "diarize", "type": "x", "message": "Not yet."}])
    assert run(["transcribe", recording]) == 0
    assert capsys.readouterr().err.endswith("diarize: Not yet.\n")


def test_standard_input(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"piped"))))  # type: ignore[arg-type]
    assert run(["transcribe", "-"]) == 0
    assert fake.body == b"piped"


@pytest.mark.parametrize("command", ["transcribe", "captions"])
def test_an_empty_standard_input_is_told(
    fake: Fake, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO())))  # type: ignore[arg-type]
    assert run([command, "-"]) == 1
    assert capsys.readouterr().err == "sonant: Standard input is empty.\nPipe something into it, or name a file.\n"


def test_a_terminal_is_no_recording(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert run(["transcribe", "-"]) == 1
    assert "Standard input is a terminal." in capsys.readouterr().err


def test_url(fake: Fake) -> None:
    assert run(["transcribe", "https://example.com/talk.mp3"]) == 0
    assert json.loads(fake.body) == {"url": "https://example.com/talk.mp3"}


@pytest.mark.parametrize("source", ["https://example.com/talk.mp3", ""])
def test_a_callback_gives_a_request_id(
    fake: Fake, recording: str, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.answer = {"request_id": "r-2"}
    assert run(["transcribe", source or recording, "--callback", "https://example.com/hook"]) == 0
    assert capsys.readouterr().out == "r-2\n"
    assert fake.query["callback"] == ["https://example.com/hook"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["transcribe"], "requires an argument"),
        (["transcrib", "x"], 'Did you mean "transcribe"?'),
        (["transcribe", "talk.wav", "--punctate"], "Did you mean --punctuate?"),
        (["transcribe", "talk.wav", "--format", "ttml"], "Choose from"),
        (["transcribe", "talk.wav", "--utt-split", "soon"], "utt_split"),
        (["transcribe", "talk.wav", "--profile", "pretty"], "Choose from"),
        (["transcribe", "ftp://example.com/talk.wav"], "not an http(s) URL"),
        (["transcribe", "https:///talk.wav"], "not an http(s) URL"),
        (["captions", "x.json", "--line-length", "0"], "--line-length"),
        (["captions", "x.json", "--line-length", "4", "--profile", "readable"], "--line-length counts words"),
    ],
)
def test_what_is_mistyped_is_said_in_a_line_with_exit_code_2(
    fake: Fake, tmp_path: Path, arguments: list[str], complaint: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.wav").write_bytes(b"sound")
    (tmp_path / "x.json").write_text(json.dumps(transcript()))
    assert run(arguments) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("sonant: ")]
    assert len(said) == 1
    assert complaint in said[0]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["transcribe", "absent.wav"], "absent.wav"),
        (["transcribe", "."], "is a folder"),
        (["captions", "absent.json"], "absent.json"),
        (["captions", "."], "Is a directory"),
        (["captions", "x.json", "-o", "absent/x.srt"], "absent/x.srt"),
        (["captions", "bad.json"], "not the JSON of a transcript"),
        (["transcribe", "talk.wav", "--base-url", "http://service.example"], "API key"),
        (["transcribe", "talk.wav", "--base-url", "http://localhost:9"], "Connection refused"),
        (["transcribe", "talk.wav", "-o", "absent/talk.txt"], "absent/talk.txt"),
    ],
)
def test_what_fails_is_said_in_a_line_with_exit_code_1(
    fake: Fake, tmp_path: Path, arguments: list[str], complaint: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.wav").write_bytes(b"sound")
    (tmp_path / "bad.json").write_text("no")
    assert run(arguments) == 1
    assert complaint in capsys.readouterr().err


def test_a_refusal_has_its_hint(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    fake.status = 401
    fake.answer = {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": "r-3"}
    assert run(["transcribe", recording]) == 1
    err = capsys.readouterr().err
    assert "Invalid credentials. (request id r-3)" in err
    assert "Check the key" in err


def test_hints_name_commands_and_not_methods(fake: Fake, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    fake.status = 400
    fake.answer = {"err_code": "Bad Request", "err_msg": faults.NO_SUCH_MODEL.message, "request_id": "r-3"}
    assert run(["transcribe", recording]) == 1
    assert "`sonant models` lists the models there are" in capsys.readouterr().err
    assert in_commands("`manage.get_project_keys(project_id)` lists") == "`sonant keys list` lists"
    assert (
        in_commands("`manage.get_project_agents(project_id)` lists") == "`manage.get_project_agents(project_id)` lists"
    )
    for command in hints.COMMANDS.values():
        first, _, second = command.partition(" ")
        assert (second in GROUPS[first][1]) if second else (first in dir(models))


def test_a_key_in_the_environment_is_used_and_local_goes_before_it(
    fake: Fake, recording: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "canary")
    monkeypatch.setenv("DEEPGRAM_BASE_URL", "http://127.0.0.1:9")
    assert run(["transcribe", recording, "--local"]) == 0
    assert run(["transcribe", recording]) == 1
    assert "canary" not in "".join(capsys.readouterr())


def test_interrupt_is_quiet(
    recording: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> DeepgramClient:
        raise KeyboardInterrupt

    monkeypatch.setattr(DeepgramClient, "local", interrupt)
    assert run(["transcribe", recording, "--local"]) == 130
    assert "".join(capsys.readouterr()) == ""


def test_captions_out_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(transcript()))
    assert run(["captions", str(path), "--format", "srt", "--line-length", "1"]) == 0
    assert capsys.readouterr().out.count("-->") == 2


def test_readable_captions_tell_what_is_too_fast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = transcript()
    words = [{"word": "swiftly", "start": at / 20, "end": (at + 1) / 20, "confidence": 1} for at in range(60)]
    said["results"]["channels"][0]["alternatives"][0]["words"] = words
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(said))
    assert run(["captions", str(path), "--profile", "readable"]) == 0
    out, err = capsys.readouterr()
    assert max(len(line) for line in out.splitlines()) <= 42
    assert re.match(r"\d of the cues are shown for less time", err)


MODEL = {
    "name": "tiny.en",
    "canonical_name": "whisper-tiny.en",
    "architecture": "whisper",
    "version": "1.0",
    "uuid": "u-1",
}
VOICE = {**MODEL, "name": "amber", "architecture": "aura", "uuid": "u-2", "metadata": {"accent": "Irish"}}


def test_models_are_a_table(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    fake.answer = {"stt": [{**MODEL, "languages": ["en", "en-US"]}], "tts": [VOICE]}
    assert run(["models"]) == 0
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [
        ["name", "kind", "languages", "architecture", "version", "uuid"],
        ["tiny.en", "stt", "en,", "en-US", "whisper", "1.0", "u-1"],
        ["amber", "tts", "aura", "1.0", "u-2"],
    ]
    assert err == "No key in the environment: using the engine on this machine.\n"
    assert fake.query == {}


def test_models_as_they_came(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    fake.answer = {"stt": [MODEL], "tts": [], "new": 1}
    assert run(["models", "--json", "--include-outdated"]) == 0
    assert json.loads(capsys.readouterr().out) == fake.answer
    assert fake.query == {"include_outdated": ["true"]}


def test_one_model(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    fake.answer = VOICE
    assert run(["models", "u-2"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["amber", "tts", "aura", "1.0", "u-2"]


def test_a_narrow_terminal_shows_every_model_whole() -> None:
    uuid = "e34772dc-70c4-518b-9438-2138ad67b364"
    model = Model("tiny.en", "whisper-tiny.en", "whisper", "2022-09-21.0", uuid, ["en", "en-US", "en-GB"])
    console = Console(file=io.StringIO(), width=72)
    console.print(models._table(ModelList([model], [])))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert uuid in shown
    assert "…" not in shown


def test_progress_shows_on_a_terminal_only() -> None:
    shown = []
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
        with Meter(console) as meter:
            meter.sent(1_000_000, 4_000_000)
            meter._progress.refresh()
            meter.sent(4_000_000, 4_000_000)
            meter._progress.refresh()
        shown.append(console.file.getvalue())  # type: ignore[attr-defined]
    assert "Sending 1.0 MB of 4.0 MB" in shown[0]
    assert "Transcribing" in shown[0]
    assert shown[1] == ""


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version"]) == 0
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.count(__version__) == 2
    assert run([]) == 0
    assert "transcribe" in capsys.readouterr().out


def test_serve_reads_its_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    served: list[Any] = []
    monkeypatch.setattr("sonant.engine.serve.serve", lambda settings: served.append(settings) or 0)
    monkeypatch.delenv("SONANT_API_KEYS", raising=False)
    assert run(["serve", "--port", "9000", "--allow-private-urls"]) == 0
    assert (served[0].port, served[0].allow_private_urls) == (9000, True)
    assert run(["serve", "--port", "many"]) == 2
    assert run(["serve", "--host", "0.0.0.0"]) == 2
    assert "SONANT_API_KEYS" in capsys.readouterr().err
    assert len(served) == 1


def test_doctor_names_what_is_missing_and_never_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_installed", lambda name: name != "no-such-distribution")
    monkeypatch.setattr(doctor, "requirements", lambda extra: ["no-such-distribution"])
    monkeypatch.setenv("DEEPGRAM_API_KEY", "canary")
    assert run(["doctor"]) == 1
    err = capsys.readouterr().err
    assert "no-such-distribution" in err
    assert 'pip install "sonant[engine]"' in err
    assert "DEEPGRAM_API_KEY is set" in err
    assert "canary" not in err


def test_doctor_passes_on_what_the_engine_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> DeepgramClient:
        raise EngineError("The engine did not start: no memory", hint="Buy some.")

    monkeypatch.setattr(doctor, "_installed", lambda name: True)
    monkeypatch.setattr(doctor, "requirements", lambda extra: [])
    monkeypatch.setattr(DeepgramClient, "local", fail)
    assert run(["doctor"]) == 1
    assert "no memory Buy some." in capsys.readouterr().err


@pytest.fixture
def engineless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries are here, and no engine is started."""

    def fail() -> DeepgramClient:
        raise EngineError("not here")

    monkeypatch.setattr(doctor, "_installed", lambda name: True)
    monkeypatch.setattr(doctor, "requirements", lambda extra: [])
    monkeypatch.setattr(DeepgramClient, "local", fail)


@pytest.mark.usefixtures("engineless")
def test_doctor_tells_of_a_turn_model_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SONANT_TURN_MODEL", str(tmp_path / "gone.onnx"))
    run(["doctor"])
    said = " ".join(capsys.readouterr().err.split())
    assert "missing turns: SONANT_TURN_MODEL: there is no file" in said


@pytest.mark.usefixtures("engineless")
def test_doctor_says_how_to_get_the_turn_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SONANT_TURN_MODEL", raising=False)
    monkeypatch.setattr(catalog, "open_turn_end", lambda *_, **__: None)
    run(["doctor"])
    said = " ".join(capsys.readouterr().err.split())
    assert f"ok turns: told by silence and words; to hear the voice as well, run {TURN_END_INSTALL}" in said
    howto = (Path(__file__).parents[3] / "docs" / "howto" / "run-the-engine.md").read_text()
    assert TURN_END_INSTALL.split(" && ")[1] in howto


@pytest.mark.usefixtures("engineless")
def test_doctor_tells_of_a_setting_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SONANT_PORT", "many")
    assert run(["doctor"]) == 1
    assert "settings: SONANT_PORT" in capsys.readouterr().err


@pytest.mark.usefixtures("engineless")
def test_doctor_reads_the_weights_anew(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[bool] = []

    def find(weights: object, cache: Path, *, fresh: bool = False) -> Path:
        asked.append(fresh)
        return cache

    monkeypatch.setattr(loading, "find_weights", find)
    run(["doctor"])
    assert "what it should be" in capsys.readouterr().err
    assert asked == [True, True]


def test_the_package_runs_as_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["sonant", "--version"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("sonant", run_name="__main__")
    assert (caught.value.code, capsys.readouterr().out.strip()) == (0, __version__)


def test_without_its_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("sonant.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cyclopts", None)
    with pytest.raises(SystemExit, match=r'pip install "sonant\[cli,engine\]"'):
        main()


def test_without_the_engine_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(**_: Any) -> None:
        raise ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn")

    monkeypatch.setattr(serve, "read_settings", absent)
    assert run(["serve"]) == 1
    assert capsys.readouterr().err.startswith("sonant: uvicorn is not installed.")


def test_main_ends_with_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sonant", "no-such-command"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


def test_flags_fit_the_contract_and_say_what_it_says() -> None:
    flags = flags_of(TranscribeOptions, "Flags").__annotations__
    assert set(flags) == set(field_docs(TranscribeOptions))
    assert field_docs(Word)["word"] == "Lower case, without punctuation."
    assert check({"redact": ["true"], "channels": "2"}, TranscribeOptions) == {"redact": ["true"], "channels": 2}
