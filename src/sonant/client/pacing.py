"""A source of audio in small pieces, each at its time. Pure but for the source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from time import monotonic

from sonant.client.sources import AsyncUpload, open_source
from sonant.client.tracks import Track

_FIRST = 4096
"""Bytes of the first piece, which tell what the audio is."""


class Pace:
    """When the next piece may go: `speed` times as fast as it was spoken, or at once if that is None."""

    def __init__(self, speed: float | None) -> None:
        if speed is not None and not speed > 0:
            raise ValueError(f"speed is {speed!r}; it must be a positive number, or None for no limit")
        self._speed, self._began = speed, monotonic()

    def wait(self, track: Track | None, handed: int) -> float:
        """Seconds until the audio after `handed` bytes is due."""
        if self._speed is None or track is None:
            return 0.0
        return max(0.0, self._began + track.seconds(handed) / self._speed - monotonic())


def pieces(source: object) -> Iterator[bytes]:
    """The source in pieces of no more than a few kilobytes."""
    for chunk in open_source(source).chunks():
        yield from _cut(bytes(chunk))


async def apieces(source: object) -> AsyncIterator[bytes]:
    """The same of any source, an async iterator too."""
    upload = open_source(source)
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
