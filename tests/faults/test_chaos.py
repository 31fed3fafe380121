"""An hour of speech through a network that fails fifty times, and a thousand sessions that leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from pathlib import Path

import pytest

from counting import SLOT_BYTES, counting_audio
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
                live.send(bytes(SLOT_BYTES))


async def _aopen_and_close(url: str, version: str, cycles: int) -> None:
    async with AsyncDeepgramClient("key", base_url=url) as client:
        listen = client.listen.live if version == "v1" else client.listen.turns
        before = len(asyncio.all_tasks())
        for _ in range(cycles):
            async with listen(**OPTIONS[version]) as live:
                await live.send(bytes(SLOT_BYTES))
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == before


def _run(flavour: str, url: str, version: str, cycles: int) -> None:
    if flavour == "sync":
        _open_and_close(url, version, cycles)
    else:
        asyncio.run(_aopen_and_close(url, version, cycles))


def _files() -> int:
    return len(list(FILES.iterdir()))


def _held() -> int:
    """Bytes that the SDK's own code holds, and what it called for."""
    gc.collect()
    own = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/sonant/client/*")])
    return sum(trace.size for trace in own.statistics("filename"))


@pytest.mark.slow
@pytest.mark.limit(240)
@pytest.mark.skipif(not FILES.is_dir(), reason="open files are counted in /proc")
@both_flavours
@both_versions
def test_a_thousand_sessions_leave_nothing_behind(flavour: str, version: str) -> None:
    with SpeakingServer(Script()) as server:
        _run(flavour, server.url, version, 20)
        gc.collect()
        threads, files = threading.active_count(), _files()
        tracemalloc.start()
        try:
            _run(flavour, server.url, version, 100)
            held = _held()
            _run(flavour, server.url, version, CYCLES - 100)
            grown = _held() - held
        finally:
            tracemalloc.stop()
        server.wait(lambda: _files() <= files + 2)
    assert threading.active_count() <= threads
    assert grown < 100_000, f"{grown} bytes more after {CYCLES - 100} sessions"
