import time
from uuid import UUID

import pytest

from sonant.contract.listen import TRANSCRIBE
from sonant.contract.selfhosted import LIST_CREDENTIALS, CredentialsList
from sonant.contract.table import OPERATIONS
from sonant.contract.wire import NoOptions
from sonant.engine.api.serving import Call, make_routes, new_request_id, serves
from sonant.engine.app import AWAITED, SERVED


def test_every_operation_has_a_handler_or_is_awaited() -> None:
    served = {o.name for served in SERVED for o in served.operations}
    assert served | AWAITED == {o.name for o in OPERATIONS}
    assert not served & AWAITED


def test_every_path_has_a_route() -> None:
    routes = {(route.path, method) for route in make_routes(SERVED, AWAITED) for method in route.methods or ()}
    paths = {(path, o.method) for o in OPERATIONS if o.name not in AWAITED for path in (o.path, *o.aliases)}
    assert paths == {(path, method) for path, method in routes if method != "HEAD"}


def test_aliases_lead_to_the_same_handler() -> None:
    async def answer(call: Call[NoOptions]) -> CredentialsList:
        raise NotImplementedError

    routes = make_routes([serves(LIST_CREDENTIALS)(answer)], {o.name for o in OPERATIONS})
    assert [route.path for route in routes] == [
        "/v1/projects/{project_id}/self-hosted/distribution/credentials",
        "/v1/projects/{project_id}/onprem/distribution/credentials",
    ]
    assert len({route.endpoint for route in routes}) == 1


def test_a_missing_handler_is_noticed_at_the_start() -> None:
    with pytest.raises(LookupError, match="list_models"):
        make_routes([each for each in SERVED if TRANSCRIBE in each.operations], AWAITED)


def test_request_ids_are_uuids_that_sort_by_time() -> None:
    first = new_request_id()
    time.sleep(0.002)
    second = new_request_id()
    assert UUID(first).version == 7
    assert UUID(first).variant == UUID(second).variant == "specified in RFC 4122"
    assert first < second
