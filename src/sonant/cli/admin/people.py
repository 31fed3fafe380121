"""Keys, and people who were invited."""

from sonant.cli.admin.target import HERE, Asked, show_key
from sonant.cli.manage.target import Commands
from sonant.cli.tables import make_table, print_table
from sonant.cli.talk import OK, deliver


def list_keys(*, project: str | None = None, target: Asked = HERE) -> int:
    """List keys; the keys themselves are not known here.

    Args:
        project: Only those of the project with this id.
        target: Which folder.
    """
    from sonant.engine.manage.office import list_all_keys
    from sonant.engine.manage.times import to_datetime

    with target.open() as desk:
        rows = (
            (row.api_key_id, row.comment, row.scopes, row.email, to_datetime(row.expires), row.project_id)
            for row in desk.read(list_all_keys, project)
        )
        print_table(make_table("id", "comment", "scopes", "member", "expires", "project", rows=rows))
    return OK


def rotate_key(key: str, /, *, target: Asked = HERE) -> int:
    """Put a new key in the place of another, which ends within a second. The new one is printed to standard output.

    Args:
        key: The id of the other; `sonant admin keys` has it.
        target: Which folder.
    """
    from sonant.engine.manage.office import rotate_key as rotate

    with target.open() as desk:
        made = desk.write(rotate, desk.office.secret, key)
    show_key(made)
    return OK


def create_key(project: str, email: str, /, *, comment: str = "Made by the operator", target: Asked = HERE) -> int:
    """Make a key for a member, say for an owner who has none left. It is printed to standard output.

    Args:
        project: The id of the project.
        email: Of the member.
        comment: What the key is for.
        target: Which folder.
    """
    from sonant.engine.manage.office import create_key as create

    with target.open() as desk:
        made = desk.write(create, desk.office.secret, project, email, comment)
    show_key(made)
    return OK


def show_outbox(*, target: Asked = HERE) -> int:
    """Show letters to invited people that were not sent: without a mail server all of them, to be passed on by hand.

    Args:
        target: Which folder.
    """
    from sonant.engine.manage.invites import list_letters

    with target.open() as desk:
        for letter in desk.read(list_letters):
            trouble = f"Not sent: {letter.trouble}\n" if letter.trouble else ""
            project = f"Project: {letter.project_id}\n"
            deliver(f"To: {letter.recipient}\nSubject: {letter.subject}\n{project}{trouble}\n{letter.body}", None)
    return OK


def accept_invite(project: str, email: str, /, *, target: Asked = HERE) -> int:
    """Make a member of somebody who was invited and agreed. Their key is printed to standard output.

    Args:
        project: The id of the project.
        email: Who was invited.
        target: Which folder.
    """
    from sonant.engine.manage.invites import accept_invite as accept

    with target.open() as desk:
        made = desk.write(accept, desk.office.secret, project, email)
    show_key(made)
    return OK


COMMANDS: Commands = {
    "keys": list_keys,
    "create-key": create_key,
    "rotate-key": rotate_key,
    "outbox": show_outbox,
    "accept": accept_invite,
}
