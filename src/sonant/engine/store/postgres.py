"""PostgreSQL, named by a URL."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from sonant.engine.store.ports import Database, DatabaseError, explain

_MIGRATION = 0x736F6E616E74
"""Number of the advisory lock that migrations hold."""
_PATIENCE = 5
"""Seconds in which a server has to answer."""


def open_postgres(url: str) -> Database:
    """The database that a URL names: `postgresql://user:password@host:5432/name`.

    Raises:
        DatabaseError: the URL cannot be read, the driver is not installed, or nobody answers.
    """
    made = _read(url)
    place = f"PostgreSQL at {made.host or 'its socket'}"
    try:
        engine = create_engine(
            made, pool_pre_ping=True, pool_size=8, max_overflow=56, connect_args={"connect_timeout": _PATIENCE}
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise DatabaseError('psycopg is not installed; run pip install "sonant[postgres]"') from None
    database = Database(engine, place, _lock, "sonant.pgdump", lambda target: _copy(made, target))
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        database.close()
        raise explain(error, place) from None
    return database


def _read(url: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:
        raise DatabaseError("SONANT_DATABASE cannot be read; write postgresql://user:password@host:5432/name") from None
    if made.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseError("SONANT_DATABASE names no PostgreSQL; leave it out for SQLite in the data folder")
    return made.set(drivername="postgresql+psycopg")


def _lock(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION})


def _copy(url: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise DatabaseError("pg_dump is not here; it makes the copy: install PostgreSQL's client programs")
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    shown = url.set(drivername="postgresql", password=None).render_as_string()
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        done = subprocess.run(  # noqa: S603 - our own command
            [program, "--format=custom", f"--dbname={shown}"],
            stdout=file,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
    if done.returncode:
        target.unlink()
        raise DatabaseError(f"pg_dump failed: {done.stderr.decode(errors='replace').strip()}")
