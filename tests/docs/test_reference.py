"""The reference names all there is, and what there is has words of its own."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from sonant.cli.app import COMMANDS, GROUPS
from sonant.client.settings import SessionSettings
from sonant.contract.faults import FAULTS
from sonant.contract.listen import LiveOptions, TranscribeOptions, TurnOptions
from sonant.contract.speak import SpeakFluxOptions, SpeakLiveOptions, SpeakOptions, SpeakTurnOptions
from sonant.contract.table import OPERATIONS
from sonant.contract.told import field_docs
from sonant.engine.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def test_reference_is_what_the_code_says() -> None:
    check = [sys.executable, str(DOCS / "generate.py"), "--check"]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", get_type_hints(TranscribeOptions))
def test_every_option_is_documented(name: str) -> None:
    assert field_docs(TranscribeOptions)[name]
    assert f"| `{name}` |" in page("options")
    assert f"`--{name.replace('_', '-')}`" in page("cli")


def test_what_the_engine_does_with_every_option_is_documented() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([a-z ]+) \|", page("engine-parameters"), re.MULTILINE))
    assert set(get_type_hints(TranscribeOptions)) <= set(told)
    assert (told["punctuate"], told["smart_format"], told["topics"]) == ("supported", "approximated", "warned")


SPOKEN = [SpeakOptions, SpeakFluxOptions, SpeakLiveOptions, SpeakTurnOptions]


@pytest.mark.parametrize("spec", [LiveOptions, TurnOptions, SessionSettings, *SPOKEN])
def test_every_option_of_a_stream_is_documented(spec: type) -> None:
    pages = page("options") + page("client")
    for name in get_type_hints(spec):
        assert field_docs(spec)[name]
        assert f"| `{name}` |" in pages


@pytest.mark.parametrize("name", get_type_hints(Settings))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`SONANT_{name.upper()}`" in field_docs(Settings)[name]
    assert f"| `{name}` |" in page("engine")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_is_documented(command: object) -> None:
    assert f"## `sonant {command.__name__}`" in page("cli")  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", GROUPS)
def test_every_command_of_a_command_is_documented(name: str) -> None:
    assert f"## `sonant {name}`" in page("cli")
    assert all(f"### `sonant {name} {word}`" in page("cli") for word in GROUPS[name][1])


def test_every_fault_and_operation_is_documented() -> None:
    assert all(fault.message.split("|")[0] in page("errors") for fault in FAULTS)
    assert all(f"`{operation.method} {operation.path}`" in page("client") for operation in OPERATIONS)
