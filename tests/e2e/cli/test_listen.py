"""`sonant listen` and the live demo as processes, against the engine on this machine."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.cli.test_process import LIGHTHOUSE, SONANT, environment, sonant
from e2e.engine.conftest import DATA, ROOT
from e2e.engine.sounds import raw

pytestmark = pytest.mark.engine

SAMPLES = raw(LIGHTHOUSE.read_bytes(), "s16le", "pcm_s16le", 16_000)
RAW = ["--encoding", "linear16", "--sample-rate", "16000"]


def test_a_file_becomes_lines_and_nothing_else() -> None:
    done = sonant("listen", "--local", LIGHTHOUSE, "--speed", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert "lighthouse" in done.stdout.lower()
    assert "\x1b" not in done.stdout


def test_a_pipe_of_samples() -> None:
    command = [*SONANT, "listen", "--local", "-", *RAW, "--speed", "4"]
    done = subprocess.run(command, input=SAMPLES, capture_output=True, check=False, timeout=120, env=environment())
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"lighthouse" in done.stdout.lower()


def test_json_lines_are_the_events_in_their_order() -> None:
    done = sonant("listen", "--local", LIGHTHOUSE, "--speed", "4", "--json", "--interim-results")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-2:]) == ("Opened", ["Metadata", "Closed"])
    assert {event["is_final"] for event in events if event["type"] == "Results"} == {True, False}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["absent.wav"], 1, "absent.wav: No such file"),
        (["pyproject.toml"], 1, "no header that is known"),
        ([LIGHTHOUSE, "--sample-rate", "many"], 2, "sample_rate"),
        ([LIGHTHOUSE, "--endpoint", "300"], 2, "endpoint"),
    ],
)
def test_what_cannot_be_heard_is_said_in_two_lines(arguments: list[str | Path], code: int, said: str) -> None:
    done = sonant("listen", "--local", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr.splitlines()[0]
    assert len(done.stderr.splitlines()) <= 2


def test_ctrl_c_has_what_was_heard_of_a_pipe_transcribed() -> None:
    process = subprocess.Popen(
        [*SONANT, "listen", "--local", "-", *RAW, "--json", "--interim-results"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(SAMPLES[: 2 * 16_000 * 4])
        process.stdin.flush()
        while b"lighthouse" not in process.stdout.readline().lower():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        events = [json.loads(line) for line in process.stdout]
        assert (process.wait(20), events[-1]["type"]) == (130, "Closed")
        assert any(event["type"] == "Results" and event["is_final"] for event in events)
    finally:
        process.kill()
        process.communicate()


def test_the_demo_shows_the_finals() -> None:
    command = [sys.executable, ROOT / "examples" / "demo_live.py", DATA / "lighthouse.flac"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert "lighthouse" in done.stdout.lower()
    assert "First words" in done.stdout


def test_the_async_example_runs() -> None:
    command = [sys.executable, ROOT / "examples" / "live_async.py", LIGHTHOUSE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert "lighthouse" in done.stdout.lower()
