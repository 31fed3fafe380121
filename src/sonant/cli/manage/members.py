"""`sonant members`."""

from sonant.cli.manage.target import ANY_PROJECT, AskedInProject, Commands, show, show_done
from sonant.cli.tables import make_table


def list_members(*, target: AskedInProject = ANY_PROJECT) -> int:
    """List the members of a project.

    Args:
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_members(project)
    rows = (
        (member.member_id, member.email, " ".join(filter(None, (member.first_name, member.last_name))), member.scopes)
        for member in found.members
    )
    return show(found, make_table("id", "email", "name", "scopes", rows=rows), target)


def show_scopes(member: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Tell what a member may do.

    Args:
        member: The member's id.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_member_scopes(project, member)
    return show(found, make_table("scope", rows=([scope] for scope in found.scopes)), target)


def set_scope(member: str, scope: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Change what a member may do.

    Args:
        member: The member's id.
        scope: A role (owner, admin, member), or a scope such as usage:read.
        target: Who is asked.
    """
    with target.open() as (client, project):
        done = client.manage.update_project_member_scope(project, member, scope=scope)
    return show_done(done, "The scope was changed.", target)


def remove_member(member: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """End a membership; the member's keys go with it.

    Args:
        member: The member's id.
        target: Who is asked.
    """
    with target.open() as (client, project):
        done = client.manage.remove_project_member(project, member)
    return show_done(done, "The member was removed.", target)


COMMANDS: Commands = {"list": list_members, "scopes": show_scopes, "set-scope": set_scope, "remove": remove_member}
