"""The least that a chunk and its result can take: a bare socket, a frame made beforehand, an answer not read."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import time
from statistics import median
from urllib.parse import urlsplit

import measure


def greeting(url: str) -> bytes:
    """A request for a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ("GET /v1/listen HTTP/1.1", f"Host: {urlsplit(url).netloc}", "Upgrade: websocket", "Connection: Upgrade")
    return "\r\n".join([*lines, f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]).encode()


def frame(chunk: bytes) -> bytes:
    """A binary message, masked with nothing."""
    return b"\x82\xfe" + len(chunk).to_bytes(2, "big") + bytes(4) + chunk


def is_whole(answer: bytes) -> bool:
    """Whether a message of the server has arrived."""
    return len(answer) >= 4 and len(answer) >= 4 + int.from_bytes(answer[2:4], "big")


def ping(url: str, chunk: bytes, warm_up: int, count: int) -> list[float]:
    """Seconds from each chunk to its answer."""
    parts = urlsplit(url)
    times: list[float] = []
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(greeting(url))
        connection.recv(65536)
        message = frame(chunk)
        for _ in range(warm_up + count):
            began = time.perf_counter()
            connection.sendall(message)
            answer = b""
            while not is_whole(answer):
                answer += connection.recv(65536)
            times.append(time.perf_counter() - began)
    return times[warm_up:]


async def ping_async(url: str, chunk: bytes, warm_up: int, count: int) -> list[float]:
    """The same on an event loop."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_connection(_Answers, parts.hostname, parts.port)
    transport.write(greeting(url))
    await answers.next()
    times: list[float] = []
    message = frame(chunk)
    for _ in range(warm_up + count):
        began = time.perf_counter()
        transport.write(message)
        answer = b""
        while not is_whole(answer):
            answer += await answers.next()
        times.append(time.perf_counter() - began)
    transport.close()
    return times[warm_up:]


class _Answers(asyncio.Protocol):
    """What comes, piece by piece."""

    def next(self) -> asyncio.Future[bytes]:
        """The next piece."""
        self._waiter: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        return self._waiter

    def data_received(self, data: bytes) -> None:
        """Give it to whoever waits."""
        self._waiter.set_result(data)


def emit(times: list[float]) -> None:
    """Print the row's line."""
    count = len(times)
    measure.emit(n=count, wall=median(times) * count, cpu=0, hwm=measure.memory(), check="")
