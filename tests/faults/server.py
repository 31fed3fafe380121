"""A server that misbehaves as told: raw sockets on loopback, one scripted step for each request.

    with FaultServer(answer(503), answer(200, MODELS)) as server:
        ...                       # the first request gets 503, every later one 200
    server.seen                   # what arrived: method, target, headers, bytes and their SHA-256

The tests and the `faults` axis of the benchmarks both use it; it needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Self

MODELS = b'{"stt":[],"tts":[]}'
TRANSCRIPT = json.dumps(
    {
        "metadata": {
            "request_id": "11111111-2222-4333-8444-555555555555",
            "sha256": "0" * 64,
            "created": "2026-01-01T00:00:00.000Z",
            "duration": 1.0,
            "channels": 1,
            "models": [],
            "model_info": {},
        },
        "results": {"channels": [{"alternatives": [{"transcript": "hello", "confidence": 0.5, "words": []}]}]},
    }
).encode()

_READ = 1 << 18
_RESET = struct.pack("ii", 1, 0)
_REASONS = {200: "OK", 307: "Temporary Redirect", 401: "Unauthorized", 413: "Payload Too Large"}


@dataclass
class Seen:
    """One request, as far as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    connection: int
    """Which connection it came on, from 0."""
    received: int = 0
    """Bytes of the body."""
    complete: bool = False
    """Whether the whole body arrived."""
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256, repr=False)

    def take(self, data: bytes) -> None:
        """Note bytes of the body."""
        self.received += len(data)
        self._hash.update(data)

    @property
    def sha256(self) -> str:
        """Of the body, in hex."""
        return self._hash.hexdigest()


class Peer:
    """One connection, with ways to answer well and badly."""

    def __init__(self, sock: socket.socket, index: int, closing: threading.Event) -> None:
        self.socket, self.index, self._closing = sock, index, closing
        self._buffer = b""

    def read_request(self) -> Seen | None:
        """The next request's head; None at the end of the connection."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._fill():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        return Seen(method, target, {name.lower(): value.strip() for name, _, value in pairs}, self.index)

    def read_body(self, seen: Seen) -> None:
        """The whole body, noted in `seen`."""
        if seen.headers.get("transfer-encoding") == "chunked":
            while size := int(self._line(), 16):
                self._take(seen, size)
                self._line()
            self._line()
        else:
            self._take(seen, int(seen.headers.get("content-length", 0)))
        seen.complete = True

    def read_some(self, seen: Seen) -> bool:
        """What of the body is there, chunk sizes and all; False at the end of the connection."""
        if not self._buffer and not self._fill():
            return False
        seen.take(self._buffer)
        self._buffer = b""
        return True

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.socket.sendall(data)

    def pause(self, seconds: float | None = None) -> bool:
        """Wait, at most until the server closes; whether it is time to go."""
        return self._closing.wait(seconds)

    def half_close(self) -> None:
        """Say that nothing more will come."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Break off with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _take(self, seen: Seen, size: int) -> None:
        while size:
            if not self._buffer and not self._fill():
                raise ConnectionAbortedError
            part, self._buffer = self._buffer[:size], self._buffer[size:]
            seen.take(part)
            size -= len(part)

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if not self._fill():
                raise ConnectionAbortedError
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _fill(self) -> bool:
        data = self.socket.recv(_READ)
        self._buffer += data
        return bool(data)


Step = Callable[[Peer, Seen], bool]
"""What to do about one request; whether the connection goes on afterwards."""


def render(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None, *, length: int | None = None
) -> bytes:
    """An HTTP answer; `length` lets its Content-Length lie."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body) if length is None else length)}
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in {**fields, **(headers or {})}.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None, *, close: bool = False) -> Step:
    """Read the body, answer; with `close`, then close although the answer did not say so."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.read_body(seen)
        peer.send(render(status, body, headers))
        return not close

    return step


def hang_up(peer: Peer, seen: Seen) -> bool:
    """Read the whole request, close without an answer."""
    peer.read_body(seen)
    return False


def hang_up_early(peer: Peer, seen: Seen) -> bool:
    """Read a part of the body, break off."""
    peer.read_some(seen)
    peer.reset()
    return False


def reset(peer: Peer, seen: Seen) -> bool:
    """Read the whole request, break off with RST."""
    peer.read_body(seen)
    peer.reset()
    return False


def stall(peer: Peer, seen: Seen) -> bool:
    """Read the whole request, never answer."""
    peer.read_body(seen)
    while peer.read_some(seen):
        pass
    return False


def stop_reading(peer: Peer, seen: Seen) -> bool:
    """Read a little of the body, then nothing more, and never answer."""
    peer.read_some(seen)
    peer.pause()
    return False


def truncate(body: bytes) -> Step:
    """Promise twice the body, send it once, close."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.read_body(seen)
        peer.send(render(200, body, length=2 * len(body)))
        return False

    return step


def drip(body: bytes, interval: float) -> Step:
    """Answer at one byte per interval."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.read_body(seen)
        for byte in render(200, body):
            peer.send(bytes([byte]))
            if peer.pause(interval):
                return False
        return True

    return step


def drip_body(body: bytes, interval: float) -> Step:
    """Answer's head at once, its body at one byte per interval."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.read_body(seen)
        peer.send(render(200, b"", length=len(body)))
        for byte in body:
            peer.send(bytes([byte]))
            if peer.pause(interval):
                return False
        return True

    return step


def stream(*pieces: bytes, interval: float = 0.0, end: str = "whole", headers: dict[str, str] | None = None) -> Step:
    """Answer's head, then pieces of a chunked body; `end` says how it ends: `whole`, `cut`, `reset`, or `stall`."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.read_body(seen)
        fields = {"Content-Type": "audio/mpeg", "Transfer-Encoding": "chunked", **(headers or {})}
        lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in fields.items())]
        peer.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        for piece in pieces:
            if interval and peer.pause(interval):
                return False
            peer.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end == "whole":
            peer.send(b"0\r\n\r\n")
        elif end == "reset":
            peer.pause(0.1)  # an RST overtakes what was not read yet
            peer.reset()
        elif end == "stall":
            peer.pause()
        return end == "whole"

    return step


def refuse_and_close(status: int, body: bytes = b"") -> Step:
    """Answer before the body has come and close, letting what is on its way in pass for a moment."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.send(render(status, body, {"Connection": "close"}))
        peer.half_close()
        peer.socket.settimeout(0.2)
        with suppress(TimeoutError):
            for _ in range(16):
                if not peer.read_some(seen):
                    break
        return False

    return step


def refuse_and_drain(status: int, body: bytes = b"") -> Step:
    """Answer before the body has come, then read all that comes, slowly, and keep the connection."""

    def step(peer: Peer, seen: Seen) -> bool:
        peer.send(render(status, body))
        while peer.read_some(seen) and not peer.pause(0.01):
            pass
        return False

    return step


class FaultServer:
    """Follows a script: each request takes the next step, and the last step is for all further ones.

    Args:
        script: the steps.
        tls: a server's context, to speak TLS.
    """

    def __init__(self, *script: Step, tls: ssl.SSLContext | None = None) -> None:
        self._script, self._tls = script, tls
        self.seen: list[Seen] = []
        """The requests so far, in the order of their heads."""
        self.connections = 0
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        with self._lock:
            for sock in [self._listener, *self._open]:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def attempts(self) -> int:
        """How many requests came."""
        return len(self.seen)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                index, self.connections = self.connections, self.connections + 1
            self._start(partial(self._serve, sock, index))

    def _serve(self, sock: socket.socket, index: int) -> None:
        with suppress(OSError), self._secured(sock) as secured:
            with self._lock:
                self._open.add(secured)
            try:
                self._converse(Peer(secured, index, self._closing))
            finally:
                with self._lock:
                    self._open.discard(secured)

    def _secured(self, sock: socket.socket) -> socket.socket:
        return sock if self._tls is None else self._tls.wrap_socket(sock, server_side=True)

    def _converse(self, peer: Peer) -> None:
        while (seen := peer.read_request()) and self._next_step(seen)(peer, seen):
            pass

    def _next_step(self, seen: Seen) -> Step:
        with self._lock:
            self.seen.append(seen)
            return self._script[min(len(self.seen), len(self._script)) - 1]


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port at which nobody listens, and which stays ours."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that answers no SYN: its backlog is full and nobody accepts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for sock in waiting:
                sock.setblocking(False)
                sock.connect_ex(address)
            yield address[1]
        finally:
            for sock in waiting:
                sock.close()


def relay(peer: Peer, seen: Seen) -> bool:
    """Act as a CONNECT proxy."""
    host, _, port = seen.target.rpartition(":")
    with socket.create_connection((host, int(port))) as there:
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pump, args=(there, peer.socket), daemon=True)
        back.start()
        _pump(peer.socket, there)
        back.join(5)
    return False


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_READ):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
