"""What a stream on an event loop gives to iterate over.

Objects rather than generators: a wait for the next event may be cancelled (`asyncio.wait_for(anext(events), 1)`), and
the iteration goes on afterwards with nothing lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, Generic, NoReturn, Self, TypeVar

from sonant.client.errors import SourceError
from sonant.client.pacing import Turnstile

E = TypeVar("E")
T = TypeVar("T")


class _Iteration(AsyncIterator[T], Generic[T]):
    """Something that can be left before its end."""

    _is_left = False

    def __aiter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        """Come to the end here; the stream goes on."""
        self._is_left = True


class Events(_Iteration[T], Generic[T]):
    """Everything that happens."""

    def __init__(self, fetch: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._fetch = fetch

    def __anext__(self) -> Coroutine[Any, Any, T]:
        return _stop() if self._is_left else self._fetch()


class Lens(_Iteration[T], Generic[E, T]):
    """What the events tell of one kind."""

    def __init__(self, events: AsyncIterator[E], take: Callable[[E], Iterable[T]]) -> None:
        self._events, self._take = events, take
        self._ready: deque[T] = deque()

    async def __anext__(self) -> T:
        while not (self._ready or self._is_left):
            self._ready.extend(self._take(await anext(self._events)))
        if self._is_left:
            raise StopAsyncIteration
        return self._ready.popleft()


class Sourced(_Iteration[E], Generic[E]):
    """What happens while a source is sent, until all of it is transcribed. Whoever leaves it leaves the source."""

    def __init__(
        self,
        events: AsyncIterator[E],
        send: Callable[[object], Coroutine[Any, Any, None]],
        turnstile: Turnstile,
    ) -> None:
        """Begin with the first event that is asked for.

        Args:
            events: of the stream.
            send: sends the source, as long as its turn lasts, and says that no more comes.
            turnstile: of the stream.
        """
        self._events, self._send, self._turnstile = events, send, turnstile
        self._turn: object = None
        self._sending: asyncio.Task[None] | None = None

    async def __anext__(self) -> E:
        if self._is_left:
            raise StopAsyncIteration
        sending = self._sending or self._begin()
        try:
            return await anext(self._events)
        except asyncio.CancelledError:
            raise  # this wait is over, and nothing else
        except StopAsyncIteration:
            await asyncio.wait({sending})
            self._leave()
            if sending.cancelled():
                raise SourceError("The source was cancelled before its end.") from None
            sending.result()
            raise
        except BaseException:
            self._leave()
            raise

    def _begin(self) -> asyncio.Task[None]:
        self._turn = self._turnstile.enter()
        self._sending = asyncio.ensure_future(self._send(self._turn))
        self._sending.add_done_callback(_look_at)
        return self._sending

    def _leave(self) -> None:
        self._is_left = True
        self._turnstile.leave(self._turn)
        if self._sending is not None:
            self._sending.cancel()

    async def aclose(self) -> None:
        """Leave the source; the stream stays open, and takes another one."""
        self._leave()
        if self._sending is not None:
            await asyncio.wait({self._sending})

    def __del__(self) -> None:
        self._turnstile.leave(self._turn)
        if self._sending is not None and not self._sending.done():
            with contextlib.suppress(RuntimeError):  # its loop is gone, and it with it
                self._sending.get_loop().call_soon_threadsafe(self._sending.cancel)


async def _stop() -> NoReturn:
    raise StopAsyncIteration


def _look_at(sending: asyncio.Task[None]) -> None:
    """Take note of what a source raised that somebody left: nobody else does."""
    if not sending.cancelled():
        sending.exception()
