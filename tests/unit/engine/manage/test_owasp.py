"""A pass over the management API after the list of what goes wrong with APIs: https://owasp.org/API-Security/.

Object-level authorisation for every operation is in `test_access.py`; open streams are in `tests/e2e/engine`.
"""

import hashlib
import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event, select, text

from sonant.contract.table import OPERATIONS
from sonant.engine.api import brake
from sonant.engine.api.rules import RULES
from sonant.engine.logs import FieldFormatter, JsonFormatter
from sonant.engine.store.schema import keys, projects
from unit.engine.fakes import Answer
from unit.engine.manage.desk import Desk, office

INJECTIONS = (
    "' OR '1'='1",
    "x'; DROP TABLE projects; --",
    '" UNION SELECT digest FROM keys --',
    "%27%20OR%201=1",
    "1) OR (1=1",
    "\\",
    "%",
    "_",
    "\N{RIGHT SINGLE QUOTATION MARK}",
    "a\0b",
)

FILTERS = {
    "./requests": ("accessor", "request_id"),
    "./usage": ("accessor", "tag", "model"),
    "./usage/breakdown": ("accessor", "tag", "model"),
    "./billing/breakdown": ("accessor", "tag", "line_item"),
}


@pytest.fixture(autouse=True)
def quick_brake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brake, "FREE", 1_000)


# API1, API3: others' objects, and fields that are not for callers


async def test_fields_that_are_not_for_callers_change_nothing(kept: dict[str, Any]) -> None:
    """Mass assignment: what the contract does not declare is not looked at."""
    async with office(kept) as owner:
        stranger = await owner.make_stranger()
        extra = {
            "project_id": stranger.project, "api_key_id": "x", "member_id": "y", "digest": "0" * 64, "key": "chosen",
            "created": "2001-01-01T00:00:00Z", "role": "owner", "prepaid": False, "monthly_spend": 10**15,
            "concurrency": 10**6, "mip_opt_out": False, "balance": 10**9, "scope": "member", "scopes": ["member"],
        }  # fmt: skip
        made = await owner.post("./keys", {**extra, "comment": "c"})
        assert made["key"] != "chosen"
        assert made["api_key_id"] != "x"
        await owner.patch(".", {**extra, "name": "n"})
        await owner.post("./invites", {**extra, "email": "i@example.com"})
        await owner.post("./agents", {**extra, "config": "{}"})
        await owner.post("./agent-variables", {**extra, "key": "DG_X", "value": 1})
        await owner.post("./self-hosted/distribution/credentials", {"comment": "c", "project_id": stranger.project})
        with owner.accounts.database.read() as connection:
            row = connection.execute(select(projects).where(projects.c.project_id == owner.project)).one()
            assert (row.prepaid, row.monthly_spend, row.concurrency, row.mip_opt_out) == (False, None, None, True)
        assert len((await stranger.get("./keys"))["api_keys"]) == 1
        for path in ("./invites", "./agents", "./agent-variables", "./self-hosted/distribution/credentials"):
            assert not any((await stranger.get(path)).values()), path


async def test_a_project_in_body_or_query_is_no_way_into_another(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        stranger = await owner.make_stranger()
        await owner.listen("tag=mine")
        for path in ("./requests", "./usage", "./usage/fields", "./keys"):
            answer = await stranger.get(f"{path}?project_id={owner.project}&project_uuid={owner.project}")
            assert owner.project not in json.dumps(answer)
            assert "mine" not in json.dumps(answer)


# API2: keys


async def test_keys_are_nowhere_in_the_clear(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        made = await owner.post("./keys", {"comment": "c", "scopes": ["member"]})
        await owner.accounts.read(lambda connection: connection.execute(text("SELECT 1")))
        with owner.accounts.database.read() as connection:
            rows = [dict(row._mapping) for row in connection.execute(select(keys))]
        for key in (owner.key, made["key"]):
            assert key not in str(rows)
            assert hashlib.sha256(key.encode()).hexdigest() not in str(rows)  # a plain hash would be found by a list
            assert key not in repr(owner.accounts.secret)
        assert made["key"] not in json.dumps(await owner.get("./keys"))


async def test_a_key_is_looked_up_by_its_keyed_hash_only(kept: dict[str, Any]) -> None:
    """Timing: what the database compares cannot be steered by a caller who does not know the secret."""
    async with office(kept) as owner:
        asked: list[str] = []
        note = lambda *given: asked.append(f"{given[2]} {given[3]}")  # noqa: E731
        event.listen(owner.accounts.database.engine, "before_cursor_execute", note)
        for key in ("ab" * 20, owner.key[:-1] + ("0" if owner.key[-1] != "0" else "1")):
            assert (await Desk(owner.door, key).ask("GET", "/v1/projects")).status == 401
            assert owner.accounts.secret.digest(key) in " ".join(asked)
            assert key not in " ".join(asked)
        asked.clear()
        for key in ("short", "x" * 40, "ab" * 2_000, "' OR 1=1 --"):
            assert (await Desk(owner.door, key).ask("GET", "/v1/projects")).status == 401
        assert asked == []  # what cannot be a key does not reach the database


async def test_answers_do_not_tell_what_exists(kept: dict[str, Any]) -> None:
    """Enumeration: another's thing and nothing at all are answered alike, but for the request id."""
    async with office(kept) as owner:
        stranger = await owner.make_stranger()
        key = (await stranger.get("./keys"))["api_keys"][0]["api_key"]["api_key_id"]
        member = (await stranger.get("./members"))["members"][0]["member_id"]
        nothing = "00000000-0000-4000-8000-000000000000"
        for real, path in ((key, "./keys/{}"), (member, "./members/{}/scopes"), (stranger.project, "/v1/projects/{}")):
            there, absent = [await owner.ask("GET", path.format(each)) for each in (real, nothing)]
            assert _settled(there) == _settled(absent)


def _settled(answer: Answer) -> tuple[int, dict[str, Any]]:
    return answer.status, {name: value for name, value in answer.json.items() if name != "request_id"}


# API4: bodies that are too large or too deep


async def test_bodies_that_are_too_much(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        big = b'{"comment":"' + b"x" * 2_000_001 + b'","scopes":["member"]}'
        path = f"/v1/projects/{owner.project}/keys"
        told = await owner.door.ask("POST", path, big, headers={**owner.headers, "content-length": str(len(big))})
        untold = await owner.door.ask("POST", path, big[:1_500_000], big[1_500_000:], headers=owner.headers)
        lied = await owner.door.ask("POST", path, b"{}", headers={**owner.headers, "content-length": "9" * 5_000})
        for answer in (told, untold, lied):
            assert (answer.status, answer.json["err_msg"]) == (413, "Payload size exceeds limit of 2 MB.")
        deep = b'{"key":"DG_X","value":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        for body in (deep, b"\xff\xfe", b"[]", b'"x"', b"null", b'{"comment":"\\u0000","scopes":["member"]}', b"{" * 9):
            for where in ("./agent-variables", "./keys", "./agents"):
                answer = await owner.ask("POST", where, body)
                assert (answer.status, answer.json["category"]) == (400, "INVALID_JSON"), (where, body[:40])
        for wish in (
            {"comment": "x" * 1_001, "scopes": ["member"]},
            {"comment": "x", "scopes": ["member"] * 101},
            {"comment": "x", "scopes": ["member"], "tags": ["t" * 129]},
            {"comment": "x", "scopes": []},
            {"comment": "x", "scopes": ["member"], "time_to_live_in_seconds": 10**18},
            {"comment": "x", "scopes": ["member"], "time_to_live_in_seconds": -1},
        ):
            assert (await owner.ask("POST", "./keys", wish)).status == 400, wish


async def test_odd_times_and_pages_are_refused_or_empty(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        for query in (
            "start=0001-01-01", "end=0001-01-01", "start=9999-12-31&end=9999-12-31", "page=99999999999999999999",
            "limit=0", "limit=1001", "page=-1", "start=yesterday", "end=2026-02-30", "page=1e3", "limit=NaN",
            "start=9999-12-31T23:59:59-12:00", "end=0001-01-01T00:00:00%2B12:00", "start=2026-01-02&end=2026-01-01",
        ):  # fmt: skip
            for path in ("./requests", "./usage", "./usage/breakdown", "./usage/fields", "./billing/breakdown"):
                answer = await owner.ask("GET", f"{path}?{query}")
                assert answer.status in {200, 400}, (path, query, answer.body)


# API5: functions above one's level are in test_access.py
# API8: injection, path tricks, what reaches the log


async def test_no_value_is_taken_for_a_command(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        await owner.listen("tag=a")
        for text_ in INJECTIONS:
            value = quote(text_, safe="")
            for path, filters in FILTERS.items():
                for name in filters:
                    answer = await owner.ask("GET", f"{path}?{name}={value}")
                    assert answer.status in {200, 400}, (path, name, text_)
                    assert not answer.json.get("results")
                    assert not answer.json.get("requests")
            for path in ("./keys/", "./members/", "./requests/", "./balances/", "./agents/", "./agent-variables/"):
                answer = await owner.ask("GET", f"{path}{value}")
                assert answer.status in {400, 404, 405}, (path, text_, answer.body)
            if "\0" not in text_:
                await owner.patch(".", {"name": text_})
                assert (await owner.get("."))["name"] == text_.strip()
                await owner.listen(f"tag={value}")
        assert len((await owner.get("./requests"))["requests"]) == 10
        assert (await owner.get("./keys"))["api_keys"]


async def test_a_request_whose_values_no_database_takes_is_in_the_log_all_the_same(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        await owner.listen("tag=a%00b&callback_method=%00&model=%00%FF%F0")
        (row,) = (await owner.get("./requests"))["requests"]
        assert row["response"]["details"]["tags"] == ["ab"]


@pytest.mark.parametrize(
    "trick",
    [
        "/v1/projects/../projects/{other}",
        "/v1/projects/{mine}/../{other}",
        "/v1/projects/{mine}%2F..%2F{other}",
        "/v1/projects/{mine}/keys/..%2F..%2F{other}%2Fkeys",
        "//v1/projects/{other}",
        "/v1//projects/{other}",
        "/V1/PROJECTS/{other}",
        "/v1/projects/{other}/",
        "/v1/projects/{other};x=1",
        "/v1/projects/{other}%00",
        "/v1/projects/{other}%20",
        "/v1/projects/ {other}",
        "/v1/projects/{mine},{other}",
        "/v1/projects/*",
        "/v1/projects/%2e%2e",
        "/v1/projects/urn:uuid:{other}",
        "/v1/projects/%7B{other}%7D",
    ],
)
async def test_paths_lead_nowhere_but_where_they_say(tmp_path: Any, trick: str) -> None:
    async with office({"data": tmp_path / "data"}) as owner:
        stranger = await owner.make_stranger()
        answer = await owner.ask("GET", trick.format(mine=owner.project, other=stranger.project))
        assert answer.status == 404, answer.body
        assert b"else@example.com" not in answer.body
        assert b'"name":"other"' not in answer.body


async def test_methods_that_are_not_declared_are_refused(tmp_path: Any) -> None:
    async with office({"data": tmp_path / "data"}) as owner:
        declared = {(operation.path, operation.method) for operation in OPERATIONS}
        for path in {operation.path for operation in OPERATIONS if RULES[operation.name].managed}:
            for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
                if (path, method) not in declared:
                    target = (
                        path.replace("{project_id}", owner.project)
                        .replace("{email}", "x")
                        .replace("{", "")
                        .replace("}", "")
                    )
                    answer = await owner.door.ask(
                        method, target, headers={**owner.headers, "x-http-method-override": "GET"}
                    )
                    assert answer.status == 405, (method, path)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What an engine process writes to its log, in both styles."""
    stream = io.StringIO()
    handlers = []
    for style in (FieldFormatter(), JsonFormatter()):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(style)
        handlers.append(handler)
        logging.getLogger("sonant").addHandler(handler)
    level = logging.getLogger("sonant").level
    logging.getLogger("sonant").setLevel(logging.INFO)
    yield stream
    logging.getLogger("sonant").setLevel(level)
    for handler in handlers:
        logging.getLogger("sonant").removeHandler(handler)


async def test_nobody_forges_a_line_of_the_log(tmp_path: Any, written: io.StringIO) -> None:
    """Header smuggling: line ends and escapes of a caller stay inside the line that tells of it."""
    async with office({"data": tmp_path / "data"}) as owner:
        written.truncate(0)
        evil = "\r\n2026-01-01 INFO sonant forged admitted=True \x1b[2J"
        headers = {"authorization": f"Token {evil}", "user-agent": evil, "x-forwarded-for": evil, "dg-request-id": evil}
        await owner.door.ask("GET", "/v1/projects/" + quote(evil), headers=headers)
        await owner.door.ask("GET", "/v1/projects" + quote(evil), headers={**owner.headers, "referer": evil})
        assert (await owner.ask("PATCH", ".", {"name": evil})).status == 400
        await owner.listen(f"tag={quote(evil)}&callback={quote(evil)}")
    lines = [line for line in written.getvalue().replace("\0", "").splitlines() if line]
    assert lines
    assert not [line for line in lines if line.startswith("2026-01-01 INFO")]
    assert "\x1b" not in written.getvalue()
    assert "Token" not in written.getvalue()
    assert owner.key not in written.getvalue()


async def test_no_key_token_or_tag_is_logged(tmp_path: Any, written: io.StringIO) -> None:
    async with office({"data": tmp_path / "data"}) as owner:
        made = await owner.post("./keys", {"comment": "private words", "scopes": ["member"]})
        token = (await owner.post("/v1/auth/grant"))["access_token"]
        await Desk(owner.door, token, scheme="Bearer").listen("tag=private&search=private")
        await Desk(owner.door, "ab" * 20).ask("GET", "/v1/projects")
        await owner.post("./invites", {"email": "private@example.com", "scope": "member"})
    said = written.getvalue()
    assert "answered" in said
    for secret in (owner.key, made["key"], token, "ab" * 20, "private"):
        assert secret not in said


async def test_errors_of_the_database_tell_nothing(tmp_path: Any, written: io.StringIO) -> None:
    async with office({"data": tmp_path / "data"}) as owner:
        with owner.accounts.database.write() as connection:
            connection.execute(text("ALTER TABLE agents RENAME TO gone"))
        answer = await owner.ask("GET", "./agents")
        assert (answer.status, answer.json["err_msg"]) == (503, "Please try again later")
    assert "SELECT" not in written.getvalue()
    assert "database failed" in written.getvalue()


async def test_nobody_fills_the_database(kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from sonant.engine.manage import projects as rules

    monkeypatch.setattr(rules, "MOST_KEPT", 2)
    async with office(kept) as owner:
        wishes: list[tuple[str, list[Any]]] = [
            ("./keys", [{"comment": "c", "scopes": ["member"]}] * 2),
            ("./agents", [{"config": "{}"}] * 3),
            ("./agent-variables", [{"key": f"DG_{number}", "value": 1} for number in range(3)]),
            ("./self-hosted/distribution/credentials", [{}] * 3),
            ("./invites", [{"email": f"{number}@example.com", "scope": "member"} for number in range(3)]),
        ]
        for path, bodies in wishes:
            answers = [await owner.ask("POST", path, body) for body in bodies]
            assert [answer.status for answer in answers] == [200] * (len(bodies) - 1) + [400], path
            assert "keeps at most 2" in answers[-1].json["err_msg"]
