"""Prices, balances and limits, without a database."""

from dataclasses import dataclass

import pytest

from sonant.contract.faults import NO_CREDITS
from sonant.engine.manage.billing import settle
from sonant.engine.manage.gate import Gate
from sonant.engine.manage.grants import Grant, Limits
from sonant.engine.manage.prices import DOLLAR, cost_of, line_item, name_item
from sonant.engine.metering import UsageRow, Use
from sonant.engine.refusals import Refusal


@dataclass
class Bought:
    order_id: str
    amount: int
    created: int = 0
    expires: int | None = None


def test_what_ends_first_is_spent_first() -> None:
    lasting, ending = Bought("lasting", 10), Bought("ending", 5, expires=100)
    assert settle([lasting, ending], [(1, 4)], 50) == {"ending": 1, "lasting": 10}
    assert settle([lasting, ending], [(1, 4), (60, 3)], 70) == {"ending": 0, "lasting": 8}
    assert settle([lasting, ending], [(1, 4), (150, 3)], 160) == {"ending": 0, "lasting": 7}
    assert settle([lasting, ending], [(1, 40)], 2) == {"ending": 0, "lasting": 0}
    assert settle([], [(1, 4)], 2) == {}
    assert settle([Bought("late", 10, created=7_200_001)], [(3_600_000, 4), (7_200_000, 3)], 9_000_000) == {"late": 7}


def row(endpoint: str, method: str = "sync", code: int = 200, **use: float) -> UsageRow:
    used = Use(model="base", **use)  # type: ignore[arg-type]
    return UsageRow("r", "p", "k", 1, "/", endpoint, method, [], [], use=used, code=code)


@pytest.mark.parametrize(
    ("used", "item", "dollars"),
    [
        (row("listen", seconds=1800, channels=2), "batch::base", 2.0),
        (row("listen", "async", seconds=3600), "batch::base", 2.0),
        (row("listen", "streaming", seconds=3600), "streaming::base", 3.0),
        (row("speak", characters=500), "speak::base", 0.25),
        (row("read", tokens_in=2000), "read::base", 0.0),
        (row("agent", "streaming", agent_seconds=60), "agent::base", 0.1),
        (row("listen", code=400, seconds=3600), "batch::base", 0.0),
    ],
)
def test_what_use_costs(used: UsageRow, item: str, dollars: float) -> None:
    prices = {
        "*::other": 99.0,
        "batch::*": 1.0,
        "batch::base": 2.0,
        "streaming::b*": 3.0,
        "speak::*": 0.5,
        "agent::*": 6,
    }
    assert line_item(used) == item
    assert cost_of(used, prices) == round(dollars * DOLLAR)
    assert cost_of(used, {}) == 0


def test_names_of_lines() -> None:
    assert name_item("streaming::base") == "base (Stream)"
    assert name_item("batch::") == "any (Batch)"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def solvent(_: str, __: Limits) -> Refusal | None:
    return None


def caller(project: str = "p", **limits: object) -> Grant:
    return Grant("k", project, "m", frozenset(), limits=Limits(**limits))  # type: ignore[arg-type]


async def test_requests_in_a_minute() -> None:
    clock = Clock()
    gate = Gate(solvent, clock)
    for _ in range(3):
        async with gate.enter(caller(requests_per_minute=3)):
            clock.now += 10
    with pytest.raises(Refusal) as caught:
        async with gate.enter(caller(requests_per_minute=3)):
            pass
    assert caught.value.retry_after == 30
    async with gate.enter(caller("other", requests_per_minute=3)):
        pass
    clock.now += 30
    async with gate.enter(caller(requests_per_minute=3)):
        pass
    with pytest.raises(Refusal):
        async with gate.enter(caller(requests_per_minute=0)):
            pass


async def test_a_place_is_free_again_after_a_failure() -> None:
    gate = Gate(solvent)
    with pytest.raises(ZeroDivisionError):
        async with gate.enter(caller(concurrency=1)):
            raise ZeroDivisionError
    async with gate.enter(caller(concurrency=1)):
        with pytest.raises(Refusal):
            async with gate.enter(caller(concurrency=1)):
                pass
    assert gate._inside == {}


async def test_debts_are_asked_for_once_a_second_and_free_the_place() -> None:
    clock, asked = Clock(), []

    async def poor(project: str, _: Limits) -> Refusal | None:
        asked.append(project)
        return Refusal(NO_CREDITS)

    gate = Gate(poor, clock)
    for _ in range(3):
        with pytest.raises(Refusal) as caught:
            async with gate.enter(caller(concurrency=1, prepaid=True)):
                pass
        assert caught.value.fault is NO_CREDITS
    clock.now += 1.5
    with pytest.raises(Refusal):
        async with gate.enter(caller(monthly_spend=1)):
            pass
    assert asked == ["p", "p"]
    async with gate.enter(caller()):
        pass
