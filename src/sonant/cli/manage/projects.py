"""`sonant projects`."""

from typing import Annotated

from cyclopts import Parameter

from sonant.cli.manage.target import ANY, Asked, Commands, show, show_done
from sonant.cli.tables import make_facts, make_table
from sonant.cli.talk import Mistyped


def list_projects(*, target: Asked = ANY) -> int:
    """List the projects that the key reaches.

    Args:
        target: Who is asked.
    """
    with target.connect() as client:
        found = client.manage.get_projects()
    rows = ((project.project_id, project.name, project.company) for project in found.projects)
    return show(found, make_table("id", "name", "company", rows=rows), target)


def show_project(project: str, /, *, target: Asked = ANY) -> int:
    """Tell about a project.

    Args:
        project: Its id.
        target: Who is asked.
    """
    with target.connect() as client:
        found = client.manage.get_project(project)
    facts = make_facts(
        id=found.project_id, name=found.name, company=found.company, opted_out_of_model_improvement=found.mip_opt_out
    )
    return show(found, facts, target)


def update_project(project: str, /, *, name: str | None = None, company: str | None = None, target: Asked = ANY) -> int:
    """Rename a project.

    Args:
        project: Its id.
        name: Its new name.
        company: Its new company.
        target: Who is asked.
    """
    if name is None and company is None:
        raise Mistyped("Say what to change: --name, --company.")
    with target.connect() as client:
        done = client.manage.update_project(project, name=name, company=company)
    return show_done(done, "The project was changed.", target)


def delete_project(
    project: str, /, *, yes: Annotated[bool, Parameter(negative=())] = False, target: Asked = ANY
) -> int:
    """Delete a project with all that belongs to it, for good.

    Args:
        project: Its id.
        yes: It really is to be deleted.
        target: Who is asked.
    """
    if not yes:
        raise Mistyped("Deleting a project cannot be undone: keys, members and usage go with it. Say --yes.")
    with target.connect() as client:
        done = client.manage.delete_project(project)
    return show_done(done, "The project was deleted.", target)


def leave_project(project: str, /, *, target: Asked = ANY) -> int:
    """End your own membership.

    Args:
        project: The id of the project.
        target: Who is asked.
    """
    with target.connect() as client:
        done = client.manage.leave_project(project)
    return show_done(done, "You have left the project.", target)


COMMANDS: Commands = {
    "list": list_projects,
    "show": show_project,
    "update": update_project,
    "delete": delete_project,
    "leave": leave_project,
}
