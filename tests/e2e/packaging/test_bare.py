"""The bare distribution: light to import, and usable with nothing but its few dependencies."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from loopback import http_server

ROOT = Path(__file__).parents[3]

HEAVY = {"msgspec", "asyncio", "ssl", "socket", "logging", "typing", "re", "pyreqwest", "httpx2", "websockets", "numpy"}

LIGHT = """
import sys
before = set(sys.modules)
from sonant import DeepgramClient
client = DeepgramClient(api_key="k", base_url="http://localhost:1")
print(*sorted(set(sys.modules) - before))
"""

USE = """
import sys
from sonant import DeepgramClient, AsyncDeepgramClient, EngineError
import asyncio

url = sys.argv[1]
with DeepgramClient("k", base_url=url) as client:
    assert client.listen.prerecorded.transcribe_file(b"RIFF", model="nova-3").transcript == ""

async def main():
    async with AsyncDeepgramClient("k", base_url=url) as client:
        await client.listen.prerecorded.transcribe_url("https://x/a.wav")

asyncio.run(main())
try:
    DeepgramClient.local()
except EngineError as error:
    print(error)
"""


def test_importing_and_making_a_client_loads_next_to_nothing() -> None:
    out = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True).stdout.split()
    assert len(out) <= 20
    assert not {name.partition(".")[0] for name in out} & HEAVY


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the bare wheel installed, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([*pip, "--python", python, "install", next(folder.glob("*.whl"))], check=True)
    return python


@pytest.mark.slow
def test_the_bare_wheel_is_the_client_and_the_contract(bare_python: Path) -> None:
    with http_server(b'{"metadata":{},"results":{"channels":[]}}') as (url, seen):
        run = subprocess.run([bare_python, "-c", USE, url], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert [one.method for one in seen] == ["POST", "POST"]
    assert 'pip install "sonant[engine]"' in run.stdout


@pytest.mark.slow
def test_the_bare_wheel_brings_little(bare_python: Path) -> None:
    code = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    run = subprocess.run([bare_python, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["msgspec", "pyreqwest", "sonant", "websockets"]
