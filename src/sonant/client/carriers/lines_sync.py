"""Lines on threads: the connection of `websockets`, and one around a client of the user's own."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Event
from websockets.sync.client import ClientConnection

from sonant.client.carriers.lines import Parts, Receiver, WebSocketClient, join_writes, read_end


class Line(ClientConnection):
    """A connection of `websockets` that hands messages over on the thread that read them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._parts = Parts()
        self._early: list[Frame] = []
        self._receiver: Receiver | None = None
        self._handing = threading.Lock()
        self._is_over = False
        super().__init__(*args, **kwargs)

    def begin(self, receiver: Receiver, patience: float) -> None:
        """Hand over what came and what comes; no write takes longer than `patience` seconds."""
        self.socket.settimeout(patience)
        with self._handing:
            for frame in self._early:
                self._hand_over(frame, receiver)
            self._receiver, is_over = receiver, self._is_over
        if is_over:
            receiver.ended(*read_end(self.protocol.close_exc))

    def process_event(self, event: Event) -> None:
        """Take the answer to the handshake, or a frame."""
        if self.response is None or not isinstance(event, Frame):
            super().process_event(event)
            return
        with self._handing:
            receiver = self._receiver
            if receiver is None:
                self._early.append(event)
        if receiver is not None:
            self._hand_over(event, receiver)

    def _hand_over(self, frame: Frame, receiver: Receiver) -> None:
        if frame.opcode is Opcode.PONG:
            receiver.answered()
        elif frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            message = self._parts.join(frame)
            if message is not None:
                receiver.take(message)

    def recv_events(self) -> None:
        """Read until the end, then tell of it."""
        super().recv_events()
        with self._handing:
            receiver, self._is_over = self._receiver, True
        if receiver is not None:
            receiver.ended(*read_end(self.protocol.close_exc))

    def write(self, payload: str | bytes, *, more: bool) -> None:
        """Send a message, with the next one if there is `more`; the one who reads learns why if it could not be.

        Raises:
            OSError: it could not be sent.
            ConnectionClosed: there is no connection any more.
        """
        with self.protocol_mutex:
            if self.protocol.state is not OPEN:
                raise self.protocol.close_exc if self._is_over else OSError("the connection is closing")
            if isinstance(payload, str):
                self.protocol.send_text(payload.encode())
            else:
                self.protocol.send_binary(payload)
            if not more:
                self._send_joined()

    def push(self) -> None:
        """Send what waits for more.

        Raises:
            OSError: it could not be sent.
        """
        with self.protocol_mutex:
            self._send_joined()

    def _send_joined(self) -> None:
        join_writes(self.protocol)
        self.send_data()

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


class ForeignLine:
    """A client of the user's own, read on a thread of its own; it is trusted to be alive."""

    def __init__(self, client: WebSocketClient) -> None:
        self._client = client
        self._telling = threading.Lock()
        self._is_over = False

    def begin(self, receiver: Receiver, patience: float) -> None:
        """Hand over what comes."""
        self._receiver = receiver
        threading.Thread(target=self._read, name="sonant-reader", daemon=True).start()

    def _read(self) -> None:
        try:
            while not self._is_over:
                self._receiver.take(self._client.recv())
        except Exception as error:  # noqa: BLE001 - whatever a client raises is its end
            self._end(*read_end(error))

    def _end(self, code: int, reason: str) -> None:
        with self._telling:
            if self._is_over:
                return
            self._is_over = True
        self._receiver.ended(code, reason)

    def write(self, payload: str | bytes, *, more: bool) -> None:
        """Send a message; drops the connection if that fails."""
        try:
            self._client.send(payload)
        except Exception:
            self.drop()
            raise

    def push(self) -> None:
        """Nothing: each message went by itself."""

    def probe(self) -> None:
        """Take it for alive."""
        self._receiver.answered()

    def drop(self) -> None:
        """Break the connection, without waiting for anybody."""
        threading.Thread(target=self._drop, daemon=True).start()

    def _drop(self) -> None:
        self._end(1006, "dropped")
        own = getattr(self._client, "socket", None)
        if isinstance(own, socket.socket):
            with contextlib.suppress(OSError):
                own.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(Exception):
            self._client.close()


def as_line(connection: Any) -> Line | ForeignLine:
    """The line that a connection is, or one around it."""
    return connection if isinstance(connection, Line) else ForeignLine(connection)
