"""What a client sends over a WebSocket.

It is read as it comes, so that the engine notices while it works for a client that the client has left.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

PINGED = "sonant.pinged"
"""Key in a socket's scope: when the client last pinged, as `time.monotonic()`; the server behind the app notes it."""
_LEAST, _MOST = 1 << 17, 1 << 24
"""Bytes that are read ahead: always, and while all clients together leave room for it. What is beyond waits with the
client, and behind it its pings and its leave."""
_OVERHEAD = 64
"""Bytes that a message costs beside what is in it."""
_TOGETHER = 1 << 16
"""Bytes of audio that are taken at once: of several small messages, or of a large one."""
_BREATH = 256
"""Messages after which others have their turn."""


class Backlog:
    """What all clients together sent and nobody has heard yet.

    Args:
        limit: bytes that may be read ahead, beside the little that every client may.
    """

    def __init__(self, limit: int = 1 << 26) -> None:
        self._limit = limit
        self.size = 0

    @property
    def has_room(self) -> bool:
        """Whether more may be read ahead."""
        return self.size < self._limit


class Incoming:
    """Messages on their way from a client, in their order; what waits is bounded."""

    def __init__(self, socket: WebSocket, backlog: Backlog) -> None:
        self._socket, self._backlog = socket, backlog
        self._waiting: deque[bytes | str] = deque()
        self._size = 0
        self._news, self._room, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._left = WebSocketDisconnect(1006)
        self._failure: BaseException | None = None
        self._note_audio: Callable[[int], None] = _ignore
        self._is_read = False
        """Whether nothing can come any more."""
        self._reading = asyncio.create_task(self._read())

    def follow(self, note_audio: Callable[[int], None]) -> None:
        """Have somebody told of audio when it comes, in bytes."""
        self._note_audio = note_audio

    async def _read(self) -> None:
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            self._add(message["bytes"] if message.get("bytes") is not None else message.get("text", ""))
            if not self._has_room:
                self._room.clear()
                await self._room.wait()
            elif not len(self._waiting) % _BREATH:
                await asyncio.sleep(0)
        self._left = WebSocketDisconnect(message.get("code") or 1006)
        self._is_read = True
        self._gone.set()
        self._news.set()

    @property
    def _has_room(self) -> bool:
        return self._size <= _LEAST or (self._size <= _MOST and self._backlog.has_room)

    def _count(self, more: int) -> None:
        self._size += more
        self._backlog.size += more

    def _add(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            self._note_audio(len(payload))
        step = len(payload) if isinstance(payload, str) else _TOGETHER
        for start in range(0, len(payload) or 1, step or 1):  # an empty one has a meaning too
            piece = payload[start : start + step]
            self._waiting.append(piece)
            self._count(len(piece) + _OVERHEAD)
        self._news.set()

    async def take(self) -> bytes | str:
        """The next message, waited for; audio in spans of a size of our own, however its messages were cut.

        Raises:
            WebSocketDisconnect: the client has left, and all that it sent was taken.
            BaseException: what `fail` was given.
        """
        while not self._waiting or self._failure:
            self.check()
            if self._is_read:
                raise self._left
            self._news.clear()
            await self._news.wait()
        return self._pop()

    async def take_within(self, idle: float, is_excused: Callable[[], bool] | None = None) -> bytes | str:
        """What `take` gives, waited for as long as the client pings.

        Args:
            idle: seconds in which it is to send or ping.
            is_excused: whether it has reason to do neither; asked whenever that time is over, which then begins anew.

        Raises:
            TimeoutError: it did neither for so long.
            WebSocketDisconnect: as `take`.
            BaseException: as `take`.
        """
        alive = monotonic()
        while True:
            try:
                async with asyncio.timeout(alive + idle - monotonic()):
                    return await self.take()
            except TimeoutError:
                alive = monotonic() if is_excused and is_excused() else max(alive, self._socket.scope.get(PINGED, 0.0))
                if alive + idle <= monotonic():
                    raise

    def _pop(self) -> bytes | str:
        first = self._pop_one()
        if isinstance(first, str) or not first:
            return first
        pieces, size = [first], len(first)
        while self._waiting and isinstance(piece := self._waiting[0], bytes) and piece:
            size += len(piece)
            if size > _TOGETHER:
                break
            pieces.append(piece)
            self._pop_one()
        return b"".join(pieces) if len(pieces) > 1 else first

    def _pop_one(self) -> bytes | str:
        payload = self._waiting.popleft()
        self._count(-len(payload) - _OVERHEAD)
        if self._has_room:
            self._room.set()
        return payload

    def fail(self, failure: BaseException) -> None:
        """Have whoever takes the next message meet this instead; the first one stands."""
        self._failure = self._failure or failure
        self._news.set()

    def check(self) -> None:
        """Raise what `fail` was given, if it was."""
        if self._failure:
            raise self._failure

    def note_loss(self) -> None:
        """The client is gone, whatever is still to be read of it."""
        self._gone.set()

    async def attend(self, work: Coroutine[Any, Any, None]) -> None:
        """Do work for the client, as long as it is there.

        Raises:
            WebSocketDisconnect: it left, and the work was given up.
        """
        working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise self._left
        finally:
            leaving.cancel()
            if not working.done():
                working.cancel()
                await asyncio.wait({working})
        await working

    def close(self) -> None:
        """Read no more, and forget what waits."""
        self._reading.cancel()
        self._waiting.clear()
        self._count(-self._size)


def _ignore(_: int) -> None:
    """Nobody follows."""
