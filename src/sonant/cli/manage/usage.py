"""`sonant usage`."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from sonant.cli.flags import flags_of
from sonant.cli.manage.target import ANY_PROJECT, AskedInProject, Commands, given, show
from sonant.cli.tables import make_facts, make_table, print_table
from sonant.cli.talk import OK, deliver
from sonant.contract import codec
from sonant.contract.manage.filters import RequestListOptions, UsageBreakdownOptions, UsageOptions
from sonant.contract.manage.usage import UsageGroup, UsageRequest

if TYPE_CHECKING:
    RequestFlags = dict[str, Any]
    UsageFlags = dict[str, Any]
    BreakdownFlags = dict[str, Any]
else:
    RequestFlags = flags_of(RequestListOptions, "RequestFlags")
    UsageFlags = flags_of(UsageOptions, "UsageFlags")
    BreakdownFlags = flags_of(UsageBreakdownOptions, "BreakdownFlags")

CHUNK = 100
"""Rows of a long log that are printed at once."""


def show_summary(
    *,
    options: Annotated[UsageFlags | None, Parameter(name="*", group="What to count")] = None,
    target: AskedInProject = ANY_PROJECT,
) -> int:
    """Tell what a project used, day by day.

    Of several flags that are true one must fit; none that is false (--no-...) may.

    Args:
        options: What to count.
        target: Who is asked.
    """
    asked: dict[str, Any] = options or {}
    with target.open() as (client, project):
        found = client.manage.get_project_usage_summary(project, **asked)
    rows = (
        (
            result.start,
            result.requests,
            result.hours,
            result.total_hours,
            result.tts.characters if result.tts else None,
            result.tokens.read if result.tokens else None,
            result.tokens.written if result.tokens else None,
        )
        for result in found.results
    )
    heads = ("day", "requests", "hours", "total hours", "characters", "tokens in", "tokens out")
    return show(found, make_table(*heads, rows=rows), target)


def show_breakdown(
    *,
    options: Annotated[BreakdownFlags | None, Parameter(name="*", group="What to count")] = None,
    target: AskedInProject = ANY_PROJECT,
) -> int:
    """Tell what a project used, told apart by --grouping.

    Of several flags that are true one must fit; none that is false (--no-...) may.

    Args:
        options: What to count.
        target: Who is asked.
    """
    asked: dict[str, Any] = options or {}
    with target.open() as (client, project):
        found = client.manage.get_project_usage_breakdown(project, **asked)
    rows = (
        (
            line.grouping.start,
            _say_group(line.grouping),
            line.requests,
            line.hours,
            line.total_hours,
            line.agent_hours,
            line.tts_characters,
            line.tokens_in,
            line.tokens_out,
        )
        for line in found.results
    )
    heads = "from group requests hours total_hours agent_hours characters tokens_in tokens_out".split()
    return show(found, make_table(*(head.replace("_", " ") for head in heads), rows=rows), target)


def _say_group(group: UsageGroup) -> object:
    one = (group.accessor, group.endpoint, group.feature_set, group.method, group.deployment, group.models, group.tags)
    return next((value for value in one if value), None)


def show_fields(*, start: str | None = None, end: str | None = None, target: AskedInProject = ANY_PROJECT) -> int:
    """List the tags, models, methods and features that occurred.

    Args:
        start: The first day, 2025-01-31.
        end: The last day.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_usage_fields(project, **given(start=start, end=end))
    facts = make_facts(
        tags=found.tags,
        models=[f"{model.name} ({model.language})" if model.language else model.name for model in found.models],
        methods=found.processing_methods,
        features=found.features,
        languages=found.languages,
    )
    return show(found, facts, target)


def list_requests(
    *,
    whole: Annotated[bool, Parameter(name="--all", negative=())] = False,
    options: Annotated[RequestFlags | None, Parameter(name="*", group="Which requests")] = None,
    target: AskedInProject = ANY_PROJECT,
) -> int:
    """List requests, newest first: a page of them, or with --all every one, as JSON one object on a line.

    Args:
        whole: Every page, not one.
        options: Which requests.
        target: Who is asked.
    """
    asked: dict[str, Any] = options or {}
    with target.open() as (client, project):
        if whole:
            return _print_all(client.manage.iter_project_usage_requests(project, **asked), as_json=target.as_json)
        found = client.manage.get_project_usage_requests(project, **asked)
    return show(found, _request_table(found.requests), target)


def _print_all(rows: Iterator[UsageRequest], *, as_json: bool) -> int:
    first = True
    while chunk := list(islice(rows, CHUNK)):
        if as_json:
            deliver("\n".join(codec.encode(row).decode() for row in chunk), None)
        else:
            print_table(_request_table(chunk, head=first))
        first = False
    return OK


def _request_table(rows: Iterable[UsageRequest], *, head: bool = True) -> Table:
    cells = ((row.request_id, row.created, _code(row), row.api_key_id, row.path) for row in rows)
    table = make_table("id", "created", "status", "key", "path", rows=cells)
    for column, width in zip(table.columns[1:4], (len("2025-01-31 12:00+00:00"), len("status"), 36), strict=True):
        column.min_width = width  # so that the tables of a long log stand below each other
    table.show_header = head
    return table


def _code(row: UsageRequest) -> int | None:
    return row.code if row.code is not None or row.response is None else row.response.code


def show_request(request: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Tell about one request.

    Args:
        request: Its id.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_usage_request(project, request)
    row = found.request
    used = row.response.details if row.response else None
    facts = make_facts(
        id=row.request_id,
        created=row.created,
        status=_code(row),
        path=row.path,
        key=row.api_key_id,
        deployment=row.deployment,
        callback=row.callback,
        method=used and used.method,
        models=used and used.models,
        features=used and used.features,
        tags=used and used.tags,
        seconds=used and used.duration,
        channels=used and used.channels,
        dollars=used and used.usd,
    )
    return show(found, facts, target)


COMMANDS: Commands = {
    "summary": show_summary,
    "breakdown": show_breakdown,
    "fields": show_fields,
    "requests": list_requests,
    "request": show_request,
}
