"""What both carriers over pyreqwest share: settings in, errors out."""

from __future__ import annotations

import atexit
from datetime import timedelta
from functools import cache
from time import sleep
from typing import Any, Self

from pyreqwest.exceptions import ConnectTimeoutError, PyreqwestError, RequestPanicError, RequestTimeoutError
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.response import BaseResponse

from sonant.client.call import HttpRequest
from sonant.client.config import Scope
from sonant.client.errors import ConfigError, ConnectFailed, ConnectionLost, SonantError
from sonant.client.trace import Trace

TAIL = 0.02
"""Seconds in which pyreqwest's own thread is done with Python after an answer; it needs far less."""


@cache
def settle_at_exit() -> None:
    """Let pyreqwest's thread come to rest before Python ends.

    Just after an asynchronous answer it lets go of Python objects; where the interpreter ends at that very moment,
    the process aborts.
    """
    atexit.register(sleep, TAIL)


def configure(builder: Any, scope: Scope) -> Any:
    """A client builder with the scope's connection settings.

    Redirects are not followed: the API has none, and a POST would lose its body or take it elsewhere.
    """
    builder = builder.follow_redirects(False)
    if scope.timeouts.connect is not None:
        builder = builder.connect_timeout(timedelta(seconds=scope.timeouts.connect))
    if scope.proxy is not None:
        builder = builder.proxy(ProxyBuilder.all(scope.proxy))
    if scope.ca_file is not None:
        builder = builder.add_root_certificate_pem(_read_ca(scope.ca_file))
    return builder


def build(builder: Any) -> Any:
    """The client of a builder.

    Raises:
        ConfigError: the library was in use before this process was forked.
    """
    try:
        return builder.build()
    except RuntimeError as error:
        raise ConfigError(
            "The HTTP library was in use before this process was forked, and cannot be used in it.",
            hint='Make the first call after the fork, start processes with "spawn", or pass an httpx2 client.',
        ) from error


def _read_ca(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - nothing else here needs pathlib
            pem = file.read()
    except OSError as error:
        raise ConfigError(f"ca_file {path!r} cannot be read: {error.strerror}.") from error
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        raise ConfigError(f"ca_file {path!r} holds no certificate in PEM form.")
    return pem


def headers_of(answer: BaseResponse) -> dict[str, str]:
    """The headers of an answer, names in lower case; one whose value is no text is left out."""
    try:
        return dict(answer.headers.items())
    except ValueError:
        return {name: value for name in answer.headers if (value := _header(answer, name)) is not None}


def _header(answer: BaseResponse, name: str) -> str | None:
    try:
        return answer.get_header(name)
    except ValueError:
        return None


class AsyncReqwestDownload:
    """A streamed answer on an event loop."""

    def __init__(self, opening: Any, request: HttpRequest) -> None:
        self._opening, self._request = opening, request
        self.status, self.headers = 0, dict[str, str]()

    async def begin(self) -> Self:
        """Wait for its head.

        Raises:
            TransportError: it did not come.
        """
        try:
            answer = await self._opening.__aenter__()
        except PyreqwestError as error:
            raise translate(error, self._request.trace) from error
        self.status, self.headers = answer.status, headers_of(answer)
        self._reader = answer.body_reader
        self._request.trace.enter("download")
        return self

    async def read(self) -> bytes:
        """The next piece; empty at the end.

        Raises:
            TransportError: it did not come.
        """
        try:
            piece = await self._reader.read_chunk()
        except PyreqwestError as error:
            raise translate(error, self._request.trace) from error
        return b"" if piece is None else piece.to_bytes()

    async def close(self) -> None:
        """Take no more of it."""
        await self._opening.__aexit__(None, None, None)


def translate(error: PyreqwestError, trace: Trace) -> SonantError:
    """Our error for one of pyreqwest's, told by its chain of causes: its class names say less."""
    details: dict[str, list[dict[str, str]] | None] = getattr(error, "details", {})
    causes = [cause["message"] for cause in details.get("causes") or ()]
    innermost = causes[-1] if causes else error.message
    if any("(Connect)" in cause for cause in causes):
        return _no_connection(error, innermost, trace)
    if isinstance(error, RequestTimeoutError):
        return trace.timed_out()
    if isinstance(error, RequestPanicError):
        return ConnectionLost(f"The HTTP library failed: {innermost}.", phase=trace.phase)
    phase = "upload" if trace.phase == "connect" else trace.phase
    return ConnectionLost(f"The connection broke while {_WHILE[phase]}: {innermost}.", phase=phase)


_WHILE = {"upload": "sending", "waiting": "waiting for the answer", "download": "receiving the answer"}


def _no_connection(error: PyreqwestError, innermost: str, trace: Trace) -> SonantError:
    if isinstance(error, ConnectTimeoutError):
        trace.phase = "connect"
        return trace.timed_out()
    hint = "Check address, port and proxy settings."
    if "certificate" in innermost:
        hint = "Trust a private authority with ca_file= or SSL_CERT_FILE."
    return ConnectFailed(f"No connection: {innermost}.", hint=hint)
