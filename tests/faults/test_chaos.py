"""An hour of speech through a network that fails fifty times, and a thousand sessions that leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter
from pathlib import Path

import pytest

from counting import counting_audio
from faultproxy import KINDS, FaultProxy, random_faults
from faults.livetalk import OPTIONS, both_flavours, both_versions, check_told, in_chunks, tell
from sonant import AsyncDeepgramClient, DeepgramClient
from speaking import Script, SpeakingServer

HOUR = 3600 * 4
"""Words in an hour."""
PATIENT = {"replay_seconds": 7200.0, "buffer_seconds": 30.0, "full_timeout": 60.0, "attempts": 30}
"""An hour that is sent within seconds is in flight for minutes of its own time."""


@pytest.mark.slow
@pytest.mark.limit(240)
@both_flavours
@both_versions
def test_an_hour_through_fifty_faults_is_heard_whole(flavour: str, version: str) -> None:
    audio = counting_audio(3600)
    faults = random_faults(50, len(audio), seed=11)
    with SpeakingServer(Script(final_every=2.9)) as server, FaultProxy(server.port, *faults) as proxy:
        tale = tell(flavour, version, proxy.url, audio, speak=in_chunks(6007), every=25, **PATIENT)
    check_told(tale, HOUR)
    assert set(proxy.struck) == set(KINDS)
    assert len(proxy.struck) == 50


CYCLES = 1000
FILES = Path("/proc/self/fd")


def _open_and_close(url: str, version: str, cycles: int) -> None:
    with DeepgramClient("key", base_url=url) as client:
        listen = client.listen.live if version == "v1" else client.listen.turns
        for _ in range(cycles):
            with listen(**OPTIONS[version]) as live:
                live.send(bytes(320))


async def _aopen_and_close(url: str, version: str, cycles: int) -> None:
    async with AsyncDeepgramClient("key", base_url=url) as client:
        listen = client.listen.live if version == "v1" else client.listen.turns
        before = len(asyncio.all_tasks())
        for _ in range(cycles):
            async with listen(**OPTIONS[version]) as live:
                await live.send(bytes(320))
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == before


def _run(flavour: str, url: str, version: str, cycles: int) -> None:
    if flavour == "sync":
        _open_and_close(url, version, cycles)
    else:
        asyncio.run(_aopen_and_close(url, version, cycles))


def _files() -> int:
    return len(list(FILES.iterdir()))


def _kept() -> Counter[str]:
    """Objects of the SDK, of sockets, threads and tasks that are still there, by type."""
    gc.collect()
    packages = ("sonant.", "websockets.", "socket.", "threading.", "asyncio.", "_asyncio.")
    names = (f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects())
    return Counter(name for name in names if name.startswith(packages))


@pytest.mark.slow
@pytest.mark.limit(240)
@pytest.mark.skipif(not FILES.is_dir(), reason="open files are counted in /proc")
@both_flavours
@both_versions
def test_a_thousand_sessions_leave_nothing_behind(flavour: str, version: str) -> None:
    with SpeakingServer(Script()) as server:
        _run(flavour, server.url, version, 20)
        server.wait(lambda: not server.open)
        threads, files, kept = threading.active_count(), _files(), _kept()
        _run(flavour, server.url, version, CYCLES)
        server.wait(lambda: not server.open)
        assert threading.active_count() <= threads
        assert _files() <= files
        grown = {name: count for name, count in (_kept() - kept).items() if count > CYCLES // 100}
    assert not grown
