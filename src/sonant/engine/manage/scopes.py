"""What a key may do: scopes, and the roles that stand for sets of them.

owner ⊃ admin ⊃ member. A scope is granted by its own name, by the name of a role that has it, or by a beginning of its
name with `*` after it: `members:*`.
"""

from collections.abc import Iterable
from typing import get_args

from sonant.contract.selfhosted import ProductScope

VOICE = "usage:write"
"""Opens the voice and reading APIs; all that a temporary token may."""

_PEOPLE = ("read", "read:scopes", "write:invites", "write:scopes", "write:kick")
_MEMBER = frozenset({"project:read", "project:write", "keys:read", "keys:write", "usage:read", VOICE})
_ADMIN = (
    _MEMBER
    | {f"{role}s:{deed}" for role in ("member", "admin") for deed in _PEOPLE}
    | {"owners:read", "owners:read:scopes", "billing:read"}
)
_OWNER = (
    _ADMIN
    | {f"owners:{deed}" for deed in _PEOPLE}
    | {"project:write:settings", "project:write:destroy", "billing:write"}
)

ROLES = {"member": _MEMBER, "admin": _ADMIN, "owner": _OWNER}
EVERYTHING = _OWNER
PRODUCTS: frozenset[str] = frozenset(get_args(ProductScope))


class UnknownScopeError(ValueError):
    """A name that stands for no scope."""


def expand(names: Iterable[str]) -> frozenset[str]:
    """All scopes that are granted by these names.

    Raises:
        UnknownScopeError: one of them grants nothing.
    """
    return frozenset[str]().union(*map(_expand, names))


def _expand(name: str) -> frozenset[str]:
    if name in ROLES:
        return ROLES[name]
    if name.endswith("*"):
        found = frozenset(scope for scope in EVERYTHING if scope.startswith(name[:-1]))
    else:
        found = EVERYTHING & {name}
    if not found:
        raise UnknownScopeError(f"unknown scope `{name}`")
    return found


def people_scope(role: str, deed: str) -> str:
    """The scope that a deed to members of a role needs: `admins:write:kick`."""
    return f"{role}s:{deed}"
