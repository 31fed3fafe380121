"""Carries a live session on an event loop: by callbacks, so that a session that only listens has no task of its own.

Whoever awaits `send` writes at once, if nobody else does and while there is room; a task waits for room, a timer
watches the clock, dials, and replays. The twin of `live_sync`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any

from sonant.client.carriers.handlers import AsyncTeller, Handler, Handlers
from sonant.client.carriers.lines import SMALL, Receiver, request_id_of
from sonant.client.carriers.lines_aio import as_line
from sonant.client.carriers.sockets import Dialed
from sonant.client.errors import BufferFull, SonantError, TransportError
from sonant.client.events import Closed
from sonant.client.inbox import Inbox
from sonant.client.session import Session
from sonant.client.steps import Dial, HangUp, Ping, Sleep, Step, Write
from sonant.contract.wire import Message

_WATCH = 1.0
"""Seconds after which the session is looked after in any case."""

_NOTHING = Sleep(None)

Dialer = Callable[[], Awaitable[Dialed]]


class AsyncLiveCarrier:
    """The callbacks of one session."""

    def __init__(self, session: Session, dial: Dialer, handlers: Handlers) -> None:
        self.session, self._dial = session, dial
        self._teller = AsyncTeller(handlers, self._spawn)
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Any] = deque()
        self.inbox = Inbox(session.stats, self._queue.append, self._queue.__len__)
        self._waiters: list[asyncio.Future[None]] = []
        self._is_busy = self._is_over = False
        """Whether somebody waits for room to write; whether all is done."""
        self._line: Any = None
        self._dialed: Dialed | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Connect.

        Raises:
            SonantError: no connection came about.
        """
        self._turn()
        self._teller.begin()
        try:
            while self.session.connection < 0 and not self._is_over:
                await self._wait()
        except BaseException:
            await self.cancel()
            raise
        if self.session.error is not None:
            await self.stop()
            raise self.session.error

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self) -> None:
        """Wait for news."""
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):  # news came in the same moment
                self._waiters.remove(waiter)
            raise

    # What the user's tasks do

    async def send(self, data: bytes | str, then: Message | None = None) -> None:
        """Hand audio or text over, and a message behind it; waits for room where the settings say so.

        Raises:
            BufferFull: there is no room, or none in time.
            SonantError: the session is over, or the audio is not what it should be.
        """
        try:
            self.session.accept(data)
        except BufferFull:
            await self._accept_later(data)
        if then is not None:
            self.session.say(then)
        if self.session.is_open and not self._is_busy:
            rest = self._work(waits=False)
            if not isinstance(rest, Sleep):
                self._spawn(self._finish_writing(rest))
                await asyncio.sleep(0)  # for who sends without a pause

    async def _accept_later(self, data: bytes | str) -> None:
        settings = self.session.settings
        give_up = monotonic() + settings.full_timeout
        while True:
            if settings.when_full != "block" or monotonic() >= give_up:
                self.session.accept(data)
                return
            await asyncio.sleep(0.02)
            with contextlib.suppress(BufferFull):
                self.session.accept(data)
                return

    def say(self, message: Message) -> None:
        """Send a message after what was sent so far."""
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

    def leave(self, error: SonantError) -> None:
        """End now, because the client does."""
        if not self._loop.is_closed():  # else it has ended with its loop
            self._act(lambda now: self.session.abandon(1000, error.message, error))

    def _act(self, change: Callable[[float], None]) -> None:
        change(monotonic())
        self._publish()
        self._turn()

    async def next_event(self) -> Any:
        """What happens next.

        Raises:
            StopAsyncIteration: the session is over.
            SonantError: it ended, and not because it was to.
        """
        self.inbox.is_read = True
        while not self._queue:
            if self._is_over:
                raise self._end()
            await self._wait()
        return self._queue.popleft()

    def _end(self) -> Exception:
        """What ends an iteration."""
        if self.session.error is None:
            return StopAsyncIteration()
        self.inbox.is_raised = True
        return self.session.error

    async def stop(self) -> None:
        """Wait for the end, and for all tasks."""
        if self._loop.is_closed():
            return
        while not self._is_over:
            await self._wait()
        while others := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def cancel(self) -> None:
        """End at once, whatever runs."""
        self.abandon(1000, "cancelled")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def listen_to_handlers(self) -> None:
        """Have handlers called, now that there are some."""
        self._teller.begin()

    def tell_early(self, name: str, handler: Handler) -> None:
        """Tell a handler what happened before it was there, if it comes soon after the others."""
        self._teller.add(name, handler)

    # What the clock does

    def _turn(self) -> None:
        """Do what is due, and look again when the next thing will be."""
        if self._timer is not None:
            self._timer.cancel()
        session = self.session
        if session.is_closed and not session.is_open:
            self._finish()
        if self._is_over:
            return
        wait = self._watch() if self._is_busy else self._advance()
        self._timer = self._loop.call_later(min(wait, _WATCH), self._turn)

    def _watch(self) -> float:
        """Break the connection if nothing moves on it, or the session was ended."""
        now = monotonic()
        if self.session.is_stalled(now) or self.session.is_ended(now):
            self._line.drop()
        self._publish()
        return 0.1

    def _advance(self) -> float:
        """Do what is due; seconds until the next thing may be."""
        rest = self._work(waits=True)
        if isinstance(rest, Sleep):
            return _WATCH if rest.seconds is None else rest.seconds
        self._spawn(self._finish_writing(rest))
        return 0.1

    def _finish(self) -> None:
        """Be over."""
        self._is_over = True
        if self._dialing is not None:
            self._dialing.cancel()
        self._teller.end()
        self._wake()

    # What whoever is free does

    def _work(self, *, waits: bool) -> Sleep | Awaitable[None]:
        """Perform steps until there is nothing to do; what to await, if there is no room to write.

        Small messages that follow each other go together.
        """
        held = False
        while True:
            step = self.session.next_step(monotonic(), waits=waits)
            self._publish()
            if isinstance(step, Sleep):
                if held:
                    self._line.push()
                return step
            held = isinstance(step, Write) and len(step.payload) < SMALL and self.session.has_to_do
            rest = self._perform(step, held=held)
            if rest is not None:
                self._is_busy = True
                return rest
            if not waits and not self.session.has_to_do:
                return _NOTHING

    def _perform(self, step: Step, *, held: bool) -> Awaitable[None] | None:
        try:
            if isinstance(step, Write):
                rest = self._line.write(step.payload, more=held)
                if rest is None:
                    self.session.wrote()
                return rest  # type: ignore[no-any-return]
            if isinstance(step, Ping):
                self._line.probe()
            elif isinstance(step, HangUp):
                self._line.drop()
            elif isinstance(step, Dial):
                self._dialing = self._spawn(self._connect())
        except Exception:  # noqa: BLE001 - the reader learns of it, and of the reason
            self.session.wrote()
        return None

    async def _finish_writing(self, rest: Awaitable[None]) -> None:
        """Wait for room, then go on."""
        watch = self._loop.call_later(self.session.settings.send_timeout + 0.01, self._turn)
        try:
            with contextlib.suppress(Exception):  # the reader learns of it, and of the reason
                await rest
        finally:
            watch.cancel()
            self._is_busy = False
            self.session.wrote()
            self._turn()

    async def _connect(self) -> None:
        try:
            dialed = await self._dial()
        except SonantError as error:
            self.session.refused(error, monotonic())
        except Exception as error:  # noqa: BLE001 - a client of the user's own may raise anything
            failure = TransportError(f"The WebSocket client raised {type(error).__name__}: {error}")
            self.session.refused(failure, monotonic())
        else:
            self._open(dialed)
        self._dialing = None
        self._publish()
        self._wake()
        self._turn()

    def _open(self, dialed: Dialed) -> None:
        self._line, self._dialed = as_line(dialed.connection), dialed
        self.session.opened(request_id_of(dialed.connection), monotonic())
        self._line.begin(Receiver(self._take, self._note_answer, self._note_end))

    # What a reader does

    def _take(self, payload: str | bytes) -> None:
        self.session.received(self.session.read(payload), monotonic())
        self._publish()
        if self.session.has_to_do and not self._is_busy:
            self._turn()  # what waited for this message

    def _note_answer(self) -> None:
        self.session.ponged(monotonic())

    def _note_end(self, code: int, reason: str) -> None:
        if self._dialed is not None:
            self._spawn(_leave(self._dialed))
            self._dialed = None
        self.session.lost(code, reason, monotonic())
        self._publish()
        self._turn()

    # Telling

    def _publish(self) -> None:
        """Hand what happened to whoever waits for it."""
        events = self.session.events
        if not events:
            return
        for event in events:
            self.inbox.put(event, kept=not self._teller.tells)
            if isinstance(event, Closed) and self.session.error is not None:
                self._teller.tell(self.session.error, is_read=self.inbox.is_read)
            self._teller.tell(event, is_read=self.inbox.is_read)
        events.clear()
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


async def _leave(dialed: Dialed) -> None:
    with contextlib.suppress(Exception):
        await dialed.leave()
