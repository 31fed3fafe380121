"""Whether the engine lives, and whether it can work."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sonant.engine.api.parts import Parts
from sonant.engine.api.serving import read_asker, refuse
from sonant.engine.metrics import CONTENT_TYPE
from sonant.engine.refusals import Refusal


async def live(_: Request) -> JSONResponse:
    """200 as long as the process answers."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> JSONResponse:
    """200 once the models are loaded, 503 before."""
    parts: Parts = request.app.state.parts
    if parts.is_ready:
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "failed" if parts.loading.done() else "loading"}, 503)


def _health(parts: Parts) -> str:
    if parts.is_ready:
        return "Healthy"
    return "Critical" if parts.loading.done() else "Initializing"


async def status(request: Request) -> JSONResponse:
    """`GET /v1/status`: health, and what is under way."""
    parts: Parts = request.app.state.parts
    return JSONResponse(
        {
            "system_health": _health(parts),
            "active_batch_requests": parts.admission.working,
            "waiting_batch_requests": parts.admission.inside - parts.admission.working,
            "active_stream_requests": parts.streams.active,
        }
    )


async def engine_status(request: Request) -> JSONResponse:
    """`GET /v1/status/engine`, as hosted installations answer it: the engine is in this very process."""
    parts: Parts = request.app.state.parts
    connection = "Connected" if parts.is_ready else "Disconnected"
    return JSONResponse({"engine_connection_status": connection, "system_health": _health(parts)})


async def metrics(request: Request) -> Response:
    """`GET /metrics`: for Prometheus. Where there are keys it takes one of the settings': it tells of all callers."""
    parts: Parts = request.app.state.parts
    try:
        await parts.access.let_operator_in(read_asker(request))
    except Refusal as refusal:
        return refuse(refusal, request)
    parts.metrics.active.labels("batch").set(parts.admission.working)
    return Response(parts.metrics.show(), headers={"content-type": CONTENT_TYPE})


HEALTH_ROUTES = [
    Route("/healthz", live),
    Route("/readyz", ready),
    Route("/v1/status", status),
    Route("/v1/status/engine", engine_status),
    Route("/metrics", metrics),
]
