"""Compare this project with the official client, and its engine with another, side by side: `python benchmarks/run.py`.

Each row is a process of its own. The sides take turns within a round, and ratios are taken pair by pair, so that a
machine that grows slower or faster meanwhile does not favour one of them. Results go to `.bench/results.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tomllib
from importlib.util import find_spec
from typing import Any

import envs
import managing
import payloads
import peer_live
import recognition
import scenarios
import speaking
import streaming
from axes import AXES, Axis
from compare import HEADER, Comparison, Gate, line, measure_of, table
from processes import HERE, Row, RowFailed, run_row, stub_server

PAYLOADS = envs.BENCH / "payloads"
SAMPLE = envs.ROOT / "examples" / "audio" / "spacewalk.flac"
SLACK = 0.8
"""How far a ratio may fall short on a machine that others use too."""


USUAL = [*AXES, "recognition", "streaming", "speaking", "manage", "faults"]
CHOICES = [*USUAL, peer_live.AXIS]
"""The last only where it is asked for: the other side is gigabytes."""


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare with the official client.")
    parser.add_argument("--axis", action="append", choices=CHOICES, help="only this; repeatable")
    parser.add_argument("--rounds", type=int, default=5, help="pairs for each variant; 5 unless given")
    parser.add_argument("--minutes", type=float, default=0.0, help="of the soak of `streaming`; none unless given")
    parser.add_argument(
        "--nothing",
        type=float,
        default=streaming.NOTHING_MINUTES,
        help="minutes of sounds that are no speech for `streaming`; 2 unless given",
    )
    parser.add_argument("--gate", action="store_true", help="exit with 1 if a gate is missed")
    parser.add_argument("--quiet-machine", action="store_true", help="forgive nothing: nobody else uses this machine")
    return parser.parse_args()


class Sides:
    """The interpreters, and why one may be missing."""

    def __init__(self) -> None:
        self.pythons: dict[str, str] = {}
        self.missing = ""
        self.pythons["ours"] = self.pythons["floor"] = envs.ours()
        try:
            self.pythons["official"] = envs.official()
        except envs.Unavailable as error:
            self.missing = f"skipped: no official environment ({error})"


def compare_variant(name: str, axis: Axis, variant: str, sides: Sides, url: str, rounds: int) -> list[Comparison]:
    """All measures of one variant, round by round."""
    measures = axis.special.get(variant, axis.measures)
    comparisons = [Comparison(name, variant, measure, trouble=_trouble(axis, sides)) for measure in measures]
    if axis.engine and comparisons[0].trouble:
        return comparisons
    try:
        for turn in range(1 if variant in axis.once else rounds):
            _one_round(name, axis, variant, sides, url, comparisons, swap=turn % 2 == 1)
    except RowFailed as error:
        for comparison in comparisons:
            comparison.trouble = f"failed: {error}"
    return comparisons


def _trouble(axis: Axis, sides: Sides) -> str:
    """Why there is nothing to compare, known beforehand."""
    if axis.engine:
        return "" if find_spec("ctranslate2") and find_spec("sonant") else "skipped: no engine in this environment"
    return sides.missing


def _one_round(
    name: str, axis: Axis, variant: str, sides: Sides, url: str, comparisons: list[Comparison], *, swap: bool
) -> None:
    impls = [impl for impl in axis.sides_of(variant) if impl in sides.pythons]
    rows: dict[str, Row] = {}
    for impl in reversed(impls) if swap else impls:
        print(f"{name} {variant} {impl}", file=sys.stderr)
        python = sys.executable if axis.engine else sides.pythons[impl]
        rows[impl] = run_row(python, name, impl=impl, variant=variant or "-", url=url, **_files(name))
    _check_equal(rows)
    for comparison in comparisons:
        for impl, row in rows.items():
            value = measure_of(row, comparison.measure, outside=axis.outside, bare=rows.get("floor"))
            getattr(comparison, impl).append(value)


def _files(name: str) -> dict[str, str]:
    payload = {"engine": SAMPLE, "upload": PAYLOADS / "audio.bin"}.get(name, PAYLOADS / "hour.json")
    return {"payload": str(payload), "small": str(PAYLOADS / "small.json")}


def _check_equal(rows: dict[str, Row]) -> None:
    """No side wins by doing less."""
    if "official" in rows and rows["official"]["check"] != rows["ours"]["check"]:
        raise RowFailed(f"the checks differ: {rows['official']['check'][:80]} and {rows['ours']['check'][:80]}")


def read_gates() -> dict[tuple[str, str, str], Gate]:
    """The gates by axis, variant and measure."""
    with (HERE / "gates.toml").open("rb") as file:
        gates = [Gate(**given) for given in tomllib.load(file)["gate"]]
    return {(gate.axis, gate.variant, gate.measure): gate for gate in gates}


def compare_axes(names: list[str], sides: Sides, rounds: int) -> list[Comparison]:
    """All comparisons of these axes."""
    with stub_server(PAYLOADS) as url:
        return [
            comparison
            for name in names
            for variant in AXES[name].variants
            for comparison in compare_variant(name, AXES[name], variant, sides, url, rounds)
        ]


def compare_clients(names: list[str], rounds: int) -> tuple[list[Comparison], list[dict[str, Any]]]:
    """All comparisons with the official client among these axes, and the faults."""
    axes = [name for name in names if name in AXES]
    if not axes and "faults" not in names:
        return [], []
    payloads.prepare(PAYLOADS)
    sides = Sides()
    comparisons = compare_axes(axes, sides, rounds)
    return comparisons, scenarios.replay(sides.pythons) if "faults" in names else []


def save(comparisons: list[Comparison], faults: list[dict[str, Any]], options: list[list[str]]) -> None:
    """Keep the figures, with what they depend on."""
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    records = [comparison.record for comparison in comparisons]
    others = {"official": envs.OFFICIAL, "peer": envs.PEER, "live_peer": envs.LIVE_PEER}
    results = {"machine": machine, **others, "comparisons": records, "faults": faults, "options": options}
    envs.BENCH.mkdir(exist_ok=True)
    (envs.BENCH / "results.json").write_text(json.dumps(results, indent=1))


def main() -> int:
    """Run the axes asked for; print, save, judge."""
    given = read_arguments()
    names = given.axis or USUAL
    gates = read_gates()
    slack = 1.0 if given.quiet_machine else SLACK
    comparisons, faults = compare_clients(names, given.rounds)
    options: list[list[str]] = []
    if "recognition" in names:
        recognized, options, missing = recognition.compare(given.rounds)
        comparisons += recognized
        print("\n".join(f"left out: {reason}" for reason in missing), file=sys.stderr)
    if "streaming" in names:
        comparisons += streaming.compare(given.minutes, given.nothing)
    if peer_live.AXIS in names:
        comparisons += peer_live.compare(given.rounds)
    if "speaking" in names:
        comparisons += speaking.compare(given.rounds)
    if "manage" in names:
        comparisons += managing.compare(given.rounds)
    lines = [line(c, gates.get((c.axis, c.variant, c.measure)), slack) for c in comparisons]
    if lines:
        print(table([HEADER, *lines]))
    if options:
        print("\n" + table(options))
    if faults:
        print("\n" + scenarios.show(faults))
    save(comparisons, faults, options)
    return int(given.gate and any(cells[-1] in {"MISSED", "skipped", "failed"} for cells in lines))


if __name__ == "__main__":
    sys.exit(main())
