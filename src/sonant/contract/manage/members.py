"""Members and their scopes: `/v1/projects/{project_id}/members`."""

from msgspec import field

from sonant.contract.wire import Done, NoOptions, Operation, Part, Reply


class Member(Part, frozen=True):
    """One member of a project."""

    member_id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    scopes: list[str] = field(default_factory=lambda: [])


class MemberList(Reply, frozen=True):
    """The members of a project."""

    members: list[Member]


class ScopeList(Reply, frozen=True):
    """What a member may do: a role (`owner`, `admin`, `member`), or scopes such as `usage:read`."""

    scopes: list[str]


class ScopeUpdate(Part, frozen=True):
    """The scope that a member is to have."""

    scope: str


class ScopeUpdated(Done, frozen=True):
    """A member's scope was changed."""

    scopes: list[str] | None = None
    """What the member may do now, if the service says so."""


LIST_MEMBERS: Operation[NoOptions, MemberList] = Operation(
    name="list_members",
    method="GET",
    path="/v1/projects/{project_id}/members",
    query=NoOptions,
    returns=MemberList,
)
"""The members of a project."""

REMOVE_MEMBER: Operation[NoOptions, Done] = Operation(
    name="remove_member",
    method="DELETE",
    path="/v1/projects/{project_id}/members/{member_id}",
    query=NoOptions,
    returns=Done,
)
"""End a membership; the member's keys go with it."""

GET_MEMBER_SCOPES: Operation[NoOptions, ScopeList] = Operation(
    name="get_member_scopes",
    method="GET",
    path="/v1/projects/{project_id}/members/{member_id}/scopes",
    query=NoOptions,
    returns=ScopeList,
)
"""What a member may do."""

UPDATE_MEMBER_SCOPE: Operation[NoOptions, ScopeUpdated] = Operation(
    name="update_member_scope",
    method="PUT",
    path="/v1/projects/{project_id}/members/{member_id}/scopes",
    query=NoOptions,
    returns=ScopeUpdated,
    json=ScopeUpdate,
)
"""Change what a member may do."""
