"""Balances, costs and purchases: `/v1/projects/{project_id}/balances`, `.../billing`, `.../purchases`."""

from datetime import date, datetime
from typing import Literal, TypedDict

from msgspec import field

from sonant.contract.manage.filters import Deployment
from sonant.contract.manage.projects import Limit
from sonant.contract.manage.times import DayOptions
from sonant.contract.manage.usage import Resolution
from sonant.contract.wire import NoOptions, Operation, Part, Reply

BillingGrouping = Literal["accessor", "deployment", "line_item", "tags"]


class BillingOptions(DayOptions, total=False):
    """Options of the breakdown of costs."""

    accessor: str
    """Only requests of this key."""
    deployment: Deployment
    """Only requests to this kind of service."""
    tag: str
    """Only requests with this tag."""
    line_item: str
    """Only this item of the bill, e.g. `streaming::nova-3`."""
    grouping: BillingGrouping | list[BillingGrouping]
    """What to tell apart."""


class PurchaseOptions(TypedDict, total=False):
    """Options of the list of purchases."""

    limit: Limit
    """How many, 10 unless given."""


class Balance(Reply, frozen=True):
    """One balance."""

    balance_id: str
    amount: float
    units: str | None = None
    """`USD`, or `hour`."""
    purchase_order_id: str | None = None
    purchase: str | None = None


class BalanceList(Reply, frozen=True):
    """What a project has left."""

    balances: list[Balance]


class BillingGroup(Part, frozen=True):
    """What a line of a breakdown is about; None for what was not told apart."""

    start: date | None = None
    end: date | None = None
    accessor: str | None = field(default_factory=lambda: None)
    deployment: str | None = field(default_factory=lambda: None)
    line_item: str | None = field(default_factory=lambda: None)
    tags: list[str] | None = field(default_factory=lambda: None)


class BillingLine(Part, frozen=True):
    """What one group cost."""

    dollars: float
    grouping: BillingGroup


class BillingBreakdown(Reply, frozen=True):
    """What a project cost, told apart."""

    start: date
    end: date
    resolution: Resolution
    results: list[BillingLine]


class BillingFields(Reply, frozen=True):
    """What occurred in a span of time, and can be asked for."""

    accessors: list[str] = field(default_factory=lambda: [])
    deployments: list[str] = field(default_factory=lambda: [])
    tags: list[str] = field(default_factory=lambda: [])
    line_items: dict[str, str] = field(default_factory=lambda: {})
    """What people call them, by name: `{"streaming::nova-3": "Nova - 3 (Stream)"}`."""


class Purchase(Part, frozen=True):
    """One purchase."""

    order_id: str
    amount: float
    units: str | None = None
    """`USD`, or `hour`."""
    order_type: str | None = None
    created: datetime | None = None
    expiration: datetime | None = None


class PurchaseList(Reply, frozen=True):
    """What was bought for a project."""

    orders: list[Purchase]


LIST_BALANCES: Operation[NoOptions, BalanceList] = Operation(
    name="list_balances",
    method="GET",
    path="/v1/projects/{project_id}/balances",
    query=NoOptions,
    returns=BalanceList,
)
"""What a project has left."""

GET_BALANCE: Operation[NoOptions, Balance] = Operation(
    name="get_balance",
    method="GET",
    path="/v1/projects/{project_id}/balances/{balance_id}",
    query=NoOptions,
    returns=Balance,
)
"""One balance."""

GET_BILLING_BREAKDOWN: Operation[BillingOptions, BillingBreakdown] = Operation(
    name="get_billing_breakdown",
    method="GET",
    path="/v1/projects/{project_id}/billing/breakdown",
    query=BillingOptions,
    returns=BillingBreakdown,
)
"""What a project cost, told apart."""

GET_BILLING_FIELDS: Operation[DayOptions, BillingFields] = Operation(
    name="get_billing_fields",
    method="GET",
    path="/v1/projects/{project_id}/billing/fields",
    query=DayOptions,
    returns=BillingFields,
)
"""What can be asked for in a project's costs."""

LIST_PURCHASES: Operation[PurchaseOptions, PurchaseList] = Operation(
    name="list_purchases",
    method="GET",
    path="/v1/projects/{project_id}/purchases",
    query=PurchaseOptions,
    returns=PurchaseList,
)
"""What was bought for a project."""
