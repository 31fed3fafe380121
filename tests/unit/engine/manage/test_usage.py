"""What requests used, how it is summed up and shown, on both databases."""

import asyncio
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from sonant.engine.manage import requests
from sonant.engine.manage.grants import Limits
from sonant.engine.manage.ledger import record
from sonant.engine.manage.projects import set_limits
from sonant.engine.manage.times import DAY, HOUR, now, to_moment
from sonant.engine.metering import UsageRow, Use
from sonant.engine.store.schema import usage, usage_hours
from unit.engine.fakes import tone, wav
from unit.engine.manage.desk import Desk, office

PRICES = {"batch::*": 3600.0, "batch::tiny*": 1800.0}


async def test_a_request_is_in_the_log_at_once(kept: dict[str, Any]) -> None:
    async with office(kept, prices=PRICES) as owner:
        answer = await owner.listen("model=nova-3&tag=a&tag=b&smart_format=true&diarize=false&keyterm=x&keyterm=y")
        (listed,) = (await owner.get("./requests"))["requests"]
        assert (await owner.get(f"./requests/{answer.headers['dg-request-id']}")) == {"request": listed}
        details = listed["response"]["details"]
        assert listed["path"].startswith("/v1/listen?model=nova-3&tag=a")
        assert (listed["code"], listed["response"]["code"], listed["deployment"]) == (200, 200, "self-hosted")
        assert (details["duration"], details["channels"], details["method"]) == (2.0, 1, "sync")
        assert (details["features"], details["tags"]) == (["keyterm", "smart_format"], ["a", "b"])
        assert details["usd"] == 1.0
        assert details["models"] == answer.json["metadata"]["models"]
        assert details["config"]["keyterm"] == ["x", "y"]
        assert listed["created"] <= listed["response"]["completed"]


async def test_what_fails_is_in_the_log_too(kept: dict[str, Any]) -> None:
    async with office(kept, prices=PRICES) as owner:
        await owner.listen("punctuate=perhaps")
        await owner.listen("", b"no audio")
        await owner.listen()
        failed = (await owner.get("./requests?status=failed"))["requests"]
        assert [row["code"] for row in failed] == [400, 400]
        assert all(row["response"]["details"]["usd"] == 0 for row in failed)
        assert len((await owner.get("./requests?status=succeeded"))["requests"]) == 1


async def test_a_client_that_leaves_is_in_the_log(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        owner.door.recognizer.go.clear()
        leaves = asyncio.Event()
        path, headers = "/v1/listen", {**owner.headers, "content-type": "audio/wav"}
        asking = asyncio.create_task(owner.door.ask("POST", path, wav(tone(2)), headers=headers, leaves=leaves))
        while not owner.door.recognizer.asked:
            await asyncio.sleep(0.01)
        leaves.set()
        await asyncio.sleep(0.05)
        owner.door.recognizer.go.set()
        await asking
        (row,) = (await owner.get("./requests"))["requests"]
        assert row["code"] == 499


async def test_a_callback_is_settled_when_its_work_is_done(kept: dict[str, Any]) -> None:
    async with office(kept, allow_private_urls=True, callback_retries=0) as owner:
        answer = await owner.listen("callback=http%3A%2F%2F127.0.0.1%3A9%2Fx")
        assert answer.status == 200
        for _ in range(200):
            if rows := (await owner.get("./requests?method=async"))["requests"]:
                break
            await asyncio.sleep(0.02)
        (row,) = rows
        assert row["request_id"] == answer.json["request_id"]
        assert (row["code"], row["callback"]) == (200, "http://127.0.0.1:9/x")
        assert row["response"]["details"]["duration"] == 2.0


async def test_usage_by_day_and_told_apart(kept: dict[str, Any]) -> None:
    async with office(kept, prices=PRICES) as owner:
        bot = await owner.make_key("usage:write")
        await owner.listen("tag=a&smart_format=true")
        await owner.listen("tag=a&tag=b&punctuate=true")
        await bot.listen("detect_topics=true")
        whole = await owner.get("./usage")
        assert whole["resolution"] == {"units": "day", "amount": 1}
        (day,) = whole["results"]
        assert (day["requests"], day["hours"], day["start"]) == (3, pytest.approx(6 / 3600), day["end"])
        assert abs((date.fromisoformat(day["start"]) - datetime.now(UTC).date()).days) <= 1
        for query, count in {
            "tag=a": 2, "tag=b": 1, "tag=c": 0, "smart_format=true": 1, "smart_format=true&punctuate=true": 2,
            "punctuate=false": 2, "punctuate=false&smart_format=false": 1, "detect_topics=true": 1, "topics=true": 1,
            "endpoint=listen": 3, "endpoint=speak": 0, "method=sync": 3, "method=streaming": 0,
            "deployment=self-hosted": 3, "deployment=hosted": 0, "start=2020-01-01&end=2020-02-01": 0,
        }.items():  # fmt: skip
            results = (await owner.get(f"./usage?{query}"))["results"]
            assert sum(row["requests"] for row in results) == count, query
        lines = (await owner.get("./usage/breakdown?grouping=accessor"))["results"]
        assert sorted(line["requests"] for line in lines) == [1, 2]
        accessor = next(line["grouping"]["accessor"] for line in lines if line["requests"] == 1)
        assert (await owner.get(f"./usage?accessor={accessor}"))["results"][0]["requests"] == 1
        groups = {
            grouping: [
                line["grouping"][grouping]
                for line in (await owner.get(f"./usage/breakdown?grouping={grouping}"))["results"]
            ]
            for grouping in ("endpoint", "feature_set", "models", "method", "tags", "deployment")
        }
        assert sorted(map(str, groups["tags"])) == ["None", "['a', 'b']", "['a']"]
        assert sorted(groups["feature_set"]) == ["punctuate", "smart_format", "topics"]
        assert (groups["endpoint"], groups["method"], groups["deployment"]) == (["listen"], ["sync"], ["self-hosted"])
        told = await owner.get("./usage/fields")
        assert (told["tags"], told["processing_methods"], told["languages"]) == (["a", "b"], ["sync"], ["en"])
        assert told["models"][0]["model_id"] == groups["models"][0][0]
        bills = await owner.get("./billing/breakdown?grouping=line_item&grouping=tags")
        assert sum(line["dollars"] for line in bills["results"]) == 3.0
        assert {line["grouping"]["line_item"] for line in bills["results"]} == {"batch::tiny.en"}
        assert (await owner.get("./billing/breakdown?tag=b"))["results"][0]["dollars"] == 1.0
        fields = await owner.get("./billing/fields")
        assert (fields["line_items"], fields["tags"]) == ({"batch::tiny.en": "tiny.en (Batch)"}, ["a", "b"])


def make_row(number: int, project: str, created: int, **given: Any) -> UsageRow:
    usual: dict[str, Any] = {"endpoint": "listen", "method": "sync", "features": [], "tags": [], "code": 200}
    use = Use(model="m", model_id="u", seconds=1.0)
    return UsageRow(
        f"{number:08}-0000-4000-8000-000000000000", project, given.pop("api_key_id", "k"), created, "/v1/listen",
        use=use, completed=created, **{**usual, **given},
    )  # fmt: skip


async def test_pages_are_those_of_the_whole_log(kept: dict[str, Any]) -> None:
    """Every page under every filter, against the list in memory."""
    chance = random.Random(7)
    async with office(kept) as owner:
        start = to_moment(datetime(2026, 3, 1, tzinfo=UTC))
        rows = [
            make_row(
                number, owner.project, start + chance.randrange(30) * HOUR + chance.randrange(3) * 1_000,
                endpoint=chance.choice(["listen", "speak"]), method=chance.choice(["sync", "streaming"]),
                code=chance.choice([200, 200, 400]), api_key_id=chance.choice("kl"),
            )
            for number in range(300)
        ]  # fmt: skip
        with owner.accounts.database.write() as connection:
            record(connection, rows, {})
        rows.sort(key=lambda row: (row.created, row.request_id), reverse=True)
        noon = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
        asked: list[tuple[str, Any]] = [
            ("", lambda row: True),
            ("endpoint=speak&", lambda row: row.endpoint == "speak"),
            ("method=sync&status=failed&", lambda row: row.method == "sync" and row.code >= 400),
            ("accessor=l&status=succeeded&", lambda row: row.api_key_id == "l" and row.code < 300),
            ("start=2026-03-01T12:30:00Z&", lambda row: row.created >= to_moment(noon)),
            ("end=2026-03-01&", lambda row: row.created < start + DAY),
            ("start=2026-03-01T02:00:01Z&end=2026-03-01T20:00:01Z&",
             lambda row: start + 2 * HOUR + 1_000 <= row.created <= start + 20 * HOUR + 1_000),
        ]  # fmt: skip
        for query, fits in asked:
            fitting = [row.request_id for row in rows if fits(row)]
            shown = []
            for page in range(1, len(fitting) // 7 + 3):
                found = await owner.get(f"./requests?{query}limit=7&page={page}")
                assert (found["page"], found["limit"]) == (page, 7)
                shown += [row["request_id"] for row in found["requests"]]
            assert shown == fitting, query
        first = await owner.get("./requests?limit=7&page=0")
        assert [row["request_id"] for row in first["requests"]] == [row.request_id for row in rows[:7]]
        one = rows[150].request_id
        assert len((await owner.get(f"./requests?request_id={one}"))["requests"]) == 1


async def test_old_rows_go_and_their_sums_stay(kept: dict[str, Any]) -> None:
    async with office(kept, log_days=10) as owner:
        rows = [make_row(number, owner.project, now() - number * DAY) for number in range(20)]
        with owner.accounts.database.write() as connection:
            record(connection, rows, {})
        owner.accounts.ledger.clean()
        pages = [(await owner.get(f"./requests?limit=4&page={page}"))["requests"] for page in range(1, 6)]
        assert [len(page) for page in pages] == [4, 4, 3, 0, 0]
        assert sum(day["requests"] for day in (await owner.get("./usage"))["results"]) == 20


async def test_each_row_counts_once_however_often_it_comes(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        rows = [make_row(number, owner.project, 5 * HOUR) for number in range(10)]
        strange = make_row(99, "00000000-0000-4000-8000-000000000000", 5 * HOUR)
        for batch in (rows[:6], rows[:6], rows, [*rows, strange]):
            with owner.accounts.database.write() as connection:
                record(connection, batch, {})
        with owner.accounts.database.read() as connection:
            assert connection.execute(select(func.count()).select_from(usage)).scalar() == 10
            assert connection.execute(select(func.sum(usage_hours.c.requests))).scalar() == 10


async def test_a_row_that_cannot_be_kept_stops_no_other(kept: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    async with office(kept) as owner:
        for number in range(3):
            owner.accounts.journal.keep(make_row(number, owner.project, 5 * HOUR, code=200))
        broken = make_row(3, owner.project, 5 * HOUR)
        broken.path = None  # type: ignore[assignment]
        owner.accounts.journal.keep(broken)
        owner.accounts.ledger.flush()
        assert len((await owner.get("./requests"))["requests"]) == 3
        assert "usage cannot be recorded" in caplog.text
        assert not owner.accounts.journal.has_settled


async def test_fifty_writers_at_once_lose_nothing(kept: dict[str, Any]) -> None:
    """Half of them note usage of the same hour, half make keys."""
    async with office(kept) as owner:
        together = threading.Barrier(50)

        def write(number: int) -> None:
            from sonant.contract.manage.keys import KeyCreation
            from sonant.engine.manage.keys import make_key

            together.wait(30)
            for turn in range(4):
                with owner.accounts.database.write() as connection:
                    if number % 2:
                        rows = [make_row(number * 100 + turn * 10 + each, owner.project, 5 * HOUR) for each in range(5)]
                        record(connection, rows, {})
                    else:
                        wish = KeyCreation(f"{number}-{turn}", ["member"])
                        make_key(connection, owner.accounts.secret, owner.project, member, wish)

        member = (await owner.get("./members"))["members"][0]["member_id"]

        def run() -> None:
            with ThreadPoolExecutor(50) as pool:
                list(pool.map(write, range(50)))

        await asyncio.to_thread(run)
        assert len((await owner.get("./keys"))["api_keys"]) == 101
        assert len((await owner.get("./requests?limit=1000"))["requests"]) == 500
        with owner.accounts.database.read() as connection:
            assert connection.execute(select(func.sum(usage_hours.c.requests))).scalar() == 500


async def test_limits_hold_and_are_followed_at_once(kept: dict[str, Any]) -> None:
    async with office(kept, prices={"*": 1800.0}) as owner:
        await _limit(owner, requests_per_minute=2)
        codes = [(await owner.listen()).status for _ in range(3)]
        assert codes == [200, 200, 429]
        refused = await owner.listen()
        assert refused.json["err_code"] == "TOO_MANY_REQUESTS"
        assert 0 < int(refused.headers["retry-after"]) <= 60
        await _limit(owner, monthly_spend=2_500_000_000)
        assert [(await owner.listen()).status for _ in range(1)] == [200]
        owner.accounts.gate._debts.clear()
        paid = await owner.listen()
        assert (paid.status, paid.json["err_code"]) == (402, "ASR_PAYMENT_REQUIRED")
        assert "2.50 USD" in paid.json["err_msg"]
        assert [row["code"] for row in (await owner.get("./requests"))["requests"]] == [402, 200, 429, 429, 200, 200]


async def test_as_many_at_once_as_allowed(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        await _limit(owner, concurrency=1)
        owner.door.recognizer.go.clear()
        first = asyncio.create_task(owner.listen())
        while not owner.door.recognizer.asked:
            await asyncio.sleep(0.01)
        assert (await owner.listen()).status == 429
        owner.door.recognizer.go.set()
        assert (await first).status == 200
        assert (await owner.listen()).status == 200


async def test_a_prepaid_project_uses_what_it_bought(kept: dict[str, Any]) -> None:
    from sonant.engine.manage.billing import make_purchase

    async with office(kept, prices={"*": 1800.0}) as owner:
        await _limit(owner, prepaid=True)
        broke = await owner.listen()
        assert (broke.status, broke.json["err_code"]) == (402, "ASR_PAYMENT_REQUIRED")
        order = await owner.accounts.write(make_purchase, owner.project, 1.5, "promotional")
        owner.accounts.gate._debts.clear()
        assert (await owner.listen()).status == 200
        balance = {"balance_id": order, "amount": 0.5, "units": "USD", "purchase_order_id": order}
        assert (await owner.get("./balances"))["balances"] == [balance]
        assert await owner.get(f"./balances/{order}") == balance
        (purchase,) = (await owner.get("./purchases"))["orders"]
        assert (purchase["order_id"], purchase["amount"], purchase["order_type"]) == (order, 1.5, "promotional")


async def _limit(owner: Desk, **limits: Any) -> None:
    await owner.accounts.write(set_limits, owner.project, Limits(**limits))
    await owner.accounts.keyring.refresh()


def test_a_page_names_what_was_asked() -> None:
    assert requests._config("/v1/listen?a=1&b=&a=2") == {"a": ["1", "2"], "b": ""}
    assert json.dumps(requests._config("/v1/listen")) == "{}"
    assert timedelta(days=1).total_seconds() * 1_000 == DAY
