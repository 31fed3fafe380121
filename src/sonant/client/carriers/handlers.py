"""The user's handlers: who is called for which event. One that raises is reported and disturbs nobody."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from time import monotonic
from typing import Any

from sonant.client.events import name_of

log = logging.getLogger("sonant.client.handlers")

Handler = Callable[[Any], object]
Told = tuple[list[Handler], Any]
"""An event, with its handlers."""
_MOMENT = 1.0
"""Seconds after the first late handler in which further ones are told all from the beginning, too."""
_MOST = 1_000


class Handlers:
    """Handlers by the name of their event."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Callable[..., Any]]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def add(self, name: str, handler: Callable[..., Any]) -> None:
        """Call a handler for each event of a name."""
        self._by_name.setdefault(str(name), []).append(handler)

    def remove(self, name: str, handler: Callable[..., Any]) -> None:
        """Call it no more."""
        kept = [each for each in self._by_name.get(str(name), []) if each is not handler]
        if kept:
            self._by_name[str(name)] = kept
        else:
            self._by_name.pop(str(name), None)

    def of(self, event: Any) -> list[Callable[..., Any]]:
        """Who is called for an event."""
        return list(self._by_name.get(name_of(event), ()))


class Early:
    """What happened before the handlers were there: whoever registers some one after the other misses nothing."""

    def __init__(self) -> None:
        self._events: list[Any] | None = []
        self._until: float | None = None

    def add(self, event: Any, *, is_needed: bool) -> None:
        """Keep an event for a moment; for good it is not, once it is fetched in another way."""
        if self._events is None:
            return
        self._events.append(event)
        over = self._until is not None and monotonic() > self._until
        if over or not is_needed or len(self._events) > _MOST:
            self._events = None

    def end_soon(self) -> None:
        """There are handlers now: what happens is kept for a moment more."""
        if self._until is None:
            self._until = monotonic() + _MOMENT

    def of(self, name: str) -> list[Any]:
        """The events of a name."""
        self.end_soon()
        return [event for event in self._events or () if name_of(event) == name]


class Telling(ABC):
    """Has handlers told of events, once there are any; until then it is small.

    Attributes:
        tells: whether it does, so that nobody else need keep the events.
    """

    __slots__ = ("_early", "_handlers", "_is_over", "tells")

    def __init__(self, handlers: Handlers) -> None:
        self._handlers, self._early = handlers, Early()
        self.tells = self._is_over = False

    @abstractmethod
    def _put(self, told: Told | None) -> None:
        """Hand it to whoever tells, who ends with None."""

    @abstractmethod
    def _start(self) -> None:
        """Have somebody tell."""

    def begin(self) -> None:
        """Tell what happens from now on, if there is anybody to be told."""
        if not self._handlers or self.tells:
            return
        self.tells = True
        self._early.end_soon()
        if self._is_over:
            self._put(None)
        self._start()

    def add(self, name: str, handler: Handler) -> None:
        """Tell one more handler, and of what happened before it was there if it comes soon after the others."""
        for event in self._early.of(name):
            self._put(([handler], event))
        self._handlers.add(name, handler)

    def tell(self, event: Any, *, is_read: bool) -> None:
        """Have an event's handlers called, those that there are and those that come soon."""
        self._early.add(event, is_needed=not is_read)
        if self.tells:
            self._put((self._handlers.of(event), event))

    def end(self) -> None:
        """Nothing more happens."""
        self._is_over = True
        if self.tells:
            self._put(None)


class Teller(Telling):
    """Tells them from a thread of its own."""

    __slots__ = ("_thread", "_told")

    def __init__(self, handlers: Handlers) -> None:
        super().__init__(handlers)
        self._told: SimpleQueue[Told | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def _put(self, told: Told | None) -> None:
        self._told.put(told)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="sonant-handlers", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until all are told."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _work(self) -> None:
        caller = Caller()
        while (told := self._told.get()) is not None:
            handlers, event = told
            for handler in handlers:
                caller.call(handler, event)
        caller.close()


class AsyncTeller(Telling):
    """Tells them from a task, which `spawn` begins."""

    __slots__ = ("_spawn", "_told")

    def __init__(self, handlers: Handlers, spawn: Callable[[Coroutine[Any, Any, None]], Any]) -> None:
        super().__init__(handlers)
        self._spawn = spawn
        self._told: asyncio.Queue[Told | None] | None = None

    def _put(self, told: Told | None) -> None:
        self._queue().put_nowait(told)

    def _start(self) -> None:
        self._spawn(self._work(self._queue()))

    def _queue(self) -> asyncio.Queue[Told | None]:
        self._told = self._told or asyncio.Queue()
        return self._told

    async def _work(self, queue: asyncio.Queue[Told | None]) -> None:
        while (told := await queue.get()) is not None:
            handlers, event = told
            for handler in handlers:
                await acall(handler, event)


class Caller:
    """Calls handlers from a thread; coroutine functions among them run on an event loop of the caller's own."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    def call(self, handler: Callable[..., Any], event: Any) -> None:
        """Call a handler, and wait until it is done."""
        try:
            result = handler(event)
            if inspect.iscoroutine(result):
                self._run(result)
        except Exception:  # noqa: BLE001 - the user's own code
            _report(handler)

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        self._runner = self._runner or asyncio.Runner()
        self._runner.run(work)

    def close(self) -> None:
        """End the event loop, if there was need of one."""
        if self._runner is not None:
            self._runner.close()


async def acall(handler: Callable[..., Any], event: Any) -> None:
    """Call a handler, plain or a coroutine function, and wait until it is done."""
    try:
        result = handler(event)
        if inspect.isawaitable(result):
            await result
    except Exception:  # noqa: BLE001 - the user's own code
        _report(handler)


def _report(handler: Callable[..., Any]) -> None:
    log.error("a handler failed", exc_info=True, extra={"handler": getattr(handler, "__qualname__", repr(handler))})  # noqa: LOG014 - called while it is handled
