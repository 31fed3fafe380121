"""The request log, page by page, newest first.

A page deep down is not counted up to row by row: the sums of the hours say in which hour it begins.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs

from sqlalchemy import ColumnElement, Connection, func, select

from sonant.contract.faults import REQUEST_NOT_FOUND
from sonant.contract.manage.filters import RequestListOptions
from sonant.contract.manage.usage import (
    RequestOutcome,
    RequestUse,
    UsageRequest,
    UsageRequestDetails,
    UsageRequestList,
)
from sonant.engine.manage.prices import DOLLAR
from sonant.engine.manage.times import DAY, HOUR, now, to_datetime, to_moment
from sonant.engine.manage.usage import read_list
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record
from sonant.engine.store.schema import usage, usage_hours

_USUAL_LIMIT = 10
_COLUMNS = {"accessor": "api_key_id", "deployment": "deployment", "endpoint": "endpoint", "method": "method"}


def list_requests(connection: Connection, project_id: str, options: RequestListOptions) -> UsageRequestList:
    """One page; pages are counted from 1, and 0 is the first too."""
    page, limit = options.get("page", 1), options.get("limit", _USUAL_LIMIT)
    rows = _read_page(connection, project_id, options, (max(page, 1) - 1) * limit, limit)
    return UsageRequestList(page, limit, [_show(row) for row in rows])


def get_request(connection: Connection, project_id: str, request_id: str) -> UsageRequestDetails:
    """One request.

    Raises:
        Refusal: there is none such in the log.
    """
    known = (usage.c.project_id == project_id) & (usage.c.request_id == request_id.lower())
    row = connection.execute(select(usage).where(known)).first()
    if row is None:
        raise Refusal(REQUEST_NOT_FOUND)
    return UsageRequestDetails(_show(row))


class _Stretch(NamedTuple):
    """A piece of the log, newest first."""

    first: int
    after: int
    """Moments: the first within it, and the one after the last."""
    skip: int = 0
    """Rows at its newer end that belong to pages before."""


def _read_page(
    connection: Connection, project_id: str, options: RequestListOptions, offset: int, limit: int
) -> list[Record]:
    given = cast("Mapping[str, Any]", options)
    whole = _read_span(connection, project_id, given)
    wanted = [usage.c.project_id == project_id, *_filters(usage, given), *_status(usage.c.code < 400, given)]
    stretch: _Stretch | None = whole
    if "request_id" in options:
        wanted.append(usage.c.request_id == options["request_id"].lower())
    elif offset or len(wanted) > 1:
        stretch = _seek(connection, wanted, project_id, given, whole, offset, limit)
    if stretch is None:
        return []
    newest_first = (usage.c.created.desc(), usage.c.request_id.desc())
    within = (usage.c.created >= stretch.first, usage.c.created < stretch.after)
    asked = select(usage).where(*wanted, *within).order_by(*newest_first).offset(stretch.skip).limit(limit)
    return list(connection.execute(asked))


def _read_span(connection: Connection, project_id: str, given: Mapping[str, Any]) -> _Stretch:
    """All that was asked for; nothing is older than what the log still has."""
    oldest = connection.execute(select(func.min(usage.c.created)).where(usage.c.project_id == project_id)).scalar()
    start, end = given.get("start"), given.get("end")
    first = max(oldest or 0, to_moment(start) if start else 0)
    return _Stretch(first, _after(end) if end else now() + DAY)


def _after(end: date) -> int:
    """The moment after a time, or after a whole day."""
    return to_moment(end) + (1 if isinstance(end, datetime) else DAY)


def _seek(
    connection: Connection,
    wanted: list[ColumnElement[bool]],
    project_id: str,
    given: Mapping[str, Any],
    whole: _Stretch,
    offset: int,
    limit: int,
) -> _Stretch | None:
    """The hours that a page's rows are from; None if the log is not so long."""
    hour, count = usage_hours.c.hour, func.sum(usage_hours.c.requests)
    within = (hour >= whole.first // HOUR * HOUR, hour < whole.after)
    fitting = (*_filters(usage_hours, given), *_status(usage_hours.c.succeeded, given))
    asked = select(hour, count).where(usage_hours.c.project_id == project_id, *within, *fitting)
    found: _Stretch | None = None
    passed = 0
    for begin, total in connection.execute(asked.group_by(hour).order_by(hour.desc())):
        low, high = max(whole.first, begin), min(whole.after, begin + HOUR)
        inside = int(total) if high - low == HOUR else _count(connection, wanted, low, high)
        if found or passed + inside > offset:
            found = _Stretch(low, found.after if found else high, found.skip if found else offset - passed)
        passed += inside
        if passed >= offset + limit:
            break
    return found


def _count(connection: Connection, wanted: list[ColumnElement[bool]], low: int, high: int) -> int:
    """Rows of a part of an hour."""
    within = (usage.c.created >= low, usage.c.created < high)
    return connection.execute(select(func.count()).select_from(usage).where(*wanted, *within)).scalar() or 0


def _filters(table: Any, given: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [table.c[column] == given[name] for name, column in _COLUMNS.items() if name in given]


def _status(succeeded: ColumnElement[bool], given: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    if "status" not in given:
        return []
    return [succeeded if given["status"] == "succeeded" else ~succeeded]


def _show(row: Record) -> UsageRequest:
    details = RequestUse(
        usd=row.cost / DOLLAR,
        duration=row.seconds,
        total_audio=row.seconds * row.channels,
        channels=row.channels,
        streams=1,
        models=[row.model_id] if row.model_id else [],
        method=row.method,
        tags=read_list(row.tags),
        features=read_list(row.features),
        config=_config(row.path),
    )
    return UsageRequest(
        request_id=row.request_id,
        project_uuid=row.project_id,
        created=to_datetime(row.created),
        path=row.path,
        api_key_id=row.api_key_id,
        response=RequestOutcome(row.code, to_datetime(row.completed), details),
        code=row.code,
        deployment=row.deployment,
        callback=row.callback,
    )


def _config(path: str) -> dict[str, Any]:
    """What was asked for, by name."""
    asked = parse_qs(path.partition("?")[2], keep_blank_values=True)
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in asked.items()}
