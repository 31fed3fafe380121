"""Everything the wire can do, in one list: routes, documentation and tests walk it."""

from typing import Any

from sonant.contract.listen import LISTEN_LIVE, LISTEN_TURNS, TRANSCRIBE, TRANSCRIBE_CALLBACK
from sonant.contract.models import GET_MODEL, GET_PROJECT_MODEL, LIST_MODELS, LIST_PROJECT_MODELS
from sonant.contract.speak import (
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    SPEAK_LIVE,
    SPEAK_TURNS,
)
from sonant.contract.wire import Operation, Socket

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    TRANSCRIBE,
    TRANSCRIBE_CALLBACK,
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    LIST_MODELS,
    GET_MODEL,
    LIST_PROJECT_MODELS,
    GET_PROJECT_MODEL,
)

SOCKETS: tuple[Socket[Any], ...] = (LISTEN_LIVE, LISTEN_TURNS, SPEAK_LIVE, SPEAK_TURNS)
