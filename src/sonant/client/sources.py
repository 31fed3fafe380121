"""A path, bytes, a file, an iterator: what a carrier can send, more than once where that is possible."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast
from zlib import crc32

from sonant.client.errors import SourceError

Chunk: TypeAlias = bytes | bytearray | memoryview
Source = str | os.PathLike[str] | Chunk | BinaryIO | Iterable[Chunk] | AsyncIterable[Chunk]
"""A recording: its path, its bytes, an open binary file, or its bytes as they come."""

Progress = Callable[[int, int | None], object]
"""Called with the bytes sent so far, and their total if known."""

READ_SIZE = 1 << 21
"""Bytes read from a file at a time."""

CHUNK_SIZE = 1 << 19
"""Bytes handed to the network at a time: progress is seen, and limits are kept, in such steps."""


class Upload:
    """A request body in pieces. `length` is None where it cannot be known beforehand."""

    length: int | None = None
    local = True
    """Whether the pieces are in memory already, so that taking the next one never waits."""

    def rewind(self) -> bool:
        """Make ready to be sent from the start; False if that would not give the same bytes."""
        raise AssertionError  # pragma: no cover - each kind of source says how

    def chunks(self) -> Iterator[Chunk]:
        """The pieces, in order.

        Raises:
            SourceError: the source cannot be read.
        """
        raise AssertionError  # pragma: no cover - each kind of source says how


class MemoryUpload(Upload):
    """Bytes in memory, sent as slices without a copy."""

    def __init__(self, data: Chunk) -> None:
        self._view = _flat(data)
        self.length = len(self._view)
        self._sent = self._checksum = 0

    def rewind(self) -> bool:
        """Whether what was sent is still the same; it can change in a bytearray."""
        return self._view.readonly or crc32(self._view[: self._sent]) == self._checksum

    def chunks(self) -> Iterator[Chunk]:
        """Slices of the bytes."""
        self._sent = self._checksum = 0
        for start in range(0, len(self._view), CHUNK_SIZE):
            piece = self._view[start : start + CHUNK_SIZE]
            if not self._view.readonly:
                self._checksum = crc32(piece, self._checksum)
            self._sent += len(piece)
            yield piece


class FileUpload(Upload):
    """A file, opened at each attempt; a file that changed meanwhile is not sent again."""

    local = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not os.fspath(path):
            raise SourceError("The path of the recording is empty.")
        self._path = Path(path)
        self._mark = self._stat()
        self.length = self._mark[0] if self._mark else None

    def rewind(self) -> bool:
        """Whether the file is still the same; a pipe never is."""
        return self._mark is not None and self._stat() == self._mark

    def chunks(self) -> Iterator[Chunk]:
        """The file's bytes."""
        try:
            with self._path.open("rb") as file:
                yield from _read(file, self.length)
        except OSError as error:
            raise SourceError(f"Cannot read {self._path}: {error.strerror}.") from error

    def _stat(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except (OSError, ValueError) as error:
            raise SourceError(
                f"Cannot read {self._path}: {getattr(error, 'strerror', error)}.",
                hint="Check the path; it is read where this runs.",
            ) from error
        if self._path.is_dir():
            raise SourceError(f"{self._path} is a folder, not a recording.")
        return (stat.st_size, stat.st_mtime_ns) if self._path.is_file() else None


class HandleUpload(Upload):
    """An open binary file, sent from where it stands; sent again if it can seek."""

    local = False

    def __init__(self, file: BinaryIO) -> None:
        if isinstance(file, io.TextIOBase):
            raise SourceError("The file is open in text mode.", hint='Open it with mode "rb".')
        self._file = file
        try:
            self._start = file.tell() if file.seekable() else None
            self.length = self._measure()
        except (OSError, ValueError) as error:
            raise SourceError(f"Cannot read the file: {error}.") from error
        self._written = self._last_written()

    def rewind(self) -> bool:
        """Whether the file is the same, and could be put back to where it stood."""
        if self._start is None or self._file.closed:
            return False
        self._file.seek(self._start)
        return self._measure() == self.length and self._last_written() == self._written

    def chunks(self) -> Iterator[Chunk]:
        """The file's bytes from where it stands."""
        try:
            yield from _read(self._file, self.length)
        except (OSError, ValueError) as error:
            raise SourceError(f"Cannot read the file: {error}.") from error

    def _last_written(self) -> int | None:
        """When a file on disk last changed; None for others."""
        try:
            return os.fstat(self._file.fileno()).st_mtime_ns
        except (OSError, AttributeError, ValueError):
            return None

    def _measure(self) -> int | None:
        if self._start is None:
            return None
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(self._start)
        return end - self._start


class IterableUpload(Upload):
    """Bytes as they come, once."""

    local = False

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = chunks
        self._taken = False

    def rewind(self) -> bool:
        """Only while nothing was taken: what was is gone."""
        return not self._taken

    def chunks(self) -> Iterator[Chunk]:
        """What the iterator gives."""
        for chunk in self._chunks:
            self._taken = True
            yield _check_chunk(chunk)


class AsyncUpload(Upload):
    """Bytes as they come to an event loop, once."""

    local = False

    def __init__(self, chunks: AsyncIterable[Chunk]) -> None:
        self._chunks = chunks
        self._taken = False

    def rewind(self) -> bool:
        """Only while nothing was taken: what was is gone."""
        return not self._taken

    def chunks(self) -> Iterator[Chunk]:
        """What a source gives that is a plain iterable too, as a microphone is; others need an event loop."""
        if not isinstance(self._chunks, Iterable):
            raise SourceError(
                "An async iterator cannot be sent by DeepgramClient.",
                hint="Use AsyncDeepgramClient, or a plain iterator.",
            )
        return IterableUpload(cast("Iterable[Chunk]", self._chunks)).chunks()

    async def achunks(self) -> AsyncIterator[Chunk]:
        """What the iterator gives."""
        async for chunk in self._chunks:
            self._taken = True
            yield _check_chunk(chunk)


def _read(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    """At most `length` bytes, so that a growing file keeps the promise of its Content-Length."""
    left = length
    while chunk := file.read(READ_SIZE if left is None else min(READ_SIZE, left)):
        yield chunk
        if left is not None:
            left -= len(chunk)
            if not left:
                return
    if left:
        raise SourceError(f"The file became shorter by {left} bytes while it was sent.")


def _flat(data: Chunk) -> memoryview:
    """A view of bytes, one by one; only a view with gaps is copied."""
    view = memoryview(data)
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())


def _check_chunk(chunk: object) -> Chunk:
    if isinstance(chunk, (bytes, bytearray)):
        return chunk
    if isinstance(chunk, memoryview):
        return _flat(cast("Chunk", chunk))
    raise SourceError(f"The iterator gave {type(chunk).__name__}, not bytes.")


def open_source(source: object) -> Upload:
    """What a carrier can send, out of whatever the caller has.

    Raises:
        SourceError: it is none of the kinds known, or cannot be read.
    """
    given: Any = source
    if isinstance(given, (bytes, bytearray, memoryview)):
        return MemoryUpload(cast("Chunk", given))
    if isinstance(given, str) and given.startswith(("http://", "https://")):
        raise SourceError("Unknown transcription source type: a URL.", hint="Use transcribe_url.")
    if isinstance(given, (str, os.PathLike)):
        return FileUpload(cast("str | os.PathLike[str]", given))
    if hasattr(given, "read") and hasattr(given, "seekable"):
        return HandleUpload(given)
    if hasattr(given, "__aiter__"):
        return AsyncUpload(given)
    if hasattr(given, "__iter__") and not hasattr(given, "keys"):
        return IterableUpload(given)
    raise SourceError(
        f"Unknown transcription source type: {type(source).__name__}.",
        hint="Give a path, bytes, a binary file, or an iterator of bytes.",
    )


def to_bytes(data: object) -> bytes:
    """The bytes of a chunk: of bytes, or of whatever lends its memory, as arrays of samples do.

    Raises:
        SourceError: it has none.
    """
    if type(data) is bytes:
        return data
    try:
        return memoryview(cast("Chunk", data)).tobytes()
    except TypeError:
        raise SourceError(f"Audio is bytes, not {type(data).__name__}.") from None


def first_bytes(source: object, most: int) -> bytes:
    """The beginning of a source from which nothing is taken by that: a path, bytes, a file that can seek; else nothing.

    Raises:
        SourceError: it cannot be read.
    """
    upload = open_source(source)
    if upload.length is None:
        return b""
    begin = bytearray()
    for chunk in upload.chunks():
        begin += chunk
        if len(begin) >= most:
            break
    upload.rewind()
    return bytes(begin[:most])
