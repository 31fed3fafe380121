"""Every operation of the table has a method in the SDK that builds it; the engine's half is tested with the engine."""

from collections.abc import Callable
from typing import Any

import pytest

from sonant.client.call import Call
from sonant.client.flavour import Namespace, operation
from sonant.client.listen import Prerecorded
from sonant.client.manage import Manage
from sonant.client.models import Models
from sonant.contract.table import OPERATIONS
from sonant.contract.wire import Operation
from sonant.engine.app import AWAITED as AWAITED_BY_THE_ENGINE

METHODS: dict[str, Callable[[], Call[Any]]] = {
    "transcribe": lambda: Prerecorded.transcribe_url.build("https://x/a.wav"),
    "transcribe_callback": lambda: Prerecorded.transcribe_url_callback.build("https://x/a.wav", "https://me/cb"),
    "list_models": Models.get_all.build,
    "get_model": lambda: Models.get_model.build("id"),
    "list_project_models": lambda: Manage.get_all_models.build("project"),
    "get_project_model": lambda: Manage.get_model.build("project", "id"),
}

AWAITED = AWAITED_BY_THE_ENGINE
"""Operations whose method is still to come."""


def test_names_and_places_are_unique() -> None:
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)
    assert set(METHODS) | AWAITED == {one.name for one in OPERATIONS}
    assert not set(METHODS) & AWAITED


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.name in METHODS], ids=lambda one: one.name)
def test_an_operation_has_a_method(one: Operation[Any, Any]) -> None:
    assert METHODS[one.name]().operation is one


@pytest.mark.parametrize("namespace", [Prerecorded, Manage, Models])
def test_a_method_says_what_it_takes_raises_and_where_it_is_described(namespace: type[Namespace[Any]]) -> None:
    methods = [value for value in vars(namespace).values() if isinstance(value, operation)]
    assert methods
    for method in methods:
        for part in ("Args:", "Raises:", "Spec: "):
            assert part in (method.__doc__ or ""), method
