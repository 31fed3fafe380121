"""What a project used: figures out of the days, and what can be asked for."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, func, select

from sonant.contract.manage.filters import UsageBreakdownOptions, UsageOptions
from sonant.contract.manage.times import DayOptions
from sonant.contract.manage.usage import (
    CharactersUsed,
    Resolution,
    TokensUsed,
    Usage,
    UsageBreakdown,
    UsageFields,
    UsageGroup,
    UsageLine,
    UsageModel,
    UsageResult,
)
from sonant.engine.manage.features import feature_of
from sonant.engine.manage.times import DAY, now, to_day, to_moment
from sonant.engine.store.ports import Record, Wanted
from sonant.engine.store.schema import DAY_SUMS, usage_days

DAILY = Resolution("day", 1)
_USUAL_DAYS = 30
"""Days that are told of where nobody says how many."""
_COLUMNS = {"accessor": "api_key_id", "method": "method", "endpoint": "endpoint", "deployment": "deployment"}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, the last included."""

    start: date
    end: date

    @property
    def condition(self) -> ColumnElement[bool]:
        """What holds of the days within."""
        after = to_moment(self.end) + DAY
        return (usage_days.c.day >= to_moment(self.start)) & (usage_days.c.day < after)


def read_span(options: Mapping[str, Any]) -> Span:
    """The days that were asked for, the last month unless given."""
    end = cast("date", options.get("end") or to_day(now()))
    usual = date.fromordinal(max(1, end.toordinal() - _USUAL_DAYS))
    return Span(cast("date", options.get("start") or usual), end)


@dataclass(slots=True)
class Sums:
    """Amounts, added up."""

    requests: int = 0
    seconds: float = 0.0
    total_seconds: float = 0.0
    agent_seconds: float = 0.0
    characters: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0

    def add(self, row: Any) -> None:
        """Add a row that has the same names."""
        for field in fields(self):
            amount = getattr(self, field.name)
            setattr(self, field.name, amount + type(amount)(getattr(row, field.name)))  # PostgreSQL sums to Decimal


def group(rows: Iterable[Record], mark: Callable[[Record], Any]) -> dict[tuple[date, Any], Sums]:
    """Rows of days, summed by day and whatever `mark` tells apart; in order."""
    sums: dict[tuple[date, Any], Sums] = {}
    for row in rows:
        sums.setdefault((to_day(row.day), mark(row)), Sums()).add(row)
    return sums


def read_days(
    connection: Connection, project_id: str, span: Span, wanted: Iterable[ColumnElement[bool]], *told: str
) -> list[Record]:
    """Sums of a project by day and by the columns that are told apart."""
    day = usage_days.c.day
    columns = [usage_days.c[name] for name in told]
    sums = [func.sum(usage_days.c[name]).label(name) for name in DAY_SUMS]
    asked: Wanted = select(day, *columns, *sums).where(usage_days.c.project_id == project_id, span.condition, *wanted)
    return list(connection.execute(asked.group_by(day, *columns).order_by(day, *columns)))


def summarize(connection: Connection, project_id: str, options: UsageOptions) -> Usage:
    """What a project used, day by day; days without use are left out."""
    span = read_span(options)
    days = group(_read(connection, project_id, span, options), lambda _: None)
    return Usage(span.start, span.end, DAILY, [_result(day, sums) for (day, _), sums in days.items()])


def _result(day: date, sums: Sums) -> UsageResult:
    return UsageResult(
        start=day,
        end=day,
        hours=sums.seconds / 3_600,
        total_hours=sums.total_seconds / 3_600,
        requests=sums.requests,
        tts=CharactersUsed(sums.characters) if sums.characters else None,
        tokens=TokensUsed(sums.tokens_in, sums.tokens_out) if sums.tokens_in or sums.tokens_out else None,
    )


def break_down(connection: Connection, project_id: str, options: UsageBreakdownOptions) -> UsageBreakdown:
    """The same, told apart by what `grouping` names."""
    span, by = read_span(options), options.get("grouping")
    column, name, show = _GROUPS[by] if by else ("project_id", "", str)
    rows = _read(connection, project_id, span, options, column)
    grouped = group(rows, lambda row: getattr(row, column))
    lines = [_line(day, {name: show(mark)} if by else {}, sums) for (day, mark), sums in grouped.items()]
    return UsageBreakdown(span.start, span.end, DAILY, lines)


def _line(day: date, told: dict[str, Any], sums: Sums) -> UsageLine:
    return UsageLine(
        hours=sums.seconds / 3_600,
        total_hours=sums.total_seconds / 3_600,
        agent_hours=sums.agent_seconds / 3_600,
        tokens_in=sums.tokens_in,
        tokens_out=sums.tokens_out,
        tts_characters=sums.characters,
        requests=sums.requests,
        grouping=UsageGroup(day, day, **told),
    )


def read_list(text: str) -> list[str]:
    """The names in a column of JSON."""
    names: list[str] = json.loads(text)
    return names


_GROUPS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "accessor": ("api_key_id", "accessor", str),
    "endpoint": ("endpoint", "endpoint", str),
    "feature_set": ("features", "feature_set", lambda text: ", ".join(read_list(text))),
    "models": ("model_id", "models", lambda text: [text] if text else []),
    "method": ("method", "method", str),
    "tags": ("tags", "tags", lambda text: read_list(text) or None),
    "deployment": ("deployment", "deployment", str),
}
"""By what usage can be told apart: a column, the field that shows it, and how."""


def _read(connection: Connection, project_id: str, span: Span, options: UsageOptions, *told: str) -> list[Record]:
    """Sums of the requests that fit the filters."""
    given = cast("Mapping[str, Any]", options)
    wanted = [usage_days.c[_COLUMNS[name]] == given[name] for name in _COLUMNS if name in given]
    if "model" in options:
        wanted.append(usage_days.c.model_id == options["model"].lower())
    lists = [name for name in ("features", "tags") if name not in told and _needs(name, given)]
    rows = read_days(connection, project_id, span, wanted, *told, *lists)
    return [row for row in rows if _fits(row, given)]


def _needs(column: str, given: Mapping[str, Any]) -> bool:
    return "tag" in given if column == "tags" else any(map(feature_of, given))


def _fits(row: Record, given: Mapping[str, Any]) -> bool:
    """Of the flags that are true one must be among the features, of those that are false none."""
    if "tag" in given and given["tag"] not in read_list(row.tags):
        return False
    flags = {feature: value for name, value in given.items() if (feature := feature_of(name))}
    if not flags:
        return True
    used = set(read_list(row.features))
    asked = {name for name, value in flags.items() if value}
    return (not asked or bool(asked & used)) and not used & (flags.keys() - asked)


def read_fields(connection: Connection, project_id: str, options: DayOptions) -> UsageFields:
    """What occurred in a span of time."""
    span = read_span(options)
    names = ("tags", "features", "method", "model", "model_id", "version", "language")
    columns = [usage_days.c[name] for name in names]
    asked: Wanted = select(*columns).distinct().where(usage_days.c.project_id == project_id, span.condition)
    rows = list(connection.execute(asked))
    models = {(row.model, row.language, row.version, row.model_id) for row in rows if row.model}
    return UsageFields(
        tags=_all(row.tags for row in rows),
        models=[UsageModel(*model) for model in sorted(models)],
        processing_methods=sorted({row.method for row in rows}),
        features=_all(row.features for row in rows),
        languages=sorted({row.language for row in rows if row.language}),
    )


def _all(texts: Iterable[str]) -> list[str]:
    return sorted({name for text in set(texts) for name in read_list(text)})
