"""Opens WebSockets, under the same addresses, proxies and authorities as REST."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from time import time
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus
from websockets.frames import Frame

from sonant.client.call import HttpResponse
from sonant.client.carriers.framing import MOST
from sonant.client.carriers.ownsocket import aown_socket, own_socket
from sonant.client.config import Scope, hide_password
from sonant.client.errors import ApiError, ConfigError, ConnectFailed, TimedOut
from sonant.client.refusals import refusal
from sonant.client.retry import read_retry_after
from sonant.contract.query import encode_pairs, pairs_of
from sonant.contract.wire import NO_HEADERS
from sonant.version import __version__

_SECRET_HEADERS = {"authorization", "proxy-authorization", "sec-websocket-protocol"}


class _Mask(logging.Filter):
    """Keeps secrets and payloads out of what the library logs of handshakes and frames."""

    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case (str(name), _) if name.lower() in _SECRET_HEADERS:
                record.args = (name, "••••")
            case (Frame() as frame,):
                record.args = (f"{frame.opcode.name} [{len(frame.data)} bytes]",)
            case _:
                pass
        return True


_LIVE = MappingProxyType({"ping_interval": None, "close_timeout": 1.0, "max_queue": None, "max_size": MOST})
"""What live sessions see to by themselves: pings, and that messages are taken at once."""

logger = logging.getLogger("sonant.client.socket")
logger.addFilter(_Mask())


def socket_url(scope: Scope, path: str, query: Mapping[str, Any]) -> str:
    """The address of a socket with its query."""
    url = f"{scope.url}{path}"
    return f"{url}?{encode_pairs(pairs_of(query))}" if query else url


@contextmanager
def open_socket(scope: Scope, url: str, authorization: str | None) -> Generator[Any]:
    """A connection of `websockets.sync`, or what the user's own client gives; closed on leaving.

    Raises:
        ApiError: the service refused the handshake.
        ConnectFailed, TimedOut: it could not be reached.
    """
    from sonant.client.carriers.lines_sync import Unredirected

    with ExitStack() as stack:
        with _translated(scope, url):
            opening = _opening(scope, url, authorization, NO_HEADERS, {"create_connection": Unredirected})
            connection = stack.enter_context(opening)
        yield connection


@asynccontextmanager
async def aopen_socket(scope: Scope, url: str, authorization: str | None) -> AsyncGenerator[Any]:
    """A connection of `websockets.asyncio`, or what the user's own client gives; closed on leaving.

    Raises:
        ApiError: the service refused the handshake.
        ConnectFailed, TimedOut: it could not be reached.
    """
    from sonant.client.carriers.lines_aio import AsyncUnredirected

    async with AsyncExitStack() as stack:
        with _translated(scope, url):
            opening = _aopening(scope, url, authorization, NO_HEADERS, {"create_connection": AsyncUnredirected})
            connection = await stack.enter_async_context(opening)
        yield connection


class Dialed(NamedTuple):
    """A connection of a live session: a line or one of the user's own, and what leaves it in order."""

    connection: Any
    leave: Callable[[], Any]


def dial(scope: Scope, url: str, authorization: str | None, headers: Mapping[str, str]) -> Dialed:
    """Connect for a live session.

    Raises:
        ApiError: the service refused the handshake.
        ConnectFailed, TimedOut: it could not be reached.
    """
    from sonant.client.carriers.lines_sync import Line

    with _translated(scope, url):
        opening = _opening(scope, url, authorization, headers, {**_LIVE, "create_connection": Line})
        connection = opening.__enter__()
    held = connection if isinstance(connection, Line) else opening  # a line needs nothing of what opened it
    return Dialed(connection, partial(held.__exit__, None, None, None))


async def adial(scope: Scope, url: str, authorization: str | None, headers: Mapping[str, str]) -> Dialed:
    """Connect for a live session.

    Raises:
        ApiError: the service refused the handshake.
        ConnectFailed, TimedOut: it could not be reached.
    """
    from sonant.client.carriers.lines_aio import AsyncLine

    with _translated(scope, url):
        opening = _aopening(scope, url, authorization, headers, {**_LIVE, "create_connection": AsyncLine})
        connection = await opening.__aenter__()
    held = connection if isinstance(connection, AsyncLine) else opening  # a line needs nothing of what opened it
    return Dialed(connection, partial(held.__aexit__, None, None, None))


def _opening(
    scope: Scope, url: str, authorization: str | None, headers: Mapping[str, str], settings: Mapping[str, Any]
) -> Any:
    from websockets.sync.client import connect

    sent = {**_headers(scope, authorization), **headers}
    if scope.client is not None:
        return own_socket(scope.client, url, sent)
    opener: Any = connect
    return opener(url, additional_headers=sent, **{**_settings(scope, url), **settings})


def _aopening(
    scope: Scope, url: str, authorization: str | None, headers: Mapping[str, str], settings: Mapping[str, Any]
) -> Any:
    from websockets.asyncio.client import connect

    sent = {**_headers(scope, authorization), **headers}
    if scope.client is not None:
        return aown_socket(scope.client, url, sent)
    return connect(url, additional_headers=sent, **{**_settings(scope, url), **settings})


def _headers(scope: Scope, authorization: str | None) -> dict[str, str]:
    own = {} if authorization is None else {"Authorization": authorization}
    return {**own, **scope.headers}


def _settings(scope: Scope, url: str) -> dict[str, Any]:
    """Audio does not compress, and messages have no size that would be wrong."""
    return {
        "ssl": _trust(scope) if url.startswith("wss:") else None,
        "proxy": True if scope.proxy is None else scope.proxy,
        "open_timeout": scope.timeouts.connect,
        "compression": None,
        "max_size": None,
        "user_agent_header": f"sonant/{__version__}",
        "logger": logger,
    }


def _trust(scope: Scope) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if scope.ca_file is not None:
        try:
            context.load_verify_locations(scope.ca_file)
        except OSError as error:
            raise ConfigError(f"ca_file {scope.ca_file!r} cannot be used: {error}.") from error
    return context


@contextmanager
def _translated(scope: Scope, url: str) -> Generator[None]:
    from websockets.exceptions import InvalidProxy, WebSocketException

    try:
        yield
    except InvalidStatus as error:
        raise _refused(error, scope, url) from error
    except InvalidProxy as error:  # whose text has the password
        raise ConfigError(f"The proxy {hide_password(error.proxy)} cannot be used: {error.msg}.") from None
    except TimeoutError as error:
        raise TimedOut(f"Timed out during connect to {_way(scope, url)}: no handshake.", phase="connect") from error
    except ImportError as error:
        if "python-socks" not in str(error):
            raise
        hint = 'Run pip install "python-socks[asyncio]", or use an HTTP proxy.'
        raise ConfigError("A SOCKS proxy for a WebSocket needs the package python-socks.", hint=hint) from error
    except (OSError, WebSocketException) as error:
        if isinstance(error.__context__, InvalidStatus):  # a redirect that was not followed
            raise _refused(error.__context__, scope, url) from error
        hint = "Check address, proxy and authorities."
        raise ConnectFailed(f"No WebSocket to {_way(scope, url)}: {error}.", hint=hint) from error


def _refused(error: InvalidStatus, scope: Scope, url: str) -> ApiError:
    answer = _response(error.response)
    path = url.partition("?")[0].removeprefix(scope.url)
    return refusal(answer, read_retry_after(answer.headers, time()), path=path)


def _way(scope: Scope, url: str) -> str:
    """An address, and the proxy on the way to it if there is one: without what may be secret."""
    from websockets.proxy import get_proxy
    from websockets.uri import parse_uri

    if scope.client is not None:  # which finds its way by itself
        return _place(url)
    proxy = scope.proxy or get_proxy(parse_uri(url))
    return f"{_place(url)} through the proxy {hide_password(proxy)}" if proxy else _place(url)


def _place(url: str) -> str:
    """An address without what may be secret: user, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _response(answer: Any) -> HttpResponse:
    headers = {name.lower(): value for name, value in answer.headers.raw_items()}
    body = answer.body or headers.get("dg-error", "").encode()
    return HttpResponse(answer.status_code, headers, bytes(body))
