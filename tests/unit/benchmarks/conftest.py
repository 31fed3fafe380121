"""The benchmarks are scripts beside one another, and no package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def scripts() -> Iterator[None]:
    """They import one another."""
    sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
    yield
    sys.path.pop(0)
