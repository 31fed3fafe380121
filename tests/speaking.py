"""A scripted live service on loopback: `/v1/listen` and `/v2/listen`, which hears the audio of `counting`.

    with SpeakingServer(Script(die_after=40_000), Script()) as server:
        ...                             # the first connection dies after 40,000 bytes, every later one is sound
    server.heard[0].audio               # what arrived on the first connection, in its order

As with the real service, times start at 0 on each connection. Everything follows from the bytes that came, nothing
from the clock.
"""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from conversing import Conversation, LiveConversation, Script, TurnConversation


@dataclass
class Heard:
    """One handshake and what followed."""

    script: Script
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    """Names in lower case."""
    arrivals: list[tuple[float, bytes | str]] = field(default_factory=list)
    """Audio and texts in their order, with `time.monotonic()`."""
    bytes: int = 0
    """Of audio."""
    opened: bool = False
    was_deaf: bool = False
    when: float = field(default_factory=time.monotonic)
    """Of the handshake, by `time.monotonic()`."""

    @property
    def told(self) -> Script:
        """The script, without interims where `/v1/listen` was not asked for them."""
        wants = self.path.startswith("/v2") or self.query.get("interim_results") == ["true"]
        return self.script if wants else replace(self.script, interim_every=math.inf)

    @property
    def audio(self) -> bytes:
        """All audio."""
        return b"".join(data for _, data in self.arrivals if isinstance(data, bytes))

    @property
    def texts(self) -> list[str]:
        """All texts."""
        return [data for _, data in self.arrivals if isinstance(data, str)]


class SpeakingServer:
    """Each handshake takes the next script, and the last script is for all further ones.

    Args:
        scripts: how the connections go.
        tls: a server's context, to speak TLS.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = scripts or (Script(),), tls
        self.heard: list[Heard] = []
        self.open: set[ServerConnection] = set()
        self._ready = threading.Event()
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),), daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """Its address, for a client's `base_url`."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def wait(self, condition: Any, seconds: float = 10) -> None:
        """Wait until something holds of what was heard; fail if it does not."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise TimeoutError(f"did not come about within {seconds} s")

    async def _run(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        settings: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 1, "max_queue": 4}
        settings["ssl"] = self._tls
        listener = self._listener()
        self.port: int = listener.getsockname()[1]
        server = await serve(self._converse, sock=listener, process_request=self._admit, max_size=None, **settings)
        self._ready.set()
        await self._closing.wait()
        for connection in list(server.connections):
            connection.transport.abort()
        server.close()
        await server.wait_closed()

    def _listener(self) -> socket.socket:
        listener = socket.socket(proto=socket.IPPROTO_TCP)  # by which asyncio knows to send at once
        if any(script.deaf_after is not None for script in self._scripts):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that deafness is felt soon
        listener.bind(("127.0.0.1", 0))
        return listener

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        script = self._scripts[min(len(self.heard), len(self._scripts) - 1)]
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        heard = Heard(script, parts.path, parse_qs(parts.query), headers)
        connection.heard = heard  # type: ignore[attr-defined]
        self._note(lambda: self.heard.append(heard))
        return None if script.refuse is None else _refusal(connection, script)

    def _note(self, change: Any) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    async def _converse(self, connection: ServerConnection) -> None:
        heard: Heard = connection.heard  # type: ignore[attr-defined]
        self._note(lambda: setattr(heard, "opened", True))
        kind = TurnConversation if heard.path.startswith("/v2") else LiveConversation
        conversation = kind(heard.told, int(heard.query.get("sample_rate", ["8000"])[0]))
        self._note(lambda: self.open.add(connection))
        try:
            await self._follow(connection, heard, conversation)
        finally:
            self._note(lambda: self.open.discard(connection))

    async def _follow(self, connection: ServerConnection, heard: Heard, conversation: Conversation) -> None:
        with suppress(ConnectionClosed):
            for _ in range(3 if heard.script.junk else 0):
                await connection.send(heard.script.junk)
            await self._say(connection, heard, conversation.begin())
            async for data in connection:
                self._note(lambda data=data: _take(heard, data))
                if await self._fail(connection, heard):
                    return
                await self._say(connection, heard, conversation.hear(data))
                if conversation.ended:
                    await _close(connection, heard.script.last_code)
                    return

    async def _say(self, connection: ServerConnection, heard: Heard, messages: Iterator[str]) -> None:
        mute = heard.script.mute_after
        for message in messages:
            if mute is None or heard.bytes < mute:
                await connection.send(message)

    async def _fail(self, connection: ServerConnection, heard: Heard) -> bool:
        script = heard.script
        if script.deaf_after is not None and heard.bytes >= script.deaf_after and not heard.was_deaf:
            heard.was_deaf = True
            with suppress(TimeoutError):  # its queue is full soon, then TCP's
                await asyncio.wait_for(self._closing.wait(), script.deaf_for)
        if script.die_after is None or heard.bytes < script.die_after:
            return False
        await _close(connection, script.die_code, script.die_reason)
        return True


def _take(heard: Heard, data: bytes | str) -> None:
    heard.arrivals.append((time.monotonic(), data))
    heard.bytes += len(data) if isinstance(data, bytes) else 0


async def _close(connection: ServerConnection, code: int, reason: str = "") -> None:
    if code == 1006:
        connection.transport.close()  # FIN, behind what was said
    elif code == 1005:
        connection.transport.write(b"\x88\x00")  # a close frame without a code
        async for _ in connection:  # until its answer
            pass
    else:
        await connection.close(code, reason)


def _refusal(connection: ServerConnection, script: Script) -> Response:
    status = HTTPStatus(script.refuse or 0)
    answer = connection.respond(status, '{"err_code":"SCRIPTED","err_msg":"Refused by script."}')
    answer.headers["dg-request-id"] = "r-scripted"
    answer.headers["dg-error"] = "Refused by script."
    if script.retry_after is not None:
        answer.headers["Retry-After"] = str(script.retry_after)
    return answer


__all__ = ["Conversation", "Heard", "Script", "SpeakingServer"]
