"""`sonant projects`, `keys`, `members`, `invites`, `usage` and `billing`: what a service knows of a project."""

from collections.abc import Mapping

from sonant.cli.manage import billing, invites, keys, members, projects, usage
from sonant.cli.manage.target import Commands

GROUPS: Mapping[str, tuple[str, Commands]] = {
    "projects": ("The projects that the key reaches.", projects.COMMANDS),
    "keys": ("The API keys of a project.", keys.COMMANDS),
    "members": ("The members of a project, and what they may do.", members.COMMANDS),
    "invites": ("Invitations to a project.", invites.COMMANDS),
    "usage": ("What a project was used for: requests, hours of audio, tokens.", usage.COMMANDS),
    "billing": ("What a project has left, what it cost, what was bought.", billing.COMMANDS),
}
"""The commands that have commands: what each is about, and its own by name."""
