"""The tables. Times are milliseconds since 1970, money is in billionths of a US dollar, lists are JSON."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

metadata = MetaData()


def _id(name: str) -> Column[str]:
    return Column(name, String(36), primary_key=True)


def _project() -> Column[str]:
    return Column(
        "project_id", String(36), ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False, index=True
    )


def _member() -> Column[str]:
    return Column(
        "member_id", String(36), ForeignKey("members.member_id", ondelete="CASCADE"), nullable=False, index=True
    )


def _time(name: str = "created", *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


facts = Table("facts", metadata, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))
"""What holds for the whole database, by name."""

projects = Table(
    "projects",
    metadata,
    _id("project_id"),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False, server_default=""),
    Column("mip_opt_out", Boolean, nullable=False, server_default=true()),
    _time(),
    Column("concurrency", Integer),
    Column("requests_per_minute", Integer),
    Column("monthly_spend", BigInteger),
    Column("prepaid", Boolean, nullable=False, server_default=false()),
)

members = Table(
    "members",
    metadata,
    _id("member_id"),
    _project(),
    Column("email", Text, nullable=False),
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("role", String(16), nullable=False),
    _time(),
    UniqueConstraint("project_id", "email"),
)

keys = Table(
    "keys",
    metadata,
    _id("api_key_id"),
    _project(),
    _member(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("comment", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    _time(),
    _time("expires", nullable=True),
)

invites = Table(
    "invites",
    metadata,
    Column("project_id", String(36), ForeignKey("projects.project_id", ondelete="CASCADE"), primary_key=True),
    Column("email", String(320), primary_key=True),
    Column("scope", String(16), nullable=False),
    _time(),
)

outbox = Table(
    "outbox",
    metadata,
    _id("mail_id"),
    _project(),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    _time(),
    _time("sent", nullable=True),
    Column("trouble", Text, nullable=False, server_default=""),
)

credentials = Table(
    "credentials",
    metadata,
    _id("credentials_id"),
    _project(),
    _member(),
    Column("provider", String(64), nullable=False),
    Column("comment", Text),
    Column("scopes", JSON, nullable=False),
    _time(),
)

agents = Table(
    "agents",
    metadata,
    _id("agent_id"),
    _project(),
    Column("config", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    _time(),
    _time("updated"),
)

variables = Table(
    "variables",
    metadata,
    _id("variable_id"),
    _project(),
    Column("key", String(255), nullable=False),
    Column("value", JSON, nullable=False),
    Column("is_sensitive", Boolean, nullable=False, server_default=false()),
    _time(),
    _time("updated"),
    UniqueConstraint("project_id", "key"),
)

purchases = Table(
    "purchases",
    metadata,
    _id("order_id"),
    _project(),
    Column("order_type", String(64), nullable=False),
    Column("amount", BigInteger, nullable=False),
    _time(),
    _time("expires", nullable=True),
)


def _kind() -> list[Column[str]]:
    """What tells one sort of use from another."""
    return [
        Column(name, Text, nullable=False, server_default="")
        for name in ("api_key_id", "endpoint", "method", "deployment", "model", "model_id", "version", "language")
    ] + [
        Column("features", Text, nullable=False, server_default="[]"),
        Column("tags", Text, nullable=False, server_default="[]"),
        Column("line_item", Text, nullable=False, server_default=""),
    ]


usage = Table(
    "usage",
    metadata,
    _id("request_id"),
    Column("project_id", String(36), ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    _time(),
    _time("completed"),
    Column("code", Integer, nullable=False),
    Column("path", Text, nullable=False),
    *_kind(),
    Column("callback", Text),
    Column("seconds", Float, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("agent_seconds", Float, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Index("usage_by_time", "project_id", "created", "request_id"),
)
"""The request log: a row for each request and stream. `features` and `tags` are sorted JSON, to be grouped by."""

usage_hours = Table(
    "usage_hours",
    metadata,
    Column("project_id", String(36), ForeignKey("projects.project_id", ondelete="CASCADE"), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("succeeded", Boolean, primary_key=True),
    *(Column(name, String(64), primary_key=True) for name in ("endpoint", "method", "deployment", "api_key_id")),
    Column("requests", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
)
"""Counts of an hour, as finely as the log can be narrowed down: they say where a page of it begins, and what was spent
when."""

usage_days = Table(
    "usage_days",
    metadata,
    Column("bucket", String(64), primary_key=True),
    Column("project_id", String(36), ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    _time("day"),
    *_kind(),
    Column("requests", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("total_seconds", Float, nullable=False),
    Column("agent_seconds", Float, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Index("usage_days_by_time", "project_id", "day"),
)
"""The figures of usage and bills, a day and a kind of use to a row. They outlive the rows of the log. `bucket` is a
digest of project, day and kind, which together are too long for a key."""

HOUR_MARKS = ("project_id", "hour", "succeeded", "endpoint", "method", "deployment", "api_key_id")
HOUR_SUMS = ("requests", "cost")
DAY_MARKS = (
    "project_id", "day", "api_key_id", "endpoint", "method", "deployment", "model", "model_id", "version", "language",
    "features", "tags", "line_item",
)  # fmt: skip
DAY_SUMS = ("requests", "seconds", "total_seconds", "agent_seconds", "characters", "tokens_in", "tokens_out", "cost")
