"""What is compared: axes, their variants, and how a row's figures become measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SIDES = ("official", "ours", "floor")


@dataclass(frozen=True)
class Axis:
    """One script in `rows`, and how to read it.

    Attributes:
        title: what it measures.
        variants: run one by one; passed to the row.
        measures: the figures to show: `wall`, `cpu` (per operation), `beyond` (`wall` beyond the floor's), `added`
            (bytes of memory).
        outside: whether the whole process is measured, from outside.
        sides: what has a row: the official client, ours, the least that can be.
        engine: whether the row needs the engine, and so our own environment.
        special: measures of variants that have others.
        once: variants whose official row takes minutes and is run once.
        grounded: variants that have a floor, where not all have.
    """

    title: str
    variants: tuple[str, ...] = ("",)
    measures: tuple[str, ...] = ("cpu", "wall")
    outside: bool = False
    sides: tuple[str, ...] = SIDES
    engine: bool = False
    special: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    once: tuple[str, ...] = ()
    grounded: tuple[str, ...] | None = None

    def sides_of(self, variant: str) -> tuple[str, ...]:
        """What has a row for a variant."""
        has_floor = self.grounded is None or variant in self.grounded
        return tuple(side for side in self.sides if has_floor or side != "floor")


AXES = {
    "cold": Axis("import and construct", measures=("wall", "cpu", "added"), outside=True),
    "answer": Axis("start of the process to the first answer", outside=True),
    "second": Axis("one more client", sides=("official", "ours")),
    "rest": Axis("small REST call", variants=("sync", "async-1", "async-16")),
    "decode": Axis("transcript of one hour", measures=("cpu", "added")),
    "upload": Axis("500 MB upload", variants=("bytes", "file"), measures=("wall", "cpu", "added"), once=("bytes",)),
    "live": Axis(
        "a chunk of 640 bytes and its result",
        variants=("sync", "async", "ping", "ping-async", "decode", "fleet", "idle"),
        measures=("cpu",),
        special={
            "ping": ("wall", "beyond"),
            "ping-async": ("wall", "beyond"),
            "idle": ("added",),
        },
        grounded=("ping", "ping-async"),
    ),
    "speak": Axis(
        "from the call to the first byte of speech",
        variants=("rest", "rest-async", "socket", "socket-async"),
        measures=("beyond", "wall"),
    ),
    "engine": Axis("a second of audio through the engine", measures=("wall",), sides=("ours",), engine=True),
}
