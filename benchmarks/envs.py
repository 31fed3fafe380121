"""The environments of the sides, apart from each other: same interpreter, nothing else in them.

`.bench/official` has the official client, `.bench/ours` this project, installed as a user would, `.bench/peer` another
recognizer, `.bench/whisper-live` another live server. All are kept; the second is installed anew when the sources
change. `SONANT_BENCH_OFFICIAL`, `SONANT_BENCH_OURS`, `SONANT_BENCH_PEER` and `SONANT_BENCH_WHISPER_LIVE` name
interpreters to use instead.
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
LIVE_PEER = "whisper-live==0.10.0"
LIVE_PEER_NEEDS = (
    "faster-whisper==1.2.0",
    "fastapi",
    "numpy>=1.26.4,<2.5",
    "onnxruntime>=1.20,<2",
    "python-multipart",
    "tokenizers==0.20.3",
    "torch",
    "uvicorn",
    "websockets",
)
"""What its server imports, in its own versions. Of the rest, PyAudio, for its client's microphone, is built from source
and wants PortAudio's headers; the others are for its other backends and for graphics cards."""


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


def live_peer() -> str:
    """The interpreter that has the other live server, some gigabytes.

    Raises:
        Unavailable: it cannot be installed.
    """
    given = os.environ.get("SONANT_BENCH_WHISPER_LIVE")
    stamp = " ".join((LIVE_PEER, *LIVE_PEER_NEEDS))
    return given or _prepare("whisper-live", LIVE_PEER, stamp, needs=LIVE_PEER_NEEDS)


def _prepare(name: str, requirement: str, stamp: str, needs: tuple[str, ...] = ()) -> str:
    """Install a requirement into an environment of its own, unless its stamp says that it is there.

    With `needs`, these are what it is given instead of all that it asks for.
    """
    python = BENCH / name / "bin" / "python"
    mark = BENCH / name / "installed"
    if not (mark.exists() and mark.read_text() == stamp):
        print(f"preparing .bench/{name} ...", file=sys.stderr)
        BENCH.mkdir(exist_ok=True)
        _run(_base_python(), "-m", "venv", "--without-pip", str(BENCH / name))
        install = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--upgrade")
        if needs:
            _run(*install, *needs)
        _run(*install, *(["--no-deps"] if needs else []), requirement)
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
