import asyncio
from time import monotonic
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from sonant.engine.api.incoming import PINGED, Backlog, Incoming


class Socket:
    """Never waits while it has something, as a server that has read many small messages at once."""

    def __init__(self, *messages: bytes | str | None) -> None:
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reads = 0
        self.scope: dict[str, Any] = {}
        for message in messages:
            self.say(message)

    def say(self, message: bytes | str | None) -> None:
        kind = "bytes" if isinstance(message, bytes) else "text"
        received = {"type": "websocket.receive", kind: message}
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1001} if message is None else received)

    async def receive(self) -> dict[str, Any]:
        self.reads += 1
        return await self.queue.get()


def reading(*messages: bytes | str | None, backlog: Backlog | None = None) -> tuple[Socket, Incoming]:
    socket = Socket(*messages)
    return socket, Incoming(cast("WebSocket", socket), backlog or Backlog())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_audio_that_has_come_is_taken_together() -> None:
    _, incoming = reading(b"a", b"b", "text", b"c", b"", b"d", b"e", None)
    await settle()
    assert [await incoming.take() for _ in range(5)] == [b"ab", "text", b"c", b"", b"de"]
    with pytest.raises(WebSocketDisconnect) as left:
        await incoming.take()
    assert left.value.code == 1001


async def test_nobody_waits_for_more_than_there_is() -> None:
    socket, incoming = reading(b"a")
    assert await incoming.take() == b"a"
    taking = asyncio.create_task(incoming.take())
    await settle()
    assert not taking.done()
    socket.say(b"b")
    assert await taking == b"b"
    incoming.close()


async def test_who_neither_sends_nor_pings_is_not_waited_for() -> None:
    socket, incoming = reading()
    socket.scope[PINGED] = monotonic() - 1
    with pytest.raises(TimeoutError):
        await incoming.take_within(0.01)
    socket.say(b"a")
    assert await incoming.take_within(60) == b"a"
    incoming.close()


async def test_who_pings_is_waited_for() -> None:
    socket, incoming = reading()
    socket.scope[PINGED] = monotonic() + 60
    taking = asyncio.create_task(incoming.take_within(0.01))
    await asyncio.sleep(0.05)
    assert not taking.done()
    socket.say(b"a")
    assert await taking == b"a"
    incoming.close()


async def test_who_has_reason_to_be_silent_is_waited_for() -> None:
    _, incoming = reading()
    reasons = [True, True, False]
    with pytest.raises(TimeoutError):
        await incoming.take_within(0.01, lambda: reasons.pop(0))
    assert not reasons
    incoming.close()


async def test_what_is_taken_together_and_what_waits_is_bounded() -> None:
    socket, incoming = reading(*[bytes(10_000)] * 5000)
    for _ in range(20):
        await settle()
    assert 1_000 < socket.reads < 2_000
    sizes = [len(await incoming.take()) for _ in range(60)]
    assert max(sizes) <= 65_536
    assert min(sizes) >= 60_000
    incoming.close()


async def test_audio_is_told_of_when_it_comes() -> None:
    _, incoming = reading(b"abc", "text", bytes(1_000_000))
    told: list[int] = []
    incoming.follow(told.append)
    await settle()
    assert told == [3, 1_000_000]
    incoming.close()


async def test_a_large_message_is_taken_in_spans() -> None:
    _, incoming = reading(bytes(1_000_000), "text", None)
    sizes = [len(await incoming.take()) for _ in range(16)]
    assert (sum(sizes), max(sizes)) == (1_000_000, 65_536)
    assert await incoming.take() == "text"


async def test_all_together_read_ahead_no_more_than_so_much() -> None:
    backlog = Backlog(1_000_000)
    several = [reading(*[bytes(10_000)] * 500, backlog=backlog)[1] for _ in range(10)]
    for _ in range(20):
        await settle()
    assert 1_000_000 <= backlog.size < 1_000_000 + 10 * 200_000
    for incoming in several:
        assert len(await incoming.take()) == 60_000  # nobody starves
        incoming.close()
    assert backlog.size == 0


async def test_very_many_small_messages_leave_the_loop_to_others() -> None:
    _, incoming = reading(*[b"x"] * 10_000)
    steps = 0
    while steps < 10:
        await asyncio.sleep(0)
        steps += 1
    assert 0 < len(await incoming.take()) < 10_000
    incoming.close()


async def test_a_failure_comes_before_what_waits() -> None:
    _, incoming = reading(b"a")
    await settle()
    incoming.fail(ValueError("first"))
    incoming.fail(ValueError("second"))
    with pytest.raises(ValueError, match="first"):
        await incoming.take()
    incoming.close()


async def test_a_failure_wakes_whoever_waits() -> None:
    _, incoming = reading()
    taking = asyncio.create_task(incoming.take())
    await settle()
    incoming.fail(ValueError("lost"))
    with pytest.raises(ValueError, match="lost"):
        await taking
    incoming.close()


async def test_work_ends_when_the_client_leaves() -> None:
    socket, incoming = reading()
    cleaned = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    attending = asyncio.create_task(incoming.attend(work()))
    await settle()
    socket.say(None)
    with pytest.raises(WebSocketDisconnect):
        await attending
    assert cleaned.is_set()


async def test_work_ends_when_nothing_can_be_said_any_more() -> None:
    _, incoming = reading(b"a")
    attending = asyncio.create_task(incoming.attend(asyncio.Event().wait()))  # type: ignore[arg-type]
    await settle()
    incoming.note_loss()
    with pytest.raises(WebSocketDisconnect):
        await attending
    assert await incoming.take() == b"a"  # for whoever wants it all the same
    incoming.close()


async def test_work_that_fails_says_so() -> None:
    _, incoming = reading()

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await incoming.attend(work())
    incoming.close()


async def test_work_is_given_up_with_whoever_waits_for_it() -> None:
    _, incoming = reading()
    given_up = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.set()
            raise

    attending = asyncio.create_task(incoming.attend(work()))
    await settle()
    attending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attending
    assert given_up.is_set()
    incoming.close()
