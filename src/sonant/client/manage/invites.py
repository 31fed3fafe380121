"""Invitations."""

from __future__ import annotations

from typing import Unpack

from sonant.client.arguments import make_body
from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.manage.invites import DELETE_INVITE, LIST_INVITES, SEND_INVITE, Invite, InviteList
from sonant.contract.wire import Done


class Invites(Namespace[F]):
    """Invitations."""

    @operation
    def get_project_invites(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[InviteList]:
        """List the invitations that nobody has taken up yet.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/invites
        """
        return Call(LIST_INVITES, extras, ids={"project_id": project_id})

    @operation
    def send_project_invite(
        self, project_id: str, /, *, email: str, scope: str, **extras: Unpack[CallExtras]
    ) -> Call[Done]:
        """Invite somebody.

        Args:
            project_id: the project.
            email: where they read it.
            scope: what they will be: `member`, `admin`, `owner`.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/projects/{project_id}/invites
        """
        return Call(
            SEND_INVITE, extras, ids={"project_id": project_id}, body=make_body(Invite, email=email, scope=scope)
        )

    @operation
    def delete_project_invite(self, project_id: str, email: str, /, **extras: Unpack[CallExtras]) -> Call[Done]:
        """Take an invitation back.

        Args:
            project_id: the project.
            email: where it went.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or invitation.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/invites/{email}
        """
        return Call(DELETE_INVITE, extras, ids={"project_id": project_id, "email": email})
