"""deepgram-sdk 7.17.0 manages a project, unchanged but for the URL."""

import asyncio
import inspect
from typing import Any

from guests.python_live import environment


class Waiting:
    """The asynchronous client behind the synchronous one's face."""

    def __init__(self, runner: asyncio.Runner, thing: Any) -> None:
        self._runner, self._thing = runner, thing

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if not callable(value):
            return Waiting(self._runner, value)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            return self._runner.run(_wait(result)) if inspect.isawaitable(result) else result

        return call


async def _wait(awaitable: Any) -> Any:
    return await awaitable


def manage(url: str, key: str, second: str, project: str, guest: str, *, waits: bool) -> dict[str, Any]:
    """What each call showed."""
    from deepgram import AsyncDeepgramClient, DeepgramClient

    with asyncio.Runner() as runner:

        def make(value: str) -> Any:
            where = environment(url)
            if waits:
                return Waiting(runner, AsyncDeepgramClient(api_key=value, environment=where))
            return DeepgramClient(api_key=value, environment=where)

        return {**_people(make(key), make(second), project, guest), **_end(make(key), project)}


def _people(client: Any, second: Any, project: str, guest: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    projects = client.manage.v1.projects
    keys, members = projects.keys, projects.members

    def emails() -> list[str]:
        return sorted(each.email for each in members.list(project).members)

    def comments() -> list[str]:
        return [each.api_key.comment for each in keys.list(project).api_keys]

    story["token"] = client.auth.v1.tokens.grant(ttl_seconds=60).access_token
    story["projects"] = [each.project_id for each in projects.list().projects]
    story["updated"] = projects.update(project, name="Renamed").message
    story["name"] = projects.get(project).name
    made = keys.create(project, request={"comment": "made", "scopes": ["member"], "tags": ["t"]})
    made = made if isinstance(made, dict) else made.dict()
    story["key"] = [len(made["key"]), made["comment"], made["scopes"], made["tags"]]
    story["keys"] = comments()
    story["gotKey"] = keys.get(project, made["api_key_id"]).item.member.api_key.comment
    keys.delete(project, made["api_key_id"])
    story["keysLeft"] = comments()
    story["sent"] = members.invites.create(project, email="new@example.com", scope="admin").message
    story["invites"] = [[each.email, each.scope] for each in members.invites.list(project).invites]
    members.invites.delete(project, "new@example.com")
    story["invitesLeft"] = members.invites.list(project).invites
    story["members"] = emails()
    story["scopes"] = members.scopes.list(project, guest).scopes
    members.scopes.update(project, guest, scope="admin")
    story["scopesNow"] = members.scopes.list(project, guest).scopes
    members.delete(project, guest)
    story["membersLeft"] = emails()
    second.manage.v1.projects.leave(project)
    story["leftBehind"] = emails()
    return story


def _use(client: Any, project: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    projects, usage = client.manage.v1.projects, client.manage.v1.projects.usage
    requests = projects.requests.list(project, limit=5, status="succeeded").requests
    story["requests"] = [each.path for each in requests]
    story["request"] = int(projects.requests.get(project, requests[0].request_id).request.code)
    story["usage"] = [day["requests"] for day in usage.get(project, tag="setup").dict()["results"]]
    story["breakdown"] = [line.requests for line in usage.breakdown.get(project, grouping="endpoint").results]
    story["fields"] = usage.fields.list(project).tags
    return story


def _pay(client: Any, project: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    billing, models = client.manage.v1.projects.billing, client.manage.v1.projects.models
    balances = billing.balances.list(project).balances
    story["balances"] = [each.amount for each in balances]
    story["balance"] = billing.balances.get(project, balances[0].balance_id).amount
    story["costs"] = [line.dollars for line in billing.breakdown.list(project, grouping=["line_item"]).results]
    story["lines"] = billing.fields.list(project).line_items
    story["purchases"] = [order.amount for order in billing.purchases.list(project).orders]
    listed = models.list(project).stt
    story["model"] = models.get(project, listed[0].uuid_).name == listed[0].name
    public = client.manage.v1.models
    story["publicModel"] = public.get(public.list().stt[0].uuid_).name == listed[0].name
    story["thinkModels"] = client.agent.v1.settings.think.models.list().models
    return story


def _keep(client: Any, project: str) -> dict[str, Any]:
    story: dict[str, Any] = {}
    credentials = client.self_hosted.v1.distribution_credentials
    made = credentials.create(project, comment="c", scopes=["self-hosted:products"], provider="quay")
    one = made.distribution_credentials

    def listed() -> list[str]:
        found = credentials.list(project).distribution_credentials
        return [each.distribution_credentials.comment for each in found]

    story["credentials"] = [one.comment, list(one.scopes), one.provider]
    story["credentialsListed"] = listed()
    got = credentials.get(project, one.distribution_credentials_id)
    story["credentialsGot"] = got.distribution_credentials.comment
    credentials.delete(project, one.distribution_credentials_id)
    story["credentialsLeft"] = listed()
    agents, variables = client.voice_agent.configurations, client.voice_agent.variables
    agent = agents.create(project, config='{"speak": {}}', metadata={"team": "a"})
    agents.update(project, agent.agent_id, metadata={"team": "b"})
    found = agents.get(project, agent.agent_id)
    story["agent"] = [found.config, found.metadata, len(agents.list(project).agents)]
    agents.delete(project, agent.agent_id)
    story["agentsLeft"] = agents.list(project).agents
    variable = variables.create(project, key="DG_X", value=[1])
    variables.update(project, variable.variable_id, value={"a": None})
    known = variables.get(project, variable.variable_id)
    story["variable"] = [known.key, known.value, len(variables.list(project).variables)]
    variables.delete(project, variable.variable_id)
    story["variablesLeft"] = variables.list(project).variables
    return story


def _end(client: Any, project: str) -> dict[str, Any]:
    from deepgram.core.api_error import ApiError

    story = {**_use(client, project), **_pay(client, project), **_keep(client, project)}
    client.manage.v1.projects.delete(project)
    try:
        client.manage.v1.projects.get(project, request_options={"max_retries": 0})
    except ApiError as error:
        story["refused"] = "INVALID_AUTH" in str(error.body)
    return story
