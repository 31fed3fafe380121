"""Both type checkers accept what is right and refuse each thing that is wrong, on its line."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout


def mypy(path: Path) -> set[int]:
    """The lines that mypy refuses."""
    out = run(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(path))
    return {int(line) for line in re.findall(rf"{path.name}:(\d+): error", out)}


def pyright(path: Path) -> set[int]:
    """The lines that pyright refuses."""
    out = run(sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(path))
    found = json.loads(out)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


CHECKERS = pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
pytestmark = pytest.mark.slow


@CHECKERS
def test_what_is_right_is_accepted(checker: Callable[[Path], set[int]]) -> None:
    assert checker(HERE / "accepted.py") == set()


@CHECKERS
def test_what_is_wrong_is_refused(checker: Callable[[Path], set[int]]) -> None:
    path = HERE / "refused.py"
    marked = {n for n, line in enumerate(path.read_text().splitlines(), 1) if "# refused:" in line}
    assert checker(path) == marked
