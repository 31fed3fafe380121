"""A short way for plain messages around the library's protocol, which decides on all else. No I/O.

Nearly all that goes over a live connection are whole text and binary messages. The library reads and writes each in
some sixty calls; here it takes few. Everything else (the handshake, control frames, messages in pieces, whatever breaks
the protocol) goes to the library, one whole frame at a time, so that it always sees a sound sequence.
"""

from __future__ import annotations

from os import urandom
from struct import pack
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import CLOSING, CONNECTING, OPEN

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

_TEXT, _BINARY = 0x81, 0x82
"""First bytes of a frame that is a whole message, without extensions."""
_MASKED = 0x80
"""What is added to the second byte by a client, and never by a service."""
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
MOST = 1 << 30
"""Bytes of a message; a longer one is garbage, for whose end nobody waits."""
_HEAD_END = b"\r\n\r\n"


class Framing:
    """The frames of one connection."""

    __slots__ = ("_needed", "_pieces", "_protocol", "_rest", "_tail")

    def __init__(self, protocol: ClientProtocol) -> None:
        self._protocol, self._pieces = protocol, _Pieces()
        self._tail = b""
        """The last bytes of an answer to the handshake that goes on."""
        self._rest = bytearray()
        """A frame that goes on."""
        self._needed = 0
        """Bytes of it without which there is nothing to do."""

    def frame(self, payload: str | bytes) -> bytes:
        """A message as it goes out."""
        first, body = (_TEXT, payload.encode()) if isinstance(payload, str) else (_BINARY, payload)
        if self._protocol.debug:
            self._protocol.logger.debug("> %s", Frame(Opcode(first & 0x0F), body))
        size, mask = len(body), urandom(4)
        if size < 126:
            head = pack("!BB", first, _MASKED | size)
        elif size < 65536:
            head = pack("!BBH", first, _MASKED | 126, size)
        else:
            head = pack("!BBQ", first, _MASKED | 127, size)
        return b"".join((head, mask, apply_mask(body, mask)))

    def receive(self, data: bytes) -> list[Any]:
        """What has come with the data: messages, the answer to the handshake, pongs.

        Bytes called text that are none become an empty one. Afterwards the library may have something to send, as
        after its own `receive_data`.
        """
        return self._cut(data) if self._is_plain else self._receive_otherwise(data)

    @property
    def _is_plain(self) -> bool:
        """Whether messages may come that the library need not see."""
        return self._protocol.state is OPEN and not self._protocol.debug

    def _receive_otherwise(self, data: bytes) -> list[Any]:
        protocol = self._protocol
        if protocol.state is CONNECTING:
            data = self._shake_hands(data)
            if self._is_plain:
                return [*self._take_events(), *self._cut(data)]
        if self._rest or data:
            protocol.receive_data(self._rest + data)
            self._rest.clear()
        return self._take_events()

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, though there is a connection: the service closed it or broke the protocol."""
        protocol = self._protocol
        return protocol.state is CLOSING and (protocol.close_rcvd is not None or protocol.parser_exc is not None)

    def end(self) -> list[Any]:
        """What the end of the data brings."""
        self._protocol.receive_eof()
        return self._take_events()

    def _take_events(self) -> list[Any]:
        """What the library makes of what it was given."""
        events: list[Any] = []
        for event in self._protocol.events_received():
            if not isinstance(event, Frame) or event.opcode is Opcode.PONG:
                events.append(event)
            elif event.opcode in _DATA and (message := self._pieces.join(event)) is not None:
                events.append(message)
        return events

    def _shake_hands(self, data: bytes) -> bytes:
        """Give the library its answer to the handshake, and nothing of what comes behind it: that is given back."""
        seen = self._tail + data
        end = seen.find(_HEAD_END)
        cut = len(data) if end < 0 else end + len(_HEAD_END) - len(self._tail)
        self._tail = seen[1 - len(_HEAD_END) :]
        self._protocol.receive_data(data[:cut])
        return data[cut:]

    def _cut(self, data: bytes) -> list[Any]:
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        found: list[Any] = []
        start, size = 0, len(data)
        while start < size:
            begin, end = _measure(data, start, size)
            if end > size:
                self._needed = end - start
                self._rest += data[start:]
                break
            found += self._read(data, start, begin, end)
            start = end
        return found

    def _read(self, data: bytes, start: int, begin: int, end: int) -> list[Any]:
        """What a frame brings."""
        protocol, first = self._protocol, data[start]
        if begin and protocol.current_size is None and protocol.state is OPEN:
            if first == _TEXT:
                return [_text(data[begin:end])]
            if first == _BINARY:
                return [data[begin:end]]
        protocol.receive_data(data[start:end])
        return self._take_events()


def _measure(data: bytes, start: int, size: int) -> tuple[int, int]:
    """Where the payload of a frame begins and ends; one that cannot be begins nowhere and takes all the data."""
    if start + 2 > size:
        return size, start + 2
    length = data[start + 1]
    if length < 126:
        return start + 2, start + 2 + length
    if length >= _MASKED:
        return 0, size
    begin = start + (4 if length == 126 else 10)
    if begin > size:
        return begin, begin
    length = int.from_bytes(data[start + 2 : begin])
    return (begin, begin + length) if length <= MOST else (0, size)


def _text(body: bytes) -> str:
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError:
        return ""


class _Pieces:
    """Frames on their way to a message."""

    __slots__ = ("_data", "_is_text")

    def __init__(self) -> None:
        self._is_text = False
        self._data: list[bytes] = []

    def join(self, frame: Frame) -> str | bytes | None:
        """The message that a data frame completes, None if it goes on."""
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._data.append(bytes(frame.data))
        if not frame.fin:
            return None
        data = b"".join(self._data)
        self._data.clear()
        return _text(data) if self._is_text else data
