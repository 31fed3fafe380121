"""Projects, members, keys, invitations, credentials, agents, purchases, and the request log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KIND = ("api_key_id", "endpoint", "method", "deployment", "model", "model_id", "version", "language")


def upgrade() -> None:
    """Make all tables."""
    op.create_table("facts", sa.Column("name", sa.String(64), primary_key=True), _text("value"))
    op.create_table(
        "projects",
        _id("project_id"),
        _text("name"),
        _text("company", ""),
        sa.Column("mip_opt_out", sa.Boolean, nullable=False, server_default=sa.true()),
        _time("created"),
    )
    _make_people()
    _make_things()
    _make_log()


def _make_people() -> None:
    _table(
        "members",
        _id("member_id"),
        _text("email"),
        _text("first_name", ""),
        _text("last_name", ""),
        sa.Column("role", sa.String(16), nullable=False),
        _time("created"),
        sa.UniqueConstraint("project_id", "email"),
    )
    _table(
        "keys",
        _id("api_key_id"),
        _member(),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        _text("comment"),
        _json("scopes"),
        _json("tags"),
        _time("created"),
        sa.Column("expires", sa.BigInteger),
    )
    op.create_index("ix_keys_member_id", "keys", ["member_id"])
    op.create_table(
        "invites",
        sa.Column(
            "project_id", sa.String(36), sa.ForeignKey("projects.project_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("email", sa.String(320), primary_key=True),
        sa.Column("scope", sa.String(16), nullable=False),
        _time("created"),
    )
    _table(
        "outbox",
        _id("mail_id"),
        _text("recipient"),
        _text("subject"),
        _text("body"),
        _time("created"),
        sa.Column("sent", sa.BigInteger),
        _text("trouble", ""),
    )


def _make_things() -> None:
    _table(
        "credentials",
        _id("credentials_id"),
        _member(),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("comment", sa.Text),
        _json("scopes"),
        _time("created"),
    )
    op.create_index("ix_credentials_member_id", "credentials", ["member_id"])
    _table("agents", _id("agent_id"), _text("config"), _json("labels"), _time("created"), _time("updated"))
    _table(
        "variables",
        _id("variable_id"),
        sa.Column("key", sa.String(255), nullable=False),
        _json("value"),
        sa.Column("is_sensitive", sa.Boolean, nullable=False, server_default=sa.false()),
        _time("created"),
        _time("updated"),
        sa.UniqueConstraint("project_id", "key"),
    )
    _table(
        "purchases",
        _id("order_id"),
        sa.Column("order_type", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        _time("created"),
        sa.Column("expires", sa.BigInteger),
    )


def _make_log() -> None:
    counts = ("characters", "tokens_in", "tokens_out", "cost")
    op.create_table(
        "usage",
        _id("request_id"),
        _project(),
        _time("created"),
        _time("completed"),
        sa.Column("code", sa.Integer, nullable=False),
        _text("path"),
        *(_text(name, "") for name in _KIND),
        _text("features", "[]"),
        _text("tags", "[]"),
        _text("line_item", ""),
        sa.Column("callback", sa.Text),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("agent_seconds", sa.Float, nullable=False),
        *(_time(name) for name in counts),
    )
    op.create_index("usage_by_time", "usage", ["project_id", "created", "request_id"])


def _table(name: str, key: "sa.Column[str]", *parts: sa.schema.SchemaItem) -> None:
    """A table of things that belong to a project, and go with it."""
    op.create_table(name, key, _project(), *parts)
    op.create_index(f"ix_{name}_project_id", name, ["project_id"])


def _id(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(36), primary_key=True)


def _project() -> "sa.Column[str]":
    return sa.Column(
        "project_id", sa.String(36), sa.ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False
    )


def _member() -> "sa.Column[str]":
    return sa.Column("member_id", sa.String(36), sa.ForeignKey("members.member_id", ondelete="CASCADE"), nullable=False)


def _text(name: str, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _json(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.JSON, nullable=False)


def _time(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False)
