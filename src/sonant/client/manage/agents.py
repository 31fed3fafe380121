"""Agents kept for later use, and their variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from sonant.client.arguments import make_body, make_json
from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.manage.agents import (
    CREATE_AGENT,
    CREATE_VARIABLE,
    DELETE_AGENT,
    DELETE_VARIABLE,
    GET_AGENT,
    GET_VARIABLE,
    LIST_AGENTS,
    LIST_VARIABLES,
    UPDATE_AGENT,
    UPDATE_VARIABLE,
    Agent,
    AgentCreation,
    AgentList,
    AgentUpdate,
    Variable,
    VariableCreation,
    VariableList,
    VariableUpdate,
)
from sonant.contract.wire import Done


class Agents(Namespace[F]):
    """Agents kept for later use, and their variables."""

    @operation
    def get_project_agents(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[AgentList]:
        """List the agents that are kept; names of variables stand in them as they are.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/agents
        """
        return Call(LIST_AGENTS, extras, ids={"project_id": project_id})

    @operation
    def create_project_agent(
        self,
        project_id: str,
        /,
        *,
        config: Mapping[str, Any] | str,
        metadata: Mapping[str, str] | None = None,
        api_version: int | None = None,
        **extras: Unpack[CallExtras],
    ) -> Call[Agent]:
        """Keep an agent, to begin conversations with its id instead of its settings.

        Args:
            project_id: the project.
            config: the agent block of `Settings`, or its JSON text, in which names of variables stand without quotes.
            metadata: what to note about it.
            api_version: 1 unless given.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/projects/{project_id}/agents
        """
        return Call(
            CREATE_AGENT,
            extras,
            ids={"project_id": project_id},
            body=make_body(
                AgentCreation,
                config=config if isinstance(config, str) else make_json(dict(config)),
                metadata=metadata,
                api_version=api_version,
            ),
        )

    @operation
    def get_project_agent(self, project_id: str, agent_id: str, /, **extras: Unpack[CallExtras]) -> Call[Agent]:
        """One agent.

        Args:
            project_id: the project.
            agent_id: the agent.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or agent.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/agents/{agent_id}
        """
        return Call(GET_AGENT, extras, ids={"project_id": project_id, "agent_id": agent_id})

    @operation
    def update_project_agent(
        self, project_id: str, agent_id: str, /, *, metadata: Mapping[str, str], **extras: Unpack[CallExtras]
    ) -> Call[Agent]:
        """Change what is noted about an agent; its configuration stays as it is.

        Args:
            project_id: the project.
            agent_id: the agent.
            metadata: what to note, in place of what was.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project or agent.
            ApiError, TransportError: as everywhere.

        Spec: PUT /v1/projects/{project_id}/agents/{agent_id}
        """
        return Call(
            UPDATE_AGENT,
            extras,
            ids={"project_id": project_id, "agent_id": agent_id},
            body=make_body(AgentUpdate, metadata=metadata),
        )

    @operation
    def delete_project_agent(self, project_id: str, agent_id: str, /, **extras: Unpack[CallExtras]) -> Call[Done]:
        """Forget an agent.

        Args:
            project_id: the project.
            agent_id: the agent.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or agent.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/agents/{agent_id}
        """
        return Call(DELETE_AGENT, extras, ids={"project_id": project_id, "agent_id": agent_id})

    @operation
    def get_project_agent_variables(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[VariableList]:
        """List the variables that agents may name.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/agent-variables
        """
        return Call(LIST_VARIABLES, extras, ids={"project_id": project_id})

    @operation
    def create_project_agent_variable(
        self,
        project_id: str,
        /,
        *,
        key: str,
        value: object,
        is_sensitive: bool | None = None,
        api_version: int | None = None,
        **extras: Unpack[CallExtras],
    ) -> Call[Variable]:
        """Keep a variable.

        Args:
            project_id: the project.
            key: `DG_` and then capitals, digits, `_` and `-`.
            value: what JSON can say; None is null.
            is_sensitive: whether its value is to be kept from being read.
            api_version: 1 unless given.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/projects/{project_id}/agent-variables
        """
        return Call(
            CREATE_VARIABLE,
            extras,
            ids={"project_id": project_id},
            body=make_body(VariableCreation, key=key, value=value, is_sensitive=is_sensitive, api_version=api_version),
        )

    @operation
    def get_project_agent_variable(
        self, project_id: str, variable_id: str, /, **extras: Unpack[CallExtras]
    ) -> Call[Variable]:
        """One variable.

        Args:
            project_id: the project.
            variable_id: the variable.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or variable.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/agent-variables/{variable_id}
        """
        return Call(GET_VARIABLE, extras, ids={"project_id": project_id, "variable_id": variable_id})

    @operation
    def update_project_agent_variable(
        self, project_id: str, variable_id: str, /, *, value: object, **extras: Unpack[CallExtras]
    ) -> Call[Variable]:
        """Give a variable another value.

        Args:
            project_id: the project.
            variable_id: the variable.
            value: what JSON can say; None is null.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            NotFound: there is no such project or variable.
            ApiError, TransportError: as everywhere.

        Spec: PATCH /v1/projects/{project_id}/agent-variables/{variable_id}
        """
        return Call(
            UPDATE_VARIABLE,
            extras,
            ids={"project_id": project_id, "variable_id": variable_id},
            body=make_body(VariableUpdate, value=value),
        )

    @operation
    def delete_project_agent_variable(
        self, project_id: str, variable_id: str, /, **extras: Unpack[CallExtras]
    ) -> Call[Done]:
        """Forget a variable.

        Args:
            project_id: the project.
            variable_id: the variable.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or variable.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/agent-variables/{variable_id}
        """
        return Call(DELETE_VARIABLE, extras, ids={"project_id": project_id, "variable_id": variable_id})
