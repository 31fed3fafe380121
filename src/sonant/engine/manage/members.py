"""Members of a project, each in a role. The last owner stays."""

from sqlalchemy import Connection, delete, func, insert, select, update

from sonant.contract.faults import LAST_OWNER, MEMBER_NOT_FOUND, UNKNOWN_SCOPE
from sonant.contract.manage.members import Member, MemberList, ScopeList
from sonant.engine.manage.grants import Grant, new_id
from sonant.engine.manage.projects import lock_project
from sonant.engine.manage.scopes import ROLES, people_scope
from sonant.engine.manage.times import now
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record
from sonant.engine.store.schema import members


def make_member(connection: Connection, project_id: str, email: str, role: str) -> str:
    """Add a member; returns its id."""
    member_id = new_id()
    values = {"member_id": member_id, "project_id": project_id, "email": email, "role": role, "created": now()}
    connection.execute(insert(members).values(values))
    return member_id


def list_members(connection: Connection, grant: Grant) -> MemberList:
    """All members, in the order in which they joined."""
    wanted = select(members).where(members.c.project_id == grant.project_id)
    rows = connection.execute(wanted.order_by(members.c.created, members.c.member_id))
    return MemberList([_show(row) for row in rows])


def get_scopes(connection: Connection, grant: Grant, member_id: str) -> ScopeList:
    """What a member may do. Everybody may ask about themselves.

    Raises:
        Refusal: there is no such member, or the caller may not ask.
    """
    row = find_member(connection, grant.project_id, member_id)
    if row.member_id != grant.member_id:
        grant.need(people_scope(row.role, "read:scopes"))
    return ScopeList([row.role])


def set_scope(connection: Connection, grant: Grant, member_id: str, role: str) -> ScopeList:
    """Give a member another role.

    Raises:
        Refusal: there is no such member or role, the caller may not, or the project would have no owner.
    """
    check_role(role)
    lock_project(connection, grant.project_id)
    row = find_member(connection, grant.project_id, member_id)
    for each in (row.role, role):
        grant.need(people_scope(each, "write:scopes"))
    if row.role == "owner" != role:
        _check_owners(connection, grant.project_id)
    connection.execute(update(members).where(members.c.member_id == row.member_id).values(role=role))
    return ScopeList([role])


def remove_member(connection: Connection, grant: Grant, member_id: str) -> None:
    """End somebody's membership; their keys go too.

    Raises:
        Refusal: there is no such member, the caller may not, or the project would have no owner.
    """
    lock_project(connection, grant.project_id)
    row = find_member(connection, grant.project_id, member_id)
    grant.need(people_scope(row.role, "write:kick"))
    _remove(connection, row)


def leave(connection: Connection, grant: Grant) -> None:
    """End the caller's own membership.

    Raises:
        Refusal: the caller is the last owner.
    """
    lock_project(connection, grant.project_id)
    _remove(connection, find_member(connection, grant.project_id, grant.member_id))


def find_member(connection: Connection, project_id: str, member_id: str) -> Record:
    """A member of a project.

    Raises:
        Refusal: there is none such.
    """
    known = (members.c.project_id == project_id) & (members.c.member_id == member_id.lower())
    row = connection.execute(select(members).where(known)).first()
    if row is None:
        raise Refusal(MEMBER_NOT_FOUND)
    return row


def check_role(role: str) -> None:
    """See that a role is one.

    Raises:
        Refusal: it is none.
    """
    if role not in ROLES:
        raise Refusal(UNKNOWN_SCOPE, role[:100])


def _remove(connection: Connection, row: Record) -> None:
    if row.role == "owner":
        _check_owners(connection, row.project_id)
    connection.execute(delete(members).where(members.c.member_id == row.member_id))


def _check_owners(connection: Connection, project_id: str) -> None:
    owners = (members.c.project_id == project_id) & (members.c.role == "owner")
    if (connection.execute(select(func.count()).where(owners)).scalar() or 0) < 2:
        raise Refusal(LAST_OWNER)


def _show(row: Record) -> Member:
    return Member(row.member_id, row.email, row.first_name or None, row.last_name or None, [row.role])
