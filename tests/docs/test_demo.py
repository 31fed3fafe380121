"""What `make demo FILE=...` says of a file that cannot be transcribed: a sentence and a hint, no traceback."""

import os
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
