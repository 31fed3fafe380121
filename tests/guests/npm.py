"""The official JavaScript clients, run by Node.js."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = {"js4": "4.4.0", "js5": "5.13.0"}
"""Of `@deepgram/sdk`, by the names of our scripts."""


def run_script(script: str, *args: str) -> dict[str, Any]:
    """What a script prints; its client, named by the script's first part, is installed once into .cache."""
    npm, program = shutil.which("npm"), shutil.which("node")
    if not npm or not program:
        pytest.skip("Node.js and npm are not here")
    client = script.partition("_")[0]
    folder = ROOT / ".cache" / "guests" / client
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)]
        package = f"@deepgram/sdk@{VERSIONS[client]}"
        subprocess.run([*install, package], check=True, capture_output=True, timeout=300)
    command = [program, str(Path(__file__).with_name(f"{script}.mjs")), str(folder), *args]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
