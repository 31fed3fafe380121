"""Agents kept for later use, and their variables: `/v1/projects/{project_id}/agents` and `.../agent-variables`."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, field

from sonant.contract.wire import Done, NoOptions, Operation, Part, Reply

VariableName = Annotated[str, Meta(pattern=r"^DG_[A-Z0-9_-]+$")]


class AgentCreation(Part, frozen=True):
    """An agent to be kept."""

    config: str
    """The agent block of `Settings`, as a JSON text; names of variables stand in it without quotes."""
    metadata: dict[str, str] | None = None
    api_version: int | None = None
    """1 unless given."""


class AgentUpdate(Part, frozen=True):
    """What to change about an agent; its configuration stays as it is."""

    metadata: dict[str, str]


class Agent(Reply, frozen=True):
    """One agent."""

    agent_id: str
    config: dict[str, Any] | str
    """Its variables stand there by name; as text if it is no JSON without their values."""
    metadata: dict[str, str] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class AgentList(Reply, frozen=True):
    """The agents of a project."""

    agents: list[Agent] = field(default_factory=lambda: [])


class VariableCreation(Part, frozen=True):
    """A variable to be kept."""

    key: VariableName
    """`DG_` and then capitals, digits, `_` and `-`."""
    value: Any
    """Any JSON."""
    api_version: int | None = None
    """1 unless given."""
    is_sensitive: bool | None = None
    """Whether its value is to be kept from being read."""


class VariableUpdate(Part, frozen=True):
    """The value that a variable is to have."""

    value: Any


class Variable(Reply, frozen=True):
    """One variable."""

    variable_id: str
    key: str
    value: Any
    created_at: datetime | None = None
    updated_at: datetime | None = None


class VariableList(Reply, frozen=True):
    """The variables of a project's agents."""

    variables: list[Variable] = field(default_factory=lambda: [])


_AGENTS = "/v1/projects/{project_id}/agents"
_AGENT = "/v1/projects/{project_id}/agents/{agent_id}"
_VARIABLES = "/v1/projects/{project_id}/agent-variables"
_VARIABLE = "/v1/projects/{project_id}/agent-variables/{variable_id}"

LIST_AGENTS: Operation[NoOptions, AgentList] = Operation(
    name="list_agents", method="GET", path=_AGENTS, query=NoOptions, returns=AgentList
)
"""The agents of a project."""

CREATE_AGENT: Operation[NoOptions, Agent] = Operation(
    name="create_agent", method="POST", path=_AGENTS, query=NoOptions, returns=Agent, json=AgentCreation
)
"""Keep an agent."""

GET_AGENT: Operation[NoOptions, Agent] = Operation(
    name="get_agent", method="GET", path=_AGENT, query=NoOptions, returns=Agent
)
"""One agent."""

UPDATE_AGENT: Operation[NoOptions, Agent] = Operation(
    name="update_agent", method="PUT", path=_AGENT, query=NoOptions, returns=Agent, json=AgentUpdate
)
"""Change what is noted about an agent."""

DELETE_AGENT: Operation[NoOptions, Done] = Operation(
    name="delete_agent", method="DELETE", path=_AGENT, query=NoOptions, returns=Done
)
"""Forget an agent."""

LIST_VARIABLES: Operation[NoOptions, VariableList] = Operation(
    name="list_variables", method="GET", path=_VARIABLES, query=NoOptions, returns=VariableList
)
"""The variables of a project's agents."""

CREATE_VARIABLE: Operation[NoOptions, Variable] = Operation(
    name="create_variable", method="POST", path=_VARIABLES, query=NoOptions, returns=Variable, json=VariableCreation
)
"""Keep a variable."""

GET_VARIABLE: Operation[NoOptions, Variable] = Operation(
    name="get_variable", method="GET", path=_VARIABLE, query=NoOptions, returns=Variable
)
"""One variable."""

UPDATE_VARIABLE: Operation[NoOptions, Variable] = Operation(
    name="update_variable", method="PATCH", path=_VARIABLE, query=NoOptions, returns=Variable, json=VariableUpdate
)
"""Give a variable another value."""

DELETE_VARIABLE: Operation[NoOptions, Done] = Operation(
    name="delete_variable", method="DELETE", path=_VARIABLE, query=NoOptions, returns=Done
)
"""Forget a variable."""
