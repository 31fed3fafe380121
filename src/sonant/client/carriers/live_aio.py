"""Carries a live session on an event loop: a task that keeps it going, one that reads, one for handlers.

Whoever awaits `send` writes at once, if nobody else does; the keeper watches the clock, dials, and replays. The twin
of `live_sync`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import Any

from sonant.client.carriers.dialing import read_end, request_id_of
from sonant.client.carriers.handlers import Handlers
from sonant.client.errors import BufferFull, SonantError, TransportError
from sonant.client.inbox import Inbox
from sonant.client.session import Dial, HangUp, Ping, Session, Sleep, Step, Write
from sonant.contract.wire import Message

_WATCH = 1.0
"""Seconds after which the keeper looks up in any case."""

Dialer = Callable[[], AbstractAsyncContextManager[Any]]


class AsyncLiveCarrier:
    """The tasks of one session."""

    def __init__(self, session: Session, dial: Dialer, handlers: Handlers) -> None:
        self.session, self._dial, self._handlers = session, dial, handlers
        self.inbox = Inbox(session.stats)
        self._call, self._news = asyncio.Event(), asyncio.Event()
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self._busy = False
        """Whether somebody performs the session's steps."""
        self._connection: Any = None
        self._pong: asyncio.Future[Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._teller: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect.

        Raises:
            SonantError: no connection came about.
        """
        self._spawn(self._keep())
        self.listen_to_handlers()
        try:
            await self._wait(lambda: self.session.connection >= 0 or self.session.is_closed)
        except BaseException:
            await self.cancel()
            raise
        if self.session.error is not None:
            await self.stop()
            raise self.session.error

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._news.clear()
            await self._news.wait()

    # What the user's tasks do

    async def send(self, data: bytes) -> None:
        """Hand audio over; waits for room where the settings say so.

        Raises:
            BufferFull: there is no room, or none in time.
            SonantError: the session is over, or the audio is not what it should be.
        """
        await self._accept(data)
        if self.session.is_open and not self._busy:
            self._busy = True
            await self._work()

    async def _accept(self, data: bytes) -> None:
        give_up = None
        while True:
            try:
                self.session.accept(data)
            except BufferFull:
                settings = self.session.settings
                give_up = give_up or monotonic() + settings.full_timeout
                if settings.when_full != "block" or monotonic() >= give_up:
                    raise
                await asyncio.sleep(0.02)
            else:
                return

    def say(self, message: Message) -> None:
        """Send a message after the audio so far."""
        self._act(lambda now: self.session.say(message))

    def close(self) -> None:
        """No more audio."""
        self._act(self.session.close)

    def rotate(self) -> None:
        """Change to another connection."""
        self._act(self.session.rotate)

    def abandon(self, code: int, reason: str) -> None:
        """End now."""
        self._act(lambda now: self.session.abandon(code, reason))

    def _act(self, change: Callable[[float], None]) -> None:
        change(monotonic())
        self._publish()
        self._call.set()

    async def events(self) -> AsyncIterator[Any]:
        """What happens, as it happens; ends when the session is over.

        Raises:
            SonantError: it ended, and not because it was to.
        """
        while True:
            self.inbox.is_read = True
            await self._wait(lambda: bool(self.inbox) or self.session.is_closed)
            if not self.inbox:
                break
            yield self.inbox.take()
        if self.session.error is not None:
            self.inbox.is_raised = True
            raise self.session.error

    async def stop(self) -> None:
        """Wait for the end, and for all tasks."""
        self._call.set()
        while others := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def cancel(self) -> None:
        """End at once, whatever runs."""
        self.session.abandon(1000, "cancelled")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def listen_to_handlers(self) -> None:
        """Have handlers called, now that there are some."""
        if self._handlers and self._teller is None:
            self._teller = self._spawn(self._tell())

    # What the keeper does

    async def _keep(self) -> None:
        while True:
            step = self._next_of_keeper()
            if step is None:
                break
            if isinstance(step, Sleep):
                await self._sleep(_WATCH if step.seconds is None else min(step.seconds, _WATCH))
            elif isinstance(step, Dial):
                await self._connect()
            else:
                self._busy = True
                await self._perform(step)
                await self._work()
        self._publish()
        self._news.set()
        await self._told.put(None)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._call.wait()
        self._call.clear()

    def _next_of_keeper(self) -> Step | None:
        now, session = monotonic(), self.session
        if self._pong is not None and self._pong.done():
            self._pong = None
            session.ponged(now)
        if session.is_closed and not session.is_open:
            return None
        if self._busy:
            if session.is_closed:
                self._drop()
            return Sleep(0.1)
        step = session.next_step(now)
        self._publish()
        return step

    async def _connect(self) -> None:
        manager = self._dial()
        try:
            connection = await manager.__aenter__()
        except SonantError as error:
            self.session.refused(error, monotonic())
        except Exception as error:  # noqa: BLE001 - a client of the user's own may raise anything
            failure = TransportError(f"The WebSocket client raised {type(error).__name__}: {error}")
            self.session.refused(failure, monotonic())
        else:
            self._connection, self._pong = connection, None
            self.session.opened(request_id_of(connection), monotonic())
            self._spawn(self._read(connection, manager))
        self._publish()

    # What whoever is busy does

    async def _work(self) -> None:
        """Perform steps until there is nothing to do."""
        try:
            while self.session.is_open:
                step = self.session.next_step(monotonic(), waits=False)
                self._publish()
                if isinstance(step, Sleep):
                    return
                await self._perform(step)
        finally:
            self._busy = False

    async def _perform(self, step: Step) -> None:
        connection = self._connection
        if isinstance(step, HangUp):
            self._drop()
            return
        watch = asyncio.get_running_loop().call_later(self.session.settings.send_timeout + 0.01, self._watch)
        try:
            if isinstance(step, Write):
                await connection.send(step.payload)
            elif isinstance(step, Ping) and hasattr(connection, "ping"):
                self._pong = await connection.ping()
            elif isinstance(step, Ping):
                self.session.ponged(monotonic())  # a client without pings is trusted
        except Exception:  # noqa: BLE001 - the reader learns of it, and of the reason
            self._let_go(connection)
        finally:
            watch.cancel()
            self.session.wrote()

    def _watch(self) -> None:
        if self.session.is_stalled(monotonic()):
            self._drop()

    def _let_go(self, connection: Any) -> None:
        """Break a connection that could not be sent to; ours breaks by itself, once its last messages are read."""
        if not hasattr(connection, "protocol"):
            self._drop()

    def _drop(self) -> None:
        """Break the connection, whoever is in the midst of using it."""
        transport = getattr(self._connection, "transport", None)
        if transport is not None:
            transport.abort()
        elif self._connection is not None:
            self._spawn(_close(self._connection))

    # What a reader does

    async def _read(self, connection: Any, manager: AbstractAsyncContextManager[Any]) -> None:
        code, reason = 1006, ""
        try:
            while connection is self._connection:
                payload = await connection.recv()
                self.session.received(payload, monotonic())
                self._publish()
        except Exception as error:  # noqa: BLE001 - whatever a connection raises is its end
            code, reason = read_end(error)
        finally:
            if connection is self._connection:
                self._drop()
                self.session.lost(code, reason, monotonic())
                self._publish()
                self._call.set()
            with contextlib.suppress(Exception):
                await manager.__aexit__(None, None, None)

    # Telling

    def _publish(self) -> None:
        """Hand what happened to whoever waits for it."""
        events = self.session.events
        if not events and not self.session.is_closed:
            return
        while events:
            event = events.popleft()
            self.inbox.put(event, kept=not self._handlers)
            if self._handlers:
                self._told.put_nowait(event)
        self._news.set()

    async def _tell(self) -> None:
        while (event := await self._told.get()) is not None:
            await self._handlers.acall(event)


async def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):
        await connection.close()
