"""`sonant keys`."""

from typing import Annotated

from cyclopts import Parameter

from sonant.cli.manage.target import ANY_PROJECT, AskedInProject, Commands, format_json, given, show, show_done
from sonant.cli.tables import make_facts, make_table
from sonant.cli.talk import OK, deliver, note
from sonant.contract.manage.keys import KeyStatus


def list_keys(*, status: KeyStatus | None = None, target: AskedInProject = ANY_PROJECT) -> int:
    """List the keys of a project; the keys themselves are not shown.

    Args:
        status: Only keys that are good, or only those that were.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_keys(project, **given(status=status))
    rows = (
        (key.api_key_id, key.comment, key.scopes, key.tags, key.created, key.expiration_date, each.member.email)
        for each in found.api_keys
        for key in (each.api_key,)
    )
    heads = ("id", "comment", "scopes", "tags", "created", "expires", "member")
    return show(found, make_table(*heads, rows=rows), target)


def show_key(key: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Tell about a key; the key itself is not shown.

    Args:
        key: Its id.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_key(project, key)
    known = found.api_key
    facts = make_facts(
        id=known.api_key_id,
        comment=known.comment,
        scopes=known.scopes,
        tags=known.tags,
        created=known.created,
        expires=known.expiration_date,
        member=found.member.email or found.member.member_id,
    )
    return show(found, facts, target)


def create_key(
    comment: str,
    /,
    *,
    scope: Annotated[list[str] | None, Parameter(negative=())] = None,
    tag: Annotated[list[str] | None, Parameter(negative=())] = None,
    expires: str | None = None,
    ttl: int | None = None,
    target: AskedInProject = ANY_PROJECT,
) -> int:
    """Make a key. It is printed to standard output, and never shown again.

    Args:
        comment: What it is for.
        scope: What it may do: a role (owner, admin, member), or scopes such as usage:read; member unless given.
        tag: Tags for its requests.
        expires: When it ceases to be good, with its zone: 2025-01-31T12:00:00Z.
        ttl: For how many seconds it is good instead.
        target: Who is asked.
    """
    more = given(tags=tag, expiration_date=expires, time_to_live_in_seconds=ttl)
    with target.open() as (client, project):
        made = client.manage.create_project_key(project, comment=comment, scopes=scope or ["member"], **more)
    deliver(format_json(made) if target.as_json else made.key, None)
    note(f"This is the only time that the key is shown. Its id is {made.api_key_id}.")
    return OK


def delete_key(key: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Delete a key; what uses it is shut out.

    Args:
        key: Its id.
        target: Who is asked.
    """
    with target.open() as (client, project):
        done = client.manage.delete_project_key(project, key)
    return show_done(done, "The key was deleted.", target)


COMMANDS: Commands = {"list": list_keys, "show": show_key, "create": create_key, "delete": delete_key}
