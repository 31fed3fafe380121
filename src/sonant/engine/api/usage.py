"""The request log, usage and bills."""

from sonant.contract.manage.billing import (
    GET_BALANCE,
    GET_BILLING_BREAKDOWN,
    GET_BILLING_FIELDS,
    LIST_BALANCES,
    LIST_PURCHASES,
    Balance,
    BalanceList,
    BillingBreakdown,
    BillingFields,
    BillingOptions,
    PurchaseList,
    PurchaseOptions,
)
from sonant.contract.manage.filters import RequestListOptions, UsageBreakdownOptions, UsageOptions
from sonant.contract.manage.times import DayOptions
from sonant.contract.manage.usage import (
    GET_REQUEST,
    GET_USAGE,
    GET_USAGE_BREAKDOWN,
    GET_USAGE_FIELDS,
    LIST_REQUESTS,
    Usage,
    UsageBreakdown,
    UsageFields,
    UsageRequestDetails,
    UsageRequestList,
)
from sonant.contract.wire import NoOptions
from sonant.engine.api.serving import Call, serves
from sonant.engine.manage import billing, requests, usage


@serves(LIST_REQUESTS)
async def list_requests(call: Call[RequestListOptions]) -> UsageRequestList:
    """One page of the log."""
    return await call.accounts.read_usage(requests.list_requests, call.grant.project_id, call.options)


@serves(GET_REQUEST)
async def get_request(call: Call[NoOptions]) -> UsageRequestDetails:
    """One request of the log."""
    return await call.accounts.read_usage(requests.get_request, call.grant.project_id, call.ids["request_id"])


@serves(GET_USAGE)
async def get_usage(call: Call[UsageOptions]) -> Usage:
    """What a project used."""
    return await call.accounts.read_usage(usage.summarize, call.grant.project_id, call.options)


@serves(GET_USAGE_FIELDS)
async def get_usage_fields(call: Call[DayOptions]) -> UsageFields:
    """What can be asked for."""
    return await call.accounts.read_usage(usage.read_fields, call.grant.project_id, call.options)


@serves(GET_USAGE_BREAKDOWN)
async def get_usage_breakdown(call: Call[UsageBreakdownOptions]) -> UsageBreakdown:
    """What a project used, told apart."""
    return await call.accounts.read_usage(usage.break_down, call.grant.project_id, call.options)


@serves(LIST_BALANCES)
async def list_balances(call: Call[NoOptions]) -> BalanceList:
    """What is left."""
    return await call.accounts.read_usage(billing.list_balances, call.grant.project_id)


@serves(GET_BALANCE)
async def get_balance(call: Call[NoOptions]) -> Balance:
    """One balance."""
    return await call.accounts.read_usage(billing.get_balance, call.grant.project_id, call.ids["balance_id"])


@serves(GET_BILLING_BREAKDOWN)
async def get_billing_breakdown(call: Call[BillingOptions]) -> BillingBreakdown:
    """What a project cost."""
    return await call.accounts.read_usage(billing.break_down, call.grant.project_id, call.options)


@serves(GET_BILLING_FIELDS)
async def get_billing_fields(call: Call[DayOptions]) -> BillingFields:
    """What can be asked for."""
    return await call.accounts.read_usage(billing.read_fields, call.grant.project_id, call.options)


@serves(LIST_PURCHASES)
async def list_purchases(call: Call[PurchaseOptions]) -> PurchaseList:
    """What was bought."""
    return await call.accounts.read(billing.list_purchases, call.grant.project_id, call.options)


USAGE = (
    list_requests,
    get_request,
    get_usage,
    get_usage_fields,
    get_usage_breakdown,
    list_balances,
    get_balance,
    get_billing_breakdown,
    get_billing_fields,
    list_purchases,
)
