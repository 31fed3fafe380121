"""The stub's side of `/v1/speak`: a first piece of audio at once, the rest a moment later.

POST   ten pieces of 960 bytes, chunked
WS     a `Flush` is answered with one piece and `Flushed`
"""

from __future__ import annotations

import asyncio
import json

from stub_live import LiveConnection, text_frame

PIECE = bytes(range(240)) * 4
"""20 ms of linear16 at 24,000 Hz."""
PIECES = 10
_LATER = 0.005
_CHUNK = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: audio/l16;rate=24000\r\nTransfer-Encoding: chunked\r\n"
    b"dg-model-name: aura-2-thalia-en\r\ndg-char-count: 40\r\n"
    b"dg-request-id: 99999999-2222-4333-8444-555555555555\r\n\r\n"
)
_REST = _CHUNK * (PIECES - 1) + b"0\r\n\r\n"
_METADATA = {
    "type": "Metadata",
    "request_id": "99999999-2222-4333-8444-555555555555",
    "model_name": "aura-2-thalia-en",
    "model_version": "2026-01-01.0",
    "model_uuid": "1" * 36,
}


def stream(transport: asyncio.Transport) -> None:
    """Answer a request for speech."""
    transport.write(_HEAD + _CHUNK)
    asyncio.get_running_loop().call_later(_LATER, transport.write, _REST)


def binary_frame(body: bytes) -> bytes:
    """A whole message of audio."""
    return b"\x82\x7e" + len(body).to_bytes(2, "big") + body


class VoiceConnection(LiveConnection):
    """One voice, after its handshake."""

    def __init__(self, transport: asyncio.Transport, rest: bytes) -> None:
        self._flushed = 0
        transport.write(text_frame(json.dumps(_METADATA).encode()))
        super().__init__(transport, rest)

    def _say(self, payload: bytes) -> bytes:
        kind = json.loads(payload)["type"]
        if kind == "Flush":
            self._flushed += 1
            return binary_frame(PIECE) + text_frame(b'{"type":"Flushed","sequence_id":%d}' % (self._flushed - 1))
        return b"\x88\x02\x03\xe8" if kind == "Close" else b""
