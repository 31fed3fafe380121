"""Clients that die and talk nonsense, for a while; `SECONDS=300` has it take the five minutes that count."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from e2e.engine.conftest import Engine, start_engine
from e2e.engine.sounds import RATE, convert, samples_of
from e2e.engine.talks import RAW, talk

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SECONDS = float(os.environ.get("SECONDS", "20"))
CLIENTS, IDLE = 8, 200
MEGABYTES = 64 if SECONDS >= 120 else 128
"""By which the engine may seem to grow: its allocator keeps what all clients together may have it read ahead, and after
a short time what the models use at most has not been seen."""

RAW_QUERY = "encoding=linear16&sample_rate=16000"
PATHS = [
    f"/v1/listen?{RAW_QUERY}",
    f"/v1/listen?{RAW_QUERY}&interim_results=true&vad_events=true",
    f"/v1/listen?{RAW_QUERY}&channels=2&multichannel=true",
    f"/v2/listen?model=flux-general-en&{RAW_QUERY}",
    "/v1/listen",
    "/v2/listen?model=flux-general-en",
]
NONSENSE: list[str | bytes] = [
    "{bad", "[]", "", '{"type":"Dance"}', '{"type":"Finalize","channel":"x"}', '{"type":"Configure","keyterms":5}',
    '{"type":"Finalize"}', b'{"type":"CloseStream"}', "x" * 1_000_000, b"\xff" * 77,
]  # fmt: skip

VICTIM = """
import sys, threading
from websockets.sync.client import connect
url, audio = sys.argv[1], open(sys.argv[2], "rb").read()
sockets = [connect(url, compression=None) for _ in range(4)]
for socket in sockets:
    threading.Thread(target=lambda s=socket: [None for _ in s], daemon=True).start()
print("ready", flush=True)
while True:
    for start in range(0, len(audio), 32000):
        for socket in sockets:
            socket.send(audio[start : start + 32000])
"""


@dataclass(frozen=True)
class Health:
    megabytes: float
    threads: int
    descriptors: int
    streams: int


def health(engine: Engine) -> Health:
    process = Path(f"/proc/{engine.process.pid}")
    facts = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
    return Health(
        int(facts["VmRSS"].split()[0]) / 1024,
        int(facts["Threads"]),
        sum(1 for _ in (process / "fd").iterdir()),
        engine.ask("GET", "/v1/status").json["active_stream_requests"],
    )


class Killer:
    """A client that begins again and again, and never ends well."""

    def __init__(self, engine: Engine, seed: int, sounds: dict[bool, bytes]) -> None:
        self._chance, self._url = random.Random(seed), engine.url.replace("http", "ws", 1)
        self._sounds = sounds
        self.streams = self.refused = 0

    async def run(self, until: float) -> None:
        while time.monotonic() < until:
            try:
                await self._talk(until)
            except OSError:
                await asyncio.sleep(0.05)
            except WebSocketException as error:  # the engine hung up, as it does on what is no audio
                self.refused += "503" in str(error)
                await asyncio.sleep(0.05)

    async def _talk(self, until: float) -> None:
        path = self._chance.choice(PATHS)
        async with connect(self._url + path, compression=None, max_size=None) as socket:
            self.streams += 1
            hearing = asyncio.create_task(self._hear(socket))
            try:
                await self._say(socket, self._sounds["encoding" in path], until)
            finally:
                hearing.cancel()
                self._die(socket)

    async def _hear(self, socket: ClientConnection) -> None:
        with contextlib.suppress(WebSocketException):
            async for _ in socket:
                pass

    async def _say(self, socket: ClientConnection, sound: bytes, until: float) -> None:
        at = 0
        for _ in range(self._chance.randrange(1, 25)):
            if self._chance.random() < 0.1:
                await socket.send(self._chance.choice(NONSENSE))
            else:
                size = self._chance.choice([1, 77, 3200, 6400])
                await socket.send(sound[at : at + size] or b"\0")
                at += size
            await asyncio.sleep(self._chance.random() * 0.1)
            if time.monotonic() > until:
                return

    def _die(self, socket: ClientConnection) -> None:
        if self._chance.random() < 0.8:
            socket.transport.abort()


async def kill_processes(engine: Engine, audio: Path, until: float) -> int:
    """Processes with four streams each, and SIGKILL."""
    killed = 0
    command = [sys.executable, "-c", VICTIM, f"ws://{engine.place}{PATHS[killed % 4]}", str(audio)]
    while time.monotonic() < until:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        assert process.stdout
        await process.stdout.readline()
        await asyncio.sleep(min(1.0, max(0.0, until - time.monotonic())))
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
        killed += 1
    return killed


async def idle(engine: Engine, stack: AsyncExitStack) -> list[ClientConnection]:
    paths = ["/v1/listen", "/v2/listen?model=flux-general-en"]
    url = engine.url.replace("http", "ws", 1)
    return [await stack.enter_async_context(connect(url + paths[n % 2], compression=None)) for n in range(IDLE)]


async def keep_alive(sockets: list[ClientConnection]) -> None:
    while True:
        for socket in sockets[::2]:
            await socket.send('{"type":"KeepAlive"}')
        await asyncio.sleep(3)


async def rage(engine: Engine, sounds: dict[bool, bytes], audio: Path, seconds: float, seed: int) -> dict[str, Any]:
    """All of it at once."""
    until = time.monotonic() + seconds
    killers = [Killer(engine, seed + number, sounds) for number in range(CLIENTS)]
    async with AsyncExitStack() as stack:
        sockets = await idle(engine, stack)
        keeping = asyncio.create_task(keep_alive(sockets))
        killed, *_ = await asyncio.gather(kill_processes(engine, audio, until), *(each.run(until) for each in killers))
        keeping.cancel()
        for socket in sockets[:100]:
            socket.transport.abort()
    streams, refused = sum(each.streams for each in killers), sum(each.refused for each in killers)
    return {"processes killed": killed, "streams": streams, "refused": refused}


def fill(engine: Engine, sound: bytes) -> None:
    """Have the models use as much memory as they ever do at once: some long pieces, on every path."""

    def say(path: str, options: dict[str, str]) -> None:
        with talk(engine.place, path, options) as stream:
            stream.send(sound, 32_000)
            stream.finish()

    raw = {**RAW, "interim_results": "true"}
    ways = [("/v1/listen", {**raw, "endpointing": "false"}), ("/v2/listen", {**RAW, "model": "flux-general-en"})]
    for path, options in ways:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(partial(say, path), [options] * 4))


def serve_one(engine: Engine, sound: bytes) -> float:
    """A stream that is served well; how long it took."""
    began = time.monotonic()
    with talk(engine.place, options={**RAW, "interim_results": "true"}) as stream:
        stream.send(sound)
        stream.finish()
    assert stream.close_code == 1000
    assert "celebrating" in stream.transcript
    return time.monotonic() - began


def settle(engine: Engine, streams: int = 0) -> Health:
    """How it is once nobody is left."""
    limit = time.monotonic() + 60
    while (now := health(engine)).streams > streams:
        assert time.monotonic() < limit, now
        time.sleep(0.05)
    return now


def test_clients_that_are_killed_leave_nothing_behind(spacewalk: bytes, tmp_path: Path) -> None:
    speech = (np.clip(samples_of(spacewalk), -1, 1) * 32767).astype("<i2").tobytes()
    sounds = {True: speech, False: convert(spacewalk, "webm", "libopus", 48000)}
    audio = tmp_path / "speech.raw"
    audio.write_bytes(speech)
    log = tmp_path / "log"
    with log.open("wb") as file, start_engine(log=file) as engine:
        fill(engine, speech[: 12 * 2 * RATE])
        asyncio.run(rage(engine, sounds, audio, min(60.0, SECONDS / 4), seed=0))  # all that is made once is made
        settle(engine)
        serve_one(engine, speech[: 8 * 2 * RATE])
        time.sleep(1)
        before = settle(engine)
        told = asyncio.run(rage(engine, sounds, audio, SECONDS, seed=1000))
        settle(engine)
        took = serve_one(engine, speech[: 8 * 2 * RATE])
        after = settle(engine)
    print(f"{SECONDS:g} s: {told}; before {before}, after {after}; a fresh stream took {took:.1f} s")
    troubles = [line for line in log.read_text().splitlines() if " ERROR " in line or "Traceback" in line]
    assert not troubles
    assert after.streams == 0
    assert after.threads <= before.threads
    assert after.descriptors <= before.descriptors
    assert after.megabytes - before.megabytes < MEGABYTES
    assert took < 20
