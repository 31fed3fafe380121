"""A client of the user's own as a carrier."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.errors import ConfigError, ConnectionLost, SonantError


class CustomCarrier:
    """An `HttpClient` of the user's own; closing it is theirs."""

    def __init__(self, client: Any) -> None:
        self._send = _sender(client)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: the client raised something.
        """
        with _translated(request):
            return _checked(self._send(request))

    def close(self) -> None:
        """Nothing: it is the user's."""


class AsyncCustomCarrier:
    """An `AsyncHttpClient` of the user's own; closing it is theirs."""

    def __init__(self, client: Any) -> None:
        self._send = _sender(client)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Carry one request.

        Raises:
            TransportError: the client raised something.
        """
        with _translated(request):
            return _checked(await self._send(request))

    async def close(self) -> None:
        """Nothing: it is the user's."""


def is_httpx(client: Any) -> bool:
    """Whether a client is httpx2's or httpx's."""
    return hasattr(client, "build_request")


def _sender(client: Any) -> Any:
    send = getattr(client, "send", client)
    if not callable(send):
        raise ConfigError(
            f"The http client {type(client).__name__} has no send(request).",
            hint="Pass an httpx2 client, or an object as described in sonant.client.carriers.HttpClient.",
        )
    return send


@contextmanager
def _translated(request: HttpRequest) -> Generator[None]:
    try:
        yield
    except SonantError:
        raise
    except TimeoutError as error:
        request.trace.enter("waiting")
        raise request.trace.timed_out() from error
    except Exception as error:
        raise ConnectionLost(f"The http client raised {type(error).__name__}: {error}", phase="waiting") from error


def _checked(answer: Any) -> HttpResponse:
    try:
        headers = {str(name).lower(): str(value) for name, value in dict(answer.headers).items()}
        return HttpResponse(int(answer.status), headers, bytes(answer.body))
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"The http client's answer is no HttpResponse: {error}.") from error
