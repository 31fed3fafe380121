"""What `make demo` prints, as README shows it, and of a file that cannot be transcribed: a sentence and a hint."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.engine
@pytest.mark.parametrize("name", ["absent.mp3", ".", "text.txt", "empty.wav", "random.bin"])
def test_a_mistake_takes_two_lines(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("no sound at all\n" * 100)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "random.bin").write_bytes(os.urandom(4096))
    command = [sys.executable, ROOT / "examples" / "demo.py", tmp_path / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) in {1, 2}
    assert "Traceback" not in done.stderr


@pytest.mark.engine
def test_its_captions_are_those_of_the_readme() -> None:
    command = [sys.executable, ROOT / "examples" / "demo.py"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    shown = re.search(r"```text\n(00:.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown
    cues, theirs = printed.split("\n\n"), shown[1].strip().split("\n\n")
    assert [cue.splitlines()[1:] for cue in theirs] == [cue.splitlines()[1:] for cue in cues if "-->" in cue][:3]
    assert all("-->" in cue for cue in theirs)
    assert "celebrating the first spacewalk with an all-female team" in printed
