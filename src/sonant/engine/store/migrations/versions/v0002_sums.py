"""Limits of projects, and usage by hour and by day, summed up out of the request log."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_HOUR, _DAY = 3_600_000, 86_400_000
_HOUR_MARKS = ("project_id", "hour", "succeeded", "endpoint", "method", "deployment", "api_key_id")
_DAY_MARKS = (
    "project_id", "day", "api_key_id", "endpoint", "method", "deployment", "model", "model_id", "version", "language",
    "features", "tags", "line_item",
)  # fmt: skip
_COUNTS = ("characters", "tokens_in", "tokens_out", "cost")
_AT_ONCE = 1_000


def upgrade() -> None:
    """Add the columns and the tables, and fill them."""
    for name, kind in (("concurrency", sa.Integer), ("requests_per_minute", sa.Integer)):
        op.add_column("projects", sa.Column(name, kind))
    op.add_column("projects", sa.Column("monthly_spend", sa.BigInteger))
    op.add_column("projects", sa.Column("prepaid", sa.Boolean, nullable=False, server_default=sa.false()))
    hours, days = _make_hours(), _make_days()
    _fill(hours, _summed("hour", _HOUR_MARKS, ("cost",)), {"span": _HOUR})
    _fill(days, _summed("day", _DAY_MARKS, ("seconds", "agent_seconds", *_COUNTS)), {"span": _DAY})


def _make_hours() -> sa.Table:
    return op.create_table(
        "usage_hours",
        sa.Column(
            "project_id", sa.String(36), sa.ForeignKey("projects.project_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("succeeded", sa.Boolean, primary_key=True),
        *(sa.Column(name, sa.String(64), primary_key=True) for name in _HOUR_MARKS[3:]),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
    )


def _make_days() -> sa.Table:
    days = op.create_table(
        "usage_days",
        sa.Column("bucket", sa.String(64), primary_key=True),
        sa.Column(
            "project_id", sa.String(36), sa.ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("day", sa.BigInteger, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False, server_default="[]" if name in {"features", "tags"} else "")
            for name in _DAY_MARKS[2:]
        ),
        sa.Column("requests", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("seconds", "total_seconds", "agent_seconds")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTS),
    )
    op.create_index("usage_days_by_time", "usage_days", ["project_id", "day"])
    return days


def _summed(span: str, marks: tuple[str, ...], sums: tuple[str, ...]) -> str:
    """A query of the log's sums by marks, one of which is the beginning of a span."""
    told = {span: "created - created % :span", "succeeded": "CASE WHEN code < 400 THEN 1 ELSE 0 END"}
    columns = [f"{told.get(mark, mark)} AS {mark}" for mark in marks]
    amounts = ["count(*) AS requests", *(f"sum({name}) AS {name}" for name in sums)]
    if span == "day":
        amounts.append("sum(seconds * channels) AS total_seconds")
    groups = ", ".join(str(place) for place in range(1, len(marks) + 1))
    return f"SELECT {', '.join([*columns, *amounts])} FROM usage GROUP BY {groups}"  # noqa: S608 - names of ours


def _fill(table: sa.Table, query: str, given: dict[str, Any]) -> None:
    found = op.get_bind().execute(sa.text(query), given).mappings()
    for rows in _batches(_completed(dict(row), table) for row in found):
        op.bulk_insert(table, rows)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _completed(row: dict[str, Any], table: sa.Table) -> dict[str, Any]:
    if table.name == "usage_hours":
        return {**row, "succeeded": bool(row["succeeded"])}
    marks = [row[name] for name in _DAY_MARKS]
    return {**row, "bucket": hashlib.sha256(json.dumps(marks).encode()).hexdigest()}
