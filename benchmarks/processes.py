"""Rows and servers as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LIMIT = 900
"""Seconds that a row may take."""

Row = dict[str, Any]


class RowFailed(Exception):
    """A row ended with an error."""


def clean_environment() -> dict[str, str]:
    """The environment without what would speak to a client: keys, addresses, proxies, Python settings."""
    unwanted = ("DEEPGRAM", "PYTHON", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(unwanted)}


def run_row(python: str, axis: str, **given: str) -> Row:
    """Run a row; its figures, and the whole process's as `process_wall` and `process_cpu`.

    Raises:
        RowFailed: with its exit code and what its stderr says.
    """
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    command = [python, str(HERE / "rows" / f"{axis}.py"), *words]
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        return _finish(process, began)


def _finish(process: subprocess.Popen[str], began: float) -> Row:
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not out:
        raise RowFailed(f"exit code {process.returncode}, {_sentence(err)}")
    row: Row = json.loads(out.splitlines()[-1])
    return {**row, "process_wall": wall, "process_cpu": usage.ru_utime + usage.ru_stime}


def _sentence(err: str) -> str:
    """The line of a stderr that says most: what killed the interpreter, or the exception at the end."""
    lines = err.strip().splitlines() or ["no words"]
    return next((line for line in lines if line.startswith("Fatal")), lines[-1])


@contextmanager
def stub_server(payloads: Path) -> Iterator[str]:
    """The stub in a process of its own; its URL."""
    command = [sys.executable, str(HERE / "stub.py"), str(payloads)]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
