"""Projects, what they may use and what was bought for them."""

from typing import Annotated

from cyclopts import Parameter

from sonant.cli.admin.target import HERE, Asked
from sonant.cli.manage.target import Commands
from sonant.cli.tables import make_table, print_table
from sonant.cli.talk import OK, Mistyped, deliver, note

_DOLLAR = 1_000_000_000


def list_projects(*, target: Asked = HERE) -> int:
    """List all projects and their limits.

    Args:
        target: Which folder.
    """
    from sonant.engine.manage.office import list_all_projects
    from sonant.engine.manage.times import to_datetime

    with target.open() as desk:
        rows = (
            (
                row.project_id,
                row.name,
                to_datetime(row.created),
                row.concurrency,
                row.requests_per_minute,
                None if row.monthly_spend is None else row.monthly_spend / _DOLLAR,
                row.prepaid,
            )
            for row in desk.read(list_all_projects)
        )
        heads = ("id", "name", "created", "at once", "a minute", "dollars a month", "prepaid")
        print_table(make_table(*heads, rows=rows))
    return OK


def create_project(name: str, /, *, email: str = "owner@localhost", target: Asked = HERE) -> int:
    """Make a project with an owner, whose key is printed to standard output and never shown again.

    Args:
        name: What the project is called.
        email: Who its owner is.
        target: Which folder.
    """
    from sonant.engine.manage.first import make_owner

    with target.open() as desk:
        key = desk.write(make_owner, desk.office.secret, name, email)
    deliver(key, None)
    note("This is the only time that the key is shown.")
    return OK


def delete_project(
    project: str, /, *, yes: Annotated[bool, Parameter(negative=())] = False, target: Asked = HERE
) -> int:
    """Delete a project with all that belongs to it, for good.

    Args:
        project: Its id.
        yes: It really is to be deleted.
        target: Which folder.
    """
    from sonant.engine.manage.projects import delete_project as delete

    if not yes:
        raise Mistyped("Deleting a project cannot be undone: keys, members and usage go with it. Say --yes.")
    with target.open() as desk:
        desk.write(delete, project)
    deliver("The project was deleted.", None)
    return OK


def limit_project(
    project: str,
    /,
    *,
    concurrency: int | None = None,
    requests_per_minute: int | None = None,
    monthly_spend: float | None = None,
    prepaid: Annotated[bool, Parameter(negative=())] = False,
    target: Asked = HERE,
) -> int:
    """Bound what a project may use; what is left out is not bounded any more. A running engine follows within a second.

    Args:
        project: Its id.
        concurrency: Requests and streams at once; each engine counts its own.
        requests_per_minute: Requests within any minute; each engine counts its own.
        monthly_spend: US dollars in a calendar month, UTC.
        prepaid: It may use no more than was bought for it.
        target: Which folder.
    """
    from sonant.engine.manage.grants import Limits
    from sonant.engine.manage.projects import set_limits

    if any(given is not None and given < 0 for given in (concurrency, requests_per_minute, monthly_spend)):
        raise Mistyped("A limit is not below 0.")
    spend = None if monthly_spend is None else round(monthly_spend * _DOLLAR)
    with target.open() as desk:
        desk.write(set_limits, project, Limits(concurrency, requests_per_minute, spend, prepaid))
    deliver("The limits were changed.", None)
    return OK


def note_purchase(
    project: str, dollars: float, /, *, kind: str = "prepaid", expires: str | None = None, target: Asked = HERE
) -> int:
    """Note that something was bought for a project, which can then be used up.

    Args:
        project: Its id.
        dollars: How much, in US dollars.
        kind: What the purchase is called.
        expires: The day on which what is left of it ends, 2026-01-31.
        target: Which folder.
    """
    from datetime import date

    from sonant.engine.manage.billing import make_purchase
    from sonant.engine.manage.projects import lock_project
    from sonant.engine.manage.times import to_moment

    if not 0 < dollars < 1e9:
        raise Mistyped("A purchase is of more than 0 dollars.")
    try:
        ends = to_moment(date.fromisoformat(expires)) if expires else None
    except ValueError:
        raise Mistyped(f"{expires} is no day such as 2026-01-31.") from None
    with target.open() as desk:
        desk.read(lock_project, project)
        made = desk.write(make_purchase, project, dollars, kind, ends)
    deliver(made, None)
    return OK


COMMANDS: Commands = {
    "projects": list_projects,
    "create-project": create_project,
    "delete-project": delete_project,
    "limit": limit_project,
    "purchase": note_purchase,
}
