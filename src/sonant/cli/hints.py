"""What to do about an error, said in commands: the client's own hints name its methods."""

import re
from collections.abc import Sequence

from cyclopts import CycloptsError, UnknownOptionError, UnusedCliTokensError

COMMANDS = {
    "models.get_all": "models",
    "manage.get_all_models": "models",
    "manage.get_projects": "projects list",
    "manage.get_project_keys": "keys list",
    "manage.get_project_members": "members list",
    "manage.get_project_invites": "invites list",
    "manage.get_project_usage_requests": "usage requests",
    "manage.get_project_balances": "billing balances",
}
"""By the method that does the same."""
_CALL = re.compile(r"`(?P<method>[a-z_]+\.[a-z_]+)\([a-z_, ]*\)`")


def in_commands(hint: str) -> str:
    """A hint with commands for the methods that have one."""
    return _CALL.sub(_replace, hint)


def _replace(call: re.Match[str]) -> str:
    command = COMMANDS.get(call["method"])
    return f"`sonant {command}`" if command else call[0]


def mistake(error: CycloptsError, arguments: Sequence[str]) -> str:
    """What is wrong with a command line."""
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"{error.unused_tokens[0]!r} is left over: what has blanks in it goes in quotes."
    if isinstance(error, UnknownOptionError) and "--" in arguments:
        name = error.token.keyword or error.token.value
        if name in arguments[list(arguments).index("--") :]:
            return f"{name} comes after --, behind which there are no options: put it before."
    return str(error)
