"""Requests and what they used: `/v1/projects/{project_id}/requests` and `.../usage`."""

from datetime import date, datetime
from typing import Any

from msgspec import field

from sonant.contract.manage.filters import RequestListOptions, UsageBreakdownOptions, UsageOptions
from sonant.contract.manage.times import DayOptions
from sonant.contract.wire import NoOptions, Operation, Part, Reply


class RequestUse(Part, frozen=True):
    """What one request asked for and used."""

    usd: float | None = None
    """What it cost, in US dollars."""
    duration: float | None = None
    """Seconds of audio."""
    total_audio: float | None = None
    """Seconds of audio, all channels together."""
    channels: int | None = None
    streams: int | None = None
    models: list[str] | None = None
    """By uuid."""
    method: str | None = None
    """`sync`, `async` or `streaming`."""
    tags: list[str] | None = None
    features: list[str] | None = None
    config: dict[str, Any] | None = None
    """What was asked, as the service noted it down."""


class RequestOutcome(Part, frozen=True):
    """How one request ended."""

    code: int | None = None
    """The HTTP status."""
    completed: datetime | None = None
    details: RequestUse | None = None


class CallbackOutcome(Part, frozen=True):
    """How the delivery to a callback ended."""

    attempts: int | None = None
    code: int | None = None
    """The HTTP status of the last attempt."""
    completed: datetime | None = None


class UsageRequest(Part, frozen=True):
    """One request in the log."""

    request_id: str
    project_uuid: str | None = None
    created: datetime | None = None
    path: str | None = None
    """With its query."""
    api_key_id: str | None = None
    response: RequestOutcome | None = None
    code: int | None = None
    """The HTTP status."""
    deployment: str | None = None
    callback: str | CallbackOutcome | None = None
    """The callback's URL, or how the delivery to it ended."""


class UsageRequestList(Reply, frozen=True):
    """One page of the log of requests."""

    page: int | None = None
    limit: int | None = None
    requests: list[UsageRequest] = field(default_factory=lambda: [])


class UsageRequestDetails(Reply, frozen=True):
    """One request out of the log."""

    request: UsageRequest


class Resolution(Part, frozen=True):
    """How finely time is cut."""

    units: str
    """`day`."""
    amount: float


class CharactersUsed(Part, frozen=True):
    """What text to speech used."""

    characters: int
    requests: int | None = None


class TokensUsed(Part, frozen=True):
    """What language models read and wrote."""

    read: int = field(name="in")
    written: int = field(name="out")


class UsageResult(Part, frozen=True):
    """What was used within one step of the resolution."""

    start: date
    end: date
    hours: float
    """Of audio."""
    total_hours: float
    """Of audio, all channels together."""
    requests: int
    tts: CharactersUsed | None = None
    tokens: TokensUsed | None = None


class Usage(Reply, frozen=True):
    """What a project used, in steps of time."""

    start: date
    end: date
    resolution: Resolution
    results: list[UsageResult] = field(default_factory=lambda: [])


class UsageModel(Part, frozen=True):
    """A model that was used."""

    name: str
    language: str | None = None
    version: str | None = None
    model_id: str | None = None


class UsageFields(Reply, frozen=True):
    """What occurred in a span of time, and can be asked for."""

    tags: list[str] = field(default_factory=lambda: [])
    models: list[UsageModel] = field(default_factory=lambda: [])
    processing_methods: list[str] = field(default_factory=lambda: [])
    features: list[str] = field(default_factory=lambda: [])
    languages: list[str] | None = None


class UsageGroup(Part, frozen=True):
    """What a line of a breakdown is about; None for what was not told apart."""

    start: date | None = None
    end: date | None = None
    accessor: str | None = field(default_factory=lambda: None)
    endpoint: str | None = field(default_factory=lambda: None)
    feature_set: str | None = field(default_factory=lambda: None)
    models: list[str] | None = field(default_factory=lambda: None)
    method: str | None = field(default_factory=lambda: None)
    tags: list[str] | None = field(default_factory=lambda: None)
    deployment: str | None = field(default_factory=lambda: None)


class UsageLine(Part, frozen=True):
    """What one group used."""

    hours: float
    """Of audio."""
    total_hours: float
    """Of audio, all channels together."""
    agent_hours: float
    """Of conversation with agents."""
    tokens_in: int
    tokens_out: int
    tts_characters: int
    requests: int
    grouping: UsageGroup


class UsageBreakdown(Reply, frozen=True):
    """What a project used, told apart."""

    start: date
    end: date
    resolution: Resolution
    results: list[UsageLine]


LIST_REQUESTS: Operation[RequestListOptions, UsageRequestList] = Operation(
    name="list_requests",
    method="GET",
    path="/v1/projects/{project_id}/requests",
    query=RequestListOptions,
    returns=UsageRequestList,
)
"""The log of requests, newest first, page by page."""

GET_REQUEST: Operation[NoOptions, UsageRequestDetails] = Operation(
    name="get_request",
    method="GET",
    path="/v1/projects/{project_id}/requests/{request_id}",
    query=NoOptions,
    returns=UsageRequestDetails,
)
"""One request out of the log."""

GET_USAGE: Operation[UsageOptions, Usage] = Operation(
    name="get_usage", method="GET", path="/v1/projects/{project_id}/usage", query=UsageOptions, returns=Usage
)
"""What a project used."""

GET_USAGE_FIELDS: Operation[DayOptions, UsageFields] = Operation(
    name="get_usage_fields",
    method="GET",
    path="/v1/projects/{project_id}/usage/fields",
    query=DayOptions,
    returns=UsageFields,
)
"""What can be asked for in a project's usage."""

GET_USAGE_BREAKDOWN: Operation[UsageBreakdownOptions, UsageBreakdown] = Operation(
    name="get_usage_breakdown",
    method="GET",
    path="/v1/projects/{project_id}/usage/breakdown",
    query=UsageBreakdownOptions,
    returns=UsageBreakdown,
)
"""What a project used, told apart."""
