"""Brings what requests used from the journal into the database: many at once, each exactly once."""

import asyncio
import hashlib
import json
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Table, TextClause, bindparam, delete, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from sonant.engine.manage.prices import cost_of, line_item
from sonant.engine.manage.times import DAY, HOUR, now
from sonant.engine.metering import Journal, UsageRow
from sonant.engine.store.ports import Database
from sonant.engine.store.schema import (
    DAY_MARKS,
    DAY_SUMS,
    HOUR_MARKS,
    HOUR_SUMS,
    projects,
    usage,
    usage_days,
    usage_hours,
)

log = logging.getLogger(__name__)

_PERIOD = 1.0
"""Seconds between two rounds."""
_PROGRESS = 2.0
"""Seconds between two notes of how far streams have come: that much of their use a killed engine forgets at most."""
_AT_ONCE = 2_000
_CLEANING = 3_600.0
"""Seconds between two looks for rows of the log that are too old."""
DEPLOYMENT = "self-hosted"


class Ledger:
    """The usage of all projects."""

    def __init__(self, database: Database, journal: Journal, prices: Mapping[str, float], keep_days: int) -> None:
        self._database, self.journal, self._prices, self._keep_days = database, journal, prices, keep_days
        self._lock = threading.Lock()

    def flush(self) -> None:
        """Bring all that is settled into the database; when this returns, whoever reads finds it."""
        with self._lock:
            while rows := self.journal.settled()[:_AT_ONCE]:
                try:
                    self._record(rows)
                except (DataError, IntegrityError):
                    self._record_each(rows)
                self.journal.forget(rows)

    def _record(self, rows: Sequence[UsageRow]) -> None:
        with self._database.write() as connection:
            record(connection, rows, self._prices)

    def _record_each(self, rows: Sequence[UsageRow]) -> None:
        """One by one: a row that the database does not take must not keep the others from it."""
        for row in rows:
            try:
                self._record([row])
            except (DataError, IntegrityError) as error:
                facts = {"request_id": row.request_id, "reason": type(error).__name__}
                log.error("usage cannot be recorded", extra=facts)  # noqa: TRY400

    async def run(self) -> None:
        """Do so again and again, and remove what is too old, until cancelled."""
        cleaned = noted = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                if self.journal.has_settled:
                    await self._database.call(self.flush)
                if loop.time() - noted > _PROGRESS:
                    noted = loop.time()
                    self.journal.note_progress()
                if self._keep_days and loop.time() - cleaned > _CLEANING:
                    cleaned = loop.time()
                    await self._database.call(self.clean)
            except SQLAlchemyError as error:
                log.error("usage not recorded yet", extra={"reason": type(error).__name__})  # noqa: TRY400
            await asyncio.sleep(_PERIOD)

    def clean(self) -> None:
        """Remove rows of the log that are older than they are kept; what they sum up to stays."""
        before = (now() - self._keep_days * DAY) // HOUR * HOUR  # whole hours: pages are counted by them
        with self._database.write() as connection:
            connection.execute(delete(usage).where(usage.c.created < before))


def record(connection: Connection, rows: Sequence[UsageRow], prices: Mapping[str, float]) -> None:
    """Write rows that are not there yet, and add them to the sums. Rows of projects that are gone are dropped."""
    known = _among(connection, usage.c.request_id, [row.request_id for row in rows])
    alive = _among(connection, projects.c.project_id, {row.project_id for row in rows})
    fresh = [_columns(row, prices) for row in rows if row.request_id not in known and row.project_id in alive]
    if fresh:
        connection.execute(_INSERT, fresh)
        connection.execute(_ADD_HOURS, sum_by_hour(fresh))
        connection.execute(_ADD_DAYS, sum_by_day(fresh))


def _among(connection: Connection, column: Any, ids: Iterable[str]) -> set[str]:
    ids = list(ids)
    found: set[str] = set()
    for at in range(0, len(ids), 500):
        found.update(connection.execute(select(column).where(column.in_(ids[at : at + 500]))).scalars())
    return found


def _columns(row: UsageRow, prices: Mapping[str, float]) -> dict[str, Any]:
    return {
        **asdict(row.use),
        "seconds": round(row.use.seconds, 6),
        **{name: getattr(row, name) for name in _PLAIN},
        "deployment": DEPLOYMENT,
        "features": json.dumps(sorted(row.features)),
        "tags": json.dumps(sorted(row.tags)),
        "line_item": line_item(row),
        "succeeded": row.code < 400,
        "requests": 1,
        "total_seconds": round(row.use.seconds * row.use.channels, 6),
        "cost": cost_of(row, prices),
    }


_INSERT = insert(usage).values({column.name: bindparam(column.name) for column in usage.columns})
_PLAIN = (
    "request_id",
    "project_id",
    "api_key_id",
    "created",
    "completed",
    "code",
    "path",
    "endpoint",
    "method",
    "callback",
)


def sum_by_hour(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What rows of the log add to the hours."""
    return _sum_up(({**row, "hour": row["created"] // HOUR * HOUR} for row in rows), HOUR_MARKS, HOUR_SUMS)


def sum_by_day(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What rows of the log add to the days."""
    sums = _sum_up(({**row, "day": row["created"] // DAY * DAY} for row in rows), DAY_MARKS, DAY_SUMS)
    return [{**sum_, "bucket": _digest([sum_[name] for name in DAY_MARKS])} for sum_ in sums]


def _sum_up(rows: Iterable[Mapping[str, Any]], marks: Sequence[str], sums: Sequence[str]) -> list[dict[str, Any]]:
    """Amounts by marks, in an order in which no two writers wait for each other."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in marks)
        if key not in found:
            found[key] = {**dict(zip(marks, key, strict=True)), **dict.fromkeys(sums, 0)}
        for name in sums:
            found[key][name] += row[name]
    return [found[key] for key in sorted(found)]


def _digest(marks: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()


def _adding(table: Table, keys: Sequence[str], sums: Sequence[str]) -> TextClause:
    """Adds amounts to what is there; both databases understand it."""
    names = [column.name for column in table.columns]
    added = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in sums)
    return text(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)}) "  # noqa: S608 - names of the schema
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"
    )


_ADD_HOURS = _adding(usage_hours, HOUR_MARKS, HOUR_SUMS)
_ADD_DAYS = _adding(usage_days, ["bucket"], DAY_SUMS)
