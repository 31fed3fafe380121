"""The same tests on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postgres import Postgres, run_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with run_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Settings of an engine that keeps projects in an empty database."""
    if request.param == "sqlite":
        return {"data": tmp_path / "data"}
    server: Postgres = request.getfixturevalue("postgres")
    return {"data": tmp_path / "data", "database": server.make_database()}
