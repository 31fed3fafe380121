"""Which service and which project a command is about, and how its answer is shown."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.table import Table

from sonant.cli.service import connect
from sonant.cli.tables import print_table
from sonant.cli.talk import OK, Mistyped, deliver
from sonant.client import DeepgramClient
from sonant.contract.wire import Done, Reply

_ADDRESS = "The address of another service; it wants a key, unless it is on this machine."
_LOCAL = "Ask an engine on this machine even though there is a key."
_JSON = "Print the answer as it came."
_PROJECT = "The id of the project; without it, the only one that the key reaches."


@dataclass(frozen=True)
class Target:
    """Who is asked, and how the answer is shown."""

    base_url: Annotated[str | None, Parameter(help=_ADDRESS)] = None
    local: Annotated[bool, Parameter(negative=(), show_default=False, help=_LOCAL)] = False
    as_json: Annotated[bool, Parameter(name="--json", negative=(), show_default=False, help=_JSON)] = False

    def connect(self) -> DeepgramClient:
        """A client of the service."""
        return connect(self.base_url, local=self.local)


@dataclass(frozen=True)
class InProject(Target):
    """The same, for what belongs to a project."""

    project: Annotated[str | None, Parameter(help=_PROJECT)] = None

    @contextmanager
    def open(self) -> Generator[tuple[DeepgramClient, str]]:
        """A client of the service, and the id of the project.

        Raises:
            Mistyped: no project was named, and the key reaches none, or several.
        """
        with self.connect() as client:
            yield client, self.project or _find_project(client)


Commands = Mapping[str, Callable[..., int]]
"""The commands of a command, by name."""
ANY, ANY_PROJECT = Target(), InProject()
Asked = Annotated[Target, Parameter(name="*")]
AskedInProject = Annotated[InProject, Parameter(name="*")]


def _find_project(client: DeepgramClient) -> str:
    projects = client.manage.get_projects().projects
    if len(projects) != 1:
        raise Mistyped(f"The key reaches {len(projects) or 'no'} projects; name one with --project.")
    return projects[0].project_id


def show(reply: Reply, table: Table, target: Target) -> int:
    """Print an answer: as a table, or as it came."""
    if target.as_json:
        deliver(format_json(reply), None)
    else:
        print_table(table)
    return OK


def show_done(reply: Done, done: str, target: Target) -> int:
    """Print that a thing was done, in the service's words if it has any."""
    deliver(format_json(reply) if target.as_json else reply.message or done, None)
    return OK


def format_json(reply: Reply) -> str:
    """A reply as it came, indented."""
    return msgspec.json.format(reply.raw, indent=2).decode()


def given(**options: Any) -> dict[str, Any]:
    """Options without those that were not given."""
    return {name: value for name, value in options.items() if value is not None}
