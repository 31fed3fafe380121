"""A thousand damaged recordings: each is refused or transcribed, soon, and the engine lives on."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from e2e.engine.conftest import DATA, Engine, start_engine
from e2e.engine.sounds import CONTAINERS, RATE, convert, samples_of, wav

pytestmark = [pytest.mark.engine, pytest.mark.slow]

COUNT = 1000
SECONDS = 30.0
"""Longest time for an answer, on a busy machine."""
GROWTH = 200_000_000
"""Bytes by which the engine may have grown."""
STRANGERS = {
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 8,
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8,
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 8,
    "gif": b"GIF89a" + bytes(range(256)) * 8,
    "text": b"#EXTM3U\nfile:///etc/passwd\n" * 20,
    "pdf": b"%PDF-1.7\n" + bytes(range(256)) * 8,
}


def damaged(chance: random.Random, sound: list[bytes]) -> bytes:
    """A recording with bits flipped, cut, lying in its header, or another kind of file altogether."""
    kind = chance.choice(("flips", "cut", "header", "stranger", "middle"))
    media = bytearray(chance.choice(list(STRANGERS.values())) if kind == "stranger" else chance.choice(sound))
    if kind == "cut":
        return bytes(media[: chance.randrange(1, len(media))])
    if kind == "middle":
        at = chance.randrange(len(media))
        return bytes(media[:at] + media[at + chance.randrange(1, 4000) :])
    reach = min(len(media), 200) if kind == "header" else len(media)
    for _ in range(chance.randrange(1, 30)):
        media[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(media)


def recordings() -> Iterator[bytes]:
    """As many as one likes, the same each time."""
    chance = random.Random(3)
    speech = wav(samples_of((DATA / "lighthouse.flac").read_bytes())[: RATE * 3 // 2])
    sound = [convert(speech, container, codec, 48_000) for container, codec in CONTAINERS.items()]
    while True:
        yield damaged(chance, sound)


def memory(engine: Engine) -> int:
    """Bytes of memory that the engine holds."""
    with open(f"/proc/{engine.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_a_thousand_damaged_recordings() -> None:
    def ask(media: bytes) -> tuple[int, float]:
        began = time.monotonic()
        return engine.listen(media, "application/octet-stream").status, time.monotonic() - began

    with start_engine() as engine, ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, islice(recordings(), 40)))  # what is loaded once is loaded now
        before = memory(engine)
        answers = list(pool.map(ask, islice(recordings(), COUNT)))
        statuses = [status for status, _ in answers]
        assert set(statuses) == {200, 400}
        assert max(seconds for _, seconds in answers) < SECONDS
        assert memory(engine) - before < GROWTH
        assert "lighthouse" in engine.listen((DATA / "lighthouse.flac").read_bytes()).best["transcript"]
