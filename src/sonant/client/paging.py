"""A long list as an iterator. `Paging` only says which call comes next; `@paged` carries the calls out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import update_wrapper
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar, overload

from sonant.client.call import Call
from sonant.client.errors import DecodeError
from sonant.client.flavour import Async, Namespace, Sync, carry_out
from sonant.contract.wire import Reply

P = ParamSpec("P")
R = TypeVar("R", bound=Reply)
T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """What a reply says of itself: its number, how many rows a page has (None if not told), its rows."""

    number: int | None
    size: int | None
    rows: list[T]


class Paging(Generic[T]):
    """Which call comes next, and what is new in its reply. Pure.

    Services number their pages from 0 or from 1, and not all say which. So the first page is asked for without a
    number; where the next one turns out to be the same, it was the first once more, and the one after is asked for.

    Attributes:
        call: the next call; None at the end.
    """

    def __init__(
        self,
        ask: Callable[[int | None], Call[R]],
        read: Callable[[R], Page[T]],
        name: Callable[[T], str],
        first: int | None = None,
    ) -> None:
        self._ask, self._read, self._name = ask, read, name
        self._number = first
        self._seen: set[str] = set()
        self._again = False
        self.call: Call[Any] | None = ask(first)

    def take(self, reply: Any) -> list[T]:
        """The rows of a reply that the page before did not have; `call` moves on.

        Raises:
            DecodeError: the service gives the same page whatever the number.
        """
        page = self._read(reply)
        fresh = [row for row in page.rows if self._name(row) not in self._seen]
        if len(page.rows) < (page.size or 1):
            self.call = None
            return fresh
        if self._again and not fresh:
            raise DecodeError("The service gives the same page again and again.", request_id=reply.request_id)
        self._again = not fresh
        self._seen = set(map(self._name, page.rows))
        self._number = (self._number if self._number is not None else page.number or 0) + 1
        self.call = self._ask(self._number)
        return fresh


class paged(Generic[P, T]):  # noqa: N801 - used as a decorator
    """Makes a method that builds a `Paging` into one that walks through it: an iterator, or an asynchronous one."""

    def __init__(self, build: Callable[Concatenate[Any, P], Paging[T]]) -> None:
        self._build = build
        update_wrapper(self, build)  # type: ignore[arg-type]  # help() then shows the method

    def build(self, *args: P.args, **kwargs: P.kwargs) -> Paging[T]:
        """The paging that the method would walk through."""
        return self._build(None, *args, **kwargs)

    @overload
    def __get__(self, obj: None, owner: Any) -> paged[P, T]: ...
    @overload
    def __get__(self, obj: Namespace[Sync], owner: Any) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, obj: Namespace[Async], owner: Any) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        if obj is None:
            return self
        walk = _awalk if obj._runner.is_async else _walk  # noqa: SLF001 - its own namespace

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return walk(self._build(obj, *args, **kwargs), obj)

        return update_wrapper(method, self._build)


def _walk(paging: Paging[T], namespace: Namespace[Any]) -> Iterator[T]:
    while paging.call:
        yield from paging.take(carry_out(paging.call, namespace))


async def _awalk(paging: Paging[T], namespace: Namespace[Any]) -> AsyncIterator[T]:
    while paging.call:
        for row in paging.take(await carry_out(paging.call, namespace)):
            yield row
