"""Projects themselves."""

from __future__ import annotations

from typing import Unpack

from sonant.client.arguments import make_body
from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.manage.projects import (
    DELETE_PROJECT,
    GET_PROJECT,
    LEAVE_PROJECT,
    LIST_PROJECTS,
    UPDATE_PROJECT,
    Project,
    ProjectList,
    ProjectOptions,
    ProjectUpdate,
)
from sonant.contract.wire import Done


class ProjectArguments(ProjectOptions, CallExtras, total=False):
    """What `get_project` takes."""


class Projects(Namespace[F]):
    """Projects themselves."""

    @operation
    def get_projects(self, **extras: Unpack[CallExtras]) -> Call[ProjectList]:
        """List the projects that the key reaches.

        Args:
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects
        """
        return Call(LIST_PROJECTS, extras)

    @operation
    def get_project(self, project_id: str, /, **options: Unpack[ProjectArguments]) -> Call[Project]:
        """One project.

        Args:
            project_id: the project.
            options: `limit` and `page`, which change nothing; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}
        """
        return Call(GET_PROJECT, options, ids={"project_id": project_id})

    @operation
    def update_project(
        self, project_id: str, /, *, name: str | None = None, company: str | None = None, **extras: Unpack[CallExtras]
    ) -> Call[Done]:
        """Rename a project; what is left out stays.

        Args:
            project_id: the project.
            name: its new name.
            company: its new company.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: PATCH /v1/projects/{project_id}
        """
        return Call(
            UPDATE_PROJECT,
            extras,
            ids={"project_id": project_id},
            body=make_body(ProjectUpdate, name=name, company=company),
        )

    @operation
    def delete_project(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[Done]:
        """Delete a project with all that belongs to it, for good.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}
        """
        return Call(DELETE_PROJECT, extras, ids={"project_id": project_id})

    @operation
    def leave_project(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[Done]:
        """End one's own membership.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadRequest: among others, nobody else is an owner.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/leave
        """
        return Call(LEAVE_PROJECT, extras, ids={"project_id": project_id})
