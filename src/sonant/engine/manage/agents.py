"""Agents kept for later use, and the variables that their configurations name."""

import re
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, insert, select, update

from sonant.contract.faults import AGENT_NOT_FOUND, INVALID_JSON, VARIABLE_EXISTS, VARIABLE_NOT_FOUND
from sonant.contract.manage.agents import (
    Agent,
    AgentCreation,
    AgentList,
    AgentUpdate,
    Variable,
    VariableCreation,
    VariableList,
    VariableUpdate,
)
from sonant.engine.manage.grants import Grant, new_id
from sonant.engine.manage.projects import check_room
from sonant.engine.manage.times import now, to_datetime
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record
from sonant.engine.store.schema import agents, variables

_STRING_OR_VARIABLE = re.compile(r'("(?:[^"\\]|\\.)*")|\bDG_[A-Z0-9_-]+')
_API_VERSIONS = (None, 1)


def list_agents(connection: Connection, grant: Grant) -> AgentList:
    """The agents of a project; variables in them stand by name."""
    return AgentList([_show_agent(row) for row in _list(connection, agents, grant)])


def get_agent(connection: Connection, grant: Grant, agent_id: str) -> Agent:
    """One agent.

    Raises:
        Refusal: there is none such.
    """
    return _show_agent(_find(connection, agents, grant, agent_id))


def create_agent(connection: Connection, grant: Grant, wish: AgentCreation) -> Agent:
    """Keep an agent.

    Raises:
        Refusal: its configuration is no JSON object, even with values for its variables.
    """
    _check_version(wish.api_version)
    _check_config(wish.config)
    check_room(connection, agents, grant.project_id)
    agent_id, moment = new_id(), now()
    connection.execute(
        insert(agents).values(
            agent_id=agent_id,
            project_id=grant.project_id,
            config=wish.config,
            labels=wish.metadata or {},
            created=moment,
            updated=moment,
        )
    )
    return get_agent(connection, grant, agent_id)


def update_agent(connection: Connection, grant: Grant, agent_id: str, change: AgentUpdate) -> Agent:
    """Change what is noted about an agent.

    Raises:
        Refusal: there is none such.
    """
    found = _find(connection, agents, grant, agent_id)
    changed = update(agents).where(agents.c.agent_id == found.agent_id)
    connection.execute(changed.values(labels=change.metadata, updated=now()))
    return get_agent(connection, grant, agent_id)


def delete_agent(connection: Connection, grant: Grant, agent_id: str) -> None:
    """Forget an agent.

    Raises:
        Refusal: there is none such.
    """
    found = _find(connection, agents, grant, agent_id)
    connection.execute(delete(agents).where(agents.c.agent_id == found.agent_id))


def list_variables(connection: Connection, grant: Grant) -> VariableList:
    """The variables of a project; values of sensitive ones are not shown."""
    return VariableList([_show_variable(row) for row in _list(connection, variables, grant)])


def get_variable(connection: Connection, grant: Grant, variable_id: str) -> Variable:
    """One variable.

    Raises:
        Refusal: there is none such.
    """
    return _show_variable(_find(connection, variables, grant, variable_id))


def create_variable(connection: Connection, grant: Grant, wish: VariableCreation) -> Variable:
    """Keep a variable.

    Raises:
        Refusal: there is one of that name.
    """
    _check_version(wish.api_version)
    known = (variables.c.project_id == grant.project_id) & (variables.c.key == wish.key)
    if connection.execute(select(variables.c.variable_id).where(known)).first():
        raise Refusal(VARIABLE_EXISTS, wish.key)
    check_room(connection, variables, grant.project_id)
    variable_id, moment = new_id(), now()
    connection.execute(
        insert(variables).values(
            variable_id=variable_id,
            project_id=grant.project_id,
            key=wish.key,
            value=wish.value,
            is_sensitive=bool(wish.is_sensitive),
            created=moment,
            updated=moment,
        )
    )
    return get_variable(connection, grant, variable_id)


def update_variable(connection: Connection, grant: Grant, variable_id: str, change: VariableUpdate) -> Variable:
    """Give a variable another value.

    Raises:
        Refusal: there is none such.
    """
    found = _find(connection, variables, grant, variable_id)
    changed = update(variables).where(variables.c.variable_id == found.variable_id)
    connection.execute(changed.values(value=change.value, updated=now()))
    return get_variable(connection, grant, variable_id)


def delete_variable(connection: Connection, grant: Grant, variable_id: str) -> None:
    """Forget a variable.

    Raises:
        Refusal: there is none such.
    """
    found = _find(connection, variables, grant, variable_id)
    connection.execute(delete(variables).where(variables.c.variable_id == found.variable_id))


def _list(connection: Connection, table: Table, grant: Grant) -> list[Record]:
    wanted = select(table).where(table.c.project_id == grant.project_id)
    return list(connection.execute(wanted.order_by(table.c.created, *table.primary_key)))


def _find(connection: Connection, table: Table, grant: Grant, thing_id: str) -> Record:
    (key,) = table.primary_key
    wanted = select(table).where(table.c.project_id == grant.project_id, key == thing_id.lower())
    row = connection.execute(wanted).first()
    if row is None:
        raise Refusal(AGENT_NOT_FOUND if table is agents else VARIABLE_NOT_FOUND)
    return row


def _check_version(version: int | None) -> None:
    if version not in _API_VERSIONS:
        raise Refusal(INVALID_JSON, "Json deserialize error: `api_version` is 1")


def _check_config(text: str) -> None:
    if not isinstance(_read(_STRING_OR_VARIABLE.sub(lambda found: found[1] or "null", text)), dict):
        raise Refusal(INVALID_JSON, "Json deserialize error: `config` is no JSON object")


def _read(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _show_agent(row: Record) -> Agent:
    parsed = _read(row.config)
    return Agent(
        agent_id=row.agent_id,
        config=row.config if parsed is None else parsed,
        metadata=row.labels,
        created_at=to_datetime(row.created),
        updated_at=to_datetime(row.updated),
    )


def _show_variable(row: Record) -> Variable:
    return Variable(
        variable_id=row.variable_id,
        key=row.key,
        value=None if row.is_sensitive else row.value,
        created_at=to_datetime(row.created),
        updated_at=to_datetime(row.updated),
    )
