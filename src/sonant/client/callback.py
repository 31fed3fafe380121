"""Where a result is to be sent, in place of the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from sonant.client.errors import BadOptionValue
from sonant.contract.query import brief


class CallbackUrl:
    """Where a result is to be sent.

    Raises:
        BadOptionValue: it is not an absolute http(s) URL.
    """

    __slots__ = ("url",)

    def __init__(self, url: str) -> None:
        self.url = check_url(url, "http(s)", {"http", "https"})

    def __str__(self) -> str:
        return self.url

    def __repr__(self) -> str:
        return f"CallbackUrl({urlsplit(self.url)._replace(netloc=urlsplit(self.url).hostname or '').geturl()!r})"


def check_url(url: str, kind: str, schemes: Collection[str]) -> str:
    """The URL of a callback, if it is absolute and of one of these schemes; `kind` is how they are told.

    Raises:
        BadOptionValue: it is not.
    """
    try:
        parts = urlsplit(url)
        fits = parts.scheme in schemes and bool(parts.hostname)
    except (ValueError, AttributeError, TypeError):
        fits = False
    if not fits:
        raise BadOptionValue(f"callback: {brief(url)} is not an absolute {kind} URL.")
    return url


def send_to(callback: CallbackUrl | str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options, with a callback among them.

    Raises:
        BadOptionValue: it is not an absolute http(s) URL.
    """
    return {**options, "callback": str(callback if isinstance(callback, CallbackUrl) else CallbackUrl(callback))}
