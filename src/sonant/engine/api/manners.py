"""What every response has, whatever its path: a request id, an error body of the catalogue, a line in the log."""

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sonant.contract.faults import NOT_FOUND, WRONG_METHOD
from sonant.engine.api.serving import new_request_id, refuse
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)


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

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["dg-request-id"] = headers["x-dg-request-id"] = request_id
                facts["status"] = message["status"]
            await send(message)

        await self._app(scope, receive, send_with_id)
        log.info("answered", extra={**facts, "seconds": round(time.monotonic() - began, 3)})


async def refuse_route(request: Request, error: Exception) -> Response:
    """An unknown path or a wrong method, in the catalogue's words."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        response = refuse(Refusal(WRONG_METHOD), request)
        response.headers.update(error.headers or {})
        return response
    return refuse(Refusal(NOT_FOUND), request)
