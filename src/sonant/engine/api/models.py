"""`GET /v1/models` and its project forms."""

from sonant.contract.faults import MODEL_NOT_FOUND
from sonant.contract.models import (
    GET_MODEL,
    GET_PROJECT_MODEL,
    LIST_MODELS,
    LIST_PROJECT_MODELS,
    Model,
    ModelList,
    ModelListOptions,
)
from sonant.contract.wire import NoOptions
from sonant.engine.api.parts import Parts
from sonant.engine.api.serving import Call, serves
from sonant.engine.refusals import Refusal


@serves(LIST_MODELS)
async def list_models(call: Call[ModelListOptions]) -> ModelList:
    """The models of this engine. There are no outdated ones, so `include_outdated` adds none."""
    return await _list(call.parts)


@serves(GET_MODEL)
async def get_model(call: Call[NoOptions]) -> Model:
    """One model."""
    return await _find(call.parts, call.ids["model_id"])


@serves(LIST_PROJECT_MODELS)
async def list_project_models(call: Call[ModelListOptions]) -> ModelList:
    """The models of this engine, which every project may use."""
    return await _list(call.parts)


@serves(GET_PROJECT_MODEL)
async def get_project_model(call: Call[NoOptions]) -> Model:
    """One model."""
    return await _find(call.parts, call.ids["model_id"])


async def _list(parts: Parts) -> ModelList:
    return ModelList(stt=(await parts.voice()).catalog.cards(), tts=parts.voices.catalog.cards())


async def _find(parts: Parts, model_id: str) -> Model:
    for model in (*(await parts.voice()).catalog.cards(), *parts.voices.catalog.cards()):
        if model.uuid == model_id.lower():
            return model
    raise Refusal(MODEL_NOT_FOUND)
