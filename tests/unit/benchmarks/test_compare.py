from __future__ import annotations

import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest


def load(name: str) -> Any:
    """A module of the benchmarks, which are scripts and no package."""
    path = Path(__file__).parents[3] / "benchmarks" / f"{name}.py"
    spec = spec_from_file_location(f"benchmarks_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


compare = load("compare")
payloads = load("payloads")


def comparison(official: list[float], ours: list[float], **more: Any) -> Any:
    return compare.Comparison("rest", "sync", "cpu", official=official, ours=ours, **more)


def test_ratios_are_taken_pair_by_pair() -> None:
    both_slow_down = comparison([1.0, 2.0, 4.0], [0.1, 0.2, 0.4])
    assert both_slow_down.ratios == pytest.approx([10.0, 10.0, 10.0])
    assert comparison([1.0, 9.0, 2.0], [1.0, 1.0, 1.0]).ratio == 2.0


@pytest.mark.parametrize(("ours", "verdict"), [(0.05, "met"), (0.1, "met"), (0.12, "met with slack"), (0.13, "MISSED")])
def test_a_gate_judges_ratios(ours: float, verdict: str) -> None:
    gate = compare.Gate("rest", "cpu", "sync", at_least=10)
    assert gate.verdict(comparison([1.0], [ours]), 0.8) == verdict


@pytest.mark.parametrize(("ours", "verdict"), [(7e6, "met"), (9e6, "MISSED")])
def test_a_gate_judges_bytes_without_slack(ours: float, verdict: str) -> None:
    gate = compare.Gate("upload", "added", "bytes", at_most_bytes=8_000_000)
    assert gate.verdict(comparison([1e9], [ours]), 0.8) == verdict


@pytest.mark.parametrize(("ours", "verdict"), [(2.0, "met"), (2.3, "met"), (2.31, "MISSED")])
def test_a_gate_judges_what_may_be_more_by_so_much(ours: float, verdict: str) -> None:
    gate = compare.Gate("recognition", "wer", "batched", at_most_more=0.3)
    assert gate.verdict(comparison([2.0], [ours]), 0.8) == verdict
    assert str(gate) == "<= +0.3"


def test_what_was_not_run_is_never_met() -> None:
    gate = compare.Gate("rest", "cpu", "sync", at_least=10)
    assert gate.verdict(comparison([], [0.1], trouble="skipped: no official environment"), 0.8) == "skipped"
    assert gate.verdict(comparison([1.0], [0.1], trouble="failed: the checks differ"), 0.8) == "failed"


def test_measures_are_per_operation_and_beyond_the_bare_process() -> None:
    row = {"n": 4, "cpu": 2.0, "process_cpu": 8.0, "hwm": 30_000_000, "added": 5_000_000}
    assert compare.measure_of(row, "cpu", outside=False, bare=None) == 0.5
    assert compare.measure_of(row, "cpu", outside=True, bare=None) == 2.0
    assert compare.measure_of(row, "added", outside=False, bare=None) == 5_000_000
    assert compare.measure_of(row, "added", outside=True, bare={"hwm": 9_000_000}) == 21_000_000
    assert compare.measure_of(row, "added", outside=True, bare={"hwm": 30_000_000}) == compare.PAGE


def test_figures_carry_their_unit() -> None:
    figures = [compare.figure(value, "cpu") for value in (1.5, 0.00264, 0.0000151)]
    assert figures == ["1.5 s", "2.64 ms", "15.1 µs"]
    assert compare.figure(1_500_000, "added") == "1.5 MB"


def test_every_gate_names_a_measure_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(compare.__file__).parent
    monkeypatch.syspath_prepend(folder)
    axes = load("axes").AXES
    modules = {"recognition": "recognition", "streaming": "streaming", "speaking": "speaking", "manage": "managing"}
    modules |= {"peer-live": "peer_live"}
    taken = {(n, v, m) for n, name in modules.items() for v, ms in load(name).MEASURES.items() for m in ms}
    taken |= {(n, v, m) for n, axis in axes.items() for v in axis.variants for m in axis.special.get(v, axis.measures)}
    gates = [compare.Gate(**gate) for gate in tomllib.loads((folder / "gates.toml").read_text())["gate"]]
    assert len(gates) == 52
    assert {(gate.axis, gate.variant, gate.measure) for gate in gates} <= taken


def test_payloads_come_from_their_seed() -> None:
    assert payloads.transcript(60) == payloads.transcript(60)
    hour = payloads.transcript(payloads.WORDS)
    assert len(hour["results"]["channels"][0]["alternatives"][0]["words"]) == payloads.WORDS
    assert len(hour["results"]["utterances"]) == 600
