"""One suite for both flavours: the asynchronous client behind the synchronous one's face."""

import asyncio
import inspect
from typing import Any

from sonant import AsyncDeepgramClient, DeepgramClient

FLAVOURS = ["sync", "async"]


class Face:
    """An asynchronous thing whose awaitables are waited for."""

    def __init__(self, runner: asyncio.Runner, thing: Any) -> None:
        self._runner, self.thing = runner, thing

    def wait(self, awaitable: Any) -> Any:
        """The outcome of something to await."""
        return self._runner.run(_wait(awaitable))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.thing, name)
        if not callable(value):
            return Face(self._runner, value)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            return self.wait(result) if inspect.isawaitable(result) else result

        return call

    def __enter__(self) -> "Face":
        self._runner.run(self.thing.__aenter__())
        return self

    def __exit__(self, *exception: object) -> None:
        self._runner.run(self.thing.__aexit__(*exception))
        self._runner.close()


async def _wait(awaitable: Any) -> Any:
    return await awaitable


def make_client(flavour: str, *args: Any, **options: Any) -> Any:
    """A client of a flavour, used alike."""
    if flavour == "sync":
        return DeepgramClient(*args, **options)
    return Face(asyncio.Runner(), AsyncDeepgramClient(*args, **options))


def local_client(flavour: str, **options: Any) -> Any:
    """The same on the embedded engine."""
    if flavour == "sync":
        return DeepgramClient.local(**options)
    return Face(asyncio.Runner(), AsyncDeepgramClient.local(**options))
