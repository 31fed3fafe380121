"""What is remembered of projects, keys and usage: SQLite in the data folder, or PostgreSQL.

`ports.py` is what the rest of the engine sees, `schema.py` names the tables, `migrations` brings an older database up
to them, `sqlite.py` and `postgres.py` open one. SQLAlchemy is imported here and in `engine.manage` only: an engine that
keeps no projects never loads it.
"""

from pathlib import Path

from sonant.engine.store.ports import Database


def open_database(folder: Path, url: str = "") -> Database:
    """The database of a data folder, or the one that a URL names, brought up to date.

    Raises:
        DatabaseError: it cannot be used.
    """
    from sonant.engine.store.migrations import upgrade

    database = _open(folder, url)
    try:
        upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


def _open(folder: Path, url: str) -> Database:
    if url:
        from sonant.engine.store.postgres import open_postgres

        return open_postgres(url)
    from sonant.engine.store.sqlite import FILE, open_sqlite

    return open_sqlite(folder / FILE)
