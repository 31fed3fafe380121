"""`sonant invites`."""

from sonant.cli.manage.target import ANY_PROJECT, AskedInProject, Commands, show, show_done
from sonant.cli.tables import make_table


def list_invites(*, target: AskedInProject = ANY_PROJECT) -> int:
    """List the invitations that nobody has taken up yet.

    Args:
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_invites(project)
    rows = ((invite.email, invite.scope) for invite in found.invites)
    return show(found, make_table("email", "scope", rows=rows), target)


def send_invite(email: str, /, *, scope: str = "member", target: AskedInProject = ANY_PROJECT) -> int:
    """Invite somebody.

    Args:
        email: Where they read it.
        scope: What they will be: member (unless given), admin, owner.
        target: Who is asked.
    """
    with target.open() as (client, project):
        done = client.manage.send_project_invite(project, email=email, scope=scope)
    return show_done(done, "The invitation was sent.", target)


def delete_invite(email: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Take an invitation back.

    Args:
        email: Where it went.
        target: Who is asked.
    """
    with target.open() as (client, project):
        done = client.manage.delete_project_invite(project, email)
    return show_done(done, "The invitation was taken back.", target)


COMMANDS: Commands = {"list": list_invites, "send": send_invite, "delete": delete_invite}
