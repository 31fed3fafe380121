"""Balances, costs and purchases."""

from __future__ import annotations

from typing import Unpack

from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
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
from sonant.contract.manage.times import DayOptions


class BillingArguments(BillingOptions, CallExtras, total=False):
    """What `get_project_billing_breakdown` takes."""


class BillingFieldsArguments(DayOptions, CallExtras, total=False):
    """What `get_project_billing_fields` takes."""


class PurchaseArguments(PurchaseOptions, CallExtras, total=False):
    """What `get_project_purchases` takes."""


class Billing(Namespace[F]):
    """Balances, costs and purchases."""

    @operation
    def get_project_balances(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[BalanceList]:
        """What a project has left.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/balances
        """
        return Call(LIST_BALANCES, extras, ids={"project_id": project_id})

    @operation
    def get_project_balance(self, project_id: str, balance_id: str, /, **extras: Unpack[CallExtras]) -> Call[Balance]:
        """One balance.

        Args:
            project_id: the project.
            balance_id: the balance.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or balance.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/balances/{balance_id}
        """
        return Call(GET_BALANCE, extras, ids={"project_id": project_id, "balance_id": balance_id})

    @operation
    def get_project_billing_breakdown(
        self, project_id: str, /, **options: Unpack[BillingArguments]
    ) -> Call[BillingBreakdown]:
        """What a project cost, told apart.

        Args:
            project_id: the project.
            options: see `BillingOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/billing/breakdown
        """
        return Call(GET_BILLING_BREAKDOWN, options, ids={"project_id": project_id})

    @operation
    def get_project_billing_fields(
        self, project_id: str, /, **options: Unpack[BillingFieldsArguments]
    ) -> Call[BillingFields]:
        """What can be asked for in a project's costs.

        Args:
            project_id: the project.
            options: `start` and `end`, days; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/billing/fields
        """
        return Call(GET_BILLING_FIELDS, options, ids={"project_id": project_id})

    @operation
    def get_project_purchases(self, project_id: str, /, **options: Unpack[PurchaseArguments]) -> Call[PurchaseList]:
        """What was bought for a project.

        Args:
            project_id: the project.
            options: `limit`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/purchases
        """
        return Call(LIST_PURCHASES, options, ids={"project_id": project_id})
