"""What a client leaves unread is bounded."""

import asyncio
from typing import Any

import pytest

from sonant.contract.speak import SpeakFlushed
from sonant.engine.api.sockets import End, Outgoing


class Socket:
    """A client that reads when it is let."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.got: list[Any] = []

    async def send_text(self, text: str) -> None:
        await self.reads.wait()
        self.got.append(text)

    async def send_bytes(self, data: bytes) -> None:
        await self.reads.wait()
        self.got.append(data)


async def speak(outgoing: Outgoing, pieces: list[bytes], count: int) -> None:
    for _ in range(count):
        await outgoing.put_audio(b"a")
        pieces.append(b"a")


async def test_audio_waits_for_a_client_that_does_not_read() -> None:
    socket: Any = Socket()
    outgoing, pieces = Outgoing(socket, lambda: None), list[bytes]()
    speaking = asyncio.create_task(speak(outgoing, pieces, 100))
    for _ in range(50):
        await asyncio.sleep(0)
    assert 8 <= len(pieces) <= 9  # one is on its way already
    socket.reads.set()
    await speaking
    await outgoing.drain()
    assert len(socket.got) == 100


async def test_audio_that_is_forgotten_is_not_sent_and_messages_are() -> None:
    socket: Any = Socket()
    outgoing = Outgoing(socket, lambda: None)
    await speak(outgoing, [], 5)
    outgoing.put(SpeakFlushed(0))
    await asyncio.sleep(0)
    outgoing.forget_audio()
    await outgoing.put_audio(b"new")
    socket.reads.set()
    await outgoing.drain()
    assert socket.got == [b"a", '{"type":"Flushed","sequence_id":0}', b"new"]


async def test_who_leaves_too_much_unread_is_let_go() -> None:
    socket: Any = Socket()
    outgoing = Outgoing(socket, lambda: None)
    for _ in range(1000):
        outgoing.put(SpeakFlushed(0))
    outgoing.check()
    outgoing.put(SpeakFlushed(0))
    with pytest.raises(End, match="does not read"):
        outgoing.check()
    outgoing.close()
