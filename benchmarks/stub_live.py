"""The stub's side of `/v1/listen`: each 640 bytes of audio are answered at once with one `Results` of 1.1 KB, a final.

A client may join chunks that wait: it gets as many answers as if it had not.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json

RATE = 16_000
CHUNK = 640
"""Bytes: 20 ms."""
WORDS = 8
_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MARK = "1357.9"
_CLOSE, _PING = 8, 9
_METADATA = {
    "type": "Metadata",
    "transaction_key": "deprecated",
    "request_id": "99999999-2222-4333-8444-555555555555",
    "sha256": "incomplete",
    "created": "2026-01-01T00:00:00.000Z",
    "channels": 1,
}


def results(duration: float) -> bytes:
    """One answer, with a mark where its start goes."""
    word = {"word": "words", "start": float(_MARK), "end": float(_MARK), "confidence": 0.98, "punctuated_word": "words"}
    best = {"transcript": " ".join(["seconds"] * WORDS), "confidence": 0.98, "words": [word] * WORDS}
    info = {"name": "general-nova-3", "version": "2026-01-01.0", "arch": "nova-3"}
    answer = {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": duration,
        "start": float(_MARK),
        "is_final": True,
        "speech_final": False,
        "channel": {"alternatives": [best]},
        "metadata": {"request_id": _METADATA["request_id"], "model_uuid": "1" * 36, "model_info": info},
        "from_finalize": False,
    }
    return json.dumps(answer, separators=(",", ":")).encode()


_PIECES = results(CHUNK / 2 / RATE).split(_MARK.encode())


def answer(start: float) -> bytes:
    """The answer for a chunk that starts there."""
    return text_frame((b"%.3f" % start).join(_PIECES))


def text_frame(body: bytes) -> bytes:
    """A whole message from the server."""
    length = bytes([len(body)]) if len(body) < 126 else b"\x7e" + len(body).to_bytes(2, "big")
    return b"\x81" + length + body


def greeting(head: bytes) -> bytes:
    """The answer to a request for a WebSocket."""
    key = next(line[18:].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key + _ACCEPT).digest())
    return b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n" % accept


class LiveConnection(asyncio.Protocol):
    """One stream, after its handshake."""

    def __init__(self, transport: asyncio.Transport, rest: bytes) -> None:
        self._transport, self._left = transport, b""
        self._heard = self._answered = 0
        self.data_received(rest)

    def data_received(self, data: bytes) -> None:
        """Answer the frames that are whole."""
        data, at = self._left + data, 0
        replies: list[bytes] = []
        while frame := _frame(data, at):
            kind, begin, end = frame
            replies.append(self._reply(kind, data, begin, end))
            at = end
        self._left = data[at:]
        self._transport.write(b"".join(replies))

    def _reply(self, kind: int, data: bytes, begin: int, end: int) -> bytes:
        size = end - begin
        if kind == 2:
            self._heard += size
            due = range(self._answered, self._heard // CHUNK)
            self._answered = due.stop
            return b"".join([answer(number * CHUNK / 2 / RATE) for number in due])
        if kind == _CLOSE:
            asyncio.get_running_loop().call_soon(self._transport.close)
            return b"\x88\x02\x03\xe8"
        payload = bytes(byte ^ data[begin - 4 + i % 4] for i, byte in enumerate(data[begin:end]))
        if kind == _PING:
            return bytes([0x8A, size]) + payload
        return self._say(payload)

    def _say(self, payload: bytes) -> bytes:
        """The answer to a text."""
        return self._end() if b"CloseStream" in payload else b""

    def _end(self) -> bytes:
        metadata = {**_METADATA, "duration": self._heard / 2 / RATE}
        return text_frame(json.dumps(metadata).encode()) + b"\x88\x02\x03\xe8"


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Opcode, begin and end of the masked payload that starts there, if it is whole."""
    if len(data) < at + 6:
        return None
    size, begin = data[at + 1] & 0x7F, at + 6
    if size == 126:
        size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
    elif size == 127:
        size, begin = int.from_bytes(data[at + 2 : at + 10].ljust(8, b"\xff"), "big"), at + 14
    end = begin + size
    return (data[at] & 0x0F, begin, end) if end <= len(data) else None
