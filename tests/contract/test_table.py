"""Every operation of the table has a method in the SDK that builds it; the engine's half is tested with the engine."""

from collections.abc import Callable
from typing import Any

import pytest

from sonant.client.auth import Auth
from sonant.client.call import Call
from sonant.client.flavour import Namespace, download, operation
from sonant.client.listen import Prerecorded
from sonant.client.manage import Manage
from sonant.client.models import Models
from sonant.client.paging import paged
from sonant.client.selfhosted import SelfHosted
from sonant.client.speak import Speak
from sonant.contract.table import OPERATIONS
from sonant.contract.wire import Operation

METHODS: dict[str, Callable[[], Call[Any]]] = {
    "transcribe": lambda: Prerecorded.transcribe_url.build("https://x/a.wav"),
    "transcribe_callback": lambda: Prerecorded.transcribe_url_callback.build("https://x/a.wav", "https://me/cb"),
    "speak": lambda: Speak.request.build("Hi."),
    "speak_callback": lambda: Speak.request_callback.build("Hi.", "https://me/cb"),
    "speak_flux": lambda: Speak.request_flux.build("Hi.", model="flux-kit-en"),
    "speak_flux_callback": lambda: Speak.request_flux_callback.build("Hi.", "https://me/cb", model="flux-kit-en"),
    "list_models": Models.get_all.build,
    "get_model": lambda: Models.get_model.build("id"),
    "list_project_models": lambda: Manage.get_all_models.build("project"),
    "get_project_model": lambda: Manage.get_model.build("project", "id"),
    "list_think_models": Models.get_think_models.build,
    "grant_token": Auth.grant_token.build,
    "get_token_details": Manage.get_token_details.build,
    "list_projects": Manage.get_projects.build,
    "get_project": lambda: Manage.get_project.build("project"),
    "update_project": lambda: Manage.update_project.build("project", name="new"),
    "delete_project": lambda: Manage.delete_project.build("project"),
    "leave_project": lambda: Manage.leave_project.build("project"),
    "list_keys": lambda: Manage.get_project_keys.build("project"),
    "create_key": lambda: Manage.create_project_key.build("project", comment="ci", scopes=["member"]),
    "get_key": lambda: Manage.get_project_key.build("project", "id"),
    "delete_key": lambda: Manage.delete_project_key.build("project", "id"),
    "list_members": lambda: Manage.get_project_members.build("project"),
    "remove_member": lambda: Manage.remove_project_member.build("project", "id"),
    "get_member_scopes": lambda: Manage.get_project_member_scopes.build("project", "id"),
    "update_member_scope": lambda: Manage.update_project_member_scope.build("project", "id", scope="admin"),
    "list_invites": lambda: Manage.get_project_invites.build("project"),
    "send_invite": lambda: Manage.send_project_invite.build("project", email="a@b.c", scope="member"),
    "delete_invite": lambda: Manage.delete_project_invite.build("project", "a@b.c"),
    "list_requests": lambda: Manage.get_project_usage_requests.build("project"),
    "get_request": lambda: Manage.get_project_usage_request.build("project", "id"),
    "get_usage": lambda: Manage.get_project_usage_summary.build("project"),
    "get_usage_fields": lambda: Manage.get_project_usage_fields.build("project"),
    "get_usage_breakdown": lambda: Manage.get_project_usage_breakdown.build("project"),
    "list_balances": lambda: Manage.get_project_balances.build("project"),
    "get_balance": lambda: Manage.get_project_balance.build("project", "id"),
    "get_billing_breakdown": lambda: Manage.get_project_billing_breakdown.build("project"),
    "get_billing_fields": lambda: Manage.get_project_billing_fields.build("project"),
    "list_purchases": lambda: Manage.get_project_purchases.build("project"),
    "list_credentials": lambda: SelfHosted.list_credentials.build("project"),
    "create_credentials": lambda: SelfHosted.create_credentials.build("project"),
    "get_credentials": lambda: SelfHosted.get_credentials.build("project", "id"),
    "delete_credentials": lambda: SelfHosted.delete_credentials.build("project", "id"),
    "list_agents": lambda: Manage.get_project_agents.build("project"),
    "create_agent": lambda: Manage.create_project_agent.build("project", config={}),
    "get_agent": lambda: Manage.get_project_agent.build("project", "id"),
    "update_agent": lambda: Manage.update_project_agent.build("project", "id", metadata={}),
    "delete_agent": lambda: Manage.delete_project_agent.build("project", "id"),
    "list_variables": lambda: Manage.get_project_agent_variables.build("project"),
    "create_variable": lambda: Manage.create_project_agent_variable.build("project", key="DG_X", value=1),
    "get_variable": lambda: Manage.get_project_agent_variable.build("project", "id"),
    "update_variable": lambda: Manage.update_project_agent_variable.build("project", "id", value=1),
    "delete_variable": lambda: Manage.delete_project_agent_variable.build("project", "id"),
}


def test_names_and_places_are_unique() -> None:
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)
    assert set(METHODS) == {one.name for one in OPERATIONS}


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_an_operation_has_a_method(one: Operation[Any, Any]) -> None:
    assert METHODS[one.name]().operation is one


@pytest.mark.parametrize("namespace", [Prerecorded, Speak, Manage, Models, Auth, SelfHosted])
def test_a_method_says_what_it_takes_raises_and_where_it_is_described(namespace: type[Namespace[Any]]) -> None:
    owned = (value for kind in namespace.__mro__ for value in vars(kind).values())
    methods = [value for value in owned if isinstance(value, (operation, download, paged))]
    assert methods
    for method in methods:
        for part in ("Args:", "Raises:", "Spec: "):
            assert part in (method.__doc__ or ""), method
