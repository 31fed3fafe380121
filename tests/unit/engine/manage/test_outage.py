"""A database that goes away for a while."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg

from postgres import Postgres
from unit.engine.manage.desk import office


def _allow(url: str, *, connections: bool) -> None:
    """Let a database be used, or nobody into it, not even who was there."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {connections}'.encode())
        if not connections:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


async def test_what_was_used_meanwhile_is_recorded_afterwards(postgres: Postgres, tmp_path: Path) -> None:
    kept: dict[str, Any] = {"data": tmp_path / "data", "database": postgres.make_database()}
    async with office(kept) as owner:
        _allow(kept["database"], connections=False)
        assert (await owner.listen("tag=meanwhile")).status == 200  # the key was known a moment ago
        unavailable = await owner.ask("GET", ".")
        assert unavailable.status == 503
        await asyncio.sleep(1.0)
        assert (await owner.listen()).status == 503  # whether the key is still good cannot be told
        _allow(kept["database"], connections=True)
        for _ in range(100):
            if (await owner.ask("GET", ".")).status == 200:
                break
            await asyncio.sleep(0.05)
        (row,) = (await owner.get("./requests"))["requests"]
        assert row["response"]["details"]["tags"] == ["meanwhile"]
