"""A source of audio in small pieces, each at its time. Pure but for the source."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from time import monotonic

from sonant.client.errors import BadOptionValue, ConfigError, SourceError
from sonant.client.sources import AsyncUpload, Upload, open_source
from sonant.client.tracks import Track
from sonant.contract.query import brief

_FIRST = 4096
"""Bytes of the first piece, which tell what the audio is."""


class Pace:
    """When the next piece may go: `speed` times as fast as it was spoken, or at once if that is None.

    Raises:
        BadOptionValue: the speed is no positive number.
    """

    def __init__(self, speed: float | None) -> None:
        try:
            fits = speed is None or speed > 0
        except TypeError:
            fits = False
        if not fits:
            raise BadOptionValue(f"speed is {brief(speed)}; it must be a positive number, or None for no limit.")
        self._speed = speed
        self._began: float | None = None

    def wait(self, track: Track | None, handed: int) -> float:
        """Seconds until the audio after `handed` bytes is due."""
        if self._began is None:
            self._began = monotonic()
        if self._speed is None or track is None:
            return 0.0
        return max(0.0, self._began + track.seconds(handed) / self._speed - monotonic())


class Turnstile:
    """Lets one source at a time on a stream: two would mix their audio.

    Attributes:
        lock: held by a thread that sends a piece in its turn.
    """

    def __init__(self, taken: str = "A source is being streamed already") -> None:
        """Begin free.

        Args:
            taken: what is said to a second source.
        """
        self.lock = threading.Lock()
        self._taken = taken
        self._turn: object = None

    def check(self) -> None:
        """See that it is free.

        Raises:
            ConfigError: a source is being sent.
        """
        if self._turn is not None:
            raise ConfigError(
                f"{self._taken}; a second one would mix its audio with it.",
                hint="Iterate to the end of the first, or leave it (in async code with aclose()); or open two streams.",
            )

    def enter(self) -> object:
        """Begin a turn.

        Raises:
            ConfigError: a source is being sent.
        """
        with self.lock:
            self.check()
            self._turn = object()
            return self._turn

    def is_in(self, turn: object) -> bool:
        """Whether a turn lasts."""
        return self._turn is turn

    def leave(self, turn: object) -> None:
        """End a turn; nothing if it has ended."""
        if self._turn is turn:
            self._turn = None


def open_audio(source: object) -> Upload:
    """A source that can be streamed.

    Raises:
        SourceError: it is none, or cannot be read.
    """
    if source is None:
        raise SourceError("There is nothing to stream.", hint="Give stream() a source, or listen.live(source=...).")
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        raise SourceError("A URL is not streamed from here.", hint="Give what is read from it, or use transcribe_url.")
    return open_source(source)


def pieces(upload: Upload) -> Iterator[bytes]:
    """The source in pieces of no more than a few kilobytes."""
    for chunk in upload.chunks():
        yield from _cut(bytes(chunk))


async def apieces(upload: Upload) -> AsyncIterator[bytes]:
    """The same of any source, an async iterator too."""
    if isinstance(upload, AsyncUpload):
        async for chunk in upload.achunks():
            for piece in _cut(bytes(chunk)):
                yield piece
        return
    chunks = upload.chunks()
    while (read := await asyncio.to_thread(next, chunks, None)) is not None:
        for piece in _cut(bytes(read)):
            yield piece


def _cut(chunk: bytes) -> Iterator[bytes]:
    for start in range(0, len(chunk), _FIRST):
        yield chunk[start : start + _FIRST]
