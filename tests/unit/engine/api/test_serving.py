import time
from uuid import UUID

import pytest

from sonant.contract.listen import TRANSCRIBE
from sonant.contract.table import OPERATIONS
from sonant.engine.api.serving import make_routes, new_request_id
from sonant.engine.app import SERVED


def test_every_operation_has_a_handler() -> None:
    assert {o.name for served in SERVED for o in served.operations} == {o.name for o in OPERATIONS}


def test_every_path_has_a_route() -> None:
    routes = {(route.path, method) for route in make_routes(SERVED) for method in route.methods or ()}
    assert {(o.path, o.method) for o in OPERATIONS} <= routes


def test_a_missing_handler_is_noticed_at_the_start() -> None:
    with pytest.raises(LookupError, match="no handler serves speak"):
        make_routes([each for each in SERVED if TRANSCRIBE in each.operations])


def test_request_ids_are_uuids_that_sort_by_time() -> None:
    first = new_request_id()
    time.sleep(0.002)
    second = new_request_id()
    assert UUID(first).version == 7
    assert UUID(first).variant == UUID(second).variant == "specified in RFC 4122"
    assert first < second
