"""Walking through a list: whatever a service calls its pages, each row comes once."""

from typing import Any

import pytest

from sonant.client.call import Call, HttpResponse
from sonant.client.errors import DecodeError
from sonant.client.manage import Manage
from sonant.client.paging import Paging
from sonant.contract import codec
from sonant.contract.manage.usage import UsageRequest, UsageRequestList


class Service:
    """A log of requests behind a way of numbering pages."""

    def __init__(self, count: int, *, first: int = 0, echo: bool = True, both: bool = False) -> None:
        self.rows = [f"r-{n}" for n in range(count)]
        self.first, self.echo, self.both = first, echo, both
        self.asked: list[str] = []

    def answer(self, call: Call[Any]) -> UsageRequestList:
        self.asked.append(call.query)
        query = dict(pair.split("=") for pair in call.query.split("&"))
        limit, number = int(query["limit"]), int(query.get("page", self.first))
        index = max(number - 1, 0) if self.both else number - self.first
        rows = self.rows[index * limit : (index + 1) * limit]
        told: dict[str, Any] = {"page": number, "limit": limit} if self.echo else {}
        body = {**told, "requests": [{"request_id": row} for row in rows]}
        return call.reply(HttpResponse(200, {}, codec.encode(body)))


def walk(paging: Paging[UsageRequest], service: Service) -> list[str]:
    found: list[str] = []
    while paging.call:
        found += [row.request_id for row in paging.take(service.answer(paging.call))]
    return found


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 35])
@pytest.mark.parametrize("echo", [True, False], ids=["told", "untold"])
@pytest.mark.parametrize("way", ["from 0", "from 1", "both"])
def test_each_row_comes_once_in_order(count: int, echo: bool, way: str) -> None:
    service = Service(count, first=1 if way == "from 1" else 0, echo=echo, both=way == "both")
    assert walk(Manage.iter_project_usage_requests.build("p", limit=10), service) == service.rows
    assert len(service.asked) <= count // 10 + 3


def test_the_first_page_is_asked_for_without_a_number_and_filters_go_with_each() -> None:
    service = Service(3)
    walk(Manage.iter_project_usage_requests.build("p", limit=2, status="failed"), service)
    assert service.asked == ["limit=2&status=failed", "limit=2&status=failed&page=1"]


def test_iteration_may_begin_further_on() -> None:
    service = Service(35)
    assert walk(Manage.iter_project_usage_requests.build("p", limit=10, page=2), service) == service.rows[20:]
    assert [query.partition("page=")[2] for query in service.asked] == ["2", "3"]


def test_what_comes_in_meanwhile_makes_nothing_come_twice() -> None:
    service, found = Service(30), list[str]()
    expected = list(service.rows)
    paging = Manage.iter_project_usage_requests.build("p", limit=10)
    while paging.call:
        found += [row.request_id for row in paging.take(service.answer(paging.call))]
        service.rows.insert(0, f"new-{len(service.rows)}")
    assert found == expected


def test_a_service_that_gives_fewer_than_asked_for_is_followed_to_its_end() -> None:
    class Sparing(Service):
        def answer(self, call: Call[Any]) -> UsageRequestList:
            call.query = call.query.replace("limit=100", "limit=10")
            return super().answer(call)

    service = Sparing(25)
    assert walk(Manage.iter_project_usage_requests.build("p"), service) == service.rows


def test_a_service_that_ignores_the_number_is_found_out() -> None:
    class Deaf(Service):
        def answer(self, call: Call[Any]) -> UsageRequestList:
            call.query = call.query.split("&page")[0]
            return super().answer(call)

    with pytest.raises(DecodeError, match="again and again"):
        walk(Manage.iter_project_usage_requests.build("p", limit=10), Deaf(30))
