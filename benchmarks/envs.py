"""The environments of the sides, apart from each other: same interpreter, nothing else in them.

`.bench/official` has the official client, `.bench/ours` this project, installed as a user would, `.bench/peer` another
recognizer. All are kept; the second is installed anew when the sources change. `SONANT_BENCH_OFFICIAL`,
`SONANT_BENCH_OURS` and `SONANT_BENCH_PEER` name interpreters to use instead.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".bench"
OFFICIAL = "deepgram-sdk==7.17.0"
PEER = "faster-whisper==1.2.1"


class Unavailable(Exception):
    """An environment cannot be made here."""


def official() -> str:
    """The interpreter that has the official client.

    Raises:
        Unavailable: it cannot be installed.
    """
    return os.environ.get("SONANT_BENCH_OFFICIAL") or _prepare("official", OFFICIAL, OFFICIAL)


def ours() -> str:
    """The interpreter that has this project.

    Raises:
        Unavailable: it cannot be installed.
    """
    return os.environ.get("SONANT_BENCH_OURS") or _prepare("ours", str(ROOT), _fingerprint())


def peer() -> str:
    """The interpreter that has the other recognizer.

    Raises:
        Unavailable: it cannot be installed.
    """
    return os.environ.get("SONANT_BENCH_PEER") or _prepare("peer", PEER, PEER)


def _prepare(name: str, requirement: str, stamp: str) -> str:
    """Install a requirement into an environment of its own, unless its stamp says that it is there."""
    python = BENCH / name / "bin" / "python"
    mark = BENCH / name / "installed"
    if not (mark.exists() and mark.read_text() == stamp):
        print(f"preparing .bench/{name} ...", file=sys.stderr)
        _run(_base_python(), "-m", "venv", "--without-pip", str(BENCH / name))
        _run(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--upgrade", requirement)
        mark.write_text(stamp)
    return str(python)


def _base_python() -> str:
    """The interpreter below our own environment, so that none of its `.pth` files slow the others down."""
    return getattr(sys, "_base_executable", sys.executable)


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=BENCH, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{command[1:4]} failed")


def _fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
