"""Carries a live session on threads: one that keeps it going, one that reads each connection, one for handlers.

Whoever calls `send` writes at once, if nobody else does; the keeper watches the clock, dials, and replays. The twin
of `live_aio`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
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

Dialer = Callable[[], AbstractContextManager[Any]]


class LiveCarrier:
    """The threads of one session."""

    def __init__(self, session: Session, dial: Dialer, handlers: Handlers) -> None:
        self.session, self._dial, self._handlers = session, dial, handlers
        self.inbox = Inbox(session.stats)
        self._lock = threading.Lock()
        self._keeper_call = threading.Condition(self._lock)
        self._news = threading.Condition(self._lock)
        self._told: deque[Any] = deque()
        self._tell_call = threading.Condition(self._lock)
        self._busy = False
        """Whether somebody performs the session's steps."""
        self._connection: Any = None
        self._pong: Any = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Connect.

        Raises:
            SonantError: no connection came about.
        """
        self._spawn(self._keep, "sonant-live")
        if self._handlers:
            self._spawn(self._tell, "sonant-handlers")
        with self._lock:
            self._news.wait_for(lambda: self.session.connection >= 0 or self.session.is_closed)
        if self.session.error is not None:
            self.stop()
            raise self.session.error

    def _spawn(self, run: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    # What the user's threads do

    def send(self, data: bytes) -> None:
        """Hand audio over; waits for room where the settings say so.

        Raises:
            BufferFull: there is no room, or none in time.
            SonantError: the session is over, or the audio is not what it should be.
        """
        with self._lock:
            self._accept(data)
            if not self._may_work():
                return
            self._busy = True
        self._work()

    def _accept(self, data: bytes) -> None:
        give_up = None
        while True:
            try:
                self.session.accept(data)
            except BufferFull:
                settings = self.session.settings
                give_up = give_up or monotonic() + settings.full_timeout
                if settings.when_full != "block" or monotonic() >= give_up:
                    raise
                self._news.wait(0.02)
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
        with self._lock:
            change(monotonic())
            self._publish()
            self._keeper_call.notify()

    def events(self) -> Iterator[Any]:
        """What happens, as it happens; ends when the session is over.

        Raises:
            SonantError: it ended, and not because it was to.
        """
        while True:
            with self._lock:
                self.inbox.is_read = True
                self._news.wait_for(lambda: self.inbox or self.session.is_closed)
                if not self.inbox:
                    break
                event = self.inbox.take()
            yield event
        if self.session.error is not None:
            self.inbox.is_raised = True
            raise self.session.error

    def stop(self) -> None:
        """Wait for the end, and for all threads."""
        with self._lock:
            self._keeper_call.notify()
        current = threading.current_thread()
        while self._threads:
            thread = self._threads.pop(0)
            if thread is not current:
                thread.join()

    def listen_to_handlers(self) -> None:
        """Have handlers called, now that there are some."""
        with self._lock:
            running = any(thread.name == "sonant-handlers" for thread in self._threads)
        if self.session.connection >= 0 and not running:
            self._spawn(self._tell, "sonant-handlers")

    # What the keeper does

    def _keep(self) -> None:
        while True:
            with self._lock:
                step = self._next_of_keeper()
                if step is None:
                    break
                if isinstance(step, Sleep):
                    self._keeper_call.wait(_WATCH if step.seconds is None else min(step.seconds, _WATCH))
                    continue
                self._busy = True
            if isinstance(step, Dial):
                self._connect()
                self._busy = False
            else:
                self._perform(step)
                self._work()
        self._finish()

    def _next_of_keeper(self) -> Step | None:
        now, session = monotonic(), self.session
        if self._pong is not None and self._pong.is_set():
            self._pong = None
            session.ponged(now)
        if session.is_closed and not session.is_open:
            return None
        if self._busy:
            if session.is_stalled(now) or session.is_closed:
                self._drop()
            return Sleep(0.1)
        step = session.next_step(now)
        self._publish()
        return step

    def _finish(self) -> None:
        with self._lock:
            self._publish()
            self._news.notify_all()
            self._tell_call.notify_all()

    def _connect(self) -> None:
        manager = self._dial()
        try:
            connection = manager.__enter__()
        except SonantError as error:
            with self._lock:
                self.session.refused(error, monotonic())
                self._publish()
            return
        except Exception as error:  # noqa: BLE001 - a client of the user's own may raise anything
            with self._lock:
                failure = TransportError(f"The WebSocket client raised {type(error).__name__}: {error}")
                self.session.refused(failure, monotonic())
                self._publish()
            return
        with self._lock:
            self._connection, self._pong = connection, None
            self.session.opened(request_id_of(connection), monotonic())
            self._publish()
        self._spawn(lambda: self._read(connection, manager), "sonant-reader")

    # What whoever is busy does

    def _may_work(self) -> bool:
        return self.session.is_open and not self._busy

    def _work(self) -> None:
        """Perform steps until there is nothing to do."""
        while True:
            with self._lock:
                step = self.session.next_step(monotonic(), waits=False) if self.session.is_open else Sleep(None)
                self._publish()
                if isinstance(step, Sleep):
                    self._busy = False
                    return
            self._perform(step)

    def _perform(self, step: Step) -> None:
        connection = self._connection
        if isinstance(step, HangUp):
            self._drop()
            return
        try:
            if isinstance(step, Write):
                connection.send(step.payload)
            elif isinstance(step, Ping) and hasattr(connection, "ping"):
                self._pong = connection.ping()
            elif isinstance(step, Ping):
                self.session.ponged(monotonic())  # a client without pings is trusted
        except Exception:  # noqa: BLE001 - the reader learns of it, and of the reason
            self._let_go(connection)
        with self._lock:
            self.session.wrote()

    def _let_go(self, connection: Any) -> None:
        """Break a connection that could not be sent to; ours breaks by itself, once its last messages are read."""
        if not hasattr(connection, "protocol"):
            self._drop()

    def _drop(self) -> None:
        """Break the connection, whoever is in the midst of using it."""
        connection = self._connection
        own = getattr(connection, "socket", None)
        if isinstance(own, socket.socket):
            with contextlib.suppress(OSError):
                own.shutdown(socket.SHUT_RDWR)
        elif connection is not None:
            threading.Thread(target=_close, args=(connection,), daemon=True).start()

    # What a reader does

    def _read(self, connection: Any, manager: AbstractContextManager[Any]) -> None:
        code, reason = 1006, ""
        try:
            while True:
                try:
                    payload = connection.recv(timeout=_WATCH) if hasattr(connection, "protocol") else connection.recv()
                except TimeoutError:
                    self._watch_keeper()
                    continue
                with self._lock:
                    if connection is not self._connection:
                        break
                    self.session.received(payload, monotonic())
                    self._publish()
        except Exception as error:  # noqa: BLE001 - whatever a connection raises is its end
            code, reason = read_end(error)
        self._drop_of(connection)
        with self._lock:
            if connection is self._connection:
                self.session.lost(code, reason, monotonic())
                self._publish()
                self._keeper_call.notify()
        with contextlib.suppress(Exception):
            manager.__exit__(None, None, None)
        with self._lock:
            self._threads = [each for each in self._threads if each is not threading.current_thread()]

    def _watch_keeper(self) -> None:
        """The keeper itself may be stuck in sending."""
        with self._lock:
            stalled = self._busy and self.session.is_stalled(monotonic())
        if stalled:
            self._drop()

    def _drop_of(self, connection: Any) -> None:
        if connection is self._connection:
            self._drop()

    # Telling

    def _publish(self) -> None:
        """Hand what happened to whoever waits for it; the lock is held."""
        events = self.session.events
        if not events and not self.session.is_closed:
            return
        while events:
            event = events.popleft()
            self.inbox.put(event, kept=not self._handlers)
            if self._handlers:
                self._told.append(event)
        self._news.notify_all()
        if self._handlers or self.session.is_closed:
            self._tell_call.notify_all()

    def _tell(self) -> None:
        while True:
            with self._lock:
                self._tell_call.wait_for(lambda: self._told or (self.session.is_closed and not self.session.is_open))
                if not self._told:
                    return
                event = self._told.popleft()
            self._handlers.call(event)


def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):
        connection.close()
