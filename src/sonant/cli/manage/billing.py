"""`sonant billing`."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sonant.cli.flags import flags_of
from sonant.cli.manage.target import ANY_PROJECT, AskedInProject, Commands, given, show
from sonant.cli.tables import make_facts, make_table
from sonant.contract.manage.billing import BillingOptions

if TYPE_CHECKING:
    BillingFlags = dict[str, Any]
else:
    BillingFlags = flags_of(BillingOptions, "BillingFlags")


def list_balances(*, target: AskedInProject = ANY_PROJECT) -> int:
    """List what a project has left.

    Args:
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_balances(project)
    rows = ((each.balance_id, each.amount, each.units, each.purchase_order_id) for each in found.balances)
    return show(found, make_table("id", "amount", "units", "purchase order", rows=rows), target)


def show_balance(balance: str, /, *, target: AskedInProject = ANY_PROJECT) -> int:
    """Tell about one balance.

    Args:
        balance: Its id.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_balance(project, balance)
    facts = make_facts(
        id=found.balance_id, amount=found.amount, units=found.units, purchase_order=found.purchase_order_id
    )
    return show(found, facts, target)


def show_breakdown(
    *,
    options: Annotated[BillingFlags | None, Parameter(name="*", group="What to count")] = None,
    target: AskedInProject = ANY_PROJECT,
) -> int:
    """Tell what a project cost, told apart by --grouping.

    Args:
        options: What to count.
        target: Who is asked.
    """
    asked: dict[str, Any] = options or {}
    with target.open() as (client, project):
        found = client.manage.get_project_billing_breakdown(project, **asked)
    rows = (
        (group.start, group.line_item, group.accessor, group.deployment, group.tags, line.dollars)
        for line in found.results
        for group in (line.grouping,)
    )
    heads = ("from", "line item", "key", "deployment", "tags", "dollars")
    return show(found, make_table(*heads, rows=rows), target)


def show_fields(*, start: str | None = None, end: str | None = None, target: AskedInProject = ANY_PROJECT) -> int:
    """List the keys, tags and items of the bill that occurred.

    Args:
        start: The first day, 2025-01-31.
        end: The last day.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_billing_fields(project, **given(start=start, end=end))
    items = [f"{name} ({said})" for name, said in found.line_items.items()]
    facts = make_facts(keys=found.accessors, deployments=found.deployments, tags=found.tags, line_items=items)
    return show(found, facts, target)


def list_purchases(*, limit: int | None = None, target: AskedInProject = ANY_PROJECT) -> int:
    """List what was bought for a project.

    Args:
        limit: How many, at most.
        target: Who is asked.
    """
    with target.open() as (client, project):
        found = client.manage.get_project_purchases(project, **given(limit=limit))
    rows = (
        (order.order_id, order.amount, order.units, order.order_type, order.created, order.expiration)
        for order in found.orders
    )
    return show(found, make_table("id", "amount", "units", "type", "created", "expires", rows=rows), target)


COMMANDS: Commands = {
    "balances": list_balances,
    "balance": show_balance,
    "breakdown": show_breakdown,
    "fields": show_fields,
    "purchases": list_purchases,
}
