from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"


def shared(path: str) -> Path:
    """A file of the reference material, or the test is skipped with the reason."""
    if not (SHARED / path).exists():
        pytest.skip(f"the reference material is not here: shared/{path}")
    return SHARED / path
