"""A WebSocket client of the user's own, seen to be one before anything is sent over it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import Any

from websockets.sync.client import ClientConnection

from sonant.client.errors import ConfigError
from sonant.contract.query import brief

_WANTED = (
    "Pass a function that takes a URL and additional_headers= and gives a context manager (async for "
    "AsyncDeepgramClient) of an object with send, recv and close."
)
_ASYNC = "is asynchronous, and this is a DeepgramClient"
_SYNC = "is synchronous, and this is an AsyncDeepgramClient"
_NO_CONTEXT = "is no context manager"
_NEEDED = ("send", "recv")


@contextmanager
def own_socket(client: Any, url: str, headers: Mapping[str, str]) -> Generator[Any]:
    """What the client gives on entering.

    Raises:
        ConfigError: it is no such client.
    """
    opening = _call(client, url, headers)
    if not hasattr(opening, "__enter__"):
        is_async = hasattr(opening, "__aenter__") or isawaitable(opening)
        raise _misfit(opening, _ASYNC if is_async else _NO_CONTEXT)
    with opening as connection:
        _check(connection)
        if any(iscoroutinefunction(getattr(connection, name)) for name in _NEEDED):
            raise _misfit(connection, _ASYNC)
        yield connection


@asynccontextmanager
async def aown_socket(client: Any, url: str, headers: Mapping[str, str]) -> AsyncGenerator[Any]:
    """The same of a client that is asynchronous."""
    opening = _call(client, url, headers)
    if not hasattr(opening, "__aenter__"):
        raise _misfit(opening, _SYNC if hasattr(opening, "__enter__") else _NO_CONTEXT)
    async with opening as connection:
        _check(connection)
        yield connection


def _call(client: Any, url: str, headers: Mapping[str, str]) -> Any:
    if not callable(client):
        raise ConfigError(f"The websocket client is {brief(client)}, which cannot be called.", hint=_WANTED)
    return client(url, additional_headers=headers)


def _check(connection: Any) -> None:
    absent = [name for name in _NEEDED if not callable(getattr(connection, name, None))]
    if absent:
        raise _misfit(connection, f"has no {' or '.join(absent)}")


def _misfit(given: Any, what: str) -> ConfigError:
    """The error about something that does not fit; what it holds already is given back."""
    if iscoroutine(given):
        given.close()
    elif isinstance(given, ClientConnection):  # which connects before it is entered
        given.close_socket()
    return ConfigError(f"The websocket client gave a {type(given).__name__}, which {what}.", hint=_WANTED)
