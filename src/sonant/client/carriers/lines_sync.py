"""Lines on threads: the connection of `websockets`."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from ssl import SSLSocket, SSLWantReadError, SSLWantWriteError
from time import monotonic
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.sync.client import ClientConnection

from sonant.client.carriers.foreignlines import ForeignLine
from sonant.client.carriers.framing import Framing
from sonant.client.carriers.lines import Receiver, not_redirected, read_end

_REST = 0.05
"""Seconds without anybody who reads, after which a connection's own thread does."""
_MOMENT = 0.25
"""Seconds that one reading waits for something to come, and after which it is seen who reads."""
_MOST = 65536
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""Those that see it if a socket is closed while they wait."""
_NOT_NOW = (BlockingIOError, SSLWantReadError, SSLWantWriteError)
"""What a socket raises that has no room, or nothing to read."""


class Unredirected(ClientConnection):
    """A connection of `websockets` that takes its key nowhere else."""

    def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Have the service agree."""
        with not_redirected():
            super().handshake(*args, **kwargs)


class Line(Unredirected):
    """A connection of `websockets` that hands messages over on the thread that read them.

    Whoever waits for messages reads by itself, so no thread has to wake another one; the connection's own thread reads
    when nobody has for a while. A write takes what there is room for and does not wait: `flush` sends the rest.
    """

    def __init__(self, own: socket.socket, protocol: ClientProtocol, **kwargs: Any) -> None:
        self._framing = Framing(protocol)
        self._early: list[str | bytes | Frame] = []
        self._receiver: Receiver | None = None
        self._handing = threading.Lock()
        self._reading = threading.Lock()
        self._own, self._callers = _Selector(), _Selector()
        """With which the connection's own thread waits, and whoever else reads."""
        self._unsent = b""
        self._ends = False
        """Whether the end of what we send is to follow."""
        self._rests_until = 0.0
        """When the connection's own thread reads again."""
        self._rests_no_more = threading.Event()
        self._is_own_turn = self._is_broken = self._is_read = self._is_over = self._takes = False
        super().__init__(own, protocol, **kwargs)

    def begin(self, receiver: Receiver) -> None:
        """Hand over what came and what comes."""
        with contextlib.suppress(OSError):  # it has ended already
            self.socket.setblocking(False)
        with self._handing:
            for event in self._early:
                receiver.hear(event)
            self._receiver, is_over = receiver, self._is_over
        if is_over:
            receiver.ended(*read_end(self.protocol.close_exc))

    def _hand_over(self, event: Any) -> None:
        if isinstance(event, Response):
            self.process_event(event)
            return
        with self._handing:
            receiver = self._receiver
            if receiver is None:
                self._early.append(event)
        if receiver is not None:
            receiver.hear(event)

    def read(self) -> bool:
        """Wait a moment for messages and take them, on the caller's thread; False where another caller does so."""
        if self._is_read:
            return False
        try:
            self._rests_until = monotonic() + _MOMENT + _REST
            if self._is_own_turn:
                with self._reading:
                    return True  # what the own thread took is there to be seen
            return self._read_as_caller()
        finally:
            self._rests_until = monotonic() + _REST

    def _read_as_caller(self) -> bool:
        if not self._reading.acquire(blocking=False):
            return False
        self._takes = False
        try:
            self._read_once(self._callers, _MOMENT)
        except BaseException:
            if self._takes:  # what was read may be half taken: have it again, on another connection
                self._is_broken = True
                self.drop()
            raise
        finally:
            self._reading.release()
        return True

    def attend(self) -> None:
        """Have the connection's own thread read at once, from now on."""
        self._rests_no_more.set()

    def recv_events(self) -> None:
        """Read what nobody else reads, until the end, then tell of it."""
        try:
            for selector in (self._own, self._callers):
                selector.register(self.socket, selectors.EVENT_READ)
            while not self._is_read:
                self._read_or_rest()
        except Exception:  # the connection is over, and the session makes another one
            logging.getLogger("sonant.client.socket").exception("a connection failed while it was read")
        finally:
            self._finish()

    def _read_or_rest(self) -> None:
        rest = min(self._rests_until - monotonic(), _MOMENT)
        if rest > 0 and not self._rests_no_more.wait(rest):
            return
        if self._has_come(self._own, _MOMENT) and (self._rests_no_more.is_set() or monotonic() >= self._rests_until):
            with self._reading:
                self._is_own_turn = True
                self._read_once(self._own, 0)
                self._is_own_turn = False

    def _read_once(self, selector: selectors.BaseSelector, seconds: float) -> None:
        data = self._receive(selector, seconds)
        if data is None:
            return
        with self.protocol_mutex:
            events = self._framing.receive(data) if data else self._framing.end()
            with contextlib.suppress(OSError):  # the next time, there is nothing to read
                self.send_data()
        for event in events:
            self._hand_over(event)
        if not data or self._framing.is_over:  # the service need not end the connection that it has closed
            self._is_read = True
            self.attend()

    def _receive(self, selector: selectors.BaseSelector, seconds: float) -> bytes | None:
        """What came; nothing at the end, None if there was nothing yet."""
        if self._is_broken:
            return b""  # what came behind a message that was not taken would make up for it
        try:
            if not self._has_come(selector, seconds):
                return None
            self._takes = True
            return self.socket.recv(_MOST)
        except (TimeoutError, *_NOT_NOW):
            return None  # a part of what TLS needs
        except (OSError, ValueError):
            return b""

    def _has_come(self, selector: selectors.BaseSelector, seconds: float) -> bool:
        own = self.socket
        if own.fileno() < 0:
            return True  # closed, and the number perhaps somebody else's: there is an end to be read
        return (isinstance(own, SSLSocket) and own.pending() > 0) or bool(selector.select(seconds))

    def _finish(self) -> None:
        self.close_socket()
        self.response_rcvd.set()  # nobody waits for the handshake any more
        with self._reading:
            self._is_read = True
        watcher = getattr(self, "shutdown_watcher", None)  # newer versions of the library have one
        if watcher is not None:
            watcher.close()
        with self._handing:
            receiver, self._is_over = self._receiver, True
        if receiver is not None:
            receiver.ended(*read_end(self.protocol.close_exc))

    def close_socket(self) -> None:
        """Close it, whoever reads."""
        self.drop()
        super().close_socket()

    @property
    def holds(self) -> bool:
        """Whether messages wait for `push`."""
        return bool(self.protocol.writes)

    def write(self, payload: str | bytes, *, more: bool) -> bool:
        """Send a message, with the next one if there is `more`; the one who reads learns why if it could not be.

        Returns:
            Whether there was room for it; else `flush` sends the rest.

        Raises:
            OSError: it could not be sent.
            ConnectionClosed: there is no connection any more.
        """
        with self.protocol_mutex:
            if self.protocol.state is not OPEN:
                raise self.protocol.close_exc if self._is_over else OSError("the connection is closing")
            self.protocol.writes.append(self._framing.frame(payload))
            if not more:
                self.send_data()
            return not self._unsent

    def flush(self, seconds: float) -> bool:
        """Wait so long for room, then send of the rest what it takes; whether nothing is left.

        Raises:
            OSError, ValueError: it could not be sent.
        """
        with _Selector() as selector:
            selector.register(self.socket, selectors.EVENT_WRITE)
            has_room = bool(selector.select(seconds))
        if has_room:
            with self.protocol_mutex:
                self.send_data()
        return not self._unsent

    def push(self) -> None:
        """Send what waits for more.

        Raises:
            OSError: it could not be sent.
        """
        with self.protocol_mutex:
            self.send_data()

    def send_data(self) -> None:
        """Send what the library has to send, as far as there is room.

        After half a frame that is not known to be one nothing can follow, so it then breaks the connection.

        Raises:
            OSError: it could not be sent.
        """
        writes = self.protocol.data_to_send()
        if not (writes or self._unsent):
            return
        self._ends = self._ends or not all(writes)
        try:
            self._unsent = self._send_some(b"".join([self._unsent, *writes]))
        except BaseException as error:
            if isinstance(error, TimeoutError) or not isinstance(error, OSError):
                self.drop()
            raise
        if self._ends and not self._unsent:
            with contextlib.suppress(OSError):  # it is closed already
                self.socket.shutdown(socket.SHUT_WR)

    def _send_some(self, data: bytes) -> bytes:
        """Send; what there was no room for is left."""
        if self.response is None:  # the handshake, which waits
            self.socket.sendall(data)
            return b""
        sent = 0
        try:
            while sent < len(data):
                sent += self.socket.send(data[sent:])
        except _NOT_NOW:
            pass
        return data[sent:]

    def probe(self) -> None:
        """Send a ping.

        Raises:
            OSError: it could not be sent.
        """
        with self.protocol_mutex:
            if self.protocol.state is OPEN:
                self.protocol.send_ping(b"")
                self.send_data()

    def drop(self) -> None:
        """Break the connection, whoever is in the midst of using it."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)  # under TLS, too, without its farewell
        self.attend()


def as_line(connection: Any) -> Line | ForeignLine:
    """The line that a connection is, or one around it."""
    return connection if isinstance(connection, Line) else ForeignLine(connection)
