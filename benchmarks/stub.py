"""The server of the benchmarks: one process, answers rendered beforehand, its port printed on stdout.

GET  /v1/models    a short list
POST /v1/listen    a short transcript, whose `sha256` says what arrived: bytes and their CRC-32
WS   /v1/listen    see `stub_live.py`
POST, WS /v1/speak see `stub_speak.py`
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from pathlib import Path

from stub_live import LiveConnection, greeting
from stub_speak import VoiceConnection, stream

BUFFER = 1 << 20


def render(body: bytes) -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def renderings(folder: Path) -> tuple[bytes, bytes]:
    """The answers of the two routes; the second with a gap of 64 characters."""
    return render((folder / "models.json").read_bytes()), render((folder / "small.json").read_bytes())


class Connection(asyncio.BufferedProtocol):
    """One connection: heads, and bodies with a Content-Length or in chunks."""

    def __init__(self, models: bytes, transcript: bytes) -> None:
        self._models, self._transcript = models, transcript
        self._room = bytearray(BUFFER)
        self._view = memoryview(self._room)
        self._head = b""
        self._left = self._got = self._crc = 0
        self._is_speech = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        """Room for what arrives."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Go on with what arrived."""
        if self._left:
            self._take(self._view[:nbytes])
            return
        self._head += self._view[:nbytes]
        while b"\r\n\r\n" in self._head:
            head, _, rest = self._head.partition(b"\r\n\r\n")
            self._head = b""
            if b"websocket" in head.lower():
                self._transport.write(greeting(head))
                kind = VoiceConnection if b"/v1/speak" in head else LiveConnection
                self._transport.set_protocol(kind(self._transport, rest))
                return
            if head.startswith(b"GET"):
                self._transport.write(self._models)
                self._head = rest
            else:
                self._left, self._got, self._crc = _length(head), 0, 0
                self._is_speech = b"/v1/speak" in head
                self._take(memoryview(rest))

    def _take(self, data: memoryview) -> None:
        self._left -= len(data)
        self._got += len(data)
        self._crc = zlib.crc32(data, self._crc)
        if self._left > 0:
            return
        if self._is_speech:
            stream(self._transport)
        else:
            arrived = f"{self._got:x}-{self._crc:08x}".rjust(64, "0").encode()
            self._transport.write(self._transcript.replace(b"0" * 64, arrived))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ValueError("an upload without Content-Length")


async def main() -> None:
    """Serve until killed."""
    models, transcript = renderings(Path(sys.argv[1]))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(models, transcript), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
