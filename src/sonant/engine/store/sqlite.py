"""SQLite in a file of the data folder: one writer at a time, and readers beside it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from sonant.engine.store.ports import WRITES, Database, DatabaseError, explain

FILE = "sonant.sqlite3"
_PATIENCE = 30.0
"""Seconds to wait for another writer."""


def open_sqlite(path: Path) -> Database:
    """The database in a file, which is made if absent; only its owner can read it.

    Raises:
        DatabaseError: the file cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseError(
            f"{path}: {error.strerror}; set SONANT_DATA to a folder that the engine may write"
        ) from None
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": _PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    database = Database(engine, str(path), lambda _: None, FILE, lambda target: _copy(path, target))
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except SQLAlchemyError as error:
        database.close()
        raise explain(error, str(path)) from None
    return database


def _prepare(raw: Any, _: Any) -> None:
    raw.isolation_level = None  # `_begin` says when: the driver would let changes of the schema escape a transaction
    for setting in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = FAST"):
        raw.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    """Begin as what it is: a reader that turned into a writer could be refused in the midst."""
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _copy(path: Path, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
