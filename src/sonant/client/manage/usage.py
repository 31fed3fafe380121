"""Requests and what they used."""

from __future__ import annotations

import warnings
from typing import Unpack

from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.client.paging import Page, Paging, paged
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
    UsageRequest,
    UsageRequestDetails,
    UsageRequestList,
)

PAGE = 100
"""Rows that are fetched at once while iterating, unless the caller says."""


class RequestListArguments(RequestListOptions, CallExtras, total=False):
    """What the log of requests takes."""


class UsageArguments(UsageOptions, CallExtras, total=False):
    """What `get_project_usage_summary` takes."""


class UsageBreakdownArguments(UsageBreakdownOptions, CallExtras, total=False):
    """What `get_project_usage_breakdown` takes."""


class DayArguments(DayOptions, CallExtras, total=False):
    """What takes a span of days."""


def _read_page(reply: UsageRequestList) -> Page[UsageRequest]:
    return Page(reply.page, reply.limit, reply.requests)


def _name(row: UsageRequest) -> str:
    return row.request_id


class Requests(Namespace[F]):
    """Requests and what they used."""

    @operation
    def get_project_usage_requests(
        self, project_id: str, /, **options: Unpack[RequestListArguments]
    ) -> Call[UsageRequestList]:
        """One page of the log of requests; `iter_project_usage_requests` walks through all of them.

        Args:
            project_id: the project.
            options: see `RequestListOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/requests
        """
        return Call(LIST_REQUESTS, options, ids={"project_id": project_id})

    @paged
    def iter_project_usage_requests(
        self, project_id: str, /, **options: Unpack[RequestListArguments]
    ) -> Paging[UsageRequest]:
        """Walk through the log of requests, newest first; pages are fetched as they are needed.

        No more than two pages are held at once. A request that comes in meanwhile does not make another one come
        twice, unless more of them come than a page holds.

        Args:
            project_id: the project.
            options: see `RequestListOptions`; `limit` is how many to fetch at once, 100 unless given, and `page` where
                to begin; and `extra_query`, `extra_headers`, `timeout`, for each page.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: while iterating: there is no such project.
            ApiError, TransportError: while iterating: as everywhere.

        Spec: GET /v1/projects/{project_id}/requests
        """
        given: RequestListArguments = {"limit": PAGE, **options}

        def ask(page: int | None) -> Call[UsageRequestList]:
            return Call(LIST_REQUESTS, {**given, "page": page}, ids={"project_id": project_id})

        return Paging(ask, _read_page, _name, given.get("page"))

    @operation
    def get_project_usage_request(
        self, project_id: str, request_id: str, /, **extras: Unpack[CallExtras]
    ) -> Call[UsageRequestDetails]:
        """One request out of the log.

        Args:
            project_id: the project.
            request_id: the request.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or request.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/requests/{request_id}
        """
        return Call(GET_REQUEST, extras, ids={"project_id": project_id, "request_id": request_id})

    @operation
    def get_project_usage_summary(self, project_id: str, /, **options: Unpack[UsageArguments]) -> Call[Usage]:
        """What a project used, in steps of time.

        Args:
            project_id: the project.
            options: see `UsageOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/usage
        """
        return Call(GET_USAGE, options, ids={"project_id": project_id})

    @operation
    def get_project_usage(self, project_id: str, /, **options: Unpack[UsageArguments]) -> Call[Usage]:
        """The older name of `get_project_usage_summary`; deprecated.

        Args:
            project_id: the project.
            options: see `UsageOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/usage
        """
        warnings.warn("Use get_project_usage_summary; it is the same call.", DeprecationWarning, stacklevel=3)
        return Call(GET_USAGE, options, ids={"project_id": project_id})

    @operation
    def get_project_usage_fields(self, project_id: str, /, **options: Unpack[DayArguments]) -> Call[UsageFields]:
        """What can be asked for in a project's usage: tags, models, methods, features.

        Args:
            project_id: the project.
            options: `start` and `end`, days; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/usage/fields
        """
        return Call(GET_USAGE_FIELDS, options, ids={"project_id": project_id})

    @operation
    def get_project_usage_breakdown(
        self, project_id: str, /, **options: Unpack[UsageBreakdownArguments]
    ) -> Call[UsageBreakdown]:
        """What a project used, told apart by one thing.

        Args:
            project_id: the project.
            options: see `UsageBreakdownOptions`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/usage/breakdown
        """
        return Call(GET_USAGE_BREAKDOWN, options, ids={"project_id": project_id})
