"""The axis `manage`: what keys and usage cost a request, and how fast figures come out of a million of them.

`request`: processor time of an engine for the cheapest request that is written down, a tenth of a second of silence;
the other side is the same engine without keys and usage. `month` and `page`: a summary of a month, and pages of the
request log at any depth, on SQLite. `writers`, `writers-postgres`: fifty at once, and what got lost.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compare import Comparison
from envs import ROOT
from processes import HERE, clean_environment
from recognition import Side, cpu_of, engine

AXIS = "manage"
ROWS = 1_000_000
REQUESTS = 400
"""In one round of `request`."""
MEASURES = {
    "request": ("cpu",),
    "month": ("wall", "memory"),
    "page": ("wall",),
    "writers": ("lost",),
    "writers-postgres": ("lost",),
}


def compare(rounds: int) -> list[Comparison]:
    """All measures."""
    if not (find_spec("sqlalchemy") and find_spec("sonant") and find_spec("ctranslate2")):
        return [Comparison(AXIS, "request", "cpu", trouble="skipped: no engine in this environment")]
    with tempfile.TemporaryDirectory(prefix="sonant-bench-") as folder:
        request = measure_request(Path(folder), rounds)
        return [request, *measure_rows(Path(folder) / "million"), *measure_writers(folder)]


def measure_request(folder: Path, rounds: int) -> Comparison:
    """The cost of a request, with and without, in turns."""
    comparison = Comparison(AXIS, "request", "cpu")
    data = folder / "request"
    with engine() as plain, engine(SONANT_DATA=str(data)) as managed:
        key = (data / "first-key").read_text().strip()
        for side in (plain, managed):
            cost(side, key)
        for turn in range(rounds):
            for side in (plain, managed) if turn % 2 else (managed, plain):
                (comparison.official if side is plain else comparison.ours).append(cost(side, key))
    return comparison


def cost(side: Side, key: str) -> float:
    """Processor time of one request, in seconds."""
    connection = http.client.HTTPConnection(side.place, timeout=60)
    headers = {"authorization": f"Token {key}", "content-type": "audio/wav"}
    before, media = cpu_of(side.pid), silence()
    for _ in range(REQUESTS):
        connection.request("POST", "/v1/listen?model=nova-3&smart_format=true&tag=bench", media, headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body[:200]!r}")
    connection.close()
    return (cpu_of(side.pid) - before) / REQUESTS


def silence() -> bytes:
    """A tenth of a second of it, as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(3_200))
    return file.getvalue()


def measure_rows(folder: Path) -> list[Comparison]:
    """A month, and pages, of a million requests; each in a process of its own."""
    run("build", folder, str(ROWS))
    return [*read("month", run("month", folder)), *read("page", run("page", folder))]


def measure_writers(folder: str) -> list[Comparison]:
    """Fifty writers at once, on both databases."""
    found = read("writers", run("writers", Path(folder) / "writers"))
    with postgres() as url:
        if not url:
            trouble = "skipped: no PostgreSQL here"
            return [*found, Comparison(AXIS, "writers-postgres", "lost", trouble=trouble)]
        figures = run("writers", Path(folder) / "postgres", SONANT_DATABASE=url)
    return [*found, *read("writers-postgres", figures)]


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a database on a server that is started here; empty where there is none to start."""
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        import pytest

        from postgres import run_postgres

        with run_postgres() as server:
            yield server.make_database()
    except (ImportError, pytest.skip.Exception):
        yield ""
    finally:
        sys.path.remove(str(ROOT / "tests"))


def read(variant: str, figures: dict[str, list[float]]) -> list[Comparison]:
    """Figures as comparisons without another side."""
    return [Comparison(AXIS, variant, measure, ours=figures[measure]) for measure in MEASURES[variant]]


def run(task: str, folder: Path, *more: str, **settings: str) -> dict[str, Any]:
    """Do a task of `rows/manage.py` in a process of its own; what it measured."""
    environment = clean_environment() | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")} | settings
    command = [sys.executable, str(HERE / "rows" / "manage.py"), task, str(folder), *more]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
