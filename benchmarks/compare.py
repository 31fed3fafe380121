"""From rows to ratios, verdicts and a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

PAGE = 4096
"""Bytes: memory is not measured finer than this."""
FINEST = 1e-6
"""Seconds: time is not measured finer than this."""
_BYTES = frozenset({"added", "memory", "growth"})
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


@dataclass(frozen=True)
class Gate:
    """What a measure must reach: so many times better, at most so much, or so much more than the other."""

    axis: str
    measure: str
    variant: str = ""
    at_least: float | None = None
    at_most_bytes: int | None = None
    at_most_more: float | None = None
    at_most: float | None = None
    """Seconds, percent, or a count."""

    def verdict(self, comparison: Comparison, slack: float) -> str:
        """Whether it is reached; `slack` below 1 forgives a ratio that much, for machines that others use too."""
        if comparison.trouble:
            return comparison.trouble.partition(":")[0]
        if self._holds(comparison, 1.0):
            return "met"
        return "met with slack" if self._holds(comparison, slack) else "MISSED"

    def _holds(self, comparison: Comparison, slack: float) -> bool:
        if self.at_most_bytes is not None:
            return median(comparison.ours) <= self.at_most_bytes
        if self.at_most is not None:
            return median(comparison.ours) * slack <= self.at_most
        if self.at_most_more is not None:
            return median(comparison.ours) <= median(comparison.official) + self.at_most_more
        return comparison.ratio >= (self.at_least or 0) * slack

    def __str__(self) -> str:
        if self.at_most_bytes is not None:
            return f"<= {figure(self.at_most_bytes, 'added')}"
        if self.at_most is not None:
            return f"<= {figure(self.at_most, self.measure)}"
        return f">= {self.at_least:g}x" if self.at_least is not None else f"<= +{self.at_most_more:g}"


@dataclass
class Comparison:
    """One measure of one variant: the figures of each side, pair by pair."""

    axis: str
    variant: str
    measure: str
    official: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    trouble: str = ""
    """`skipped: ...` or `failed: ...`, where there is nothing to compare."""

    @property
    def ratios(self) -> list[float]:
        """How many times better ours is, for each pair."""
        return _ratios(self.official, self.ours)

    @property
    def ratio(self) -> float:
        """The median of the pairs."""
        return median(self.ratios)

    @property
    def record(self) -> dict[str, Any]:
        """For results.json."""
        spread = {"ratio": self.ratio, "min": min(self.ratios), "max": max(self.ratios)} if self.ratios else {}
        return {**asdict(self), **spread}


def _ratios(theirs: list[float], own: list[float]) -> list[float]:
    return [one / other for one, other in zip(theirs, own, strict=False) if other]


def measure_of(row: dict[str, Any], measure: str, *, outside: bool, bare: dict[str, Any] | None) -> float:
    """One figure of a row: seconds per operation, or bytes.

    Args:
        row: what the row printed.
        measure: `wall`, `cpu`, `beyond` or `added`.
        outside: whether the whole process counts; memory is then what it has beyond `bare`.
        bare: the floor's row.
    """
    if measure == "beyond":
        return max((row["wall"] / row["n"]) - (bare["wall"] / bare["n"] if bare else 0.0), FINEST)
    if measure != "added":
        return row[f"process_{measure}" if outside else measure] / row["n"]
    added = row["hwm"] - (bare or {"hwm": 0})["hwm"] if outside else row["added"]
    return max(added, PAGE)


def figure(value: float, measure: str) -> str:
    """A number with its unit, three digits."""
    if measure in _BYTES:
        return f"{value / 1e6:.1f} MB"
    if measure == "wer":
        return f"{value:.2f} %"
    if measure in {"words", "voices"}:
        return f"{value:g}"
    factor, unit = next(((f, u) for f, u in UNITS if value >= f), UNITS[-1])
    return f"{value / factor:.3g} {unit}"


HEADER = ("axis", "variant", "measure", "other", "sonant", "ratio (min, max)", "floor", "gate", "verdict")


def line(comparison: Comparison, gate: Gate | None, slack: float) -> list[str]:
    """The cells of one comparison."""
    judged = (str(gate), gate.verdict(comparison, slack)) if gate else ("", "")
    return [
        comparison.axis,
        comparison.variant,
        comparison.measure,
        _side(comparison.official, comparison.measure),
        _side(comparison.ours, comparison.measure),
        comparison.trouble or ("" if comparison.measure == "wer" else _spread(comparison.ratios)),
        _floor(comparison),
        *judged,
    ]


def _side(values: list[float], measure: str) -> str:
    return figure(median(values), measure) if values else ""


def _spread(ratios: list[float]) -> str:
    return f"{median(ratios):.1f}x ({min(ratios):.1f}, {max(ratios):.1f})" if ratios else ""


def _floor(comparison: Comparison) -> str:
    """The least that can be, and the ratio that it would give."""
    possible = _ratios(comparison.official, comparison.floor)
    side = _side(comparison.floor, comparison.measure)
    return f"{side} ({median(possible):.1f}x)" if possible else side


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as columns of text; the first is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])
