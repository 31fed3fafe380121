"""Recordings that the engine fetches itself."""

import asyncio
import logging
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from sonant.contract.faults import (
    REMOTE_BAD_LOCATION,
    REMOTE_BAD_URI,
    REMOTE_NO_DATA,
    REMOTE_NO_LOCATION,
    REMOTE_REDIRECTS,
    REMOTE_STATUS,
)
from sonant.engine.audio.media import Media
from sonant.engine.outbound import open_client, split_url
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

log = logging.getLogger(__name__)

MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 1 << 18


async def fetch(url: str, settings: Settings) -> Media:
    """The recording behind a URL; the caller closes it.

    What `url_map` names is read from its file.

    Raises:
        Refusal: the URL is not public, or does not lead to a recording in time, or to too large a one.
    """
    media = Media(limit=settings.fetch_limit, spool_above=settings.spool_above)
    try:
        async with asyncio.timeout(settings.fetch_seconds):
            if (path := settings.url_map.get(url)) is not None:
                await asyncio.to_thread(_read_file, path, media)
            else:
                await _follow(url, media, settings)
    except (TimeoutError, PyreqwestError, OSError) as error:
        media.close()
        log.info("recording not fetched", extra={"reason": type(error).__name__})
        raise Refusal(REMOTE_NO_DATA) from error
    except BaseException:
        media.close()
        raise
    return media


def _read_file(path: str, media: Media) -> None:
    with Path(path).expanduser().open("rb") as file:
        while piece := file.read(_PIECE):
            media.write(piece)


async def _follow(url: str, media: Media, settings: Settings) -> None:
    """Follow redirects to the recording, each as wary as the first."""
    fault = REMOTE_BAD_URI
    for _ in range(MOST_REDIRECTS + 1):
        parts = split_url(url, fault)
        client = await open_client(parts, allow_private=settings.allow_private_urls, seconds=settings.fetch_seconds)
        async with client, client.get(parts.geturl()).build_streamed() as response:
            if response.status not in _REDIRECTS:
                return await _read(response, media)
            location = response.get_header("location")
        if not location:
            raise Refusal(REMOTE_NO_LOCATION)
        url, fault = urljoin(url, location), REMOTE_BAD_LOCATION
    raise Refusal(REMOTE_REDIRECTS)


async def _read(response: Response, media: Media) -> None:
    if 400 <= response.status < 500:
        raise Refusal(REMOTE_STATUS, _say_status(response.status))
    if response.status != 200:
        raise Refusal(REMOTE_NO_DATA)
    media.content_type = response.get_header("content-type") or ""
    while (piece := await response.body_reader.read(_PIECE)) is not None:
        await asyncio.to_thread(media.write, memoryview(piece))
    if not media.size:
        raise Refusal(REMOTE_NO_DATA)


def _say_status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
