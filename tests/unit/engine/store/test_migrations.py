"""Older databases come up to date whole or not at all."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text

from sonant.engine.store import _open as open_as_it_is
from sonant.engine.store import migrations, open_database
from sonant.engine.store.migrations import HEAD, find_revision, upgrade
from sonant.engine.store.ports import Database, DatabaseError
from sonant.engine.store.schema import HOUR_MARKS, metadata, usage, usage_days, usage_hours

PROJECT = "6742b4c4-ae51-4178-89d1-d031a7dedaa8"


@pytest.fixture
def old(kept: dict[str, Any]) -> Iterator[Database]:
    """A database of the first revision, with a project and a hundred requests."""
    database = open_as_it_is(kept["data"], kept.get("database", ""))
    upgrade(database, "0001")
    with database.write() as connection:
        made = text("INSERT INTO projects (project_id, name, created) VALUES (:project, 'old', 1)")
        connection.execute(made, {"project": PROJECT})
        connection.execute(insert(usage), [_row(number) for number in range(100)])
    yield database
    database.close()


def _row(number: int) -> dict[str, Any]:
    return {
        "request_id": f"r{number:03}", "project_id": PROJECT, "created": 3_600_000 * (number // 10) + number,
        "completed": 1, "code": 200 if number % 2 else 500, "path": "/v1/listen", "api_key_id": "k",
        "endpoint": "listen", "method": "sync", "deployment": "self-hosted", "features": "[]", "tags": '["a"]',
        "seconds": 2.0, "channels": 2, "agent_seconds": 0.0, "characters": 0, "tokens_in": 0, "tokens_out": 0,
        "cost": 5,
    }  # fmt: skip


def test_the_steps_lead_to_the_schema(kept: dict[str, Any]) -> None:
    database = open_database(kept["data"], kept.get("database", ""))
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert find_revision(connection) == HEAD
    database.close()
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == HEAD


def test_a_previous_database_comes_up_to_date_with_all_that_is_in_it(old: Database) -> None:
    assert upgrade(old)
    assert not upgrade(old)
    with old.read() as connection:
        assert connection.execute(text("SELECT name, prepaid, concurrency FROM projects")).one() == ("old", False, None)
        assert len(list(connection.execute(select(usage)))) == 100
        hours, days = list(connection.execute(select(usage_hours))), list(connection.execute(select(usage_days)))
    assert len(hours) == 20
    assert {(hour.requests, hour.cost) for hour in hours} == {(5, 25)}
    assert [(day.requests, day.seconds, day.total_seconds, day.cost) for day in days] == [(100, 200.0, 400.0, 500)]


def test_the_sums_of_a_migration_are_those_of_the_ledger(old: Database) -> None:
    from sonant.engine.manage.ledger import sum_by_day, sum_by_hour

    with old.read() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(usage))]
    more = {"requests": 1, "total_seconds": 4.0}
    rows = [{**row, **more, "succeeded": row["code"] < 400} for row in rows]
    upgrade(old)
    with old.read() as connection:
        hours = [dict(row._mapping) for row in connection.execute(select(usage_hours).order_by(*HOUR_MARKS))]
        days = [dict(row._mapping) for row in connection.execute(select(usage_days))]
    assert hours == sum_by_hour(rows)
    assert days == sum_by_day(rows)


def _is_as_before(database: Database) -> bool:
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
        columns = {column["name"] for column in inspect(connection).get_columns("projects")}
        whole = len(list(connection.execute(select(usage.c.request_id)))) == 100
        return (
            whole and find_revision(connection) == "0001" and "usage_hours" not in tables and "prepaid" not in columns
        )


def test_a_migration_that_fails_leaves_what_was_there(old: Database) -> None:
    with old.write() as connection:  # what the last step trips over, after it has changed the schema
        connection.execute(text("CREATE TABLE trap (project_id VARCHAR)"))
        connection.execute(text("CREATE INDEX usage_days_by_time ON trap (project_id)"))
    with pytest.raises(Exception, match="usage_days_by_time"):
        upgrade(old)
    assert _is_as_before(old)
    with old.write() as connection:
        connection.execute(text("DROP TABLE trap"))
    assert upgrade(old)


KILLED = """
import os, signal, sys
from pathlib import Path
from alembic.operations import Operations
from sonant.engine.store import open_database

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

Operations.create_index = Operations.bulk_insert = die
open_database(Path(sys.argv[1]), sys.argv[2])
"""


def test_a_migration_that_is_killed_leaves_what_was_there(old: Database, kept: dict[str, Any]) -> None:
    command = [sys.executable, "-c", KILLED, str(kept["data"]), kept.get("database", "")]
    died = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert _is_as_before(old)
    assert upgrade(old)


def test_a_newer_database_is_left_alone(old: Database) -> None:
    upgrade(old)
    with old.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        upgrade(old)


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "sonant.sqlite3").write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(DatabaseError, match=r"sonant\.sqlite3 cannot be used"):
        open_database(tmp_path)
    for url, said in (
        ("postgresql://someone:hidden@127.0.0.1:1/none", "PostgreSQL at 127.0.0.1"),
        ("mysql://x/y", "names no PostgreSQL"),
        ("nonsense", "cannot be read"),
    ):
        with pytest.raises(DatabaseError, match=said) as caught:
            open_database(tmp_path / "other", url)
        assert "hidden" not in str(caught.value)
