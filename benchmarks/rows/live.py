"""A live stream: each chunk of 640 bytes is answered with one result.

sync, async        at most 64 chunks unanswered
ping, ping-async   one at a time; `wall` is made of the median time from chunk to result
decode             one `Results`, from the frame's text to the event
fleet              as many streams as one core can hold, each 50 chunks a second: what one takes of the core
idle               memory of one more connection that is open and quiet
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from statistics import median
from typing import Any

import bare
import measure
import talkers

CHUNK = bytes(range(256)) * 2 + bytes(128)
UNANSWERED = 64
WARM_UP = 200
COUNT = 4000
PINGS = 1500
PER_SECOND = 50
FLEET, LOOKS, LOOK_SECONDS, FLEET_SECONDS = 40, 2, 2, 5
"""Streams of the first look; looks after which their number is known; how long a look and the fleet take."""
FULL = 0.9
"""Of a core, that a fleet is to keep busy."""
IDLE = 100
DECODED = 4000


def pump(impl: str, url: str) -> None:
    """Keep the stream full."""
    with talkers.talk(impl, talkers.make(impl, url, asynchronous=False)) as talker:
        words = _pump(talker, WARM_UP)
        with measure.Watch() as watch:
            words += _pump(talker, COUNT)
        report(watch, COUNT, words, talker.finish())


def _pump(talker: talkers.Talker, count: int) -> int:
    for _ in range(UNANSWERED):
        talker.send(CHUNK)
    words = 0
    for number in range(count):
        words += talkers.words_of(talker.hear())
        if number < count - UNANSWERED:
            talker.send(CHUNK)
    return words


async def pump_async(impl: str, url: str) -> None:
    """The same on an event loop."""
    async with talkers.talk_async(impl, talkers.make(impl, url, asynchronous=True)) as talker:
        words = await _pump_async(talker, WARM_UP)
        with measure.Watch() as watch:
            words += await _pump_async(talker, COUNT)
        report(watch, COUNT, words, await talker.finish())


async def _pump_async(talker: talkers.AsyncTalker, count: int) -> int:
    for _ in range(UNANSWERED):
        await talker.send(CHUNK)
    words = 0
    for number in range(count):
        words += talkers.words_of(await talker.hear())
        if number < count - UNANSWERED:
            await talker.send(CHUNK)
    return words


def ping(impl: str, url: str) -> None:
    """One chunk, one result."""
    if impl == "floor":
        bare.emit(bare.ping(url, CHUNK, WARM_UP, PINGS))
        return
    times: list[float] = []
    with talkers.talk(impl, talkers.make(impl, url, asynchronous=False)) as talker:
        _pump(talker, WARM_UP)
        with measure.Watch() as watch:
            for _ in range(PINGS):
                began = time.perf_counter()
                talker.send(CHUNK)
                talker.hear()
                times.append(time.perf_counter() - began)
        watch.wall = median(times) * PINGS
        report(watch, PINGS, 0, talker.finish())


async def ping_async(impl: str, url: str) -> None:
    """The same on an event loop."""
    if impl == "floor":
        bare.emit(await bare.ping_async(url, CHUNK, WARM_UP, PINGS))
        return
    times: list[float] = []
    async with talkers.talk_async(impl, talkers.make(impl, url, asynchronous=True)) as talker:
        await _pump_async(talker, WARM_UP)
        with measure.Watch() as watch:
            for _ in range(PINGS):
                began = time.perf_counter()
                await talker.send(CHUNK)
                await talker.hear()
                times.append(time.perf_counter() - began)
        watch.wall = median(times) * PINGS
        report(watch, PINGS, 0, await talker.finish())


def decode(impl: str) -> None:
    """From the frame's text to the event, which is whole: nothing is left to be made of it when it is read."""
    from live_decode import SAMPLE, decoder

    turn = decoder(impl)
    words = sum(talkers.words_of(turn(SAMPLE)) for _ in range(WARM_UP))
    with measure.Watch() as watch:
        for _ in range(DECODED):
            turn(SAMPLE)
    report(watch, DECODED, words, 0)


async def fleet(impl: str, url: str) -> None:
    """As many streams in real time as a core can hold, found in a few short looks."""
    client = talkers.make(impl, url, asynchronous=True)
    size = FLEET
    for _ in range(LOOKS):
        watch, _ = await _sail(impl, client, size, LOOK_SECONDS)
        size = max(1, int(size * LOOK_SECONDS * FULL / watch.cpu))
    watch, heard = await _sail(impl, client, size, FLEET_SECONDS)
    report(watch, size * FLEET_SECONDS, 0, heard)


async def _sail(impl: str, client: Any, size: int, seconds: int) -> tuple[measure.Watch, float]:
    """What a fleet takes once all its streams are open, and the seconds that the server heard of each."""
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(talkers.talk_async(impl, client)) for _ in range(size)]
        with measure.Watch() as watch:
            await asyncio.gather(*(_speak(talker, at / size, seconds) for at, talker in enumerate(streams)))
        heard = [await talker.finish() for talker in streams]
    return watch, sum(heard) / size


async def _speak(talker: talkers.AsyncTalker, wait: float, seconds: int) -> None:
    """One stream of the fleet, which begins after a while."""
    count = seconds * PER_SECOND

    async def hear() -> None:
        for _ in range(count):
            talkers.words_of(await talker.hear())

    await asyncio.sleep(wait)
    began = time.perf_counter()
    hearing = asyncio.create_task(hear())
    for number in range(count):
        await asyncio.sleep(began + number / PER_SECOND - time.perf_counter())
        await talker.send(CHUNK)
    await hearing


async def idle(impl: str, url: str) -> None:
    """Open, send one chunk, be quiet."""
    client = talkers.make(impl, url, asynchronous=True)
    streams = [talkers.talk_async(impl, client) for _ in range(IDLE + 1)]
    await _open(streams[0])
    gc.collect()
    before = measure.memory("VmRSS")
    for stream in streams[1:]:
        await _open(stream)
    gc.collect()
    added = (measure.memory("VmRSS") - before) / IDLE
    for stream in streams:
        await stream.__aexit__(None, None, None)
    measure.emit(n=1, wall=0, cpu=0, hwm=measure.memory(), added=added, check=f"{IDLE} streams")


async def _open(stream: Any) -> None:
    talker = await stream.__aenter__()
    await talker.send(CHUNK)
    await talker.hear()


def report(watch: measure.Watch, count: int, words: int, seconds: float) -> None:
    """Print the line."""
    check = f"{words} words of {seconds:.2f} s"
    measure.emit(n=count, wall=watch.wall, cpu=watch.cpu, hwm=measure.memory(), check=check)


def main() -> None:
    """Run the variant."""
    given = measure.arguments()
    impl, url = given["impl"], given["url"]
    variants: dict[str, Callable[[], Any]] = {
        "sync": lambda: pump(impl, url),
        "async": lambda: asyncio.run(pump_async(impl, url)),
        "ping": lambda: ping(impl, url),
        "ping-async": lambda: asyncio.run(ping_async(impl, url)),
        "decode": lambda: decode(impl),
        "fleet": lambda: asyncio.run(fleet(impl, url)),
        "idle": lambda: asyncio.run(idle(impl, url)),
    }
    variants[given["variant"]]()


main()
