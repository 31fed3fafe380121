"""The Makefile, in a folder where nothing is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make")


def make(place: Path, *arguments: str, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    shutil.copy(ROOT / "Makefile", place)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    command = ["make", f"PYTHON={python}", *arguments]
    return subprocess.run(command, cwd=place, env=clean, capture_output=True, text=True, check=False)


def write_python(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_half_made_environment_is_made_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    done = make(tmp_path, ".venv/whole")
    assert done.returncode == 0, done.stderr
    asked = [tmp_path / ".venv" / "bin" / "python", "-m", "pip", "--version"]
    assert subprocess.run(asked, check=False, capture_output=True).returncode == 0


def test_a_whole_environment_is_left_alone(tmp_path: Path) -> None:
    write_python(tmp_path / ".venv" / "bin" / "python", "exit 0")
    assert make(tmp_path, ".venv/whole", python="false").returncode == 0
    assert make(tmp_path, "--question", ".venv/whole", python="false").returncode == 0


def test_without_venv_it_says_what_to_install(tmp_path: Path) -> None:
    write_python(tmp_path / "python", 'case "$2" in venv) exit 1;; esac')
    done = make(tmp_path, ".venv/whole", python=str(tmp_path / "python"))
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv" / "whole").exists()


@pytest.mark.parametrize("name", ["a talk.mp3", "it's.mp3", 'a "talk".mp3'])
def test_the_demo_takes_any_name(tmp_path: Path, name: str) -> None:
    write_python(tmp_path / ".venv" / "bin" / "python", 'printf "%s|" "$@"')
    (tmp_path / "pyproject.toml").touch()
    done = make(tmp_path, "demo", f"FILE={name}")
    assert done.stdout.endswith(f"examples/demo.py|{name}|"), done.stderr
