"""What each operation and socket asks of its caller. One without a rule here is not served."""

from msgspec import Struct

from sonant.engine.manage.scopes import VOICE


class Rule(Struct, frozen=True):
    """What a caller needs, and whether its use is written down."""

    scope: str = ""
    """That its key must have; empty where any key will do."""
    public: bool = False
    """Whether nobody is asked for a key."""
    tokens: bool = False
    """Whether a temporary token will do."""
    managed: bool = True
    """Whether it is about projects, which an engine without a data folder has none of."""
    endpoint: str = ""
    """Under which it stands in the request log; empty for what is not written down."""


def _voice(endpoint: str) -> Rule:
    return Rule(VOICE, tokens=True, managed=False, endpoint=endpoint)


_ANY_KEY = Rule()
_SEE, _USE = Rule("project:read"), Rule("project:write")
_SEE_KEYS, _CHANGE_KEYS = Rule("keys:read"), Rule("keys:write")
_SEE_MEMBERS = Rule("members:read")
_SEE_USAGE, _SEE_BILLS = Rule("usage:read"), Rule("billing:read")

RULES = {
    "transcribe": _voice("listen"),
    "transcribe_callback": _voice("listen"),
    "listen_live": _voice("listen"),
    "listen_turns": _voice("listen"),
    "speak": _voice("speak"),
    "speak_callback": _voice("speak"),
    "speak_flux": _voice("speak"),
    "speak_flux_callback": _voice("speak"),
    "speak_live": _voice("speak"),
    "speak_turns": _voice("speak"),
    "list_models": Rule(managed=False),
    "get_model": Rule(managed=False),
    "list_project_models": Rule("project:read", managed=False),
    "get_project_model": Rule("project:read", managed=False),
    "list_think_models": Rule(public=True, managed=False),
    "grant_token": _ANY_KEY,  # a key that is too weak is refused in words of its own
    "get_token_details": _ANY_KEY,
    "list_projects": _SEE,
    "get_project": _SEE,
    "update_project": Rule("project:write:settings"),
    "delete_project": Rule("project:write:destroy"),
    "leave_project": _SEE,
    "list_keys": _SEE_KEYS,
    "create_key": _CHANGE_KEYS,
    "get_key": _SEE_KEYS,
    "delete_key": _CHANGE_KEYS,
    "list_members": _SEE_MEMBERS,
    # What these need depends on whom they concern: the rules of `manage` ask for it.
    "remove_member": _SEE,
    "get_member_scopes": _SEE,
    "update_member_scope": _SEE,
    "list_invites": _SEE_MEMBERS,
    "send_invite": _SEE_MEMBERS,
    "delete_invite": _SEE_MEMBERS,
    "list_requests": _SEE_USAGE,
    "get_request": _SEE_USAGE,
    "get_usage": _SEE_USAGE,
    "get_usage_fields": _SEE_USAGE,
    "get_usage_breakdown": _SEE_USAGE,
    "list_balances": _SEE_BILLS,
    "get_balance": _SEE_BILLS,
    "get_billing_breakdown": _SEE_BILLS,
    "get_billing_fields": _SEE_BILLS,
    "list_purchases": _SEE_BILLS,
    "list_credentials": _SEE_KEYS,
    "create_credentials": _CHANGE_KEYS,
    "get_credentials": _SEE_KEYS,
    "delete_credentials": _CHANGE_KEYS,
    "list_agents": _SEE,
    "create_agent": _USE,
    "get_agent": _SEE,
    "update_agent": _USE,
    "delete_agent": _USE,
    "list_variables": _SEE,
    "create_variable": _USE,
    "get_variable": _SEE,
    "update_variable": _USE,
    "delete_variable": _USE,
}


def rule_of(name: str) -> Rule:
    """The rule of an operation or socket.

    Raises:
        LookupError: it has none.
    """
    if name not in RULES:
        raise LookupError(f"no rule says who may {name}")
    return RULES[name]
