"""The models of a project."""

from __future__ import annotations

from typing import Unpack

from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.client.models import ListOptions
from sonant.contract.models import GET_PROJECT_MODEL, LIST_PROJECT_MODELS, Model, ModelList


class ProjectModels(Namespace[F]):
    """The models of a project."""

    @operation
    def get_all_models(self, project_id: str, /, **options: Unpack[ListOptions]) -> Call[ModelList]:
        """List the models that a project may use.

        Args:
            project_id: the project.
            options: `include_outdated`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/models
        """
        return Call(LIST_PROJECT_MODELS, options, ids={"project_id": project_id})

    @operation
    def get_model(self, project_id: str, model_id: str, /, **extras: Unpack[CallExtras]) -> Call[Model]:
        """One model that a project may use.

        Args:
            project_id: the project.
            model_id: the model's uuid.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or model.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/models/{model_id}
        """
        return Call(GET_PROJECT_MODEL, extras, ids={"project_id": project_id, "model_id": model_id})
