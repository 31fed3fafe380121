"""Management over real sockets: every verb, deletions without a body, and lists fetched page by page; both flavours."""

import json
import logging
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from flavours import FLAVOURS, make_client
from loopback import Seen, http_server
from sonant import NotFound, ServerFault, Unauthorized

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)

CANARY = "canary0123456789secret"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def log_of(count: int, fail_at: int | None = None) -> Callable[[Seen], tuple[int, bytes]]:
    """A service with a log of so many requests, counted from page 0; one page of them may fail."""

    def answer(seen: Seen) -> tuple[int, bytes]:
        query = parse_qs(urlsplit(seen.path).query)
        limit, page = int(query["limit"][0]), int(query.get("page", ["0"])[0])
        if page == fail_at:
            return 404, b'{"err_code":"PROJECT_NOT_FOUND","err_msg":"Project not found."}'
        rows = [
            {
                "request_id": f"r-{n}",
                "created": "2025-01-31T12:00:00.000Z",
                "path": "/v1/listen?model=nova-3",
                "code": 200,
            }
            for n in range(page * limit, min((page + 1) * limit, count))
        ]
        return 200, json.dumps({"page": page, "limit": limit, "requests": rows}).encode()

    return answer


def iterate(client: Any, flavour: str, **options: Any) -> Iterator[Any]:
    """The rows of the log, one by one, whichever the flavour."""
    if flavour == "sync":
        yield from client.manage.iter_project_usage_requests("p", **options)
        return
    rows = client.thing.manage.iter_project_usage_requests("p", **options)
    try:
        while True:
            yield client.wait(anext(rows))
    except StopAsyncIteration:
        return


def test_every_verb_arrives(flavour: str) -> None:
    with http_server(b'{"message":"Done.","variable_id":"v","key":"DG_X","value":1}') as (url, seen):
        with make_client(flavour, "k", base_url=url) as client:
            client.manage.update_project("p", name="new")
            client.manage.update_project_member_scope("p", "m", scope="admin")
            client.manage.update_project_agent_variable("p", "v", value=None)
            client.manage.send_project_invite("p", email="a@b.c", scope="member")
            assert client.manage.delete_project_invite("p", "a@b.c").message == "Done."
    assert [(one.method, one.path, one.body) for one in seen] == [
        ("PATCH", "/v1/projects/p", b'{"name":"new"}'),
        ("PUT", "/v1/projects/p/members/m/scopes", b'{"scope":"admin"}'),
        ("PATCH", "/v1/projects/p/agent-variables/v", b'{"value":null}'),
        ("POST", "/v1/projects/p/invites", b'{"email":"a@b.c","scope":"member"}'),
        ("DELETE", "/v1/projects/p/invites/a%40b.c", b""),
    ]
    assert {one.headers["authorization"] for one in seen} == {"Token k"}


@pytest.mark.parametrize(("status", "body"), [(200, b"{}"), (200, b""), (204, b"")])
def test_a_deletion_may_be_answered_with_nothing(flavour: str, status: int, body: bytes) -> None:
    with http_server(body, status=status) as (url, seen), make_client(flavour, "k", base_url=url) as client:
        reply = client.manage.delete_project_key("p", "id")
    assert (reply.message, reply.request_id) == (None, "r-loopback")
    assert seen[0].method == "DELETE"


def test_the_whole_log_is_walked(flavour: str) -> None:
    with http_server(log_of(250)) as (url, seen), make_client(flavour, "k", base_url=url) as client:
        rows = [row.request_id for row in iterate(client, flavour, status="succeeded")]
    assert rows == [f"r-{n}" for n in range(250)]
    assert [one.path.partition("?")[2] for one in seen] == [
        "limit=100&status=succeeded",
        "limit=100&status=succeeded&page=1",
        "limit=100&status=succeeded&page=2",
    ]


def test_pages_are_fetched_when_they_are_needed(flavour: str) -> None:
    with http_server(log_of(1000)) as (url, seen), make_client(flavour, "k", base_url=url) as client:
        rows = iterate(client, flavour, limit=10)
        assert seen == []
        first = [next(rows).request_id for _ in range(10)]
        assert len(seen) == 1
        assert (next(rows).request_id, len(seen)) == ("r-10", 2)
    assert first == [f"r-{n}" for n in range(10)]


def test_an_error_on_the_way_comes_after_what_was_given(flavour: str) -> None:
    with http_server(log_of(100, fail_at=2)) as (url, _), make_client(flavour, "k", base_url=url) as client:
        rows = iterate(client, flavour, limit=10)
        assert len([next(rows) for _ in range(20)]) == 20
        with pytest.raises(NotFound, match="Project not found"):
            next(rows)


def test_a_page_that_fails_in_passing_is_asked_for_again(flavour: str) -> None:
    log, failed = log_of(30), list[str]()

    def flaky(seen: Seen) -> tuple[int, bytes]:
        if "page=1" in seen.path and not failed:
            failed.append(seen.path)
            return 503, b'{"error_code":"Service Unavailable","err_msg":"Please try again later"}'
        return log(seen)

    with http_server(flaky) as (url, _), make_client(flavour, "k", base_url=url) as client:
        assert len(list(iterate(client, flavour, limit=10))) == 30
    with http_server(status=503) as (url, _), make_client(flavour, "k", base_url=url, max_retries=0) as client:
        with pytest.raises(ServerFault):
            next(iterate(client, flavour))
    assert failed


def test_a_long_log_takes_no_more_memory_than_its_pages(flavour: str) -> None:
    def peak(count: int) -> int:
        with http_server(log_of(count)) as (url, seen), make_client(flavour, "k", base_url=url) as client:
            tracemalloc.start()
            try:
                for _ in iterate(client, flavour, limit=100):
                    seen.clear()
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(200)
    assert peak(3000) < 2 * peak(300)


def test_a_new_key_is_shown_to_its_caller_only(
    flavour: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = json.dumps({"api_key_id": "k-1", "key": CANARY, "access_token": CANARY, "expires_in": 30}).encode()
    with http_server(answer) as (url, _), make_client(flavour, "k", base_url=url) as client:
        made = client.manage.create_project_key("p", comment="ci", scopes=["member"])
        granted = client.auth.grant_token()
    assert (made.key, granted.access_token) == (CANARY, CANARY)
    said = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    said += [repr(made), str(granted), f"{[made, granted]}", *capfd.readouterr()]
    assert not [text for text in said if CANARY in text]


def test_a_key_that_is_not_good_has_no_details(flavour: str) -> None:
    answer = b'{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials."}'
    with http_server(answer, status=401) as (url, _), make_client(flavour, "k", base_url=url) as client:
        with pytest.raises(Unauthorized):
            client.manage.get_token_details()
