"""Small real servers on loopback: HTTP, WebSocket, TLS with a private authority, and a CONNECT proxy."""

import http.server
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme
from websockets.sync.server import serve

MODELS = b'{"stt":[],"tts":[]}'


class Seen:
    """What a server saw of one request."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Authority:
    """A private certificate authority, and server contexts that it vouches for."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(self.context)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self._read()
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, body)
        self.server.seen.append(seen)  # type: ignore[attr-defined]
        status, answer = self.server.answer  # type: ignore[attr-defined]
        if callable(answer):
            status, answer = answer(seen)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("dg-request-id", "r-loopback")
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *_: Any) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        pass


@contextmanager
def http_server(
    answer: bytes | Callable[[Seen], tuple[int, bytes]] = MODELS,
    status: int = 200,
    context: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, list[Seen]]]:
    """A server that answers everything alike, or by a function of what it saw; its URL, and what it saw."""
    server = _Server(("127.0.0.1", 0), _Handler)
    seen: list[Seen] = []
    server.seen, server.answer = seen, (status, answer)  # type: ignore[attr-defined]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://localhost:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def socket_server(context: ssl.SSLContext | None = None, refuse: bool = False) -> Iterator[tuple[str, list[Seen]]]:
    """A WebSocket server that echoes; its URL, and the handshakes it saw."""
    seen: list[Seen] = []

    def handshake(connection: Any, request: Any) -> Any:
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        seen.append(Seen("GET", request.path, headers, b""))
        if not refuse:
            return None
        answer = connection.respond(401, '{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials."}')
        answer.headers["dg-request-id"] = "r-refused"
        return answer

    def echo(connection: Any) -> None:
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, ssl=context, process_request=handshake) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{'wss' if context else 'ws'}://localhost:{server.socket.getsockname()[1]}", seen
        server.shutdown()


@contextmanager
def connect_proxy() -> Iterator[tuple[str, list[str]]]:
    """A CONNECT proxy; its URL, and the hosts it was asked for."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def relay(near: socket.socket) -> None:
        with near:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = near.recv(4096)
                if not piece:
                    return
                head += piece
            target = head.split()[1].decode()
            asked.append(target)
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pump(near, far)

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=relay, args=(near,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        listener.close()


def _pump(one: socket.socket, other: socket.socket) -> None:
    pairs = {one: other, other: one}
    while True:
        for ready in select.select(list(pairs), [], [])[0]:
            piece = ready.recv(65536)
            if not piece:
                return
            pairs[ready].sendall(piece)
