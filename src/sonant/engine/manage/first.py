"""The first start of a data folder: a project, an owner, and a key that is shown once."""

import os
from pathlib import Path

from sqlalchemy import Connection, select

from sonant.contract.manage.keys import KeyCreation
from sonant.engine.manage.keys import make_key
from sonant.engine.manage.members import make_member
from sonant.engine.manage.projects import make_project
from sonant.engine.manage.secret import Secret
from sonant.engine.store.schema import projects

FILE = "first-key"
_NAME = "default"
_OWNER = "owner@localhost"


def begin(connection: Connection, secret: Secret, folder: Path) -> str:
    """Make what a database without projects needs, the key being written where only its owner can read it.

    Returns: the key, for the operator to see; empty where there was a project already.
    """
    if connection.execute(select(projects.c.project_id).limit(1)).first():
        return ""
    key = make_owner(connection, secret, _NAME, _OWNER)
    with os.fdopen(os.open(folder / FILE, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(key + "\n")
    return key


def make_owner(connection: Connection, secret: Secret, project: str, email: str) -> str:
    """Make a project with an owner; returns the owner's key."""
    project_id = make_project(connection, project)
    member_id = make_member(connection, project_id, email, "owner")
    return make_key(connection, secret, project_id, member_id, KeyCreation("First key", ["owner"])).key
