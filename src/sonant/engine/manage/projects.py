"""Projects: what everything else belongs to."""

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from sonant.contract.faults import INVALID_JSON, PROJECT_NOT_FOUND, TOO_MUCH_KEPT
from sonant.contract.manage.projects import Project, ProjectList, ProjectUpdate
from sonant.engine.manage.grants import Grant, Limits, new_id
from sonant.engine.manage.times import now
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record
from sonant.engine.store.schema import projects

_LONGEST = 255
"""Characters of a name."""
MOST_KEPT = 10_000
"""Things of one kind that a project keeps at most."""


def make_project(connection: Connection, name: str, company: str = "") -> str:
    """Make a project; returns its id."""
    project_id = new_id()
    made = insert(projects).values(project_id=project_id, name=name, company=company, created=now())
    connection.execute(made)
    return project_id


def list_projects(connection: Connection, grant: Grant) -> ProjectList:
    """The project of the caller's key."""
    return ProjectList([get_project(connection, grant)])


def get_project(connection: Connection, grant: Grant) -> Project:
    """The caller's project.

    Raises:
        Refusal: it has just been deleted.
    """
    return _show(_find(connection, grant.project_id))


def update_project(connection: Connection, grant: Grant, change: ProjectUpdate) -> None:
    """Change its name or company.

    Raises:
        Refusal: a name is empty or too long, or the project has just been deleted.
    """
    values = {name: text.strip() for name in ("name", "company") if (text := getattr(change, name)) is not None}
    fits = all(len(text) <= _LONGEST and text.isprintable() for text in values.values())
    if not values.get("name", "some") or not fits:
        raise Refusal(INVALID_JSON, f"Json deserialize error: a name has 1 to {_LONGEST} printable characters")
    _find(connection, grant.project_id)
    if values:
        connection.execute(update(projects).where(projects.c.project_id == grant.project_id).values(**values))


def delete_project(connection: Connection, project_id: str) -> None:
    """Delete a project with all that belongs to it.

    Raises:
        Refusal: it has just been deleted.
    """
    _find(connection, project_id)
    connection.execute(delete(projects).where(projects.c.project_id == project_id))


def set_limits(connection: Connection, project_id: str, limits: Limits) -> None:
    """Bound what a project may use.

    Raises:
        Refusal: there is no such project.
    """
    _find(connection, project_id)
    values = {name: getattr(limits, name) for name in limits.__struct_fields__}
    connection.execute(update(projects).where(projects.c.project_id == project_id).values(**values))


def lock_project(connection: Connection, project_id: str) -> Record:
    """Keep others from changing who belongs to a project until the transaction ends.

    Raises:
        Refusal: there is no such project.
    """
    return _find(connection, project_id, locks=True)


def check_room(connection: Connection, table: Table, project_id: str) -> None:
    """See that a project can keep one more of something.

    Raises:
        Refusal: it keeps as many as it may.
    """
    kept = select(func.count()).where(table.c.project_id == project_id)
    if (connection.execute(kept).scalar() or 0) >= MOST_KEPT:
        raise Refusal(TOO_MUCH_KEPT, f"{MOST_KEPT} {table.name}")


def _find(connection: Connection, project_id: str, *, locks: bool = False) -> Record:
    wanted = select(projects).where(projects.c.project_id == project_id)
    row = connection.execute(wanted.with_for_update() if locks else wanted).first()
    if row is None:
        raise Refusal(PROJECT_NOT_FOUND)
    return row


def _show(row: Record) -> Project:
    return Project(row.project_id, row.name, row.company or None, bool(row.mip_opt_out))
