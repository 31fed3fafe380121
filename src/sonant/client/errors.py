"""What can go wrong, as exceptions. Nothing from the libraries below leaks past this tree.

SonantError
├─ ConfigError            how the client was set up, or how a method was called
│  ├─ UnknownOption       a misspelt option (also a TypeError)
│  ├─ BadOptionValue      a value that the option does not allow (also a ValueError)
│  ├─ SourceError         a recording that cannot be read or sent
│  └─ DeepgramVersionError  a property of the JavaScript SDK's version 2
├─ TransportError         no answer came
│  ├─ ConnectFailed       no connection: name, route, TLS or proxy
│  ├─ ConnectionLost      it broke before the answer was complete
│  └─ TimedOut            (also a TimeoutError) says in which phase, and how long each took
├─ ApiError               the service said no
│  ├─ BadRequest 400 · Unauthorized 401 · PaymentRequired 402 · Forbidden 403 · NotFound 404
│  └─ TooLarge 413 · RateLimited 429 · ServerFault 5xx
├─ StreamError            a live stream
│  ├─ StreamLost          it ended, and not because it was to
│  └─ BufferFull          more audio than may wait
├─ DecodeError            the answer is not what it says it is
├─ DeviceError            a microphone that is not there, or cannot be opened
└─ EngineError            the embedded engine did not start
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class SonantError(Exception):
    """The root of all errors of this library.

    Attributes:
        message: what happened, in a sentence.
        hint: what to do about it; may be empty.
        status: the HTTP status, if there was an answer.
        code: the service's error code, e.g. `INVALID_AUTH`.
        request_id: the id to give to whoever runs the service.
        headers: the answer's headers, names in lower case.
        body: the answer's undecoded body.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint
        self.status, self.code = status, code
        self.request_id, self.headers, self.body = request_id, headers or {}, body

    def __str__(self) -> str:
        parts = [f"{self.message}"]
        if self.request_id:
            parts.append(f"(request id {self.request_id})")
        if self.hint:
            parts.append(self.hint)
        return " ".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__)


def _rebuild(kind: type[SonantError], facts: dict[str, Any]) -> SonantError:
    error = kind.__new__(kind)
    error.__dict__.update(facts)
    error.args = (facts["message"],)
    return error


class ConfigError(SonantError):
    """The client was set up, or a method was called, in a way that cannot work."""


class UnknownOption(ConfigError, TypeError):
    """An option that the method does not have; the message names the nearest one."""


class BadOptionValue(ConfigError, ValueError):
    """A value that the option does not allow."""


class SourceError(ConfigError):
    """A recording that cannot be read, or cannot be sent from here."""


class DeepgramVersionError(ConfigError, AttributeError):
    """A property of the JavaScript SDK's version 2; the message names today's."""


class TransportError(SonantError):
    """No complete answer came from the service.

    Attributes:
        received: bytes of a streamed answer that had come; None for others.
    """

    received: int | None = None


class ConnectFailed(TransportError):
    """No connection could be made: name, route, TLS or proxy."""


class ConnectionLost(TransportError):
    """The connection broke before the answer was complete.

    Attributes:
        phase: `upload`, `waiting` or `download`.
    """

    def __init__(self, message: str, *, phase: str = "waiting", **facts: Any) -> None:
        super().__init__(message, **facts)
        self.phase = phase


class TimedOut(TransportError, TimeoutError):
    """A time limit passed.

    Attributes:
        phase: `connect`, `upload`, `waiting`, `download`, or `total` between attempts.
        elapsed: seconds spent in each phase so far.
        sent: bytes of the body handed to the network.
        size: bytes of the body, if known.
    """

    def __init__(
        self,
        message: str,
        *,
        phase: str,
        elapsed: dict[str, float] | None = None,
        sent: int = 0,
        size: int | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.phase, self.elapsed, self.sent, self.size = phase, elapsed or {}, sent, size


class ApiError(SonantError):
    """The service answered, and said no.

    Attributes:
        retry_after: seconds to wait, if the service said.
    """

    retry_after: float | None = None


class BadRequest(ApiError):
    """400: something in the request is wrong."""


class Unauthorized(ApiError):
    """401: no valid credential."""


class PaymentRequired(ApiError):
    """402: the project has no credit. Never retried."""


class Forbidden(ApiError):
    """403: the credential does not reach this far."""


class NotFound(ApiError):
    """404: no such thing at this address."""


class TooLarge(ApiError):
    """413: more than the service takes at once."""


class RateLimited(ApiError):
    """429: too many requests at once; `retry_after` says how long to wait."""


class ServerFault(ApiError):
    """5xx: the service failed."""


class StreamError(SonantError):
    """Something about a live stream."""


class StreamLost(StreamError):
    """A stream ended, and not because it was to.

    Attributes:
        close_code: of the WebSocket; 1006 without one.
    """

    def __init__(self, message: str, *, code: int = 1006, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.close_code = code


class BufferFull(StreamError):
    """More audio than may wait to be sent; the chunk was not taken."""


class DecodeError(SonantError):
    """The answer is not what it says it is; `body` holds it."""


class DeviceError(SonantError):
    """A microphone that is not there, went away, or cannot be opened."""


class EngineError(SonantError):
    """The embedded engine did not start, or is not installed."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    402: PaymentRequired,
    403: Forbidden,
    404: NotFound,
    413: TooLarge,
    429: RateLimited,
}


def api_error_type(status: int) -> type[ApiError]:
    """The class of error for an HTTP status."""
    return _BY_STATUS.get(status, ServerFault if status >= 500 else ApiError)
