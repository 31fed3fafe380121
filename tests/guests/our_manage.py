"""Our SDK manages a project, in either flavour."""

from typing import Any

import pytest

from flavours import make_client
from sonant import Unauthorized


def manage(url: str, key: str, second: str, project: str, guest: str, *, flavour: str) -> dict[str, Any]:
    """What each call showed."""
    with make_client(flavour, key, base_url=url) as client, make_client(flavour, second, base_url=url) as other:
        story = {**_people(client, other, project, guest), **_use(client, project), **_keep(client, project)}
        client.manage.delete_project(project)
        try:
            client.manage.get_project(project)
        except Unauthorized as error:
            story["refused"] = error.code == "INVALID_AUTH"
    return story


def _people(client: Any, other: Any, project: str, guest: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    manage = client.manage

    def emails() -> list[str]:
        return sorted(each.email for each in manage.get_project_members(project).members)

    def comments() -> list[str]:
        return [each.api_key.comment for each in manage.get_project_keys(project).api_keys]

    details = manage.get_token_details()
    story["details"] = [details.scopes, details.member.email]
    story["token"] = client.auth.grant_token(ttl_seconds=60).access_token
    story["projects"] = [each.project_id for each in manage.get_projects().projects]
    story["updated"] = manage.update_project(project, name="Renamed").message
    story["name"] = manage.get_project(project).name
    made = manage.create_project_key(project, comment="made", scopes=["member"], tags=["t"])
    story["key"] = [len(made.key), made.comment, made.scopes, made.tags]
    story["keys"] = comments()
    story["gotKey"] = manage.get_project_key(project, made.api_key_id).api_key.comment
    manage.delete_project_key(project, made.api_key_id)
    story["keysLeft"] = comments()
    story["sent"] = manage.send_project_invite(project, email="new@example.com", scope="admin").message
    story["invites"] = [[each.email, each.scope] for each in manage.get_project_invites(project).invites]
    manage.delete_project_invite(project, "new@example.com")
    story["invitesLeft"] = manage.get_project_invites(project).invites
    story["members"] = emails()
    story["scopes"] = manage.get_project_member_scopes(project, guest).scopes
    manage.update_project_member_scope(project, guest, scope="admin")
    story["scopesNow"] = manage.get_project_member_scopes(project, guest).scopes
    manage.remove_project_member(project, guest)
    story["membersLeft"] = emails()
    other.manage.leave_project(project)
    story["leftBehind"] = emails()
    return story


def _use(client: Any, project: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    manage = client.manage
    requests = manage.get_project_usage_requests(project, limit=5, status="succeeded").requests
    story["requests"] = [each.path for each in requests]
    story["request"] = manage.get_project_usage_request(project, requests[0].request_id).request.code
    story["usage"] = [day.requests for day in manage.get_project_usage_summary(project, tag="setup").results]
    with pytest.warns(DeprecationWarning, match="summary"):
        assert manage.get_project_usage(project, tag="setup").results[0].requests == story["usage"][0]
    story["breakdown"] = [
        line.requests for line in manage.get_project_usage_breakdown(project, grouping="endpoint").results
    ]
    story["fields"] = manage.get_project_usage_fields(project).tags
    balances = manage.get_project_balances(project).balances
    story["balances"] = [each.amount for each in balances]
    story["balance"] = manage.get_project_balance(project, balances[0].balance_id).amount
    costs = manage.get_project_billing_breakdown(project, grouping=["line_item"])
    story["costs"] = [line.dollars for line in costs.results]
    story["lines"] = manage.get_project_billing_fields(project).line_items
    story["purchases"] = [order.amount for order in manage.get_project_purchases(project).orders]
    listed = manage.get_all_models(project).stt
    story["model"] = manage.get_model(project, listed[0].uuid).name == listed[0].name
    public = client.models.get_all().stt
    story["publicModel"] = client.models.get_model(public[0].uuid).name == listed[0].name
    story["thinkModels"] = client.models.get_think_models().models
    return story


def _keep(client: Any, project: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    credentials, manage = client.selfhosted, client.manage
    made = credentials.create_credentials(project, comment="c", scopes=["self-hosted:products"], provider="quay")
    one = made.distribution_credentials

    def listed() -> list[str | None]:
        found = credentials.list_credentials(project).distribution_credentials
        return [each.distribution_credentials.comment for each in found]

    story["credentials"] = [one.comment, one.scopes, one.provider]
    story["credentialsListed"] = listed()
    got = credentials.get_credentials(project, one.distribution_credentials_id)
    story["credentialsGot"] = got.distribution_credentials.comment
    credentials.delete_credentials(project, one.distribution_credentials_id)
    story["credentialsLeft"] = listed()
    agent = manage.create_project_agent(project, config={"speak": {}}, metadata={"team": "a"})
    manage.update_project_agent(project, agent.agent_id, metadata={"team": "b"})
    found = manage.get_project_agent(project, agent.agent_id)
    story["agent"] = [found.config, found.metadata, len(manage.get_project_agents(project).agents)]
    manage.delete_project_agent(project, agent.agent_id)
    story["agentsLeft"] = manage.get_project_agents(project).agents
    variable = manage.create_project_agent_variable(project, key="DG_X", value=[1])
    manage.update_project_agent_variable(project, variable.variable_id, value={"a": None})
    known = manage.get_project_agent_variable(project, variable.variable_id)
    story["variable"] = [known.key, known.value, len(manage.get_project_agent_variables(project).variables)]
    manage.delete_project_agent_variable(project, variable.variable_id)
    story["variablesLeft"] = manage.get_project_agent_variables(project).variables
    return story
