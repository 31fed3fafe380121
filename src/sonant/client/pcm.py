"""Speech as bytes: cut at whole samples, and WAV headers that say how much there is. Pure."""

from __future__ import annotations

import struct

_LONGEST_HEADER = 4096
"""Bytes in which the samples of a WAV file begin."""


class WholeSamples:
    """Chunks of any size become chunks of whole samples; the rest of one waits for the next."""

    __slots__ = ("_rest", "_size")

    def __init__(self, size: int) -> None:
        self._size, self._rest = size, b""

    @property
    def rest(self) -> int:
        """Bytes of a sample that wait for the next chunk."""
        return len(self._rest)

    def take(self, data: bytes) -> bytes:
        """As much as is whole; may be empty."""
        if self._size == 1:
            return data
        if self._rest:
            data, self._rest = self._rest + data, b""
        over = len(data) % self._size
        if not over:
            return data
        self._rest = data[-over:]
        return data[:-over]


class OneHeader:
    """Streams of WAV, one after the other, become one: the first header stays, the others go."""

    __slots__ = ("_head", "_is_first", "_is_known")

    def __init__(self) -> None:
        self._is_first = True
        self.begin()

    def begin(self) -> None:
        """Another stream follows, which may have a header."""
        self._head, self._is_known = b"", False

    def take(self, data: bytes) -> bytes:
        """What of the data is to be handed over; empty while a header is not complete."""
        if self._is_known:
            return data
        head = self._head = self._head + data
        start = find_samples(head[:_LONGEST_HEADER]) if head.startswith(b"RIFF"[: len(head)]) else 0
        if start is None and len(head) < _LONGEST_HEADER:
            return b""
        self._is_known, self._head = True, b""
        keeps, self._is_first = self._is_first, False
        return head if keeps else head[start or 0 :]

    def finish(self) -> bytes:
        """What was kept back of a stream that ended within its header."""
        head, self._head = self._head, b""
        return head


def find_samples(head: bytes) -> int | None:
    """Where the samples of a WAV file begin; None while its header is not complete."""
    at = 12
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        if name == b"data":
            return at + 8
        at += 8 + size + size % 2
    return None


def mend_header(head: bytes, total: int) -> bytes:
    """The beginning of a file of `total` bytes; of a WAV, whose header was written before its length was known, mended.

    Args:
        head: the first bytes, all of the header if it is a WAV.
        total: bytes of the file.
    """
    start = find_samples(head[:_LONGEST_HEADER]) if head.startswith(b"RIFF") else None
    if start is None or start > total:
        return head
    sizes = struct.pack("<I", min(total - 8, 0xFFFFFFFF)), struct.pack("<I", min(total - start, 0xFFFFFFFF))
    return head[:4] + sizes[0] + head[8 : start - 4] + sizes[1] + head[start:]
