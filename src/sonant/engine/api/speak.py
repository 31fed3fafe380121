"""`POST /v1/speak` and `POST /v2/speak`: a text becomes audio."""

from starlette.responses import Response

from sonant.contract.faults import UNAVAILABLE
from sonant.contract.speak import (
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    Accepted,
    SpeakFluxOptions,
    SpeakOptions,
)
from sonant.engine.api.serving import Call, serves
from sonant.engine.refusals import Refusal


@serves(SPEAK, SPEAK_CALLBACK)
async def speak(call: Call[SpeakOptions]) -> Response | Accepted:
    """Speak with an Aura voice."""
    raise Refusal(UNAVAILABLE)


@serves(SPEAK_FLUX, SPEAK_FLUX_CALLBACK)
async def speak_flux(call: Call[SpeakFluxOptions]) -> Response | Accepted:
    """Speak with a Flux voice."""
    raise Refusal(UNAVAILABLE)
