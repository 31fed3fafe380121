"""Limits of projects, and usage by the hour, summed up out of the request log."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KIND = (
    "api_key_id", "endpoint", "method", "deployment", "model", "model_id", "version", "language", "features", "tags",
    "line_item",
)  # fmt: skip
_HOUR = 3_600_000
_AT_ONCE = 1_000


def upgrade() -> None:
    """Add the columns and the table, and fill it."""
    for name, kind in (("concurrency", sa.Integer), ("requests_per_minute", sa.Integer)):
        op.add_column("projects", sa.Column(name, kind))
    op.add_column("projects", sa.Column("monthly_spend", sa.BigInteger))
    op.add_column("projects", sa.Column("prepaid", sa.Boolean, nullable=False, server_default=sa.false()))
    hours = op.create_table(
        "usage_hours",
        sa.Column("bucket", sa.String(64), primary_key=True),
        sa.Column(
            "project_id", sa.String(36), sa.ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("hour", sa.BigInteger, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False, server_default="[]" if name in {"features", "tags"} else "")
            for name in _KIND
        ),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("seconds", "total_seconds", "agent_seconds")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("characters", "tokens_in", "tokens_out", "cost")),
    )
    op.create_index(
        "usage_hours_by_time",
        "usage_hours",
        ["project_id", "hour", "succeeded", "endpoint", "method", "deployment", "api_key_id", "requests"],
    )
    _fill(hours)


def _fill(hours: sa.Table) -> None:
    connection = op.get_bind()
    rows: list[dict[str, Any]] = []
    for row in connection.execute(sa.text(_SUMMED), {"hour": _HOUR}).mappings():
        rows.append(_named(dict(row)))
        if len(rows) >= _AT_ONCE:
            op.bulk_insert(hours, rows)
            rows = []
    if rows:
        op.bulk_insert(hours, rows)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    row["succeeded"] = bool(row["succeeded"])
    marks = [row["project_id"], row["hour"], *(row[name] for name in _KIND), row["succeeded"]]
    return {**row, "bucket": hashlib.sha256(json.dumps(marks).encode()).hexdigest()}


_GROUPS = ", ".join(_KIND)
_SUMMED = f"""
SELECT project_id, created - created % :hour AS hour, {_GROUPS},
    CASE WHEN code < 400 THEN 1 ELSE 0 END AS succeeded,
    count(*) AS requests, sum(seconds) AS seconds, sum(seconds * channels) AS total_seconds,
    sum(agent_seconds) AS agent_seconds, sum(characters) AS characters, sum(tokens_in) AS tokens_in,
    sum(tokens_out) AS tokens_out, sum(cost) AS cost
FROM usage
GROUP BY project_id, created - created % :hour, {_GROUPS}, CASE WHEN code < 400 THEN 1 ELSE 0 END
"""  # noqa: S608 - names of columns, written above
