"""From the call to the first byte of speech, on a warm connection after a rest: REST and socket.

`wall` is made of the median; the floor is a bare TCP socket that sends the same and reads until audio is there.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import clients
import measure

TEXT = "The quick brown fox jumps over the dog."
VOICE = {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": 24_000}
COUNT, REST, WARM_UP = 25, 0.2, 3
PIECE = 960
BODY = b'{"text":"%b"}' % TEXT.encode()


class Timing:
    """The times to the first byte, and how much came in all."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.bytes = 0

    def report(self, watch: measure.Watch) -> None:
        """Print the line."""
        times = self.times[WARM_UP:]
        check = f"{self.bytes} bytes"
        measure.emit(n=COUNT, wall=median(times) * COUNT, cpu=watch.cpu, hwm=measure.memory(), check=check)


def ask_rest(impl: str, client: Any) -> Iterator[bytes]:
    """Pieces of speech."""
    if impl == "official":
        return client.speak.v1.audio.generate(text=TEXT, container="none", **VOICE)  # type: ignore[no-any-return]
    return iter(client.speak.request(TEXT, container="none", **VOICE))


def rest(impl: str, url: str) -> None:
    """Request after request."""
    if impl == "floor":
        _time(lambda timing: _bare_rest(timing, url))
        return
    client = (clients.official if impl == "official" else clients.ours)(url)

    def once(timing: Timing) -> None:
        began = time.perf_counter()
        pieces = ask_rest(impl, client)
        timing.bytes += len(next(pieces))
        timing.times.append(time.perf_counter() - began)
        timing.bytes += sum(map(len, pieces))

    _time(lambda timing: lambda: once(timing))


def _time(make: Callable[[Timing], Callable[[], None]]) -> None:
    timing = Timing()
    once = make(timing)
    with measure.Watch() as watch:
        for _ in range(WARM_UP + COUNT):
            once()
            time.sleep(REST)
    timing.report(watch)


def _bare_rest(timing: Timing, url: str) -> Callable[[], None]:
    parts = urlsplit(url)
    line = socket.create_connection((parts.hostname or "", parts.port or 0))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b"POST /v1/speak HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)

    def once() -> None:
        began = time.perf_counter()
        line.sendall(request)
        data = line.recv(65536)
        while len(data.partition(b"\r\n\r\n")[2]) < PIECE:
            data += line.recv(65536)
        timing.times.append(time.perf_counter() - began)
        while not data.endswith(b"0\r\n\r\n"):
            data += line.recv(65536)
        timing.bytes += 10 * PIECE

    return once


async def rest_async(impl: str, url: str) -> None:
    """The same on an event loop."""
    client = (clients.official if impl == "official" else clients.ours)(url, asynchronous=True)

    async def once(timing: Timing) -> None:
        began = time.perf_counter()
        if impl == "official":
            pieces = aiter(client.speak.v1.audio.generate(text=TEXT, container="none", **VOICE))
        else:
            pieces = aiter(await client.speak.request(TEXT, container="none", **VOICE))
        timing.bytes += len(await anext(pieces))
        timing.times.append(time.perf_counter() - began)
        async for piece in pieces:
            timing.bytes += len(piece)

    await _time_async(once)


async def _time_async(once: Callable[[Timing], Awaitable[None]]) -> None:
    timing = Timing()
    with measure.Watch() as watch:
        for _ in range(WARM_UP + COUNT):
            await once(timing)
            await asyncio.sleep(REST)
    timing.report(watch)


@contextmanager
def voice(impl: str, url: str) -> Iterator[tuple[Callable[[], None], Iterator[Any]]]:
    """What says the text, and what comes."""
    if impl == "official":
        from deepgram.speak.v1.types import SpeakV1Text

        options = {**VOICE, "sample_rate": str(VOICE["sample_rate"])}
        with clients.official(url).speak.v1.connect(**options) as line:

            def say() -> None:
                line.send_text(SpeakV1Text(type="Speak", text=TEXT))
                line.send_flush()

            yield say, iter(line)
        return
    with clients.ours(url).speak.live(**VOICE, characters_per_minute=None, flushes_per_minute=None) as live:

        def say_ours() -> None:
            live.send_text(TEXT, flush=True)

        yield say_ours, iter(live)


def audio_of(message: Any) -> bytes:
    """The audio in a client's event; empty if it has none."""
    return message if isinstance(message, bytes) else getattr(message, "data", b"")


def is_flushed(message: Any) -> bool:
    """Whether a client's event is a `Flushed`."""
    return str(getattr(message, "type", type(message).__name__)).endswith("Flushed")


def over_socket(impl: str, url: str) -> None:
    """Text after text over one socket."""
    if impl == "floor":
        _time(lambda timing: _bare_socket(timing, url))
        return
    with voice(impl, url) as (say, messages):

        def once(timing: Timing) -> None:
            began = time.perf_counter()
            say()
            timing.bytes += len(next(audio for message in messages if (audio := audio_of(message))))
            timing.times.append(time.perf_counter() - began)
            next(message for message in messages if is_flushed(message))

        _time(lambda timing: lambda: once(timing))


def _bare_socket(timing: Timing, url: str) -> Callable[[], None]:
    parts = urlsplit(url)
    line = socket.create_connection((parts.hostname or "", parts.port or 0))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(bytes(16))
    line.sendall(
        b"GET /v1/speak HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n" % key
    )
    line.recv(65536)
    texts = (b'{"type":"Speak","text":"%b"}' % TEXT.encode(), b'{"type":"Flush"}')
    frames = b"".join(b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text for text in texts)

    def once() -> None:
        began = time.perf_counter()
        line.sendall(frames)
        data = line.recv(65536)
        while len(data) < PIECE:
            data += line.recv(65536)
        timing.times.append(time.perf_counter() - began)
        while b"Flushed" not in data:
            data += line.recv(65536)
        timing.bytes += PIECE

    return once


async def over_socket_async(impl: str, url: str) -> None:
    """The same on an event loop."""
    if impl == "official":
        from deepgram.speak.v1.types import SpeakV1Text

        options = {**VOICE, "sample_rate": str(VOICE["sample_rate"])}
        async with clients.official(url, asynchronous=True).speak.v1.connect(**options) as line:

            async def say() -> None:
                await line.send_text(SpeakV1Text(type="Speak", text=TEXT))
                await line.send_flush()

            await _talk_async(say, aiter(line))
        return
    client = clients.ours(url, asynchronous=True)
    async with client.speak.live(**VOICE, characters_per_minute=None, flushes_per_minute=None) as live:

        async def say_ours() -> None:
            await live.send_text(TEXT, flush=True)

        await _talk_async(say_ours, aiter(live))


async def _talk_async(say: Callable[[], Awaitable[None]], messages: Any) -> None:
    async def once(timing: Timing) -> None:
        began = time.perf_counter()
        await say()
        async for message in messages:
            if audio := audio_of(message):
                timing.times.append(time.perf_counter() - began)
                timing.bytes += len(audio)
            elif is_flushed(message):
                return

    await _time_async(once)


def main() -> None:
    """Run the variant; the floor needs no event loop."""
    given = measure.arguments()
    impl, url, variant = given["impl"], given["url"], given["variant"]
    if variant.startswith("rest"):
        if variant == "rest" or impl == "floor":
            rest(impl, url)
        else:
            asyncio.run(rest_async(impl, url))
    elif variant == "socket" or impl == "floor":
        over_socket(impl, url)
    else:
        asyncio.run(over_socket_async(impl, url))


main()
