"""Which models there are: `GET /v1/models`, its project forms, and what agents think with."""

from typing import TypedDict

from msgspec import field

from sonant.contract.wire import NoOptions, Operation, Part, Reply


class ModelListOptions(TypedDict, total=False):
    """Options of the model lists."""

    include_outdated: bool
    """List older versions too."""


class VoiceMetadata(Part, frozen=True):
    """How a voice sounds and what it suits."""

    accent: str | None = None
    age: str | None = None
    color: str | None = None
    image: str | None = None
    sample: str | None = None
    tags: list[str] | None = None
    use_cases: list[str] | None = None


class Model(Reply, frozen=True):
    """One model. Speech-to-text models have `batch` and `streaming`, voices have `metadata`."""

    name: str
    canonical_name: str
    architecture: str
    version: str
    uuid: str
    languages: list[str] = field(default_factory=lambda: [])
    batch: bool | None = None
    streaming: bool | None = None
    formatted_output: bool | None = None
    metadata: VoiceMetadata | None = None


class ModelList(Reply, frozen=True):
    """The models there are."""

    stt: list[Model]
    """Speech to text."""
    tts: list[Model]
    """Text to speech."""


class ThinkModel(Part, frozen=True):
    """A language model that an agent can think with."""

    id: str
    name: str
    provider: str


class ThinkModelList(Reply, frozen=True):
    """The language models that an agent can think with."""

    models: list[ThinkModel]


LIST_MODELS: Operation[ModelListOptions, ModelList] = Operation(
    name="list_models", method="GET", path="/v1/models", query=ModelListOptions, returns=ModelList
)
"""All public models."""

GET_MODEL: Operation[NoOptions, Model] = Operation(
    name="get_model", method="GET", path="/v1/models/{model_id}", query=NoOptions, returns=Model
)
"""One public model, by uuid."""

LIST_PROJECT_MODELS: Operation[ModelListOptions, ModelList] = Operation(
    name="list_project_models",
    method="GET",
    path="/v1/projects/{project_id}/models",
    query=ModelListOptions,
    returns=ModelList,
)
"""The models that a project may use."""

GET_PROJECT_MODEL: Operation[NoOptions, Model] = Operation(
    name="get_project_model",
    method="GET",
    path="/v1/projects/{project_id}/models/{model_id}",
    query=NoOptions,
    returns=Model,
)
"""One model that a project may use, by uuid."""

LIST_THINK_MODELS: Operation[NoOptions, ThinkModelList] = Operation(
    name="list_think_models",
    method="GET",
    path="/v1/agent/settings/think/models",
    query=NoOptions,
    returns=ThinkModelList,
)
"""The language models that an agent can think with."""
