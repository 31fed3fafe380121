"""`sonant models`: which models there are."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Column, Table

from sonant.cli.service import connect
from sonant.cli.tables import print_table
from sonant.cli.talk import OK, deliver
from sonant.contract.models import Model, ModelList

MANY = 10
"""Languages that are named one by one, at most."""


def models(
    model: str | None = None,
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    include_outdated: Annotated[bool, Parameter(negative=())] = False,
    base_url: str | None = None,
    local: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """List the models there are, or tell about one: stt, speech to text, and tts, text to speech.

    With a key in the environment those of the hosted service, else those of the engine on this machine.

    Args:
        model: The uuid of a model, to see that one only.
        as_json: Print the answer as it came.
        include_outdated: List older versions too.
        base_url: The address of another service; it wants a key, unless it is on this machine.
        local: Ask an engine on this machine even though there is a key.
    """
    with connect(base_url, local=local) as client:
        found: Model | ModelList
        if model:
            found = client.models.get_model(model)
        elif include_outdated:
            found = client.models.get_all(include_outdated=True)
        else:
            found = client.models.get_all()
    if as_json:
        deliver(msgspec.json.format(found.raw, indent=2).decode(), None)
    else:
        print_table(_table(found))
    return OK


def _table(found: Model | ModelList) -> Table:
    uuid = Column("uuid", no_wrap=True, min_width=36)
    folding = [Column(head, overflow="fold") for head in ("name", "kind", "languages", "architecture", "version")]
    table = Table(*folding, uuid, box=None, pad_edge=False)
    both = found if isinstance(found, ModelList) else _as_list(found)
    for kind, listed in (("stt", both.stt), ("tts", both.tts)):
        for model in listed:
            table.add_row(
                model.name, kind, _say_languages(model.languages), model.architecture, model.version, model.uuid
            )
    return table


def _say_languages(languages: Sequence[str]) -> str:
    """A few by name, many by number."""
    return ", ".join(languages) if len(languages) <= MANY else f"{len(languages)} languages"


def _as_list(model: Model) -> ModelList:
    """One model as a list: voices are told by their metadata."""
    return ModelList([], [model]) if model.metadata else ModelList([model], [])
