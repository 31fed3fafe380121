"""The real engine as a process of its own, started once for a module, and a caller with a plain socket."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import pytest

from e2e.engine.sounds import samples_of, wav

ROOT = Path(__file__).parents[3]
SHARED = ROOT / ".." / "shared"
DATA = ROOT / "tests" / "data"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def best(self) -> Any:
        assert self.status == 200, self.body
        return self.json["results"]["channels"][0]["alternatives"][0]

    @property
    def warnings(self) -> dict[str, str]:
        assert self.status == 200, self.body
        return {w["parameter"]: w["type"] for w in self.json["metadata"].get("warnings", [])}


class Engine:
    """An engine process, and requests to it."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self.process, self.url = process, url
        self.place = url.removeprefix("http://")

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(self.place, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def listen(self, media: bytes | str, kind: str = "audio/wav", **options: Any) -> Reply:
        """Transcribe bytes, or what a URL leads to."""
        if isinstance(media, str):
            media, kind = json.dumps({"url": media}).encode(), "application/json"
        path = "/v1/listen?" + urlencode(options, doseq=True)
        return self.ask("POST", path, media, {"content-type": kind, "authorization": "Token any"})


@contextmanager
def start_engine(*arguments: str, log: int | IO[bytes] = subprocess.DEVNULL, **settings: str) -> Iterator[Engine]:
    """An engine on a free port, owned by this process."""
    command = [sys.executable, "-m", "sonant.engine.serve", "--port", "0", "--announce", "--owned", *arguments]
    environment = {**os.environ, **{f"SONANT_{name.upper()}": value for name, value in settings.items()}}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment)
    assert process.stdin
    assert process.stdout
    try:
        line = json.loads(process.stdout.readline())
        assert "url" in line, line
        yield Engine(process, line["url"])
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with start_engine(allow_private_urls="true", callback_delay="0.05", upload_limit="50000000") as running:
        yield running


@pytest.fixture(scope="session")
def spacewalk() -> bytes:
    """The recording of `spacewalk.json` as a WAV file, at 16 kHz."""
    return wav(samples_of((ROOT / "examples" / "audio" / "spacewalk.flac").read_bytes()))


Answerer = Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


@contextmanager
def serve_files(answer: Answerer) -> Iterator[str]:
    """A web server on loopback; `answer` gets method, path, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            received = {name.lower(): value for name, value in self.headers.items()}
            status, headers, content = answer(self.command, self.path, received, body)
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = handle_any

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
