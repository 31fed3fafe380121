"""From HTTP to a handler and back: the contract's operations become routes."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from sonant.contract import query
from sonant.contract.codec import encode
from sonant.contract.faults import BAD_QUERY, INTERNAL, NOT_MANAGED, UNAVAILABLE, UNKNOWN_QUERIES, encode_fault
from sonant.contract.table import OPERATIONS
from sonant.contract.wire import Operation, Reply
from sonant.engine.api.access import Asker, Caller
from sonant.engine.api.meter import CLIENT_GONE, Meter
from sonant.engine.api.parts import Parts
from sonant.engine.api.rules import Rule, rule_of
from sonant.engine.manage.grants import Grant
from sonant.engine.refusals import Refusal

if TYPE_CHECKING:
    from sonant.engine.manage.accounts import Accounts

log = logging.getLogger(__name__)

Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Call(Generic[Q]):
    """A request that was let in, with its options read."""

    request: Request
    options: Q
    unknown: list[str]
    """Names of query parameters that the contract lacks."""
    repeated: list[str]
    """Names of options of one value that were given several times; the last is the one in `options`."""
    ids: Mapping[str, str]
    """What stands in the path's gaps."""
    request_id: str
    caller: Caller
    meter: Meter
    """Takes down what the request uses."""
    parts: Parts

    @property
    def key_id(self) -> str:
        """Of the caller's key; empty for a caller without one."""
        return self.caller.key_id

    @property
    def grant(self) -> Grant:
        """What the caller may do, in an engine with projects."""
        assert self.caller.grant  # noqa: S101 - only such an engine serves what asks for it
        return self.caller.grant

    @property
    def accounts(self) -> "Accounts":
        """The projects, in an engine with any."""
        assert self.parts.accounts  # noqa: S101 - only such an engine serves what asks for it
        return self.parts.accounts


@dataclass(frozen=True, slots=True)
class Served:
    """Operations of one path, and what answers them."""

    operations: tuple[Operation[Any, Any], ...]
    handler: Callable[[Call[Any]], Awaitable[Reply | Response]]


@overload
def serves(
    operation: Operation[Q, bytes], other: Operation[Q, S], /
) -> Callable[[Callable[[Call[Q]], Awaitable[Response | S]]], Served]: ...
@overload
def serves(operation: Operation[Q, R], /) -> Callable[[Callable[[Call[Q]], Awaitable[R]]], Served]: ...
@overload
def serves(
    operation: Operation[Q, R], other: Operation[Q, S], /
) -> Callable[[Callable[[Call[Q]], Awaitable[R | S]]], Served]: ...
def serves(*operations: Operation[Any, Any]) -> Callable[[Callable[[Call[Any]], Awaitable[Any]]], Served]:
    """Hold a handler to the query and the reply of the operations it answers; audio is a response of its own."""

    def join(handler: Callable[[Call[Any]], Awaitable[Any]]) -> Served:
        return Served(operations, handler)

    return join


def make_routes(served: Iterable[Served], *, managed: bool) -> list[Route]:
    """A route for each operation of the contract and its aliases; without projects, those about them say so.

    Raises:
        LookupError: an operation has no handler, or no rule says who may use it.
    """
    handlers = {operation.name: each for each in served for operation in each.operations}
    routes: dict[tuple[str, str], Route] = {}
    for operation in OPERATIONS:
        rule = rule_of(operation.name)
        if rule.managed and not managed:
            handlers.setdefault(operation.name, _UNMANAGED)
        if operation.name not in handlers:
            raise LookupError(f"no handler serves {operation.name}")
        endpoint = _make_endpoint(operation, rule, handlers[operation.name])
        for path in (operation.path, *operation.aliases):
            # An address may have a slash, which servers hand over decoded.
            pattern = path.replace("{email}", "{email:path}")
            route = Route(pattern, endpoint, methods=[operation.method], name=operation.name)
            routes.setdefault((operation.method, path), route)
    return list(routes.values())


async def _refuse_unmanaged(_: Call[Any]) -> Reply:
    raise Refusal(NOT_MANAGED)


_UNMANAGED = Served((), _refuse_unmanaged)


def _make_endpoint(
    operation: Operation[Any, Any], rule: Rule, served: Served
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        parts: Parts = request.app.state.parts
        _note_task(parts)
        try:
            caller = await parts.access.let_in(rule, read_asker(request))
            asked = (request_id_of(request), request.scope["path"], request.url.query)
            async with parts.meters.measure(rule, caller, *asked) as meter:
                reply = await served.handler(_read_call(request, operation, caller, meter))
        except Refusal as refusal:
            return refuse(refusal, request)
        except asyncio.CancelledError:  # the server stops, and this took longer than it waits
            log.warning("request given up at shutdown", extra={"request_id": request_id_of(request)})
            return refuse(Refusal(UNAVAILABLE), request)
        except ClientDisconnect:
            return Response(status_code=CLIENT_GONE)
        except Exception:
            log.exception("request failed", extra={"request_id": request_id_of(request)})
            return refuse(Refusal(INTERNAL), request)
        return reply if isinstance(reply, Response) else Response(encode(reply), media_type="application/json")

    return endpoint


def read_asker(connection: HTTPConnection, authorization: str | None = None) -> Asker:
    """What a request shows of its caller."""
    address = connection.client.host if connection.client else ""
    shown = authorization or connection.headers.get("authorization")
    return Asker(shown, address, connection.path_params.get("project_id"))


def _note_task(parts: Parts) -> None:
    """Have shutdown know of this request until its answer is sent."""
    if task := asyncio.current_task():
        parts.answering.add(task)
        task.add_done_callback(parts.answering.discard)


def _read_call(request: Request, operation: Operation[Any, Any], caller: Caller, meter: Meter) -> Call[Any]:
    parts: Parts = request.app.state.parts
    asked = read_query(request.url.query, operation)
    return Call(
        request,
        asked.options,
        asked.unknown,
        asked.repeated,
        request.path_params,
        request_id_of(request),
        caller,
        meter,
        parts,
    )


@dataclass(frozen=True, slots=True)
class Asked(Generic[Q]):
    """A query, read; the fields are those of `Call`."""

    options: Q
    unknown: list[str]
    repeated: list[str]


def read_query(text: str, operation: Operation[Q, Any]) -> Asked[Q]:
    """Read a query as the operation declares it.

    Raises:
        Refusal: a value does not fit, or a name is unknown where that matters.
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    try:
        options, unknown = query.parse(pairs, operation.query)
    except query.BadOption as error:
        raise Refusal(BAD_QUERY, str(error)) from None
    if unknown and operation.strict_query:
        raise Refusal(UNKNOWN_QUERIES, query.list_names(unknown))
    return Asked(cast("Q", options), unknown, find_repeated(pairs, operation.query))


def find_repeated(pairs: query.Pairs, spec: type) -> list[str]:
    """Names that stand several times among the pairs, though their option takes one value."""
    known = query.options_of(spec)
    counts = Counter(name for name, _ in pairs)
    return [name for name, count in counts.items() if count > 1 and name in known and not known[name].repeats]


def refuse(refusal: Refusal, request: Request) -> Response:
    """The error body of a refusal."""
    body = encode_refusal(refusal, request_id_of(request))
    kind = "text/plain" if refusal.fault.shape == "text" else "application/json"
    advice = {} if refusal.retry_after is None else {"retry-after": str(refusal.retry_after)}
    return Response(body, refusal.fault.status, advice, media_type=kind)


def encode_refusal(refusal: Refusal, request_id: str) -> bytes:
    """The error body of a refusal, as it stands in a response or is sent to a callback."""
    return encode_fault(refusal.fault, request_id, detail=refusal.detail)


def request_id_of(request: Request) -> str:
    """The id under which a request is known to both sides."""
    known: str = request.state.request_id
    return known


def now() -> str:
    """The time, RFC 3339, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_request_id() -> str:
    """A UUID of version 7: ids sort by time."""
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 7 << 76  # the version
    number = number & ~(0x3 << 62) | 2 << 62  # the variant
    return str(UUID(int=number))
