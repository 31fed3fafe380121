"""The engine holds to its own description, whatever is asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.engine.conftest import ROOT, Engine

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_the_engine_gives_its_description(engine: Engine, name: str) -> None:
    reply = engine.ask("GET", f"/{name}")
    assert reply.status == 200
    assert reply.json == json.loads((ROOT / "spec" / name).read_text())


@pytest.mark.slow
def test_nothing_that_is_asked_breaks_it(engine: Engine) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{engine.url}/openapi.json",
        "--checks", "not_a_server_error", "--max-examples", "100", "--seed", "1", "--max-time", "30",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
