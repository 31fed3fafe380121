"""Every Python block of README and docs runs against the embedded engine, or says why it is compiled only.

`<!-- compile only: reason -->` before a block keeps it from running; `<!-- needs NAME -->` does so where a package is
absent. In the blocks `DeepgramClient()` reaches the embedded engine, and `talk.flac` is a short recording.
"""

import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import trustme

from sonant import DeepgramClient

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "tests" / "data" / "lighthouse.flac"
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^>]*) -->\n)?```python\n(?P<code>.*?)```", re.DOTALL)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> Iterator[object]:
    for page in PAGES:
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8"))):
            yield pytest.param(found["code"], found["mark"] or "", id=f"{page.stem}-{number}")


@pytest.fixture(scope="module")
def engine() -> Iterator[tuple[str, str]]:
    """Address and key of an engine that all blocks share."""
    with DeepgramClient.local() as client:
        running = client._engine
        assert running is not None
        yield running.url, running.read_key()


@pytest.fixture
def place(engine: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a recording, and an environment in which the engine is the hosted service."""
    shutil.copy(RECORDING, tmp_path / "talk.flac")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "company-ca.pem"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEEPGRAM_BASE_URL", engine[0])
    monkeypatch.setenv("DEEPGRAM_API_KEY", engine[1])
    monkeypatch.delenv("DEEPGRAM_ACCESS_TOKEN", raising=False)


@pytest.mark.engine
@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("code", "mark"), list(blocks()))
def test_block(code: str, mark: str) -> None:
    program = compile(code, "block", "exec")
    lacks = mark.startswith("needs ") and find_spec(mark.removeprefix("needs ")) is None
    if not mark.startswith("compile only") and not lacks:
        exec(program, {"__name__": "__main__"})
