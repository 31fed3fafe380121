"""What a request brings: media bytes, or the URL of a recording."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import msgspec
from starlette.requests import Request

from sonant.contract.faults import CORRUPT_AUDIO, JSON_UNUSABLE, UPLOAD_TIMEOUT
from sonant.contract.listen import UrlSource
from sonant.engine.audio.media import Media
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

_LARGEST_JSON = 100_000
_PIECE = 1 << 20
_SLOWEST = 4_000
"""Bytes a second of an upload, on the average, once it has lasted `upload_seconds`: less than telephone speech takes.
Who sends a byte now and then would otherwise keep a place from others for days."""


async def receive(request: Request, settings: Settings) -> Media | UrlSource:
    """The request's recording, or where it is; the caller closes the media.

    `application/json` is read as `{"url": ...}`, any other content type as media. Without a content type, a JSON
    object with a `url` is one, and everything else is media.

    Raises:
        Refusal: the body is empty, too large or too slow, or JSON without a URL.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    media = Media(limit=settings.upload_limit, spool_above=settings.spool_above)
    try:
        await _fill(media, request, settings.upload_seconds)
        source = _find_url(media, kind)
    except BaseException:
        media.close()
        raise
    if source is not None:
        media.close()
    return source or media


async def _fill(media: Media, request: Request, patience: float) -> None:
    """Take the body in, off the event loop, as hashing and writing a large one take their time."""
    chunks = request.stream()
    held, size, began = bytearray(), 0, monotonic()
    while (chunk := await _next(chunks, min(patience, patience + size / _SLOWEST - (monotonic() - began)))) is not None:
        held += chunk
        size += len(chunk)
        if len(held) >= _PIECE:
            await asyncio.to_thread(media.write, held)
            held = bytearray()
    if held:
        await asyncio.to_thread(media.write, held)


async def _next(chunks: AsyncIterator[bytes], patience: float) -> bytes | None:
    try:
        async with asyncio.timeout(patience):
            return await anext(chunks, None)
    except TimeoutError:
        raise Refusal(UPLOAD_TIMEOUT) from None


def _find_url(media: Media, kind: str) -> UrlSource | None:
    """The URL in a body of JSON, None in a body of media."""
    source = _read_url(media) if kind in {"application/json", ""} else None
    if source is None and kind == "application/json":
        raise Refusal(JSON_UNUSABLE)
    if source is None and not media.size:
        raise Refusal(CORRUPT_AUDIO)
    return source


def _read_url(media: Media) -> UrlSource | None:
    """The URL in a JSON body; None if the body is something else."""
    if media.size > _LARGEST_JSON:
        return None
    try:
        return msgspec.json.decode(media.head(_LARGEST_JSON), type=UrlSource)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
