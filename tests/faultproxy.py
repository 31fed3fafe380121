"""A TCP proxy on loopback that breaks what passes it, at exact bytes or on command, and then takes new connections.

    with FaultProxy(server.port, Fault("reset", at=100_000), Fault("stall", at=250_000)) as proxy:
        ...                             # a client of proxy.url
        proxy.strike("cut")             # now, on the newest connection

Upstream is from client to server. Bytes are counted upstream over all connections, so that a list of faults spreads
over a session that reconnects.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Literal, Self, get_args

Kind = Literal["cut", "reset", "stall", "swallow", "half-close", "corrupt"]
"""How a connection ends.

cut: FIN both ways, what is on its way gets lost. reset: RST both ways. stall: nothing is read any more, either way.
swallow: upstream bytes are read and dropped, nothing comes downstream. half-close: FIN to the client, while its bytes
are still read. corrupt: downstream bytes are inverted, which breaks a frame's head or the UTF-8 of its text, so that
the client can tell; what comes upstream unharmed but altered, nobody could.
"""
KINDS: tuple[Kind, ...] = get_args(Kind)

_RESET = struct.pack("ii", 1, 0)
_READ = 1 << 16
_GARBLED = 64
"""Bytes that `corrupt` inverts."""
_INVERT = bytes(255 - n for n in range(256))


@dataclass(frozen=True)
class Fault:
    """What happens when so many bytes have passed upstream, over all connections."""

    kind: Kind
    at: int


def random_faults(count: int, total: int, seed: int, kinds: tuple[Kind, ...] = KINDS) -> list[Fault]:
    """Faults of all kinds in turn, shuffled, at random bytes of `total`."""
    random = Random(seed)
    chosen = [kinds[n % len(kinds)] for n in range(count)]
    random.shuffle(chosen)
    return [Fault(kind, at) for kind, at in zip(chosen, sorted(random.sample(range(total), count)), strict=True)]


class _Link:
    """One connection through the proxy."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near, self.far = near, far
        self.stalled = self.swallowing = False
        self.garble = 0
        """Downstream bytes that are still to be inverted."""

    def strike(self, kind: Kind) -> None:
        """Let a fault begin."""
        match kind:
            case "cut":
                self.close()
            case "reset":
                self.reset()
            case "stall":
                self.stalled = True
            case "swallow":
                self.swallowing = True
            case "half-close":
                self.swallowing = True
                with suppress(OSError):
                    self.near.write_eof()
            case "corrupt":
                self.garble = _GARBLED

    def close(self) -> None:
        """FIN both ways."""
        self.near.close()
        self.far.close()

    def reset(self) -> None:
        """RST both ways."""
        for writer in (self.near, self.far):
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            if not writer.transport.is_closing():
                writer.transport.abort()

    def garbled(self, data: bytes) -> bytes:
        """Downstream bytes as they go on."""
        count = min(self.garble, len(data))
        self.garble -= count
        return data[:count].translate(_INVERT) + data[count:]


class FaultProxy:
    """Stands before a port of this machine.

    Attributes:
        struck: the faults so far.
        passed: bytes upstream so far.
        connections: how many came.
    """

    def __init__(self, port: int, *faults: Fault) -> None:
        self._target = port
        self._faults = sorted(faults, key=lambda fault: fault.at)
        self.struck: list[Kind] = []
        self.passed = self.connections = 0
        self._ready = threading.Event()
        self._links: list[_Link] = []

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
        return f"http://127.0.0.1:{self.port}"

    def strike(self, kind: Kind) -> None:
        """Break the newest connection now."""

        async def act() -> None:
            self._strike(self._links[-1], kind)

        asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    async def _run(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._closing.wait()
        server.close()
        for link in self._links:
            link.reset()

    async def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            answers, far = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            near.close()
            return
        link = _Link(near, far)
        self._links.append(link)
        with suppress(OSError):
            await asyncio.gather(self._upstream(link, reader), self._downstream(link, answers))
        if not link.stalled:
            link.close()
            self._links.remove(link)

    async def _upstream(self, link: _Link, reader: asyncio.StreamReader) -> None:
        while not link.stalled and (data := await reader.read(_READ)):
            while data:
                data = await self._forward(link, data)
        if not link.stalled and not link.far.is_closing():
            link.far.write_eof()

    async def _forward(self, link: _Link, data: bytes) -> bytes:
        """Pass bytes on up to the next fault; the rest."""
        room = self._faults[0].at - self.passed if self._faults else len(data)
        head, rest = data[:room], data[room:]
        self.passed += len(head)
        if not (link.swallowing or link.stalled or link.far.is_closing()):
            link.far.write(head)
            await link.far.drain()
        if self._faults and self.passed >= self._faults[0].at:
            self._strike(link, self._faults.pop(0).kind)
        return rest

    def _strike(self, link: _Link, kind: Kind) -> None:
        self.struck.append(kind)
        link.strike(kind)

    async def _downstream(self, link: _Link, reader: asyncio.StreamReader) -> None:
        while not link.stalled and (data := await reader.read(_READ)):
            if not (link.stalled or link.swallowing or link.near.is_closing()):
                link.near.write(link.garbled(data))
                await link.near.drain()
        if not (link.stalled or link.swallowing):
            link.near.close()
