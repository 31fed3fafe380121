"""What a project bought, what it spent, and what is left."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Connection, func, insert, select

from sonant.contract.faults import BALANCE_NOT_FOUND
from sonant.contract.manage.billing import (
    Balance,
    BalanceList,
    BillingBreakdown,
    BillingFields,
    BillingGroup,
    BillingLine,
    BillingOptions,
    Purchase,
    PurchaseList,
    PurchaseOptions,
)
from sonant.contract.manage.times import DayOptions
from sonant.engine.manage.grants import new_id
from sonant.engine.manage.prices import DOLLAR, name_item
from sonant.engine.manage.times import HOUR, month_of, now, to_datetime
from sonant.engine.manage.usage import DAILY, group, read_days, read_list, read_span
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record, Wanted
from sonant.engine.store.schema import purchases, usage_days, usage_hours

_UNITS = "USD"
_USUAL_LIMIT = 10
_COLUMNS = {"accessor": "api_key_id", "deployment": "deployment", "line_item": "line_item", "tags": "tags"}


def make_purchase(
    connection: Connection, project_id: str, dollars: float, order_type: str, expires: int | None = None
) -> str:
    """Note a purchase; returns its id."""
    order_id = new_id()
    values = {"order_id": order_id, "project_id": project_id, "order_type": order_type, "created": now()}
    connection.execute(insert(purchases).values(**values, amount=round(dollars * DOLLAR), expires=expires))
    return order_id


def list_purchases(connection: Connection, project_id: str, options: PurchaseOptions) -> PurchaseList:
    """What was bought, newest first."""
    wanted = select(purchases).where(purchases.c.project_id == project_id)
    newest_first = wanted.order_by(purchases.c.created.desc(), purchases.c.order_id)
    rows = connection.execute(newest_first.limit(options.get("limit", _USUAL_LIMIT)))
    return PurchaseList([_show_purchase(row) for row in rows])


def list_balances(connection: Connection, project_id: str) -> BalanceList:
    """What is left of each purchase, or a single balance of nothing."""
    rows = _read_purchases(connection, project_id)
    left = _settle(connection, project_id, rows)
    shown = [Balance(row.order_id, left[row.order_id] / DOLLAR, _UNITS, row.order_id) for row in _in_turn(rows)]
    return BalanceList(shown or [Balance(project_id, 0.0, _UNITS)])


def get_balance(connection: Connection, project_id: str, balance_id: str) -> Balance:
    """One balance; its id is that of its purchase.

    Raises:
        Refusal: there is none such.
    """
    for balance in list_balances(connection, project_id).balances:
        if balance.balance_id == balance_id.lower():
            return balance
    raise Refusal(BALANCE_NOT_FOUND)


def read_credit(connection: Connection, project_id: str) -> int:
    """What is left in all, in billionths of a dollar."""
    return sum(_settle(connection, project_id, _read_purchases(connection, project_id)).values())


def read_spending(connection: Connection, project_id: str) -> int:
    """What was spent this month, in billionths of a dollar."""
    this_month = (usage_hours.c.project_id == project_id) & (usage_hours.c.hour >= month_of(now()))
    return int(connection.execute(select(func.sum(usage_hours.c.cost)).where(this_month)).scalar() or 0)


def _read_purchases(connection: Connection, project_id: str) -> list[Record]:
    return list(connection.execute(select(purchases).where(purchases.c.project_id == project_id)))


def _settle(connection: Connection, project_id: str, rows: list[Record]) -> dict[str, int]:
    since = min((row.created for row in rows), default=now())
    return settle(rows, _spent_by_hour(connection, project_id, since), now())


def _spent_by_hour(connection: Connection, project_id: str, since: int) -> list[tuple[int, int]]:
    hour, cost = usage_hours.c.hour, func.sum(usage_hours.c.cost)
    within = (usage_hours.c.project_id == project_id, hour >= since // HOUR * HOUR, usage_hours.c.cost > 0)
    asked = select(hour, cost).where(*within).group_by(hour).order_by(hour)
    return [(when, int(spent)) for when, spent in connection.execute(asked)]


def settle(rows: Iterable[Any], spent: Iterable[tuple[int, int]], moment: int) -> dict[str, int]:
    """What is left of each purchase: what ends first is spent first, and what has ended is worth nothing.

    A purchase pays for what is spent from its own hour on.

    Args:
        rows: purchases, with `order_id`, `amount`, `created` and `expires`.
        spent: hours and amounts, in order.
        moment: now.
    """
    turns = _in_turn(rows)
    left: dict[str, int] = {row.order_id: row.amount for row in turns}
    for when, amount in spent:
        owed = amount
        for row in turns:
            if owed and row.created // HOUR * HOUR <= when and (row.expires is None or row.expires > when):
                paid = min(owed, left[row.order_id])
                left[row.order_id] -= paid
                owed -= paid
    return {
        row.order_id: 0 if row.expires is not None and row.expires <= moment else left[row.order_id] for row in turns
    }


def _in_turn(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.expires is None, row.expires or 0, row.created, row.order_id))


def break_down(connection: Connection, project_id: str, options: BillingOptions) -> BillingBreakdown:
    """What a project cost by day, told apart by what `grouping` names."""
    span = read_span(cast("Mapping[str, Any]", options))
    asked = options.get("grouping") or []
    told = [asked] if isinstance(asked, str) else list(dict.fromkeys(asked))
    columns = [_COLUMNS[name] for name in told]
    extra = ["tags"] if "tag" in options and "tags" not in columns else []
    rows = read_days(connection, project_id, span, _wanted(options), *columns, *extra)
    fitting = [row for row in rows if "tag" not in options or options["tag"] in read_list(row.tags)]
    grouped = group(fitting, lambda row: tuple(getattr(row, column) for column in columns))
    lines = [
        BillingLine(sums.cost / DOLLAR, BillingGroup(day, day, **dict(zip(told, map(_show, told, marks), strict=True))))
        for (day, marks), sums in grouped.items()
    ]
    return BillingBreakdown(span.start, span.end, DAILY, lines)


def _wanted(options: BillingOptions) -> list[Any]:
    given = cast("Mapping[str, Any]", options)
    names = ("accessor", "deployment", "line_item")
    return [usage_days.c[_COLUMNS[name]] == given[name] for name in names if name in given]


def _show(name: str, mark: str) -> Any:
    return (read_list(mark) or None) if name == "tags" else mark


def read_fields(connection: Connection, project_id: str, options: DayOptions) -> BillingFields:
    """What occurred in a span of time."""
    span = read_span(cast("Mapping[str, Any]", options))
    columns = [usage_days.c[name] for name in _COLUMNS.values()]
    asked: Wanted = select(*columns).distinct().where(usage_days.c.project_id == project_id, span.condition)
    rows = list(connection.execute(asked))
    return BillingFields(
        accessors=sorted({row.api_key_id for row in rows}),
        deployments=sorted({row.deployment for row in rows}),
        tags=sorted({tag for row in rows for tag in read_list(row.tags)}),
        line_items={item: name_item(item) for item in sorted({row.line_item for row in rows})},
    )


def _show_purchase(row: Record) -> Purchase:
    created, ends = to_datetime(row.created), to_datetime(row.expires)
    return Purchase(row.order_id, row.amount / DOLLAR, _UNITS, row.order_type, created, ends)
