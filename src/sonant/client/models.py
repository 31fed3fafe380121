"""Which models there are."""

from __future__ import annotations

from typing import Unpack

from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.models import (
    GET_MODEL,
    LIST_MODELS,
    LIST_THINK_MODELS,
    Model,
    ModelList,
    ModelListOptions,
    ThinkModelList,
)


class ListOptions(ModelListOptions, CallExtras, total=False):
    """What the model lists take."""


class Models(Namespace[F]):
    """The models that everybody may use."""

    @operation
    def get_all(self, **options: Unpack[ListOptions]) -> Call[ModelList]:
        """List all public models.

        Args:
            options: `include_outdated`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/models
        """
        return Call(LIST_MODELS, options)

    @operation
    def get_model(self, model_id: str, /, **extras: Unpack[CallExtras]) -> Call[Model]:
        """One public model.

        Args:
            model_id: its uuid.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such model.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/models/{model_id}
        """
        return Call(GET_MODEL, extras, ids={"model_id": model_id})

    @operation
    def get_think_models(self, **extras: Unpack[CallExtras]) -> Call[ThinkModelList]:
        """List the language models that an agent can think with.

        Agents have a host of their own, so the settings of the namespace `agent` count here.

        Args:
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/agent/settings/think/models
        """
        return Call(LIST_THINK_MODELS, extras, namespace="agent")
