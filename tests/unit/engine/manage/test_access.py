"""Every operation is closed to whoever has no business with it."""

import asyncio
import logging
import time
from typing import Any

import jwt
import pytest

from sonant.contract.table import OPERATIONS
from sonant.contract.wire import Operation
from sonant.engine.api import brake
from sonant.engine.api.brake import Brake, delay_after
from sonant.engine.api.rules import RULES
from sonant.engine.manage.scopes import EVERYTHING, ROLES, UnknownScopeError, expand
from sonant.engine.refusals import Refusal
from unit.engine.fakes import Answer
from unit.engine.manage.desk import Desk, office

CLOSED = [operation for operation in OPERATIONS if not RULES[operation.name].public]
ANYBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def quick_brake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brake, "FREE", 1_000)


async def ask(desk: Desk, operation: Operation[Any, Any], **ids: str) -> Answer:
    path = operation.path.replace("{project_id}", ids.get("project", desk.project))
    for gap in ("key_id", "member_id", "email", "request_id", "balance_id", "model_id", "agent_id", "variable_id"):
        path = path.replace("{" + gap + "}", ids.get(gap, ANYBODY))
    path = path.replace("{distribution_credentials_id}", ids.get("credentials_id", ANYBODY))
    return await desk.ask(operation.method, path, BODIES.get(operation.name))


BODIES: dict[str, Any] = {
    "create_key": {"comment": "x", "scopes": ["member"]},
    "update_project": {"name": "taken over"},
    "update_member_scope": {"scope": "owner"},
    "send_invite": {"email": "x@example.com", "scope": "member"},
    "create_agent": {"config": "{}"},
    "update_agent": {"metadata": {}},
    "create_variable": {"key": "DG_X", "value": 1},
    "update_variable": {"value": 1},
}


def code_of(answer: Answer) -> str:
    found: str = answer.json["err_code"]
    return found


async def test_without_a_good_key_nothing_is_open(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        ended = await owner.make_key("owner", time_to_live_in_seconds=1)
        _end(owner)
        forged = jwt.encode(
            {"iss": "sonant", "sub": "x", "iat": 1, "exp": time.time() + 60}, "k" * 32, algorithm="HS256"
        )
        unsigned = jwt.encode({"iss": "sonant", "sub": "x", "iat": 1, "exp": time.time() + 60}, None, algorithm="none")
        shown = [("Token", ""), ("Token", "0" * 40), ("Token", ended.key), ("Bearer", forged), ("Bearer", unsigned)]
        shown += [
            ("Bearer", owner.key),
            ("Basic", owner.key),
            ("Token", owner.key.upper()),
            ("Token", owner.key + " x"),
        ]
        for operation in CLOSED:
            for scheme, key in shown:
                answer = await ask(Desk(owner.door, key, owner.project, scheme), operation)
                assert (answer.status, code_of(answer)) == (401, "INVALID_AUTH"), (operation.name, scheme)


def _end(desk: Desk) -> None:
    from sqlalchemy import update

    from sonant.engine.store.schema import keys

    with desk.accounts.database.write() as connection:
        connection.execute(update(keys).where(keys.c.expires.is_not(None)).values(expires=1))


async def test_a_key_of_another_project_sees_and_changes_nothing(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        ids = await _fill(owner)
        before = await _snapshot(owner)
        stranger = await owner.make_stranger()
        for operation in CLOSED:
            inside = "{project_id}" in operation.path
            if inside:
                answer = await ask(stranger, operation, project=owner.project, **ids)
                assert (answer.status, code_of(answer)) == (404, "PROJECT_NOT_FOUND"), operation.name
            if inside and operation.path.count("{") > 1 and operation.name != "get_project_model":
                answer = await ask(stranger, operation, **ids)  # its own project, another's thing
                assert (answer.status, code_of(answer)) == (404, "NOT_FOUND"), operation.name
        assert await _snapshot(owner) == before


async def _fill(owner: Desk) -> dict[str, str]:
    """One thing of each kind; their ids."""
    await owner.listen()
    await owner.post("./invites", {"email": "invited@example.com", "scope": "member"})
    credentials = await owner.post("./self-hosted/distribution/credentials")
    return {
        "key_id": (await owner.post("./keys", BODIES["create_key"]))["api_key_id"],
        "member_id": (await owner.get("./members"))["members"][0]["member_id"],
        "email": "invited@example.com",
        "request_id": (await owner.get("./requests"))["requests"][0]["request_id"],
        "balance_id": (await owner.get("./balances"))["balances"][0]["balance_id"],
        "credentials_id": credentials["distribution_credentials"]["distribution_credentials_id"],
        "agent_id": (await owner.post("./agents", BODIES["create_agent"]))["agent_id"],
        "variable_id": (await owner.post("./agent-variables", BODIES["create_variable"]))["variable_id"],
    }


async def _snapshot(owner: Desk) -> list[Any]:
    lists = (".", "./keys", "./members", "./invites", "./requests", "./balances", "./agents", "./agent-variables")
    return [await owner.get(path) for path in (*lists, "./self-hosted/distribution/credentials", "./purchases")]


async def test_a_token_opens_what_is_heard_and_read_only(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        token = Desk(owner.door, (await owner.post("/v1/auth/grant"))["access_token"], owner.project, "Bearer")
        for operation in CLOSED:
            answer = await ask(token, operation)
            if RULES[operation.name].tokens:
                assert answer.status in {400, 415}, operation.name  # let in, though with nothing to hear or say
            else:
                assert (answer.status, code_of(answer)) == (401, "INSUFFICIENT_PERMISSIONS"), operation.name


async def test_a_lesser_scope_is_not_enough(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        for operation in CLOSED:
            scope = RULES[operation.name].scope
            if scope:
                lesser = Desk(owner.door, await _key_without(owner, scope), owner.project)
                answer = await ask(lesser, operation)
                assert (answer.status, code_of(answer)) == (401, "INSUFFICIENT_PERMISSIONS"), operation.name


_KEYS: dict[tuple[str, str], str] = {}


async def _key_without(owner: Desk, scope: str) -> str:
    if (owner.key, scope) not in _KEYS:
        _KEYS[owner.key, scope] = (await owner.make_key(*sorted(EVERYTHING - {scope}))).key
    return _KEYS[owner.key, scope]


async def test_an_exact_scope_is_enough(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        for scope, path in (("usage:read", "./usage"), ("billing:read", "./balances"), ("members:read", "./members")):
            assert (await (await owner.make_key(scope)).ask("GET", path)).status == 200
        assert (await (await owner.make_key("members:*")).ask("GET", "./members")).status == 200
        only_speech = await owner.make_key("usage:write")
        assert (await only_speech.listen()).status == 200
        assert (await only_speech.ask("GET", "/v1/models")).status == 200


async def test_a_token_ends_in_time(kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(kept) as owner:
        granted = await owner.post("/v1/auth/grant", {"ttl_seconds": 1})
        token = Desk(owner.door, granted["access_token"], owner.project, "Bearer")
        assert (await token.listen()).status == 200
        claims = jwt.decode(granted["access_token"], options={"verify_signature": False})
        assert (claims["scopes"], round(claims["exp"] - claims["iat"], 3)) == (["usage:write"], 1)
        await asyncio.sleep(1.1)
        assert code_of(await token.listen()) == "INVALID_AUTH"


def test_roles_hold_one_another() -> None:
    assert ROLES["member"] < ROLES["admin"] < ROLES["owner"] == EVERYTHING
    assert expand(["members:*"]) == {scope for scope in EVERYTHING if scope.startswith("members:")}
    assert expand(["owners:read*"]) == {"owners:read", "owners:read:scopes"}
    for nothing in ("nothing", "nothing*", "owners", "usage", "OWNER", ""):
        with pytest.raises(UnknownScopeError):
            expand(["member", nothing])


def test_wrong_keys_cost_more_and_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brake, "FREE", 5)
    delays = [delay_after(tries) for tries in range(1, 20)]
    assert delays[:5] == [0.0] * 5
    assert delays[5:8] == [0.2, 0.4, 0.8]
    assert delays[-1] == brake.LONGEST == delay_after(10**9)


async def test_who_guesses_keys_is_slowed_and_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(brake, "FREE", 5)
    monkeypatch.setattr(brake.asyncio, "sleep", sleep)
    pedal = Brake()
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            await pedal.press("10.0.0.1\nforged line")
        await pedal.press("10.0.0.2")
    assert len(slept) == 15
    assert [record.count for record in caplog.records] == [8, 16]  # type: ignore[attr-defined]
    pedal._held = 256
    with pytest.raises(Refusal) as caught:
        await pedal.press("10.0.0.1\nforged line")
    assert caught.value.fault.status == 429


async def test_a_good_key_is_not_slowed_by_a_guesser(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brake, "FREE", 2)
    async with office({"data": tmp_path / "data"}) as owner:
        wrong = Desk(owner.door, "0" * 40, owner.project)
        for _ in range(4):
            await wrong.ask("GET", ".")
        guessing = asyncio.create_task(wrong.ask("GET", "."))
        began = time.monotonic()
        assert (await owner.ask("GET", ".")).status == 200
        assert time.monotonic() - began < 0.5
        assert not guessing.done()
        guessing.cancel()
        await asyncio.gather(guessing, return_exceptions=True)
