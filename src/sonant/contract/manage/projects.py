"""Projects: `/v1/projects`."""

from typing import Annotated, TypedDict

from msgspec import Meta

from sonant.contract.wire import Done, NoOptions, Operation, Part, Reply

Limit = Annotated[int, Meta(ge=1, le=1000)]
Page = Annotated[int, Meta(ge=0)]


class ProjectOptions(TypedDict, total=False):
    """Options of one project. The published description has them; they change nothing."""

    limit: Limit
    """How many to a page."""
    page: Page
    """Which page."""


class Project(Reply, frozen=True):
    """One project."""

    project_id: str
    name: str | None = None
    company: str | None = None
    mip_opt_out: bool | None = None
    """Whether it keeps out of the service's programme for bettering its models."""


class ProjectList(Reply, frozen=True):
    """The projects of the caller's key."""

    projects: list[Project]


class ProjectUpdate(Part, frozen=True):
    """What to change about a project; what is left out stays."""

    name: str | None = None
    company: str | None = None


LIST_PROJECTS: Operation[NoOptions, ProjectList] = Operation(
    name="list_projects", method="GET", path="/v1/projects", query=NoOptions, returns=ProjectList
)
"""The projects that the caller's key reaches."""

GET_PROJECT: Operation[ProjectOptions, Project] = Operation(
    name="get_project", method="GET", path="/v1/projects/{project_id}", query=ProjectOptions, returns=Project
)
"""One project."""

UPDATE_PROJECT: Operation[NoOptions, Done] = Operation(
    name="update_project",
    method="PATCH",
    path="/v1/projects/{project_id}",
    query=NoOptions,
    returns=Done,
    json=ProjectUpdate,
)
"""Change a project's name or company."""

DELETE_PROJECT: Operation[NoOptions, Done] = Operation(
    name="delete_project", method="DELETE", path="/v1/projects/{project_id}", query=NoOptions, returns=Done
)
"""Delete a project with all that belongs to it, for good."""

LEAVE_PROJECT: Operation[NoOptions, Done] = Operation(
    name="leave_project", method="DELETE", path="/v1/projects/{project_id}/leave", query=NoOptions, returns=Done
)
"""End the caller's own membership."""
