"""Brings an older database up to `schema.py`, a step at a time, all in one transaction: whole or not at all."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from sonant.engine.store.ports import Database, DatabaseError

HEAD = "0002"
"""The revision that `schema.py` describes."""


def upgrade(database: Database, to: str = HEAD) -> bool:
    """Bring a database up to date; whether there was anything to do.

    Raises:
        DatabaseError: it was written by a newer version of the engine.
    """
    with database.write() as connection:
        database.lock(connection)
        found = find_revision(connection)
        if found == to:
            return False
        if found > HEAD:
            raise DatabaseError(f"{database.place} was written by a newer version of sonant; run that one")
        _migrate(connection, to)
    return True


def find_revision(connection: Connection) -> str:
    """How far a database has come; empty for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _migrate(connection: Connection, to: str) -> None:
    from alembic import command  # takes a while, and most starts need none
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
