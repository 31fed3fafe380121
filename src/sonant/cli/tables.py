"""Tables on standard output: as wide as a terminal, and where nobody looks a line for each row, however long."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from rich.console import Console
from rich.table import Column, Table

from sonant.cli.talk import deliver

UNBOUNDED = 10_000
"""Columns where nobody looks."""
_ID = len("00000000-0000-0000-0000-000000000000")


def make_table(*heads: str, rows: Iterable[Sequence[object]]) -> Table:
    """A table; columns named `id` are never folded."""
    columns = [
        Column(head, no_wrap=True, min_width=_ID) if head == "id" else Column(head, overflow="fold") for head in heads
    ]
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(say, row))
    return table


def make_facts(**facts: object) -> Table:
    """What is known of one thing, a line each; what is not known is left out."""
    table = Table(Column(no_wrap=True), Column(overflow="fold"), box=None, pad_edge=False, show_header=False)
    for name, value in facts.items():
        if value is not None:
            table.add_row(name.replace("_", " "), say(value))
    return table


def say(value: object) -> str:
    """A value in a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(say, cast("Sequence[object]", value)))
    return str(value)


def print_table(table: Table) -> None:
    """Write a table to standard output."""
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, markup=False, width=UNBOUNDED)
    with console.capture() as captured:
        console.print(table)
    deliver("\n".join(line.rstrip() for line in captured.get().splitlines()), None)
