"""`/v1/projects`: projects, their members, and who is invited to them."""

from sonant.contract.manage.invites import DELETE_INVITE, LIST_INVITES, SEND_INVITE, Invite, InviteList
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
from sonant.contract.wire import Done, NoOptions
from sonant.engine.api.bodies import read_body
from sonant.engine.api.serving import Call, serves
from sonant.engine.manage import invites, members, projects


@serves(LIST_PROJECTS)
async def list_projects(call: Call[NoOptions]) -> ProjectList:
    """The projects of a key: one."""
    return await call.accounts.read(projects.list_projects, call.grant)


@serves(GET_PROJECT)
async def get_project(call: Call[ProjectOptions]) -> Project:
    """One project."""
    return await call.accounts.read(projects.get_project, call.grant)


@serves(UPDATE_PROJECT)
async def update_project(call: Call[NoOptions]) -> Done:
    """Change a project."""
    change = await read_body(call.request, ProjectUpdate)
    await call.accounts.write(projects.update_project, call.grant, change)
    return Done("Successfully updated project info.")


@serves(DELETE_PROJECT)
async def delete_project(call: Call[NoOptions]) -> Done:
    """Delete a project; all its keys end."""
    await call.accounts.write(projects.delete_project, call.grant.project_id)
    await call.accounts.keyring.refresh()
    return Done("Successfully deleted project.")


@serves(LEAVE_PROJECT)
async def leave_project(call: Call[NoOptions]) -> Done:
    """Leave; the caller's keys end."""
    await call.accounts.write(members.leave, call.grant)
    await call.accounts.keyring.refresh()
    return Done("Successfully left project.")


@serves(LIST_MEMBERS)
async def list_members(call: Call[NoOptions]) -> MemberList:
    """The members of a project."""
    return await call.accounts.read(members.list_members, call.grant)


@serves(REMOVE_MEMBER)
async def remove_member(call: Call[NoOptions]) -> Done:
    """Remove a member; their keys end."""
    await call.accounts.write(members.remove_member, call.grant, call.ids["member_id"])
    await call.accounts.keyring.refresh()
    return Done("Successfully removed member.")


@serves(GET_MEMBER_SCOPES)
async def get_member_scopes(call: Call[NoOptions]) -> ScopeList:
    """What a member may do."""
    return await call.accounts.read(members.get_scopes, call.grant, call.ids["member_id"])


@serves(UPDATE_MEMBER_SCOPE)
async def update_member_scope(call: Call[NoOptions]) -> ScopeUpdated:
    """Change what a member may do; their keys follow."""
    change = await read_body(call.request, ScopeUpdate)
    now = await call.accounts.write(members.set_scope, call.grant, call.ids["member_id"], change.scope)
    await call.accounts.keyring.refresh()
    return ScopeUpdated("Successfully updated member scope.", now.scopes)


@serves(LIST_INVITES)
async def list_invites(call: Call[NoOptions]) -> InviteList:
    """Who is invited."""
    return await call.accounts.read(invites.list_invites, call.grant)


@serves(SEND_INVITE)
async def send_invite(call: Call[NoOptions]) -> Done:
    """Invite somebody."""
    invite = await read_body(call.request, Invite)
    await call.accounts.write(invites.send_invite, call.grant, invite)
    call.accounts.outbox.notice()
    return Done("Successfully sent invitation.")


@serves(DELETE_INVITE)
async def delete_invite(call: Call[NoOptions]) -> Done:
    """Take an invitation back."""
    await call.accounts.write(invites.delete_invite, call.grant, call.ids["email"])
    return Done("Successfully deleted invitation.")


PROJECTS = (
    list_projects,
    get_project,
    update_project,
    delete_project,
    leave_project,
    list_members,
    remove_member,
    get_member_scopes,
    update_member_scope,
    list_invites,
    send_invite,
    delete_invite,
)
