"""A call becomes an HTTP request; its answer becomes a reply or an error. Pure: nothing here touches the network."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from urllib.parse import urlsplit

import msgspec

from sonant.client.config import Scope, Timeouts, check_headers, hide_password
from sonant.client.errors import (
    ApiError,
    BadOptionValue,
    ConfigError,
    DecodeError,
    TimedOut,
    UnknownOption,
    api_error_type,
)
from sonant.client.retry import LONGEST_WAIT
from sonant.client.sources import Progress, Upload
from sonant.contract import codec, faults, query
from sonant.contract.audio import SAMPLE_BYTES
from sonant.contract.wire import Done, Operation, Reply, attach, fill_path, find_request_id
from sonant.version import __version__

if TYPE_CHECKING:
    from sonant.client.config import Namespace, TimeoutConfig

B = TypeVar("B", bound=msgspec.Struct)
R = TypeVar("R", bound=Reply)

PATIENCE = 60.0
"""Seconds without progress that a caller waits for an answer, unless the call or the caller says otherwise."""
_HEADERS = {"User-Agent": f"sonant/{__version__}"}


class CallExtras(TypedDict, total=False):
    """What every method takes beside its options."""

    extra_query: Mapping[str, Any]
    """Query parameters that the contract does not know yet, sent as they are; lists repeat the key."""
    extra_headers: Mapping[str, str]
    """HTTP headers, put over the client's."""
    timeout: float | TimeoutConfig
    """Seconds for the whole call, or a mapping of `connect`, `write`, `read`, `total`."""


_EXTRAS = tuple(CallExtras.__annotations__)


class Trace:
    """Where an attempt stands: its phase, since when, and how much was sent."""

    __slots__ = ("elapsed", "phase", "progress", "sent", "since", "size")

    def __init__(self, size: int | None = None, progress: Progress | None = None) -> None:
        self.phase, self.since = "connect", time.monotonic()
        self.elapsed: dict[str, float] = {}
        self.sent, self.size, self.progress = 0, size, progress

    def enter(self, phase: str) -> None:
        """Go over to another phase and note how long this one took; an answer that comes is the last one.

        The service may answer before the end of the body is noted: that is no way back.
        """
        if self.phase == "download":
            phase = "download"
        now = time.monotonic()
        self.elapsed[self.phase] = self.elapsed.get(self.phase, 0.0) + now - self.since
        self.phase, self.since = phase, now

    def add(self, count: int) -> None:
        """Note bytes handed to the network, and tell the caller."""
        self.sent += count
        if self.progress:
            self.progress(self.sent, self.size)

    def timed_out(self) -> TimedOut:
        """The error for a limit that passed in the present phase."""
        self.enter(self.phase)
        where = self.phase
        if where == "upload":
            where = f"upload at {self.sent} of {self.size or 'unknown'} bytes"
        spent = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in self.elapsed.items())
        return TimedOut(
            f"Timed out during {where} ({spent}).",
            hint=_TIMEOUT_HINTS.get(self.phase, ""),
            phase=self.phase,
            elapsed=dict(self.elapsed),
            sent=self.sent,
            size=self.size,
        )


_TIMEOUT_HINTS = {
    "connect": 'Check address and proxy, or raise timeout={"connect": seconds}.',
    "upload": 'The service stopped reading; raise timeout={"write": seconds} for slow lines.',
    "waiting": 'The service is still working; raise timeout={"read": seconds}, or use a callback.',
    "download": 'The answer stalled; raise timeout={"read": seconds}.',
}


class HttpRequest:
    """What a carrier sends, and what a client of your own is handed.

    Attributes:
        method: e.g. `POST`.
        url: absolute, with its query.
        headers: by name.
        body: None, bytes, or an `Upload` whose `chunks()` are to be sent in order.
        timeouts: limits in seconds; `total` is what is left of the call's.
        streams: whether the answer is wanted as it arrives: its body may be an iterator of bytes, async for async.
        trace: to be told of progress: `enter("upload" | "waiting" | "download")`, `add(bytes_sent)`.
    """

    __slots__ = ("body", "headers", "method", "streams", "timeouts", "trace", "url")

    def __init__(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | Upload | None,
        timeouts: Timeouts,
        trace: Trace,
        *,
        streams: bool = False,
    ) -> None:
        self.method, self.url, self.headers = method, url, headers
        self.body, self.timeouts, self.trace = body, timeouts, trace
        self.streams = streams

    def __repr__(self) -> str:
        return f"<HttpRequest {self.method} {self.url.partition('?')[0]}>"


class HttpResponse:
    """What a carrier brings back: status, headers (names in lower case), and the whole body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status}, {len(self.body)} bytes>"


class Opened:
    """A successful answer whose body streams, with the first piece of it; its carrier has the rest."""

    __slots__ = ("download", "first", "headers")

    def __init__(self, download: Any, first: bytes) -> None:
        self.download, self.first = download, first
        self.headers: Mapping[str, str] = download.headers


def is_audio(headers: Mapping[str, str]) -> bool:
    """Whether a body may be audio, by what its headers say: unless they say that it is to be read."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return not kind.startswith("text/") and kind != "application/json" and not kind.endswith(("+json", "+xml"))


class Call(Generic[R]):
    """One use of an operation: what to ask, with which body, under which limits.

    Raises:
        UnknownOption, BadOptionValue: at once, naming the option.
    """

    __slots__ = ("body", "content_type", "extras", "namespace", "operation", "path", "patience", "progress", "query")

    accept = "application/json"
    streams = False
    is_repeatable = False
    """Whether a second time, should the first have been done although its answer was lost, costs its price alone."""

    def __init__(
        self,
        operation: Operation[Any, R],
        options: Mapping[str, Any] | None = None,
        *,
        ids: Mapping[str, str] | None = None,
        body: Upload | msgspec.Struct | None = None,
        patience: float = PATIENCE,
        namespace: Namespace | None = None,
    ) -> None:
        self.namespace = namespace
        """Whose settings to use, where it is not those of the namespace that was asked."""
        given = dict(options or {})
        self.extras = {name: given.pop(name) for name in _EXTRAS if name in given}
        if self.extras.get("extra_headers"):
            check_headers(self.extras["extra_headers"], "extra_headers")
        self.progress: Progress | None = given.pop("progress", None) if isinstance(body, Upload) else None
        self.operation = operation
        self.path = _path(operation.path, ids or {})
        self.query = build_query(given, operation.query, self.extras.get("extra_query"), beside=(*_EXTRAS, "progress"))
        self.body = _encode(body) if isinstance(body, msgspec.Struct) else body
        self.content_type = "application/octet-stream" if isinstance(body, Upload) else "application/json"
        self.patience = patience

    def __repr__(self) -> str:
        return f"<Call {self.operation.method} {self.path}>"

    def rewind(self) -> bool:
        """Whether the body can be sent (again) from its start."""
        return not isinstance(self.body, Upload) or self.body.rewind()

    def timeouts(self, scope: Scope) -> Timeouts:
        """The limits of this call: the scope's, under the call's own."""
        limits = scope.timeouts.replace(self.extras.get("timeout"))
        if limits.read is not None:
            return limits
        return Timeouts(limits.connect, limits.write, self.patience, limits.total)

    def request(self, scope: Scope, authorization: str | None, timeouts: Timeouts) -> HttpRequest:
        """The HTTP request of one attempt."""
        url = f"{scope.url}{self.path}"
        size = self.body.length if isinstance(self.body, Upload) else len(self.body or b"")
        return HttpRequest(
            self.operation.method,
            f"{url}?{self.query}" if self.query else url,
            self._headers(scope, authorization),
            self.body,
            timeouts,
            Trace(size, self.progress),
            streams=self.streams,
        )

    def _headers(self, scope: Scope, authorization: str | None) -> dict[str, str]:
        headers = {"Accept": self.accept, **_HEADERS}
        if self.body is not None:
            headers["Content-Type"] = self.content_type
        if authorization is not None:
            headers["Authorization"] = authorization
        for given in (scope.headers, self.extras.get("extra_headers") or {}):
            _put(headers, given)
        return headers

    def reply(self, response: HttpResponse) -> R:
        """The reply in a successful response.

        Raises:
            DecodeError: it is not what the operation returns.
        """
        try:
            reply = codec.decode_reply(self._body_of(response), self.operation.returns)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unfit(response, str(response.status), f"the JSON expected: {error}") from None
        attach(reply, headers=response.headers)
        return reply

    def _body_of(self, response: HttpResponse) -> bytes:
        """The body; where nothing is to be told, nothing may come."""
        silent = not response.body and issubclass(self.operation.returns, Done)
        return b"{}" if silent else response.body


def make_body(kind: type[B], **fields: object) -> B:
    """A request body, checked; fields that are None and may be left out are.

    Raises:
        BadOptionValue: a value does not fit its field.
    """
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise BadOptionValue(f"{where.rstrip('`') or kind.__name__}: {what[:1].lower()}{what[1:]}.") from None


def make_json(value: object) -> str:
    """A value as a JSON text.

    Raises:
        BadOptionValue: JSON cannot say it.
    """
    return _encode(value).decode()


def _encode(value: object) -> bytes:
    try:
        return codec.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadOptionValue(f"JSON cannot say what was given: {error}.") from None


class AudioCall(Call[Any]):
    """A call whose answer is audio, which streams.

    Attributes:
        sample_bytes: of one sample of headerless audio; 1 where that means nothing.
    """

    __slots__ = ("sample_bytes",)

    accept = "audio/*"
    streams = True
    is_repeatable = True

    def __init__(self, operation: Operation[Any, bytes], options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(operation, options, **more)
        self.sample_bytes = SAMPLE_BYTES.get(options.get("encoding") or "", 1)

    def _headers(self, scope: Scope, authorization: str | None) -> dict[str, str]:
        return {"Accept-Encoding": "identity", **super()._headers(scope, authorization)}

    def reply(self, response: Any) -> Any:
        """The answer as it was opened.

        Raises:
            DecodeError: it is no audio.
        """
        if isinstance(response, Opened):
            return response
        kind = response.headers.get("content-type") or "no content type"
        raise _unfit(response, f"{response.status}, {kind}", "audio")


def _path(template: str, ids: Mapping[str, str]) -> str:
    try:
        return fill_path(template, ids)
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"No address without an id: {error}.") from None


def build_query(
    options: Mapping[str, Any], spec: type, extra: Mapping[str, Any] | None, beside: Iterable[str] = ()
) -> str:
    """The query string of options.

    Args:
        options: by name.
        spec: their TypedDict.
        extra: options that the contract does not know.
        beside: names of arguments that are no options, for the advice on a misspelt one.

    Raises:
        UnknownOption, BadOptionValue: an option is not known, or has a value that is not allowed.
    """
    if not options and not extra:
        return ""
    if extra is not None and not hasattr(extra, "items"):
        raise BadOptionValue(f"extra_query takes a mapping, not {type(extra).__name__}.")
    try:
        checked = query.check(options, spec, beside=beside)
        return query.encode_pairs(query.pairs_of(checked) + query.pairs_of(extra or {}))
    except query.BadOption as error:
        kind = UnknownOption if error.unknown else BadOptionValue
        stop = "" if error.detail.endswith("?") else "."
        raise kind(f"{error.name}: {error.detail}{stop}") from None
    except UnicodeEncodeError:
        raise BadOptionValue("An option holds half of a surrogate pair, which is no text.") from None


def _put(headers: dict[str, str], given: Mapping[str, str]) -> None:
    """Put headers over those there, whatever the case of their names."""
    for name, value in given.items():
        for there in [n for n in headers if n.lower() == name.lower()]:
            del headers[there]
        headers[name] = value


def _unfit(response: HttpResponse, facts: str, wanted: str) -> DecodeError:
    """The error of an answer that is not what was asked for."""
    return DecodeError(
        f"The answer ({facts}, {len(response.body)} bytes) is not {wanted}.",
        hint="Check that base_url is the API itself, not a page or proxy in front of it.",
        status=response.status,
        request_id=find_request_id(response.headers),
        headers=response.headers,
        body=response.body,
    )


def refusal(response: HttpResponse, retry_after: float | None = None, *, path: str = "") -> ApiError:
    """The error in an unsuccessful response.

    Args:
        response: the answer.
        retry_after: seconds that it asks to wait.
        path: what was asked for, behind the base URL.
    """
    body = faults.decode_fault(response.body)
    code = "" if body.err_msg.startswith(body.err_code) else body.err_code
    title = f"{response.status} {code}".strip()
    location = _location(response)
    reason = f"a redirect to {location}, which is not followed." if location else body.err_msg
    message = f"{title}: {reason}" if reason else title
    details = "" if location else body.details
    hint = _redirect_hint(location, path) if location else faults.find_hint(response.status, body)
    error = api_error_type(response.status)(
        f"{message} {details}".strip(),
        hint=f"{hint} {_wait_hint(retry_after)}".strip(),
        status=response.status,
        code=body.err_code,
        request_id=find_request_id(response.headers) or body.request_id or None,
        headers=response.headers,
        body=response.body,
    )
    error.retry_after = retry_after
    return error


def _wait_hint(retry_after: float | None) -> str:
    if retry_after is None or retry_after <= LONGEST_WAIT:
        return ""
    return f"It asks to wait {retry_after:g} s, which is longer than the client waits by itself."


def _location(response: HttpResponse) -> str:
    """Where a redirect leads, without user and password; empty if it is none."""
    location = response.headers.get("location", "") if 300 <= response.status < 400 else ""
    scheme, found, rest = location.partition("//")
    return f"{scheme}//{hide_password(rest)}" if found and "?" not in scheme else location


def _redirect_hint(location: str, path: str) -> str:
    parts = urlsplit(location)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in {"http", "https"}:
        return "See that base_url is the address of the API itself."
    before = parts.path.removesuffix("/").removesuffix(path) if path else ""
    prefix = "" if before == parts.path.removesuffix("/") else before
    return f"If the service has moved there, set base_url to {scheme}://{parts.netloc}{prefix}."
