"""Live streams of the clients under comparison, alike: send, hear, finish, and the words of a result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import clients

OPTIONS = {"model": "nova-3", "encoding": "linear16", "sample_rate": 16_000}


def is_results(message: Any) -> bool:
    """Whether a client's event is a `Results`."""
    return getattr(message, "type", "Results") == "Results" and hasattr(message, "channel_index")


def words_of(message: Any) -> int:
    """Touch every word of a result; how many there are."""
    best = message.channel.alternatives[0]
    return sum(word.start >= 0 and bool(word.word) for word in best.words)


class Talker:
    """A stream of the sync clients."""

    def __init__(self, send: Any, events: Iterator[Any], end: Any) -> None:
        self.send, self._events, self._end = send, events, end

    def hear(self) -> Any:
        """The next result."""
        return next(message for message in self._events if is_results(message))

    def finish(self) -> float:
        """End the stream; seconds that the server heard."""
        self._end()
        return float(next(message.duration for message in self._events if hasattr(message, "sha256")))


class AsyncTalker:
    """A stream of the async clients."""

    def __init__(self, send: Any, events: AsyncIterator[Any], end: Any) -> None:
        self.send, self._events, self._end = send, events, end

    async def hear(self) -> Any:
        """The next result."""
        async for message in self._events:
            if is_results(message):
                return message
        raise EOFError

    async def finish(self) -> float:
        """End the stream; seconds that the server heard."""
        await self._end()
        async for message in self._events:
            if hasattr(message, "sha256"):
                return float(message.duration)
        raise EOFError


@contextmanager
def talk(impl: str, client: Any) -> Iterator[Talker]:
    """A stream, open."""
    if impl == "official":
        with client.listen.v1.connect(**OPTIONS) as socket:
            yield Talker(socket.send_media, iter(socket), socket.send_close_stream)
    else:
        with client.listen.live(**OPTIONS) as live:
            yield Talker(live.send, iter(live), live.request_close)


@asynccontextmanager
async def talk_async(impl: str, client: Any) -> AsyncIterator[AsyncTalker]:
    """A stream on the event loop, open."""
    if impl == "official":
        async with client.listen.v1.connect(**OPTIONS) as socket:
            yield AsyncTalker(socket.send_media, aiter(socket), socket.send_close_stream)
    else:
        async with client.listen.live(**OPTIONS) as live:
            yield AsyncTalker(live.send, aiter(live), live.request_close)


def make(impl: str, url: str, *, asynchronous: bool) -> Any:
    """A client."""
    return (clients.official if impl == "official" else clients.ours)(url, asynchronous=asynchronous)
