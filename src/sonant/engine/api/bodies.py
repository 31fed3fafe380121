"""JSON bodies of management calls."""

import asyncio
import re
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from sonant.contract.faults import BODY_TOO_LARGE, INVALID_JSON, UPLOAD_TIMEOUT
from sonant.engine.refusals import Refusal

T = TypeVar("T")

LARGEST = 2_000_000
_PATIENCE = 30.0
"""Seconds in which a whole body is to arrive."""
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_PLACE = re.compile(r" \(byte (\d+)\)$")
_WRONG_CHARACTER = re.compile(r"JSON is malformed: expected '(.+)'")


async def read_body(request: Request, kind: type[T]) -> T:
    """The body of a request; an empty one is that of a Struct whose fields may all be left out.

    Raises:
        Refusal: it is too large, too slow, or does not fit.
    """
    body = await _receive(request)
    try:
        if b"\\u0000" in body:
            raise msgspec.ValidationError("a text holds the character U+0000")
        return msgspec.json.decode(body or b"{}", type=kind)
    except RecursionError:
        raise Refusal(INVALID_JSON, "Json deserialize error: recursion limit exceeded") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(INVALID_JSON, f"Json deserialize error: {_explain(str(error), body)}") from None


async def _receive(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > len(str(LARGEST)) or int(length) > LARGEST):
        raise Refusal(BODY_TOO_LARGE, "2 MB")
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    raise Refusal(BODY_TOO_LARGE, "2 MB")
    except TimeoutError:
        raise Refusal(UPLOAD_TIMEOUT) from None
    return bytes(body)


def _explain(error: str, body: bytes) -> str:
    """What is wrong and where, in the words of the service as far as they are known."""
    found = _PLACE.search(error)
    text = _PLACE.sub("", error)
    if missing := _MISSING.match(text):
        text = f"missing field `{missing[1]}`"
    elif expected := _WRONG_CHARACTER.match(text):
        text = f"expected `{expected[1]}`"
    return f"{text[:1].lower()}{text[1:]}{_where(body[: int(found[1])] if found else body)}"


def _where(before: Any) -> str:
    lines = bytes(before).split(b"\n")
    return f" at line {len(lines)} column {len(lines[-1])}"
