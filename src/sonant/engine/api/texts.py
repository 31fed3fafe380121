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

_KINDS = {"application/json", "text/plain"}


async def receive_text(request: Request, settings: Settings) -> str:
    """The request's text; one behind a URL is fetched.

    Raises:
        Refusal: there is none, it is too large or too slow, or of another kind.
    """
    kind = _kind_of(request.headers.get("content-type", ""))
    if kind not in _KINDS:
        raise Refusal(UNSUPPORTED_MEDIA)
    body = await _read(request, settings)
    if kind == "text/plain":
        return _decode(body)
    source = _read_source(body)
    return source.text if source.text is not None else await _fetch_text(source.url or "", settings)


def _kind_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


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
        body, kind = media.head(settings.speak_limit), _kind_of(media.content_type)
    try:
        return _read_remote(body, kind)
    except UnicodeDecodeError:
        raise Refusal(REMOTE_TEXT) from None


def _read_remote(body: bytes, kind: str) -> str:
    """The text of what a site sent; where it does not say of which kind that is, JSON with a `text`, or else all."""
    if kind and kind not in _KINDS:
        raise Refusal(REMOTE_TEXT)
    text = None if kind == "text/plain" else _read_text_field(body)
    if text is None and kind == "application/json":
        raise Refusal(REMOTE_TEXT)
    return body.decode() if text is None else text


def _read_text_field(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=TextSource).text
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
