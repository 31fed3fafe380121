"""Whether the engine lives, and whether it can work."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sonant.engine.api.parts import Parts


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
            "active_stream_requests": 0,
        }
    )


HEALTH_ROUTES = [Route("/healthz", live), Route("/readyz", ready), Route("/v1/status", status)]
