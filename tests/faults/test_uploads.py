"""Uploads: refused early, stuck, broken, and sent again byte for byte or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.flavours import Connect, SyncSession, transcribe
from faults.server import (
    TRANSCRIPT,
    FaultServer,
    answer,
    hang_up_early,
    refuse_and_close,
    refuse_and_drain,
    render,
    stall,
    stop_reading,
)
from sonant import ApiError, ConnectionLost, RateLimited, ServerFault, SourceError, TimedOut, TooLarge, Unauthorized

BIG = 200_000_000
SOON = {"retry-after-ms": "10"}
TALK = random.Random(7).randbytes(3_500_000)
DIGEST = hashlib.sha256(TALK).hexdigest()


@pytest.fixture(scope="module")
def big() -> bytes:
    return bytes(BIG)


def digests(server: FaultServer) -> list[str]:
    return [seen.sha256 for seen in server.seen]


def test_an_early_413_is_heard_at_once(connect: Connect, big: bytes) -> None:
    body = b'{"err_code":"PAYLOAD_TOO_LARGE","err_msg":"Payload size exceeds limit of 2 GB."}'
    with FaultServer(refuse_and_close(413, body)) as server, pytest.raises(TooLarge) as caught:
        connect(server).run(transcribe(big))
    assert caught.value.body == body
    assert server.attempts == 1
    assert server.seen[0].received < BIG // 2


def test_an_early_401_is_not_paid_for_with_the_whole_upload(connect: Connect, big: bytes) -> None:
    body = b'{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials."}'
    with FaultServer(refuse_and_drain(401, body)) as server:
        session = connect(server)
        with pytest.raises(Unauthorized):
            session.run(transcribe(big))
        assert server.seen[0].received < BIG // 2
    assert server.attempts == 1


def test_a_server_that_stops_reading_is_left(connect: Connect, big: bytes) -> None:
    with FaultServer(stop_reading) as server:
        session = connect(server, timeout={"write": 0.5})
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            session.run(transcribe(big))
        assert time.monotonic() - began < 10
    error = caught.value
    assert (error.phase, error.size) == ("upload", BIG)
    assert 0 < error.sent < BIG
    assert f"{error.sent} of {BIG} bytes" in str(error)
    assert server.attempts == 1


def test_the_total_ends_an_upload(connect: Connect, big: bytes) -> None:
    with FaultServer(stop_reading) as server:
        session = connect(server)
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            session.run(transcribe(big, timeout=0.5))
        assert time.monotonic() - began < 10
    assert caught.value.phase == "upload"


@pytest.fixture(params=["bytes", "bytearray", "memoryview", "path", "text path", "file", "file from its middle"])
def rewindable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """The same recording in every form that can be sent twice."""
    path = tmp_path / "talk.wav"
    path.write_bytes(TALK)
    started = io.BytesIO(b"before" + TALK)
    started.seek(6)
    with path.open("rb") as file:
        yield {
            "bytes": TALK,
            "bytearray": bytearray(TALK),
            "memoryview": memoryview(TALK),
            "path": path,
            "text path": str(path),
            "file": file,
            "file from its middle": started,
        }[request.param]


def test_an_upload_is_sent_again_byte_for_byte(connect: Connect, rewindable: Any) -> None:
    with FaultServer(answer(503, b"", SOON), answer(429, b"", SOON), answer(200, TRANSCRIPT)) as server:
        assert connect(server).run(transcribe(rewindable)).transcript == "hello"
    assert digests(server) == [DIGEST] * 3
    assert {seen.headers["content-length"] for seen in server.seen} == {str(len(TALK))}


def test_an_upload_that_broke_is_sent_again_whole(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(TALK * 8)
    with FaultServer(hang_up_early, answer(200, TRANSCRIPT)) as server:
        assert connect(server).run(transcribe(path)).transcript == "hello"
    assert not server.seen[0].complete
    assert server.seen[1].sha256 == hashlib.sha256(TALK * 8).hexdigest()


def test_progress_starts_over_with_each_attempt(connect: Connect) -> None:
    told: list[tuple[int, int | None]] = []
    with FaultServer(answer(503, b"", SOON), answer(200, TRANSCRIPT)) as server:
        connect(server).run(transcribe(TALK, progress=lambda sent, size: told.append((sent, size))))
    assert [step for step in told if step[0] == len(TALK)] == [(len(TALK), len(TALK))] * 2


def test_a_file_that_changed_is_not_sent_again(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(TALK)

    def fail_as_it_grows(peer: Any, seen: Any) -> bool:
        peer.read_body(seen)
        path.write_bytes(TALK + b"more")
        peer.send(render(503, b"", SOON))
        return True

    with FaultServer(fail_as_it_grows) as server, pytest.raises(ServerFault):
        connect(server).run(transcribe(path))
    assert digests(server) == [DIGEST]


def _pieces() -> Iterator[bytes]:
    for start in range(0, len(TALK), 500_000):
        yield TALK[start : start + 500_000]


async def _apieces() -> AsyncIterator[bytes]:
    for piece in _pieces():
        await asyncio.sleep(0)
        yield piece


class Unseekable(io.RawIOBase):
    """A pipe, as it were."""

    def __init__(self) -> None:
        self._inner = io.BytesIO(TALK)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._inner.readinto(buffer)


@pytest.fixture(params=["iterator", "async iterator", "pipe"])
def once(request: pytest.FixtureRequest, connect: Connect) -> Any:
    """The same recording in every form that can be sent only once."""
    return {"iterator": _pieces(), "async iterator": _apieces(), "pipe": Unseekable()}[request.param]


def _skip_foreign(session: Any, source: Any) -> None:
    if isinstance(session, SyncSession) and isinstance(source, AsyncIterator):
        with pytest.raises(SourceError, match="AsyncDeepgramClient"):
            session.run(transcribe(source))
        pytest.skip("an async iterator needs the async client")


def test_a_one_shot_source_arrives_whole(connect: Connect, once: Any) -> None:
    with FaultServer(answer(200, TRANSCRIPT)) as server:
        session = connect(server)
        _skip_foreign(session, once)
        assert session.run(transcribe(once)).transcript == "hello"
    assert digests(server) == [DIGEST]


def test_a_one_shot_source_is_tried_once_and_the_refusal_told(connect: Connect, once: Any) -> None:
    body = b'{"err_code":"TOO_MANY_REQUESTS","err_msg":"Too many requests."}'
    with FaultServer(answer(429, body, SOON), answer(200, TRANSCRIPT)) as server:
        session = connect(server)
        _skip_foreign(session, once)
        with pytest.raises(RateLimited) as caught:
            session.run(transcribe(once))
    assert caught.value.body == body
    assert digests(server) == [DIGEST]


def test_a_source_that_fails_is_told_as_it_is(connect: Connect) -> None:
    def broken() -> Iterator[bytes]:
        yield b"RIFF"
        raise KeyError("the microphone fell down")

    with FaultServer(answer(200, TRANSCRIPT)) as server, pytest.raises(KeyError, match="microphone"):
        connect(server).run(transcribe(broken()))
    assert not any(seen.complete for seen in server.seen)


def test_a_source_of_text_is_refused(connect: Connect) -> None:
    with FaultServer(answer(200, TRANSCRIPT)) as server, pytest.raises(SourceError, match="str"):
        connect(server).run(transcribe(iter(["not bytes"])))
    assert not any(seen.complete for seen in server.seen)


def test_a_broken_upload_of_a_one_shot_source_is_typed(connect: Connect) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    with FaultServer(hang_up_early) as server, pytest.raises((ConnectionLost, ApiError)) as caught:
        connect(server).run(transcribe(endless()))
    assert isinstance(caught.value, ConnectionLost)
    assert caught.value.phase == "upload"
    assert server.attempts == 1


INTERRUPTED = """
import asyncio, sys
from sonant import AsyncDeepgramClient, DeepgramClient

def use():
    with DeepgramClient("key", base_url=sys.argv[2]) as client:
        print("ready", flush=True)
        client.listen.prerecorded.transcribe_file(bytes(50_000_000))

async def use_async():
    async with AsyncDeepgramClient("key", base_url=sys.argv[2]) as client:
        print("ready", flush=True)
        await client.listen.prerecorded.transcribe_file(bytes(50_000_000))

try:
    use() if sys.argv[1] == "sync" else asyncio.run(use_async())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("flavour", ["sync", "async"])
@pytest.mark.parametrize("fault", [stop_reading, stall], ids=["uploading", "waiting"])
def test_ctrl_c_ends_an_upload_that_hangs(flavour: str, fault: Any) -> None:
    with FaultServer(fault) as server:
        child = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, flavour, server.url], stdout=subprocess.PIPE, text=True
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            while not server.attempts:
                time.sleep(0.02)
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            began = time.monotonic()
            try:
                assert child.stdout.read() == "interrupted\n"
                assert child.wait(10) == 0
            finally:
                child.kill()
            assert time.monotonic() - began < 4
