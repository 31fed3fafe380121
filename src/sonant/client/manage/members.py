"""Members and their scopes."""

from __future__ import annotations

from typing import Unpack

from sonant.client.arguments import make_body
from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.manage.members import (
    GET_MEMBER_SCOPES,
    LIST_MEMBERS,
    REMOVE_MEMBER,
    UPDATE_MEMBER_SCOPE,
    MemberList,
    ScopeList,
    ScopeUpdate,
    ScopeUpdated,
)
from sonant.contract.wire import Done


class Members(Namespace[F]):
    """Members and their scopes."""

    @operation
    def get_project_members(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[MemberList]:
        """List the members of a project.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/members
        """
        return Call(LIST_MEMBERS, extras, ids={"project_id": project_id})

    @operation
    def remove_project_member(self, project_id: str, member_id: str, /, **extras: Unpack[CallExtras]) -> Call[Done]:
        """End a membership; the member's keys go with it.

        Args:
            project_id: the project.
            member_id: the member.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadRequest: among others, nobody else is an owner.
            NotFound: there is no such project or member.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/members/{member_id}
        """
        return Call(REMOVE_MEMBER, extras, ids={"project_id": project_id, "member_id": member_id})

    @operation
    def get_project_member_scopes(
        self, project_id: str, member_id: str, /, **extras: Unpack[CallExtras]
    ) -> Call[ScopeList]:
        """What a member may do.

        Args:
            project_id: the project.
            member_id: the member.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or member.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/members/{member_id}/scopes
        """
        return Call(GET_MEMBER_SCOPES, extras, ids={"project_id": project_id, "member_id": member_id})

    @operation
    def update_project_member_scope(
        self, project_id: str, member_id: str, /, *, scope: str, **extras: Unpack[CallExtras]
    ) -> Call[ScopeUpdated]:
        """Change what a member may do.

        Args:
            project_id: the project.
            member_id: the member.
            scope: a role (`owner`, `admin`, `member`), or a scope such as `usage:read`.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project or member.
            ApiError, TransportError: as everywhere.

        Spec: PUT /v1/projects/{project_id}/members/{member_id}/scopes
        """
        return Call(
            UPDATE_MEMBER_SCOPE,
            extras,
            ids={"project_id": project_id, "member_id": member_id},
            body=make_body(ScopeUpdate, scope=scope),
        )
