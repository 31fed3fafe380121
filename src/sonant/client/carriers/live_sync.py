"""Carries a live session on threads: one that keeps it going, one that dials, one that reads, one for handlers.

Whoever calls `send` writes at once, if nobody else does and while there is room; the keeper watches the clock, dials,
replays, and waits for room. The twin of `live_aio`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import get_ident
from time import monotonic
from typing import Any

from sonant.client.carriers.handlers import Handler, Handlers, Teller
from sonant.client.carriers.lines import SMALL, Receiver, request_id_of
from sonant.client.carriers.lines_sync import as_line
from sonant.client.carriers.sockets import Dialed
from sonant.client.errors import BufferFull, SonantError, TransportError
from sonant.client.events import Closed
from sonant.client.inbox import Inbox
from sonant.client.session import Session
from sonant.client.steps import Dial, HangUp, Ping, Sleep, Step, Write
from sonant.contract.wire import Message

_WATCH = 1.0
"""Seconds after which the keeper looks up in any case."""
_MOMENT = 0.2
_FOR_ROOM = 0.1
"""Seconds after which the keeper looks up, when it waits for room to write."""
_END = object()

Dialer = Callable[[], Dialed]


class LiveCarrier:
    """The threads of one session."""

    def __init__(self, session: Session, dial: Dialer, handlers: Handlers) -> None:
        self.session, self._dial, self._teller = session, dial, Teller(handlers)
        self._lock = threading.Lock()
        self._keeper_call = threading.Condition(self._lock)
        self._news = threading.Condition(self._lock)
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._sleepers: list[Callable[[], object]] = []
        self.inbox = Inbox(session.stats, self._queue.put, self._queue.qsize)
        self._worker = 0
        """The thread that performs the session's steps, if any does."""
        self._waits_for_room = False
        """Whether the keeper is to finish a step that somebody began."""
        self._line: Any = None
        self._dialed: Dialed | None = None
        self._left: list[Dialed] = []
        """Connections that have ended, to be left in order."""
        self._keeper = threading.Thread(target=self._keep, name="sonant-live", daemon=True)
        self._dialer: threading.Thread | None = None
        self._is_over = False

    def start(self) -> None:
        """Connect.

        Raises:
            SonantError: no connection came about.
        """
        self._teller.begin()
        self._keeper.start()
        with self._lock:
            self._news.wait_for(lambda: self.session.connection >= 0 or self.session.is_closed)
        if self.session.error is not None:
            self.stop()
            raise self.session.error

    # What the user's threads do

    def send(self, data: bytes | str, then: Message | None = None) -> None:
        """Hand audio or text over, and a message behind it; waits for room where the settings say so.

        Raises:
            BufferFull: there is no room, or none in time.
            SonantError: the session is over, or the audio is not what it should be.
        """
        self._give(lambda: self._accept(data, then))

    def _give(self, take: Callable[[], None]) -> None:
        """Have the session take something, and write it at once if nobody else does."""
        try:
            with self._lock:
                take()
                if self._worker or not self.session.is_open:
                    return
                step = self._begin_work()
                if isinstance(step, Sleep):
                    self._keeper_call.notify()  # what waits for its time
            self._work(step)
        except BaseException:  # an interrupt, perhaps
            self._give_back()
            raise

    def _give_back(self) -> None:
        """Leave the session's steps to others, if it is this thread that was interrupted amid them.

        A message may be written half: it is sent again, on another connection.
        """
        if self._worker == get_ident() or (self._line is not None and self._line.holds):
            self._line.drop()
        if self._worker == get_ident():
            with self._lock:
                self.session.wrote()
                self._worker = 0
                self._keeper_call.notify()

    def _accept(self, data: bytes | str, then: Message | None) -> None:
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
                break
        if then is not None:
            self.session.say(then)

    def say(self, message: Message) -> None:
        """Send a message after what was sent so far."""
        self._give(lambda: self.session.say(message))

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
        self._act(lambda now: self.session.abandon(1000, error.message, error))

    def _act(self, change: Callable[[float], None]) -> None:
        with self._lock:
            change(monotonic())
            self._publish()
            self._news.notify_all()
            self._keeper_call.notify()

    def events(self) -> Iterator[Any]:
        """What happens, as it happens; ends when the session is over.

        Raises:
            SonantError: it ended, and not because it was to.
        """
        self.inbox.is_read = True
        while (event := self._next_event()) is not _END:
            yield event
        self._queue.put(_END)  # for whoever else iterates
        if self.session.error is not None:
            self.inbox.is_raised = True
            raise self.session.error

    def _next_event(self) -> Any:
        """Wait for an event; who waits reads, if nobody else does."""
        while True:
            try:
                return self._queue.get_nowait()
            except Empty:
                if self._line is None or not self._line.read():
                    return self._queue.get()

    def stop(self) -> None:
        """Wait for the end, and for all threads."""
        with self._lock:
            self._keeper_call.notify()
            if self._line is not None:
                self._line.attend()
        if self._keeper.is_alive() and self._keeper is not threading.current_thread():
            self._keeper.join()
        self._teller.join()
        if self._dialer is not None:
            self._dialer.join(_MOMENT)  # an attempt that nobody needs any more ends by itself

    def wake_at_end(self, wake: Callable[[], object]) -> None:
        """Have somebody woken who sleeps when the session ends."""
        with self._lock:
            self._sleepers.append(wake)

    def listen_to_handlers(self) -> None:
        """Have handlers called, once there are some and the session has begun."""
        with self._lock:
            if self.session.connection >= 0:
                self._teller.begin()

    def tell_early(self, name: str, handler: Handler) -> None:
        """Tell a handler what happened before it was there, if it comes soon after the others."""
        with self._lock:
            self._teller.add(name, handler)

    # What the keeper does

    def _keep(self) -> None:
        while True:
            self._leave()
            if self._waits_for_room:
                self._finish_writing()
                continue
            with self._lock:
                step = self._next_of_keeper()
                if step is None:
                    break
                if isinstance(step, Sleep):
                    self._keeper_call.wait(_WATCH if step.seconds is None else min(step.seconds, _WATCH))
                    continue
                if isinstance(step, Dial):
                    self._dialer = threading.Thread(target=self._connect, name="sonant-dialer", daemon=True)
                    self._dialer.start()
                    continue
                self._worker = get_ident()
            self._work(step)
        self._leave()
        with self._lock:
            self._is_over = True
            self._queue.put(_END)
            self._teller.end()
            self._news.notify_all()

    def _next_of_keeper(self) -> Step | None:
        now, session = monotonic(), self.session
        if session.is_closed and not session.is_open:
            return None
        if self._worker:
            self._break_if_over(now)
            return Sleep(0.1)
        step = session.next_step(now)
        self._publish()
        return step

    def _finish_writing(self) -> None:
        """Wait a moment for room, and write the rest of a message; who has to break the connection may do so."""
        try:
            is_done = self._line.flush(_FOR_ROOM)
        except Exception:  # noqa: BLE001 - the reader learns of it, and of the reason
            is_done = True
        with self._lock:
            self._break_if_over(monotonic())
            if is_done:
                self.session.wrote()
                self._worker, self._waits_for_room = 0, False

    def _break_if_over(self, now: float) -> None:
        """Break the connection on which somebody sends, if the peer has stopped or the session is over."""
        if self.session.is_stalled(now) or self.session.is_ended(now):
            self._line.drop()
        self._publish()

    def _leave(self) -> None:
        """Leave connections that have ended."""
        while self._left:
            with contextlib.suppress(Exception):
                self._left.pop().leave()

    def _connect(self) -> None:
        try:
            dialed = self._dial()
        except SonantError as error:
            self._note_refusal(error)
        except Exception as error:  # noqa: BLE001 - a client of the user's own may raise anything
            self._note_refusal(TransportError(f"The WebSocket client raised {type(error).__name__}: {error}"))
        else:
            self._open(dialed)

    def _open(self, dialed: Dialed) -> None:
        line = as_line(dialed.connection)
        with self._lock:
            is_late = self.session.is_closed
            if not is_late:
                self._line, self._dialed = line, dialed
                self.session.opened(request_id_of(dialed.connection), monotonic())
                self._publish()
        if is_late:
            with contextlib.suppress(Exception):
                dialed.leave()
            return
        line.begin(Receiver(self._take, self._note_answer, self._note_end))
        self._call_all()

    def _note_refusal(self, error: SonantError) -> None:
        with self._lock:
            self.session.refused(error, monotonic())
            self._publish()
        self._call_all()

    def _call_all(self) -> None:
        with self._lock:
            self._news.notify_all()
            self._keeper_call.notify()

    # What whoever is busy does

    def _begin_work(self) -> Step:
        """The next step, for somebody who is free to perform it; the lock is held."""
        self._worker = get_ident()
        step = self.session.next_step(monotonic(), waits=False)
        if isinstance(step, Sleep):
            self._worker = 0
        self._publish()
        return step

    def _work(self, step: Step) -> None:
        """Perform a step, and all that follow; small messages that follow each other go together."""
        held = False
        while not isinstance(step, Sleep):
            held = isinstance(step, Write) and len(step.payload) < SMALL and self.session.has_to_do
            if not self._perform(step, held=held):
                self._have_finished()
                return
            with self._lock:
                if self.session.is_open and self.session.has_to_do:
                    step = self._begin_work()
                else:
                    self._worker = 0
                    break
        if held:
            with contextlib.suppress(Exception):  # the reader learns of it, and of the reason
                self._line.push()

    def _have_finished(self) -> None:
        """Leave the rest of a message, for which there is no room, to the keeper."""
        with self._lock:
            self._waits_for_room, self._worker = True, self._keeper.ident or 0
            self._keeper_call.notify()

    def _perform(self, step: Step, *, held: bool) -> bool:
        """Whether it is done; else the rest of its message waits for room."""
        try:
            if isinstance(step, Write):
                if not self._line.write(step.payload, more=held):
                    return False
                self.session.wrote()
            elif isinstance(step, Ping):
                self._line.probe()
            elif isinstance(step, HangUp):
                self._line.drop()
        except Exception:  # noqa: BLE001 - the reader learns of it, and of the reason
            with self._lock:
                self.session.is_stalled(monotonic())
                self.session.wrote()
        return True

    # What a reader does

    def _take(self, payload: str | bytes) -> None:
        message = self.session.read(payload)
        with self._lock:
            self.session.received(message, monotonic())
            self._publish()
            if self.session.has_to_do and not self._worker:
                self._keeper_call.notify()  # what waited for this message

    def _note_answer(self) -> None:
        with self._lock:
            self.session.ponged(monotonic())

    def _note_end(self, code: int, reason: str) -> None:
        with self._lock:
            if self._dialed is not None:
                self._left.append(self._dialed)
                self._dialed = None
            self.session.lost(code, reason, monotonic())
            self._publish()
            self._keeper_call.notify()

    # Telling

    def _publish(self) -> None:
        """Hand what happened to whoever waits for it; the lock is held."""
        events = self.session.events
        if not events:
            return
        for event in events:
            self.inbox.put(event, kept=not self._teller.tells)
            if isinstance(event, Closed):
                self._note_closed()
            self._teller.tell(event, is_read=self.inbox.is_read)
        events.clear()

    def _note_closed(self) -> None:
        for wake in self._sleepers:
            wake()
        if self.session.error is not None:
            self._teller.tell(self.session.error, is_read=self.inbox.is_read)
