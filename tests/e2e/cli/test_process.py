"""The command as a process: the engine on this machine, pipes, Ctrl-C."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from e2e.engine.conftest import DATA, ROOT

pytestmark = pytest.mark.engine

SONANT = [sys.executable, "-m", "sonant.cli"]
LIGHTHOUSE = DATA / "lighthouse.flac"


def environment(**more: str) -> dict[str, str]:
    """This one without keys."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DEEPGRAM_")} | more


def sonant(*arguments: str | Path, **how: Any) -> "subprocess.CompletedProcess[str]":
    command = [*SONANT, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=environment(), cwd=ROOT, **how
    )


def test_without_a_key_the_engine_on_this_machine_does_it_and_that_is_said() -> None:
    done = sonant("transcribe", LIGHTHOUSE, "--format", "srt", "--profile", "readable")
    assert done.stdout.startswith("1\n00:00:00,")
    assert "lighthouse" in done.stdout
    assert done.stderr == "No key in the environment: using the engine on this machine.\n"
    assert done.returncode == 0


def test_doctor_finds_all_that_the_engine_needs() -> None:
    done = sonant("doctor")
    assert done.returncode == 0, done.stderr
    assert "missing" not in done.stderr
    at_work = find_spec("pipecat") is not None and find_spec("onnxruntime") is not None
    assert ("turns: Smart Turn is at work" if at_work else "turns: told by silence and words") in done.stderr


def test_a_pipe_in_and_a_pipe_out() -> None:
    reply = subprocess.run(
        f'cat "{LIGHTHOUSE}" | "{sys.executable}" -m sonant.cli transcribe - -f json'
        f' | "{sys.executable}" -m sonant.cli captions - -f srt | head -1',
        shell=True, capture_output=True, text=True, check=False, timeout=120, env=environment(),
    )  # fmt: skip
    assert (reply.returncode, reply.stdout) == (0, "1\n")
    assert "Traceback" not in reply.stderr


def test_empty_input_is_told_before_an_engine_starts() -> None:
    done = sonant("transcribe", "-", stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert done.stderr == "sonant: Standard input is empty.\nPipe something into it, or name a file.\n"


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("absent.wav", 1, "absent.wav: No such file"),
        (".", 1, ". is a folder"),
        ("pyproject.toml", 1, "corrupt"),
        ("ftp://example.com/talk.wav", 2, "not an http(s) URL"),
        ("http://", 2, "not an http(s) URL"),
    ],
)
def test_what_cannot_be_transcribed_is_said_in_two_lines(source: str, code: int, said: str) -> None:
    done = sonant("transcribe", "--local", source)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr.splitlines()[0]
    assert len(done.stderr.splitlines()) <= 2


def test_ctrl_c_ends_it_with_130() -> None:
    process = subprocess.Popen(
        [*SONANT, "transcribe", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert process.stdin
    assert process.stderr
    try:
        process.stdin.write(LIGHTHOUSE.read_bytes()[:10_000])
        process.stdin.flush()
        assert b"using the engine on this machine" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, b"", b"")
