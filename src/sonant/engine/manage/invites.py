"""Invitations, and the letters that tell of them."""

import re
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from sonant.contract.faults import ALREADY_INVITED, ALREADY_MEMBER, INVALID_JSON, INVITE_NOT_FOUND
from sonant.contract.manage.invites import Invite, InviteList
from sonant.contract.manage.keys import KeyCreation, NewKey
from sonant.engine.manage.grants import Grant, new_id
from sonant.engine.manage.keys import make_key
from sonant.engine.manage.members import check_role, make_member
from sonant.engine.manage.projects import check_room, lock_project
from sonant.engine.manage.scopes import people_scope
from sonant.engine.manage.secret import Secret
from sonant.engine.manage.times import now
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record
from sonant.engine.store.schema import invites, members, outbox

_ADDRESS = re.compile(r"[^\s@,;<>\"\x00-\x1f]{1,64}@[^\s@,;<>\"\x00-\x1f]{1,255}")
_SUBJECT = "You are invited to a project"
_LETTER = """Hello,

you are invited to join the project "{name}" as {role}.

Whoever runs the service sends you a key once you say that you accept: answer to them.
"""


def list_invites(connection: Connection, grant: Grant) -> InviteList:
    """Invitations that nobody has taken up yet."""
    wanted = select(invites).where(invites.c.project_id == grant.project_id).order_by(invites.c.email)
    return InviteList([Invite(row.email, row.scope) for row in connection.execute(wanted)])


def send_invite(connection: Connection, grant: Grant, invite: Invite) -> None:
    """Invite somebody; a letter goes into the outbox.

    Raises:
        Refusal: the address is none, they are a member or invited already, or the caller may not.
    """
    check_role(invite.scope)
    email = _read_address(invite.email)
    grant.need(people_scope(invite.scope, "write:invites"))
    project = lock_project(connection, grant.project_id)
    known = (members.c.project_id == grant.project_id) & (members.c.email == email)
    if connection.execute(select(members.c.member_id).where(known)).first():
        raise Refusal(ALREADY_MEMBER, email)
    if _find(connection, grant.project_id, email):
        raise Refusal(ALREADY_INVITED, email)
    check_room(connection, outbox, grant.project_id)
    values = {"project_id": grant.project_id, "email": email, "scope": invite.scope, "created": now()}
    connection.execute(insert(invites).values(values))
    _write_letter(connection, grant.project_id, email, _LETTER.format(name=project.name, role=invite.scope))


def delete_invite(connection: Connection, grant: Grant, email: str) -> None:
    """Take an invitation back.

    Raises:
        Refusal: there is none, or the caller may not.
    """
    row = _find(connection, grant.project_id, email.strip().lower())
    if row is None:
        raise Refusal(INVITE_NOT_FOUND)
    grant.need(people_scope(row.scope, "write:invites"))
    _forget(connection, grant.project_id, row.email)


def accept_invite(connection: Connection, secret: Secret, project_id: str, email: str) -> NewKey:
    """Make a member of somebody who was invited, and a key that may what the role may.

    Raises:
        Refusal: they were not.
    """
    row = _find(connection, project_id, email.strip().lower())
    if row is None:
        raise Refusal(INVITE_NOT_FOUND)
    _forget(connection, project_id, row.email)
    member_id = make_member(connection, project_id, row.email, row.scope)
    return make_key(connection, secret, project_id, member_id, KeyCreation(f"Key of {row.email}", [row.scope]))


def _read_address(email: str) -> str:
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email):
        raise Refusal(INVALID_JSON, "Json deserialize error: `email` is no address")
    return email


def _find(connection: Connection, project_id: str, email: str) -> Record | None:
    known = (invites.c.project_id == project_id) & (invites.c.email == email)
    return connection.execute(select(invites).where(known)).first()


def _forget(connection: Connection, project_id: str, email: str) -> None:
    known = (invites.c.project_id == project_id) & (invites.c.email == email)
    connection.execute(delete(invites).where(known))


def _write_letter(connection: Connection, project_id: str, recipient: str, body: str) -> None:
    values = {"mail_id": new_id(), "project_id": project_id, "recipient": recipient, "subject": _SUBJECT}
    connection.execute(insert(outbox).values(**values, body=body, created=now()))


def list_letters(connection: Connection) -> list[Record]:
    """Letters that were not sent, oldest first."""
    wanted = select(outbox).where(outbox.c.sent.is_(None)).order_by(outbox.c.created, outbox.c.mail_id)
    return list(connection.execute(wanted))


def note_letter(connection: Connection, mail_id: str, trouble: str = "") -> None:
    """Remember that a letter was sent, or why it was not."""
    values: dict[str, Any] = {"trouble": trouble[:1_000]} if trouble else {"sent": now(), "trouble": ""}
    connection.execute(update(outbox).where(outbox.c.mail_id == mail_id).values(**values))
