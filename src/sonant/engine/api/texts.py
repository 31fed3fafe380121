"""What a request brings to be spoken or read: a text, or the URL of one."""

import asyncio
import json
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from sonant.contract.faults import (
    BAD_BODY_URL,
    BAD_UTF8,
    BODY_TOO_LARGE,
    REMOTE_TEXT,
    TEXT_OR_URL,
    UNSUPPORTED_MEDIA,
    UPLOAD_TIMEOUT,
)
from sonant.contract.speak import TextSource
from sonant.engine.api.fetch import fetch
from sonant.engine.audio.media import say_size
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings


async def receive_text(request: Request, settings: Settings) -> str:
    """The request's text; one behind a URL is fetched.

    Raises:
        Refusal: there is none, it is too large or too slow, or of another kind.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", "text/plain"}:
        raise Refusal(UNSUPPORTED_MEDIA)
    body = await _read(request, settings)
    if kind == "text/plain":
        return _decode(body)
    source = _read_source(body)
    return source.text if source.text is not None else await _fetch_text(source.url or "", settings)


async def _read(request: Request, settings: Settings) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(settings.upload_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > settings.speak_limit:
                    raise Refusal(BODY_TOO_LARGE, say_size(settings.speak_limit))
    except TimeoutError:
        raise Refusal(UPLOAD_TIMEOUT) from None
    return bytes(body)


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refusal(BAD_UTF8) from None


def _read_source(body: bytes) -> TextSource:
    try:
        source = msgspec.json.decode(body, type=TextSource)
    except UnicodeDecodeError:
        raise Refusal(BAD_UTF8) from None
    except (msgspec.DecodeError, RecursionError):
        raise Refusal(BAD_UTF8 if _has_half_a_sign(body) else TEXT_OR_URL) from None
    if (source.text is None) == (source.url is None):
        raise Refusal(TEXT_OR_URL)
    return source


def _has_half_a_sign(body: bytes) -> bool:
    r"""Whether it is JSON but for escapes such as `\ud800`, which alone are no text."""
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False


async def _fetch_text(url: str, settings: Settings) -> str:
    if not _is_url(url):
        raise Refusal(BAD_BODY_URL)
    with await fetch(url, msgspec.structs.replace(settings, fetch_limit=settings.speak_limit)) as media:
        body = media.head(settings.speak_limit)
    try:
        return msgspec.json.decode(body, type=TextSource).text or body.decode()
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refusal(REMOTE_TEXT) from None


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
