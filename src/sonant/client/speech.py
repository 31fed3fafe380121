"""Speech that was asked for, as it comes in: pieces to play, or all of it, or a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, closing, suppress
from pathlib import Path
from typing import BinaryIO, Self

from sonant.client.call import Opened
from sonant.client.errors import DecodeError, TransportError
from sonant.client.pcm import WholeSamples, mend_header
from sonant.contract.wire import find_request_id

HEAD = 4096
"""Bytes at the beginning of a file in which a header may have to be mended."""
Told = Callable[[int], object]


class Speech:
    """What the service said of an audio that it sends: its headers, and what they mean.

    Attributes:
        headers: of the answer, names in lower case.
        received: bytes of audio so far.
    """

    def __init__(self, headers: Mapping[str, str], sample_bytes: int) -> None:
        self.headers = headers
        self.received = 0
        self._samples = WholeSamples(sample_bytes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.content_type}, {self.received} bytes so far>"

    def get_headers(self) -> Mapping[str, str]:
        """The headers, as the JavaScript SDK has it."""
        return self.headers

    @property
    def request_id(self) -> str | None:
        """The id to give to whoever runs the service."""
        return find_request_id(self.headers)

    @property
    def content_type(self) -> str:
        """What the audio is, such as `audio/mpeg` or `audio/l16;rate=24000`."""
        return self.headers.get("content-type", "")

    @property
    def model_name(self) -> str | None:
        """The voice that speaks."""
        return self.headers.get("dg-model-name")

    @property
    def model_uuid(self) -> str | None:
        """Its id."""
        return self.headers.get("dg-model-uuid")

    @property
    def char_count(self) -> int | None:
        """Characters of the text, as the service counts them."""
        return self._number("dg-char-count")

    @property
    def pronunciations_applied(self) -> int | None:
        """Pronunciations in the text that were followed; None where there were none."""
        return self._number("dg-pronunciations-applied")

    @property
    def breaks_applied(self) -> int | None:
        """Pauses in the text that were followed; None where there were none."""
        return self._number("dg-breaks-applied")

    @property
    def warnings(self) -> list[str]:
        """What the service has to say about the text: its codes."""
        return [code.strip() for code in self.headers.get("dg-warnings", "").split(",") if code.strip()]

    def _number(self, name: str) -> int | None:
        text = self.headers.get(name, "")
        return int(text) if text.isdecimal() else None

    def _note(self, piece: bytes) -> bytes:
        self.received += len(piece)
        return self._samples.take(piece)

    def _check_end(self) -> None:
        """See that the audio, which came to its end, has whole samples.

        Raises:
            DecodeError: half of one is left.
        """
        if self._samples.rest:
            raise DecodeError(
                f"The audio ends within a sample: {self.received} bytes came.",
                hint="Something between here and the service cut it short; ask again.",
                request_id=self.request_id,
                headers=self.headers,
            )

    def _tell(self, error: TransportError) -> None:
        """Let an error name what arrived."""
        error.received = self.received
        error.message = f"{error.message} {self.received} bytes of the audio had come."
        error.args = (error.message,)


class SyncAudio:
    """Audio that is read from a thread, piece by piece or whole."""

    def __iter__(self) -> Generator[bytes]:
        """Pieces, as they come; of linear16, whole samples."""
        raise NotImplementedError

    def get_stream(self) -> Iterator[bytes]:
        """The same, as the JavaScript SDK has it."""
        return iter(self)

    def stream(self) -> Iterator[bytes]:
        """The same, by its shorter name."""
        return iter(self)

    def read(self) -> bytes:
        """All that was not read yet; a WAV header then says how long it is.

        Raises:
            TransportError: it did not come whole; `received` says how much did.
            DecodeError: linear16 ended within a sample.
        """
        audio = b"".join(self)
        return mend_header(audio[:HEAD], len(audio)) + audio[HEAD:]

    def stream_to_file(self, path: str | os.PathLike[str], *, progress: Told | None = None) -> int:
        """Write the audio to a file, which has its name only once it is whole; returns its bytes.

        Args:
            path: where to; a file of that name is replaced.
            progress: called with the bytes written so far.

        Raises:
            TransportError: it did not come whole, and no file was made; `received` says how much came.
            DecodeError: linear16 ended within a sample; no file was made.
            OSError: it cannot be written; nothing is left behind.
        """
        with _Part(Path(path), progress) as part, closing(iter(self)) as pieces:
            for piece in pieces:
                part.write(piece)
            return part.finish()


class AsyncAudio:
    """Audio that is read on an event loop, piece by piece or whole."""

    def __aiter__(self) -> AsyncGenerator[bytes]:
        """Pieces, as they come; of linear16, whole samples."""
        raise NotImplementedError

    def get_stream(self) -> AsyncIterator[bytes]:
        """The same, as the JavaScript SDK has it."""
        return aiter(self)

    def stream(self) -> AsyncIterator[bytes]:
        """The same, by its shorter name."""
        return aiter(self)

    async def read(self) -> bytes:
        """All that was not read yet; a WAV header then says how long it is.

        Raises:
            TransportError: it did not come whole; `received` says how much did.
            DecodeError: linear16 ended within a sample.
        """
        audio = b"".join([piece async for piece in self])
        return mend_header(audio[:HEAD], len(audio)) + audio[HEAD:]

    async def stream_to_file(self, path: str | os.PathLike[str], *, progress: Told | None = None) -> int:
        """Write the audio to a file, which has its name only once it is whole; returns its bytes.

        Args:
            path: where to; a file of that name is replaced.
            progress: called with the bytes written so far.

        Raises:
            TransportError: it did not come whole, and no file was made; `received` says how much came.
            DecodeError: linear16 ended within a sample; no file was made.
            OSError: it cannot be written; nothing is left behind.
        """
        with _Part(Path(path), progress) as part:
            async with aclosing(aiter(self)) as pieces:
                async for piece in pieces:
                    part.write(piece)
            return part.finish()


class SyncSpeech(Speech, SyncAudio):
    """Speech on its way: iterate it, `read()` it, or `stream_to_file()`. After a `with` block no more comes."""

    def __init__(self, opened: Opened, sample_bytes: int) -> None:
        super().__init__(opened.headers, sample_bytes)
        self._download, self._first = opened.download, opened.first
        self._is_over = False

    def __iter__(self) -> Generator[bytes]:
        """Pieces, as they come; of linear16, whole samples.

        Raises:
            TransportError: the rest did not come; `received` says how much did.
            DecodeError: linear16 ended within a sample.
        """
        while piece := self._next():
            if whole := self._note(piece):
                yield whole
        if not self._is_over:
            self.close()
            self._check_end()

    def _next(self) -> bytes:
        piece, self._first = self._first, b""
        if piece or self._is_over:
            return piece
        try:
            return self._download.read()  # type: ignore[no-any-return]
        except TransportError as error:
            self.close()
            self._tell(error)
            raise

    def close(self) -> None:
        """Take no more of it."""
        if not self._is_over:
            self._is_over, self._first = True, b""
            self._download.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncSpeech(Speech, AsyncAudio):
    """The same on an event loop: `async for`, `await speech.read()`."""

    def __init__(self, opened: Opened, sample_bytes: int) -> None:
        super().__init__(opened.headers, sample_bytes)
        self._download, self._first = opened.download, opened.first
        self._is_over = False

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """Pieces, as they come; of linear16, whole samples.

        Raises:
            TransportError: the rest did not come; `received` says how much did.
            DecodeError: linear16 ended within a sample.
        """
        while piece := await self._next():
            if whole := self._note(piece):
                yield whole
        if not self._is_over:
            await self.close()
            self._check_end()

    async def _next(self) -> bytes:
        piece, self._first = self._first, b""
        if piece or self._is_over:
            return piece
        try:
            return await self._download.read()  # type: ignore[no-any-return]
        except TransportError as error:
            await self.close()
            self._tell(error)
            raise

    async def close(self) -> None:
        """Take no more of it."""
        if not self._is_over:
            self._is_over, self._first = True, b""
            await self._download.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()


class _Part:
    """A file in the making, beside its place; gone again if it does not become whole."""

    def __init__(self, path: Path, progress: Told | None) -> None:
        self._target, self._progress = path.resolve(), progress
        self._is_plain = self._target.is_file() or not self._target.exists()
        name = f".{path.name}.{secrets.token_hex(4)}.part"
        self._path = self._target.with_name(name) if self._is_plain else self._target
        self._file: BinaryIO
        self._size = 0

    def __enter__(self) -> Self:
        self._file = self._path.open("xb+" if self._is_plain else "wb")
        return self

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._size += len(piece)
        if self._progress:
            self._progress(self._size)

    def finish(self) -> int:
        """Have it take its name."""
        if self._is_plain:
            self._file.seek(0)
            head = self._file.read(HEAD)
            self._file.seek(0)
            self._file.write(mend_header(head, self._size))
        self._file.close()
        if self._is_plain:
            self._path.replace(self._target)
        return self._size

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            error.filename = str(self._target)
        with suppress(OSError):  # what is left to write has nowhere to go: a full disk was told of
            self._file.close()
        if self._is_plain:
            with suppress(FileNotFoundError):
                self._path.unlink()
