"""What every WebSocket of the engine has: admission before the handshake, a request id, queues both ways, an end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar, cast
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sonant.contract import query
from sonant.contract.codec import encode
from sonant.contract.faults import BAD_QUERY, INTERNAL, INVALID_AUTH, NOT_FOUND, UNKNOWN_QUERIES, WRONG_METHOD
from sonant.contract.wire import Message, Socket
from sonant.engine.api.access import Caller, check_neighbour
from sonant.engine.api.headers import header_text
from sonant.engine.api.incoming import Incoming
from sonant.engine.api.meter import Meter
from sonant.engine.api.parts import Parts
from sonant.engine.api.rules import Rule, rule_of
from sonant.engine.api.serving import encode_refusal, find_repeated, new_request_id, read_asker
from sonant.engine.logs import current_request
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)

Q = TypeVar("Q")

_MOST_WAITING = 1_000
"""Messages that a client may leave unread."""
_MOST_AUDIO = 8
"""Pieces of audio that wait to be sent; who makes more waits with them."""
_PATIENCE = 10.0
"""Seconds in which a client is to read what is left when its stream ends."""
_MOST_OF_ERROR = 200
"""Characters of an error that its header holds; the body has all."""
_SCHEMES = {"token": "Token", "bearer": "Bearer"}


@dataclass(frozen=True, slots=True)
class SocketCall(Generic[Q]):
    """A handshake that was let in, with its options read."""

    options: Q
    unknown: dict[str, str]
    """Query parameters that the contract lacks, as written."""
    repeated: list[str]
    request_id: str
    caller: Caller
    meter: Meter
    """Takes down what the stream uses."""
    parts: Parts
    ends: ExitStack
    """What is to be closed with the socket, even one whose handshake fails."""

    @property
    def key_id(self) -> str:
        """Of the caller's key; empty for a caller without one."""
        return self.caller.key_id


class End(Exception):
    """The conversation is over."""

    def __init__(self, code: int, reason: str = "", status: int | None = None) -> None:
        """End; `status` is for the request log where the close code does not say whose doing it is."""
        super().__init__(reason)
        self.code, self.reason, self.status = code, reason, status


@dataclass(frozen=True, slots=True)
class _Audio:
    data: bytes
    age: int
    """How often audio had been forgotten before this came."""


class Outgoing:
    """Messages on their way to a client, sent one after another; what it leaves unread is bounded."""

    def __init__(self, socket: WebSocket, note_loss: Callable[[], None]) -> None:
        """Begin; `note_loss` is called when nothing can be sent any more, as the client is gone."""
        self._socket, self._note_loss = socket, note_loss
        self._queue: asyncio.Queue[str | _Audio | None] = asyncio.Queue(_MOST_WAITING)
        self._room = asyncio.Semaphore(_MOST_AUDIO)
        self._age = 0
        self._sending = asyncio.create_task(self._send())
        self._overflowed = False

    def put(self, message: Message) -> None:
        """Send a message when its turn comes."""
        try:
            self._queue.put_nowait(encode(message).decode())
        except asyncio.QueueFull:
            self._overflowed = True

    async def put_audio(self, data: bytes) -> None:
        """Send audio when its turn comes; waits while much of it is not sent yet."""
        await self._room.acquire()
        try:
            self._queue.put_nowait(_Audio(data, self._age))
        except asyncio.QueueFull:
            self._overflowed = True

    def check(self) -> None:
        """See that the client reads what it is sent.

        Raises:
            End: it leaves too much unread.
        """
        if self._overflowed:
            raise End(1011, "the client does not read")

    def forget_audio(self) -> None:
        """Do not send the audio that waits."""
        self._age += 1

    async def _send(self) -> None:
        try:
            while (message := await self._queue.get()) is not None:
                await self._send_one(message)
        except (WebSocketDisconnect, RuntimeError):
            self._note_loss()

    async def _send_one(self, message: str | _Audio) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
            return
        self._room.release()
        if message.age == self._age:
            await self._socket.send_bytes(message.data)

    async def drain(self) -> None:
        """Wait until all is sent, the client is gone, or it does not read for too long."""
        putting = asyncio.ensure_future(self._queue.put(None))
        await asyncio.wait({self._sending}, timeout=_PATIENCE)
        putting.cancel()

    def close(self) -> None:
        """Send no more."""
        self._sending.cancel()


Hold = Callable[[Outgoing, Incoming], Awaitable[None]]
"""Holds a conversation until it raises End."""
Converse = Callable[[SocketCall[Any]], Awaitable[Hold]]
"""Admits a call, or raises a Refusal."""


def make_socket_route(socket: Socket[Any], converse: Converse) -> WebSocketRoute:
    """A route for a socket of the contract.

    Raises:
        LookupError: no rule says who may use it.
    """
    rule = rule_of(socket.name)

    async def serve(websocket: WebSocket, request_id: str) -> int:
        parts: Parts = websocket.app.state.parts
        caller = await _let_in(websocket, rule, parts)
        asked = (request_id, socket.path, websocket.url.query)
        async with parts.meters.measure(rule, caller, *asked, streams=True) as meter:
            with ExitStack() as ends:
                hold = await converse(_read_call(websocket, socket, request_id, caller, meter, ends))
                end = await _hold(websocket, hold, request_id, caller)
            meter.close(end.code, end.status)
        return end.code

    return WebSocketRoute(socket.path, _make_endpoint(serve), name=socket.name)


def make_closing_route() -> WebSocketRoute:
    """The route of last resort: no socket is there; to stand behind all others."""

    async def refuse_call(websocket: WebSocket, _request_id: str) -> int:
        parts: Parts = websocket.app.state.parts
        check_neighbour(websocket.headers.get("host"), websocket.headers.get("origin"), parts.settings)
        raise Refusal(WRONG_METHOD if _is_operation(websocket) else NOT_FOUND)

    return WebSocketRoute("/{path:path}", _make_endpoint(refuse_call), name="no socket")


def _is_operation(websocket: WebSocket) -> bool:
    """Whether the path is one of REST."""
    paths = [route.path_regex for route in websocket.app.routes if isinstance(route, Route)]
    return any(path.match(websocket.url.path) for path in paths)


Serve = Callable[[WebSocket, str], Awaitable[int]]
"""Serves a socket, known by its request id, to its end, and tells the close code; or raises a Refusal."""


def _make_endpoint(serve: Serve) -> Callable[[WebSocket], Awaitable[None]]:
    async def endpoint(websocket: WebSocket) -> None:
        request_id = new_request_id()
        current_request.set(request_id)
        began, facts = time.monotonic(), {"request_id": request_id, "path": websocket.url.path}
        try:
            code = await serve(websocket, request_id)
        except Refusal as refusal:
            log.info("stream refused", extra={**facts, "status": refusal.fault.status})
            await _refuse(websocket, refusal, request_id)
        except Exception:
            log.exception("handshake failed", extra=facts)
            await _refuse(websocket, Refusal(INTERNAL), request_id)
        else:
            log.info("stream closed", extra={**facts, "code": code, "seconds": round(time.monotonic() - began, 3)})

    return endpoint


async def _hold(websocket: WebSocket, hold: Hold, request_id: str, caller: Caller) -> End:
    """Hold a conversation to its end, and tell how it ended."""
    protocols: list[str] = websocket.scope.get("subprotocols") or []
    ids = [(name, request_id.encode()) for name in (b"dg-request-id", b"x-dg-request-id")]
    await websocket.accept(protocols[0] if protocols else None, headers=ids)
    parts: Parts = websocket.app.state.parts
    incoming = Incoming(websocket, parts.backlog)
    outgoing = Outgoing(websocket, incoming.note_loss)
    end = End(1000)
    try:
        await _while_let_in(hold(outgoing, incoming), caller)
    except End as given:
        end = given
    except WebSocketDisconnect as left:
        end = End(int(left.code or 1006))  # the server gives an enum, which logs would show
    except Exception:
        log.exception("stream failed", extra={"request_id": request_id})
        end = End(1011, "NET-0000")
    if websocket.client_state == WebSocketState.CONNECTED:
        await outgoing.drain()
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the client left in the meantime
            await websocket.close(end.code, end.reason)
    outgoing.close()
    incoming.close()
    return end


async def _while_let_in(work: Awaitable[None], caller: Caller) -> None:
    """Hold a conversation, as long as its key is good.

    Raises:
        End: the key is not good any more, or the conversation is over.
    """
    if caller.entry is None:
        await work
        return
    working = asyncio.ensure_future(work)
    ending = asyncio.ensure_future(caller.entry.ended.wait())
    try:
        with caller.entry.hold():
            await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise End(1008, INVALID_AUTH.code)
        working.result()
    finally:
        working.cancel()
        ending.cancel()
        await asyncio.gather(working, ending, return_exceptions=True)


async def _let_in(websocket: WebSocket, rule: Rule, parts: Parts) -> Caller:
    headers = websocket.headers
    check_neighbour(headers.get("host"), headers.get("origin"), parts.settings)
    shown = headers.get("authorization") or _authorization(websocket)
    return await parts.access.let_in(rule, read_asker(websocket, shown))


def _read_call(
    websocket: WebSocket, socket: Socket[Q], request_id: str, caller: Caller, meter: Meter, ends: ExitStack
) -> SocketCall[Q]:
    parts: Parts = websocket.app.state.parts
    pairs = parse_qsl(websocket.url.query, keep_blank_values=True)
    try:
        options, unknown = query.parse(pairs, socket.query)
    except query.BadOption as error:
        raise Refusal(BAD_QUERY, str(error)) from None
    if unknown and socket.strict_query:
        raise Refusal(UNKNOWN_QUERIES, query.list_names(unknown))
    texts = {name: text for name, text in pairs if name in unknown}
    repeated = find_repeated(pairs, socket.query)
    return SocketCall(cast("Q", options), texts, repeated, request_id, caller, meter, parts, ends)


def _authorization(websocket: WebSocket) -> str | None:
    """The credential that browsers can give: a pair of subprotocols, `token` or `bearer` and the value."""
    protocols: list[str] = websocket.scope.get("subprotocols") or []
    for name, value in pairwise(protocols):
        if name.lower() in _SCHEMES:
            return f"{_SCHEMES[name.lower()]} {value}"
    return None


async def _refuse(websocket: WebSocket, refusal: Refusal, request_id: str) -> None:
    body = encode_refusal(refusal, request_id)
    error = header_text(str(refusal), _MOST_OF_ERROR)
    headers = {"dg-request-id": request_id, "x-dg-request-id": request_id, "dg-error": error}
    if refusal.retry_after is not None:
        headers["retry-after"] = str(refusal.retry_after)
    response = Response(body, refusal.fault.status, headers, media_type="application/json")
    await websocket.send_denial_response(response)
