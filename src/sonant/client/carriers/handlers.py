"""The user's handlers: who is called for which event. One that raises is reported and disturbs nobody."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from sonant.client.events import name_of

log = logging.getLogger("sonant.client.handlers")


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
