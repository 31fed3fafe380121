"""What every response has, whatever its path: a request id, an error body of the catalogue, a line in the log."""

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sonant.contract.faults import NOT_FOUND, WRONG_METHOD
from sonant.engine.api.access import check_neighbour
from sonant.engine.api.parts import Parts
from sonant.engine.api.serving import new_request_id, refuse
from sonant.engine.logs import current_request
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)

_SPEAKING = {"/v1/speak", "/v2/speak"}


class RequestIds:
    """Gives each request an id, and says at its end how it went. Queries are not logged: they hold what is sought."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        facts = {"request_id": request_id, "method": scope["method"], "path": scope["path"]}
        began = time.monotonic()
        current_request.set(request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["dg-request-id"] = headers["x-dg-request-id"] = request_id
                facts["status"] = message["status"]
            await send(message)

        await self._app(scope, receive, send_with_id)
        seconds = time.monotonic() - began
        log.info("answered", extra={**facts, "seconds": round(seconds, 3)})
        parts: Parts = scope["app"].state.parts
        if (scope["method"], scope["path"]) == ("POST", "/v1/listen"):
            parts.metrics.note_batch(int(facts.get("status", 0)), seconds)
        elif scope["method"] == "POST" and scope["path"] in _SPEAKING:
            parts.metrics.note_speech(int(facts.get("status", 0)))


class Door:
    """Keeps an engine without keys to the programs of its own machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: Parts = scope["app"].state.parts
        headers = Headers(scope=scope)
        try:
            check_neighbour(headers.get("host"), headers.get("origin"), parts.settings)
        except Refusal as refusal:
            await refuse(refusal, Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def refuse_route(request: Request, error: Exception) -> Response:
    """An unknown path or a wrong method, in the catalogue's words."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        response = refuse(Refusal(WRONG_METHOD), request)
        response.headers.update(error.headers or {})
        return response
    return refuse(Refusal(NOT_FOUND), request)
