"""The commands of management, with a service that is a function."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sonant.cli.app import run
from sonant.client import DeepgramClient
from sonant.client.call import HttpRequest, HttpResponse

CANARY = "canary0123456789secret"
PROJECT = {"project_id": "p-1", "name": "Ours"}
SPAN = {"start": "2025-01-01", "end": "2025-01-31", "resolution": {"units": "day", "amount": 1}}
KEY = {"api_key_id": "k-1", "comment": "for ci", "scopes": ["member", "usage:read"], "created": "2025-01-31T12:00:00Z"}
MEMBER = {"member_id": "m-1", "email": "ada@example.com", "first_name": "Ada"}
ROW = {
    "request_id": "r-1",
    "created": "2025-01-31T12:00:00Z",
    "path": "/v1/listen?model=nova-3",
    "response": {"code": 200, "details": {"duration": 12.5, "features": ["punctuate"], "usd": 0.05}},
}
NUMBERS = {"hours": 1.5, "total_hours": 3, "agent_hours": 0, "tokens_in": 1, "tokens_out": 2, "tts_characters": 9}
ANSWERS: dict[str, Any] = {
    "/v1/projects": {"projects": [PROJECT]},
    "/v1/projects/p-1": {**PROJECT, "mip_opt_out": True},
    "/v1/projects/p-1/keys": {"api_keys": [{"member": MEMBER, "api_key": KEY}]},
    "/v1/projects/p-1/keys/k-1": {"item": {"member": {**MEMBER, "api_key": KEY}}},
    "/v1/projects/p-1/members": {"members": [{**MEMBER, "scopes": ["owner"]}]},
    "/v1/projects/p-1/members/m-1/scopes": {"scopes": ["owner", "usage:read"]},
    "/v1/projects/p-1/invites": {"invites": [{"email": "bob@example.com", "scope": "member"}]},
    "/v1/projects/p-1/requests": {"page": 0, "limit": 10, "requests": [ROW]},
    "/v1/projects/p-1/requests/r-1": {"request": ROW},
    "/v1/projects/p-1/usage": {**SPAN, "results": [{**SPAN, "hours": 1.5, "total_hours": 3, "requests": 4}]},
    "/v1/projects/p-1/usage/fields": {"models": [{"name": "2-general", "language": "en"}], "features": ["diarize"]},
    "/v1/projects/p-1/usage/breakdown": {
        **SPAN,
        "results": [{**NUMBERS, "requests": 4, "grouping": {"method": "streaming"}}],
    },
    "/v1/projects/p-1/balances": {"balances": [{"balance_id": "b-1", "amount": 102.5, "units": "USD"}]},
    "/v1/projects/p-1/balances/b-1": {"balance_id": "b-1", "amount": 102.5, "units": "USD"},
    "/v1/projects/p-1/billing/breakdown": {
        **SPAN,
        "results": [{"dollars": 0.25, "grouping": {"line_item": "streaming::nova-3"}}],
    },
    "/v1/projects/p-1/billing/fields": {"line_items": {"streaming::nova-3": "Nova - 3 (Stream)"}},
    "/v1/projects/p-1/purchases": {"orders": [{"order_id": "o-1", "amount": 20, "units": "USD"}]},
}


class Service:
    """Answers by path; whatever changes something is answered as the test says."""

    def __init__(self) -> None:
        self.answers = dict(ANSWERS)
        self.change: Any = {"message": "Done."}
        self.status = 200
        self.asked: list[tuple[str, str, Any]] = []
        self.query: dict[str, list[str]] = {}

    def send(self, request: HttpRequest) -> HttpResponse:
        parts = urlsplit(request.url)
        body = json.loads(request.body) if isinstance(request.body, bytes) else None
        self.asked.append((request.method, parts.path, body))
        self.query = parse_qs(parts.query)
        found = self.answers.get(parts.path) if request.method == "GET" else self.change
        if found is None:
            return HttpResponse(404, {}, b'{"err_code":"NOT_FOUND","err_msg":"Not found.","request_id":"r-9"}')
        answer = found(self.query) if callable(found) else found
        return HttpResponse(self.status, {}, json.dumps(answer).encode())


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()

    def connect(base_url: str | None, *, local: bool) -> DeepgramClient:
        return DeepgramClient("key", global_={"http": {"client": made}}, max_retries=0)

    monkeypatch.setattr("sonant.cli.manage.target.connect", connect)
    return made


Read = Callable[[list[str]], list[list[str]]]


@pytest.fixture
def read(service: Service, capsys: pytest.CaptureFixture[str]) -> Read:
    """Runs a command that must succeed; the words of each line."""

    def words(arguments: list[str]) -> list[list[str]]:
        assert run(arguments) == 0, capsys.readouterr().err
        return [line.split() for line in capsys.readouterr().out.splitlines()]

    return words


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["projects", "list"], ["p-1", "Ours"]),
        (["projects", "show", "p-1"], ["name", "Ours"]),
        (["keys", "list"], "k-1 for ci member, usage:read 2025-01-31 12:00+00:00 ada@example.com".split()),
        (["keys", "show", "k-1"], ["scopes", "member,", "usage:read"]),
        (["members", "list"], ["m-1", "ada@example.com", "Ada", "owner"]),
        (["members", "scopes", "m-1"], ["usage:read"]),
        (["invites", "list"], ["bob@example.com", "member"]),
        (["usage", "summary"], ["2025-01-01", "4", "1.5", "3"]),
        (["usage", "breakdown"], ["streaming", "4", "1.5", "3", "0", "9", "1", "2"]),
        (["usage", "fields"], ["models", "2-general", "(en)"]),
        (["usage", "requests"], ["r-1", "2025-01-31", "12:00+00:00", "200", "/v1/listen?model=nova-3"]),
        (["usage", "request", "r-1"], ["seconds", "12.5"]),
        (["billing", "balances"], ["b-1", "102.5", "USD"]),
        (["billing", "balance", "b-1"], ["amount", "102.5"]),
        (["billing", "breakdown"], ["streaming::nova-3", "0.25"]),
        (["billing", "fields"], ["line", "items", "streaming::nova-3", "(Nova", "-", "3", "(Stream))"]),
        (["billing", "purchases"], ["o-1", "20", "USD"]),
    ],
    ids=lambda value: "-".join(value[:2]),
)
def test_what_is_asked_for_is_a_table_or_json(
    read: Read, service: Service, capsys: pytest.CaptureFixture[str], arguments: list[str], shown: list[str]
) -> None:
    assert shown in read(arguments)
    path = service.asked[-1][1]
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ANSWERS[path]


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["projects", "update", "p-1", "--name", "New"], ("PATCH", "/v1/projects/p-1", {"name": "New"})),
        (["projects", "delete", "p-1", "--yes"], ("DELETE", "/v1/projects/p-1", None)),
        (["projects", "leave", "p-1"], ("DELETE", "/v1/projects/p-1/leave", None)),
        (["keys", "delete", "k-1"], ("DELETE", "/v1/projects/p-1/keys/k-1", None)),
        (["members", "set-scope", "m-1", "admin"], ("PUT", "/v1/projects/p-1/members/m-1/scopes", {"scope": "admin"})),
        (["members", "remove", "m-1"], ("DELETE", "/v1/projects/p-1/members/m-1", None)),
        (["invites", "send", "a@b.c"], ("POST", "/v1/projects/p-1/invites", {"email": "a@b.c", "scope": "member"})),
        (["invites", "delete", "a@b.c"], ("DELETE", "/v1/projects/p-1/invites/a%40b.c", None)),
    ],
    ids=lambda value: "-".join(map(str, value[:2])),
)
def test_what_is_to_be_done_is_done_and_told(
    read: Read, service: Service, capsys: pytest.CaptureFixture[str], arguments: list[str], asked: Any
) -> None:
    assert read(arguments) == [["Done."]]
    assert service.asked[-1] == asked
    service.change = {}
    [told] = read(arguments)
    assert told[0] in {"The", "You"}
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {}


def test_a_new_key_is_printed_alone_and_once(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.change = {"api_key_id": "k-2", "key": CANARY, "scopes": ["usage:read"]}
    more = ["--scope", "usage:read", "--scope", "keys:read", "--tag", "ci", "--expires", "2030-01-31T12:00:00Z"]
    assert run(["keys", "create", "for ci", *more]) == 0
    out, err = capsys.readouterr()
    assert out == f"{CANARY}\n"
    assert err == "This is the only time that the key is shown. Its id is k-2.\n"
    assert service.asked[-1] == (
        "POST",
        "/v1/projects/p-1/keys",
        {
            "comment": "for ci",
            "scopes": ["usage:read", "keys:read"],
            "tags": ["ci"],
            "expiration_date": "2030-01-31T12:00:00Z",
        },
    )
    assert run(["keys", "create", "for ci", "--ttl", "60", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["key"] == CANARY
    assert CANARY not in err
    assert service.asked[-1][2] == {"comment": "for ci", "scopes": ["member"], "time_to_live_in_seconds": 60}


def test_a_project_may_be_named(read: Read, service: Service) -> None:
    read(["members", "list", "--project", "p-1"])
    assert [path for _, path, _ in service.asked] == ["/v1/projects/p-1/members"]


@pytest.mark.parametrize(
    ("projects", "says"), [([], "reaches no projects"), ([PROJECT, PROJECT], "reaches 2 projects")]
)
def test_where_several_may_be_meant_one_is_to_be_named(
    service: Service, capsys: pytest.CaptureFixture[str], projects: list[Any], says: str
) -> None:
    service.answers["/v1/projects"] = {"projects": projects}
    assert run(["keys", "list"]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "--project" in err


def test_filters_are_flags(read: Read, service: Service) -> None:
    read(["usage", "summary", "--start", "2025-01-01", "--diarize", "--no-numerals", "--tag", "x"])
    assert service.query == {"start": ["2025-01-01"], "diarize": ["true"], "numerals": ["false"], "tag": ["x"]}
    read(["usage", "requests", "--limit", "5", "--status", "failed", "--end", "2025-01-31T12:00:00Z"])
    assert service.query == {"limit": ["5"], "status": ["failed"], "end": ["2025-01-31T12:00:00+00:00"]}
    read(["billing", "breakdown", "--grouping", "tags", "--grouping", "line_item"])
    assert service.query == {"grouping": ["tags", "line_item"]}


def test_the_whole_log_is_one_table(read: Read, service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    def page(query: dict[str, list[str]]) -> Any:
        number, limit = int(query.get("page", ["0"])[0]), int(query["limit"][0])
        rows = [{**ROW, "request_id": f"r-{n}"} for n in range(number * limit, min(number * limit + limit, 250))]
        return {"page": number, "limit": limit, "requests": rows}

    service.answers["/v1/projects/p-1/requests"] = page
    lines = read(["usage", "requests", "--all"])
    assert lines[0] == ["id", "created", "status", "key", "path"]
    assert [line[0] for line in lines[1:]] == [f"r-{n}" for n in range(250)]
    assert run(["usage", "requests", "--all", "--json"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["request_id"] for line in out] == [f"r-{n}" for n in range(250)]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["keys"], ""),
        (["keys", "lst"], '"list"'),
        (["projects", "update", "p-1"], "--name"),
        (["projects", "delete", "p-1"], "--yes"),
        (["keys", "create"], "requires an argument"),
        (["keys", "create", "x", "--expires", "soon"], "expiration_date"),
        (["keys", "create", "x", "--expires", "2030-01-31T12:00:00Z", "--ttl", "5"], "one way"),
        (["keys", "list", "--status", "dead"], "active"),
        (["usage", "requests", "--limit", "0"], "limit"),
        (["usage", "summary", "--start", "soon"], "2025-01-31"),
        (["usage", "summary", "--diarise"], "--diarize"),
    ],
)
def test_what_is_mistyped_is_said_with_exit_code_2(
    service: Service, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert run(arguments) == (2 if complaint else 0)
    assert complaint in capsys.readouterr().err
    assert not [each for each in service.asked if each[0] != "GET"]


def test_a_refusal_has_its_hint(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["/v1/projects/p-1/keys/k-1"] = {"err_code": "NOT_FOUND", "err_msg": "Key not found."}
    service.status = 404
    assert run(["keys", "show", "k-1", "--project", "p-1"]) == 1
    err = capsys.readouterr().err
    assert "Key not found." in err
    assert "lists the keys and their ids" in err
