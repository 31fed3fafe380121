"""Agents that are kept, and their variables."""

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
from sonant.contract.wire import Done, NoOptions
from sonant.engine.api.bodies import read_body
from sonant.engine.api.serving import Call, serves
from sonant.engine.manage import agents


@serves(LIST_AGENTS)
async def list_agents(call: Call[NoOptions]) -> AgentList:
    """The agents of a project."""
    return await call.accounts.read(agents.list_agents, call.grant)


@serves(CREATE_AGENT)
async def create_agent(call: Call[NoOptions]) -> Agent:
    """Keep an agent."""
    wish = await read_body(call.request, AgentCreation)
    return await call.accounts.write(agents.create_agent, call.grant, wish)


@serves(GET_AGENT)
async def get_agent(call: Call[NoOptions]) -> Agent:
    """One agent."""
    return await call.accounts.read(agents.get_agent, call.grant, call.ids["agent_id"])


@serves(UPDATE_AGENT)
async def update_agent(call: Call[NoOptions]) -> Agent:
    """Change what is noted about an agent."""
    change = await read_body(call.request, AgentUpdate)
    return await call.accounts.write(agents.update_agent, call.grant, call.ids["agent_id"], change)


@serves(DELETE_AGENT)
async def delete_agent(call: Call[NoOptions]) -> Done:
    """Forget an agent."""
    await call.accounts.write(agents.delete_agent, call.grant, call.ids["agent_id"])
    return Done()


@serves(LIST_VARIABLES)
async def list_variables(call: Call[NoOptions]) -> VariableList:
    """The variables of a project."""
    return await call.accounts.read(agents.list_variables, call.grant)


@serves(CREATE_VARIABLE)
async def create_variable(call: Call[NoOptions]) -> Variable:
    """Keep a variable."""
    wish = await read_body(call.request, VariableCreation)
    return await call.accounts.write(agents.create_variable, call.grant, wish)


@serves(GET_VARIABLE)
async def get_variable(call: Call[NoOptions]) -> Variable:
    """One variable."""
    return await call.accounts.read(agents.get_variable, call.grant, call.ids["variable_id"])


@serves(UPDATE_VARIABLE)
async def update_variable(call: Call[NoOptions]) -> Variable:
    """Give a variable another value."""
    change = await read_body(call.request, VariableUpdate)
    return await call.accounts.write(agents.update_variable, call.grant, call.ids["variable_id"], change)


@serves(DELETE_VARIABLE)
async def delete_variable(call: Call[NoOptions]) -> Done:
    """Forget a variable."""
    await call.accounts.write(agents.delete_variable, call.grant, call.ids["variable_id"])
    return Done()


AGENTS = (
    list_agents,
    create_agent,
    get_agent,
    update_agent,
    delete_agent,
    list_variables,
    create_variable,
    get_variable,
    update_variable,
    delete_variable,
)
