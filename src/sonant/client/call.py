"""A call becomes an HTTP request; its answer becomes a reply. Pure: nothing here touches the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

import msgspec

from sonant.client.arguments import build_query, encode_body, make_path
from sonant.client.config import Scope, Timeouts, check_headers
from sonant.client.errors import DecodeError
from sonant.client.sources import Progress, Upload
from sonant.client.trace import Trace
from sonant.contract import codec
from sonant.contract.audio import SAMPLE_BYTES
from sonant.contract.wire import Done, Operation, Reply, attach, find_request_id
from sonant.version import __version__

if TYPE_CHECKING:
    from sonant.client.config import Namespace, TimeoutConfig

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
        self.path = make_path(operation.path, ids or {})
        self.query = build_query(given, operation.query, self.extras.get("extra_query"), beside=(*_EXTRAS, "progress"))
        self.body = encode_body(body) if isinstance(body, msgspec.Struct) else body
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
