"""Everything the wire can do, in one list: routes, documentation and tests walk it."""

from typing import Any

from sonant.contract.auth import GET_TOKEN_DETAILS, GRANT_TOKEN
from sonant.contract.listen import LISTEN_LIVE, LISTEN_TURNS, TRANSCRIBE, TRANSCRIBE_CALLBACK
from sonant.contract.manage import agents, billing, invites, keys, members, projects, usage
from sonant.contract.models import (
    GET_MODEL,
    GET_PROJECT_MODEL,
    LIST_MODELS,
    LIST_PROJECT_MODELS,
    LIST_THINK_MODELS,
)
from sonant.contract.selfhosted import CREATE_CREDENTIALS, DELETE_CREDENTIALS, GET_CREDENTIALS, LIST_CREDENTIALS
from sonant.contract.speak import (
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    SPEAK_LIVE,
    SPEAK_TURNS,
)
from sonant.contract.wire import Operation, Socket

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    TRANSCRIBE,
    TRANSCRIBE_CALLBACK,
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    LIST_MODELS,
    GET_MODEL,
    LIST_PROJECT_MODELS,
    GET_PROJECT_MODEL,
    LIST_THINK_MODELS,
    GRANT_TOKEN,
    GET_TOKEN_DETAILS,
    projects.LIST_PROJECTS,
    projects.GET_PROJECT,
    projects.UPDATE_PROJECT,
    projects.DELETE_PROJECT,
    projects.LEAVE_PROJECT,
    keys.LIST_KEYS,
    keys.CREATE_KEY,
    keys.GET_KEY,
    keys.DELETE_KEY,
    members.LIST_MEMBERS,
    members.REMOVE_MEMBER,
    members.GET_MEMBER_SCOPES,
    members.UPDATE_MEMBER_SCOPE,
    invites.LIST_INVITES,
    invites.SEND_INVITE,
    invites.DELETE_INVITE,
    usage.LIST_REQUESTS,
    usage.GET_REQUEST,
    usage.GET_USAGE,
    usage.GET_USAGE_FIELDS,
    usage.GET_USAGE_BREAKDOWN,
    billing.LIST_BALANCES,
    billing.GET_BALANCE,
    billing.GET_BILLING_BREAKDOWN,
    billing.GET_BILLING_FIELDS,
    billing.LIST_PURCHASES,
    LIST_CREDENTIALS,
    CREATE_CREDENTIALS,
    GET_CREDENTIALS,
    DELETE_CREDENTIALS,
    agents.LIST_AGENTS,
    agents.CREATE_AGENT,
    agents.GET_AGENT,
    agents.UPDATE_AGENT,
    agents.DELETE_AGENT,
    agents.LIST_VARIABLES,
    agents.CREATE_VARIABLE,
    agents.GET_VARIABLE,
    agents.UPDATE_VARIABLE,
    agents.DELETE_VARIABLE,
)

SOCKETS: tuple[Socket[Any], ...] = (LISTEN_LIVE, LISTEN_TURNS, SPEAK_LIVE, SPEAK_TURNS)
