"""Invitations: `/v1/projects/{project_id}/invites`."""

from sonant.contract.wire import Done, NoOptions, Operation, Part, Reply


class Invite(Part, frozen=True):
    """Somebody who was asked to join: where, and as what. To send one is to send this."""

    email: str
    scope: str
    """The role or scope that they get: `member`, `admin`, `owner`."""


class InviteList(Reply, frozen=True):
    """Invitations that nobody has taken up yet."""

    invites: list[Invite]


LIST_INVITES: Operation[NoOptions, InviteList] = Operation(
    name="list_invites",
    method="GET",
    path="/v1/projects/{project_id}/invites",
    query=NoOptions,
    returns=InviteList,
)
"""The invitations of a project."""

SEND_INVITE: Operation[NoOptions, Done] = Operation(
    name="send_invite",
    method="POST",
    path="/v1/projects/{project_id}/invites",
    query=NoOptions,
    returns=Done,
    json=Invite,
)
"""Invite somebody."""

DELETE_INVITE: Operation[NoOptions, Done] = Operation(
    name="delete_invite",
    method="DELETE",
    path="/v1/projects/{project_id}/invites/{email}",
    query=NoOptions,
    returns=Done,
)
"""Take an invitation back."""
