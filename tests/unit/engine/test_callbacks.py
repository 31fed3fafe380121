import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from sonant.contract.faults import BAD_CALLBACK
from sonant.engine.callbacks import Callbacks, Target, read_target
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

TARGET = read_target("http://receiver.example/done", "put", "key-id", "request-id")


class Scripted(Callbacks):
    """Delivers nowhere: each try has its outcome written down."""

    def __init__(self, *outcomes: str) -> None:
        super().__init__(Settings(callback_delay=0, callback_retries=2))
        self.outcomes = list(outcomes)
        self.sent: list[bytes] = []

    async def _try(self, body: bytes, target: Target) -> str:
        self.sent.append(body)
        return self.outcomes.pop(0)


async def run(callbacks: Callbacks, work: Any = None) -> list[str]:
    events: list[str] = []

    async def say() -> bytes:
        events.append("worked")
        return b"done"

    holdings = AsyncExitStack()
    holdings.callback(events.append, "let go")
    callbacks.start(work or say, TARGET, holdings)
    await callbacks.drain(5)
    return events


async def test_tries_until_the_receiver_takes_it() -> None:
    callbacks = Scripted("status 500", "ConnectError", "")
    assert await run(callbacks) == ["worked", "let go"]
    assert callbacks.sent == [b"done"] * 3


async def test_gives_up_after_the_last_retry() -> None:
    callbacks = Scripted("a", "b", "c", "never asked")
    await run(callbacks)
    assert callbacks.outcomes == ["never asked"]


async def test_drain_ends_what_takes_too_long() -> None:
    callbacks = Scripted("")
    started = asyncio.Event()

    async def forever() -> bytes:
        started.set()
        await asyncio.Event().wait()
        return b""

    callbacks.start(forever, TARGET, AsyncExitStack())
    await started.wait()
    await callbacks.drain(0.01)
    assert callbacks.sent == []


@pytest.mark.parametrize("url", ["receiver.example/done", "", "ws://x/", "http:///x"])
def test_a_callback_needs_an_absolute_url(url: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_target(url, "POST", "", "")
    assert caught.value.fault is BAD_CALLBACK


def test_methods_are_read_in_any_case() -> None:
    assert TARGET.method == "PUT"
