"""What an operator does without HTTP: on the database itself, while an engine may run."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from sonant.contract.faults import KEY_NOT_FOUND, MEMBER_NOT_FOUND
from sonant.contract.manage.keys import KeyCreation, NewKey
from sonant.engine.manage import secret as secrets
from sonant.engine.manage.first import begin
from sonant.engine.manage.keys import make_key
from sonant.engine.manage.secret import Secret, check_secret, read_secret
from sonant.engine.manage.times import to_datetime
from sonant.engine.refusals import Refusal
from sonant.engine.store import open_database
from sonant.engine.store.ports import Database, DatabaseError, Record
from sonant.engine.store.schema import keys, members, projects


class Office(NamedTuple):
    """A database and its secret, opened and up to date."""

    database: Database
    secret: Secret
    first_key: str
    """Of the first start, to be shown once; empty later."""


@contextmanager
def open_office(folder: Path, url: str = "") -> Generator[Office]:
    """Open a data folder, which is made at the first start.

    Raises:
        DatabaseError: it cannot be used.
    """
    secret = read_secret(folder)
    database = open_database(folder, url)
    try:
        with database.write() as connection:
            database.lock(connection)
            check_secret(connection, secret, database.place)
            first_key = begin(connection, secret, folder)
        yield Office(database, secret, first_key)
    finally:
        database.close()


def list_all_projects(connection: Connection) -> list[Record]:
    """All projects, oldest first."""
    return list(connection.execute(select(projects).order_by(projects.c.created)))


def list_all_keys(connection: Connection, project_id: str | None) -> list[Record]:
    """The keys of a project, or all; with the email of their member."""
    wanted = select(keys, members.c.email).join(members, members.c.member_id == keys.c.member_id)
    chosen = wanted.where(keys.c.project_id == project_id) if project_id else wanted
    return list(connection.execute(chosen.order_by(keys.c.project_id, keys.c.created)))


def rotate_key(connection: Connection, secret: Secret, key_id: str) -> NewKey:
    """Put a new key in the place of one that is lost or known too well; the old one ends.

    Raises:
        Refusal: there is no such key.
    """
    row = connection.execute(select(keys).where(keys.c.api_key_id == key_id.lower())).first()
    if row is None:
        raise Refusal(KEY_NOT_FOUND)
    connection.execute(delete(keys).where(keys.c.api_key_id == row.api_key_id))
    wish = KeyCreation(row.comment, row.scopes, row.tags, to_datetime(row.expires))
    return make_key(connection, secret, row.project_id, row.member_id, wish)


def create_key(connection: Connection, secret: Secret, project_id: str, email: str, comment: str) -> NewKey:
    """Make a key for a member who has none left, with all that the member may do.

    Raises:
        Refusal: the project has no such member.
    """
    of_member = (members.c.project_id == project_id.lower()) & (members.c.email == email)
    row = connection.execute(select(members).where(of_member)).first()
    if row is None:
        raise Refusal(MEMBER_NOT_FOUND)
    return make_key(connection, secret, row.project_id, row.member_id, KeyCreation(comment, [row.role]))


def back_up(database: Database, folder: Path, target: Path) -> list[Path]:
    """Copy all that must not be lost into a new folder, while an engine goes on; returns the files.

    Raises:
        DatabaseError: the folder is there already, or cannot be written.
    """
    try:
        target.mkdir(parents=True, mode=0o700)
        _copy_secret(folder / secrets.FILE, target / secrets.FILE)
        database.copy(target / database.file)
    except OSError as error:
        raise DatabaseError(f"{target}: {error.strerror}; name a folder that is not there yet") from None
    return [target / database.file, target / secrets.FILE]


def _copy_secret(secret: Path, target: Path) -> None:
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
        copy.write(secret.read_bytes())
