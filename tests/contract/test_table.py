"""Every operation of the table has a method in the SDK that builds it; the engine's half is tested with the engine."""

from collections.abc import Callable
from typing import Any

import pytest

from sonant.client.call import Call
from sonant.client.flavour import Namespace, download, operation
from sonant.client.listen import Prerecorded
from sonant.client.manage import Manage
from sonant.client.models import Models
from sonant.client.speak import Speak
from sonant.contract.table import OPERATIONS
from sonant.contract.wire import Operation

METHODS: dict[str, Callable[[], Call[Any]]] = {
    "transcribe": lambda: Prerecorded.transcribe_url.build("https://x/a.wav"),
    "transcribe_callback": lambda: Prerecorded.transcribe_url_callback.build("https://x/a.wav", "https://me/cb"),
    "speak": lambda: Speak.request.build("Hi."),
    "speak_callback": lambda: Speak.request_callback.build("Hi.", "https://me/cb"),
    "speak_flux": lambda: Speak.request_flux.build("Hi.", model="flux-kit-en"),
    "speak_flux_callback": lambda: Speak.request_flux_callback.build("Hi.", "https://me/cb", model="flux-kit-en"),
    "list_models": Models.get_all.build,
    "get_model": lambda: Models.get_model.build("id"),
    "list_project_models": lambda: Manage.get_all_models.build("project"),
    "get_project_model": lambda: Manage.get_model.build("project", "id"),
}


def test_names_and_places_are_unique() -> None:
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)
    assert set(METHODS) == {one.name for one in OPERATIONS}


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_an_operation_has_a_method(one: Operation[Any, Any]) -> None:
    assert METHODS[one.name]().operation is one


@pytest.mark.parametrize("namespace", [Prerecorded, Speak, Manage, Models])
def test_a_method_says_what_it_takes_raises_and_where_it_is_described(namespace: type[Namespace[Any]]) -> None:
    methods = [value for value in vars(namespace).values() if isinstance(value, (operation, download))]
    assert methods
    for method in methods:
        for part in ("Args:", "Raises:", "Spec: "):
            assert part in (method.__doc__ or ""), method
