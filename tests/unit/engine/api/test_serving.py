import time
from uuid import UUID

import pytest

from sonant.contract.listen import LISTEN_LIVE, TRANSCRIBE
from sonant.contract.table import OPERATIONS, SOCKETS
from sonant.engine.api.live import listen_live
from sonant.engine.api.managed import MANAGED
from sonant.engine.api.rules import RULES
from sonant.engine.api.serving import make_routes, new_request_id
from sonant.engine.api.sockets import make_socket_route
from sonant.engine.app import SERVED

ALL = SERVED + MANAGED


def test_every_operation_has_one_handler_and_a_rule() -> None:
    served = [o.name for served in ALL for o in served.operations]
    assert sorted(served) == sorted(o.name for o in OPERATIONS)
    assert RULES.keys() == {one.name for one in (*OPERATIONS, *SOCKETS)}


@pytest.mark.parametrize("managed", [True, False])
def test_every_path_has_a_route(managed: bool) -> None:
    made = make_routes(ALL if managed else SERVED, managed=managed)
    routes = {(route.path.replace(":path}", "}"), method) for route in made for method in route.methods or ()}
    paths = {(path, o.method) for o in OPERATIONS for path in (o.path, *o.aliases)}
    assert paths == {(path, method) for path, method in routes if method != "HEAD"}


def test_aliases_lead_to_the_same_handler() -> None:
    routes = [route for route in make_routes(ALL, managed=True) if route.name == "list_credentials"]
    assert [route.path for route in routes] == [
        "/v1/projects/{project_id}/self-hosted/distribution/credentials",
        "/v1/projects/{project_id}/onprem/distribution/credentials",
    ]
    assert len({route.endpoint for route in routes}) == 1


def test_a_missing_handler_is_noticed_at_the_start() -> None:
    with pytest.raises(LookupError, match="no handler serves speak"):
        make_routes([each for each in SERVED if TRANSCRIBE in each.operations], managed=False)
    with pytest.raises(LookupError, match="grant_token"):
        make_routes(SERVED, managed=True)


def test_what_has_no_rule_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "get_project")
    with pytest.raises(LookupError, match="no rule says who may get_project"):
        make_routes(ALL, managed=True)
    monkeypatch.delitem(RULES, "listen_live")
    with pytest.raises(LookupError, match="no rule says who may listen_live"):
        make_socket_route(LISTEN_LIVE, listen_live)


def test_request_ids_are_uuids_that_sort_by_time() -> None:
    first = new_request_id()
    time.sleep(0.002)
    second = new_request_id()
    assert UUID(first).version == 7
    assert UUID(first).variant == UUID(second).variant == "specified in RFC 4122"
    assert first < second
