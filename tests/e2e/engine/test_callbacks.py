"""Callbacks of an engine that is killed, restarted, or out of disk: none is lost, none comes twice unannounced."""

import http.client
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from e2e.engine.conftest import Engine, serve_files, start_engine
from e2e.engine.sounds import hum, noise, wav

pytestmark = pytest.mark.engine

SOUND = wav(noise(1, 0.1))
LONG = wav(hum(400, 300))


@dataclass
class Receiver:
    """A receiver on loopback; `statuses` are what it answers, 0 for not at all, then 204."""

    statuses: list[int] = field(default_factory=list)
    got: "queue.Queue[tuple[str, dict[str, str], Any]]" = field(default_factory=queue.Queue)
    gone: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def take(self, method: str, _: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        status = self.statuses.pop(0) if self.statuses else 204
        self.got.put((method, headers, json.loads(body)))
        if not status:
            self.gone.wait(20)
        return status or 500, {}, b""

    def next(self) -> tuple[str, str]:
        """Request id and attempt of the next delivery."""
        _, headers, _ = self.got.get(timeout=30)
        return headers["dg-request-id"], headers["sonant-callback-attempt"]


@contextmanager
def receiver(*statuses: int) -> Iterator[Receiver]:
    taker = Receiver(list(statuses))

    def take(*request: Any) -> tuple[int, dict[str, str], bytes]:
        try:
            return taker.take(*request)
        except BrokenPipeError:  # whoever called was killed meanwhile
            return 500, {}, b""

    with serve_files(take) as taker.url:
        try:
            yield taker
        finally:
            taker.gone.set()


@contextmanager
def running(state: Path, **settings: str) -> Iterator[Engine]:
    chosen = {"allow_private_urls": "true", "callback_delay": "0.2", "workers": "1", "drain_seconds": "1", **settings}
    with start_engine(state=str(state), **chosen) as engine:
        yield engine


def kill(engine: Engine) -> None:
    engine.process.kill()
    engine.process.wait(10)


def is_empty(engine: Engine, state: Path) -> bool:
    """Whether nothing is left to deliver, within a while."""
    began = time.monotonic()
    while time.monotonic() - began < 10:
        if b"sonant_callbacks_queued 0.0" in engine.ask("GET", "/metrics").body:
            return list((state / "recordings").iterdir()) == []
        time.sleep(0.02)
    return False


def test_killed_before_transcribing(tmp_path: Path) -> None:
    with receiver() as taker:
        with running(tmp_path) as engine:
            first = [engine.listen(LONG, callback=taker.url).json["request_id"] for _ in range(3)]
            kill(engine)
        assert taker.got.empty()
        with running(tmp_path) as engine:
            got = [taker.next() for _ in first]
            assert is_empty(engine, tmp_path)
        assert sorted(got) == sorted((each, "1") for each in first)
        assert taker.got.empty()


def test_killed_while_it_delivers(tmp_path: Path) -> None:
    with receiver(0) as taker:
        with running(tmp_path) as engine:
            request_id = engine.listen(SOUND, callback=taker.url).json["request_id"]
            assert taker.next() == (request_id, "1")
            kill(engine)
        taker.gone.set()
        assert list((tmp_path / "recordings").iterdir()) == []  # it need not be transcribed again
        with running(tmp_path) as engine:
            assert taker.next() == (request_id, "2")
            assert is_empty(engine, tmp_path)
        assert taker.got.empty()


def test_killed_between_two_tries(tmp_path: Path) -> None:
    with receiver(500) as taker:
        with running(tmp_path, callback_delay="3") as engine:
            request_id = engine.listen(SOUND, callback=taker.url).json["request_id"]
            assert taker.next() == (request_id, "1")
            began = time.monotonic()
            time.sleep(0.3)
            kill(engine)
        with running(tmp_path, callback_delay="3") as engine:
            assert taker.next() == (request_id, "2")
            assert time.monotonic() - began > 2.5
            assert is_empty(engine, tmp_path)


def test_killed_again_and_again(tmp_path: Path) -> None:
    with receiver(500, 500, 0, 500) as taker:
        sent: list[str] = []
        for pause in (0.0, 0.05, 0.2, 0.4):
            with running(tmp_path) as engine:
                sent += [engine.listen(SOUND, callback=taker.url).json["request_id"] for _ in range(3)]
                time.sleep(pause)
                kill(engine)
        taker.gone.set()
        with running(tmp_path) as engine:
            assert is_empty(engine, tmp_path)
        seen: dict[str, list[str]] = {}
        while not taker.got.empty():
            request_id, attempt = taker.next()
            seen.setdefault(request_id, []).append(attempt)
    assert set(seen) == set(sent)
    for attempts in seen.values():
        assert attempts == sorted(set(attempts))  # each delivery says that it is another


def test_told_to_stop_it_leaves_the_rest_for_later(tmp_path: Path) -> None:
    with receiver() as taker:
        with running(tmp_path) as engine:
            request_id = engine.listen(wav(hum(1800, 300)), callback=taker.url).json["request_id"]
            engine.process.send_signal(signal.SIGTERM)
            assert engine.process.wait(10) == 0
        with running(tmp_path) as engine:
            assert taker.next() == (request_id, "1")


def test_a_recording_behind_a_url_is_fetched_after_the_restart(tmp_path: Path) -> None:
    with receiver() as taker, serve_files(lambda *_: (200, {}, SOUND)) as site:
        with running(tmp_path) as engine:
            engine.listen(LONG, callback=taker.url)
            request_id = engine.listen(f"{site}/x.wav", callback=taker.url, tag="x").json["request_id"]
            kill(engine)
        with running(tmp_path):
            bodies = [taker.got.get(timeout=30)[2]["metadata"] for _ in range(2)]
    assert {"request_id": request_id, "tags": ["x"]}.items() <= {
        **next(body for body in bodies if body["request_id"] == request_id)
    }.items()


def test_what_a_receiver_is_told_and_what_the_queue_does_not_know(tmp_path: Path) -> None:
    with receiver(500) as taker, running(tmp_path, api_keys="canary-key", callback_delay="1") as engine:
        url = taker.url.replace("//", "//user:word@")
        reply = engine.ask(
            "POST", f"/v1/listen?callback={url}&callback_method=put", SOUND, {"authorization": "Token canary-key"}
        )
        assert reply.status == 200
        method, headers, body = taker.got.get(timeout=30)
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("callbacks*"))
        assert reply.json["request_id"].encode() in stored
        assert b"canary" not in stored
    assert method == "PUT"
    assert headers["authorization"] == "Basic " + b64encode(b"user:word").decode()
    assert len(headers["dg-token"]) == 36
    assert body["metadata"]["request_id"] == headers["dg-request-id"] == reply.json["request_id"]


def test_a_second_engine_on_the_same_queue_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sonant.engine.serve", "--port", "0", "--announce"]
    with running(tmp_path):
        environment = {**os.environ, "SONANT_STATE": str(tmp_path)}
        second = subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False)
    assert second.returncode == 1
    assert str(tmp_path / "callbacks.sqlite3") in json.loads(second.stdout)["error"]


def test_a_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    """The largest file that the engine may write stands for a disk that is full."""
    limit = 1_000_000
    with receiver() as taker, running(tmp_path / "state", spool_above="100000") as engine:
        resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        large = wav(noise(60, 0.1))
        assert len(large) > limit
        for options in ({}, {"callback": taker.url}):
            refused = engine.listen(large, **options)
            assert (refused.status, refused.json["err_code"]) == (507, "INSUFFICIENT_STORAGE")
        assert list((tmp_path / "state" / "recordings").iterdir()) == []
        assert engine.listen(SOUND).status == 200
        request_id = engine.listen(SOUND, callback=taker.url).json["request_id"]
        assert taker.next() == (request_id, "1")
        status = engine.ask("GET", "/v1/status").json
        assert (status["active_batch_requests"], status["waiting_batch_requests"]) == (0, 0)


def test_a_full_disk_at_acceptance_leaks_nothing(tmp_path: Path) -> None:
    """Received in memory, but the recording cannot be kept."""
    with receiver() as taker, running(tmp_path) as engine:
        resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (500_000, 500_000))
        refused = engine.listen(wav(noise(30, 0.1)), callback=taker.url)
        assert (refused.status, refused.json["err_code"]) == (507, "INSUFFICIENT_STORAGE")
        assert is_empty(engine, tmp_path)
        assert engine.listen(SOUND, callback=taker.url).status == 200
        taker.next()


def read_link(link: Path) -> str:
    """What an open file is; nothing if it was closed meanwhile, as the answer's own connection may be."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


def test_clients_that_leave_take_their_files_along(tmp_path: Path) -> None:
    with running(tmp_path, spool_above="1000") as engine:
        for part in (len(LONG) // 2, len(LONG)):
            connection = http.client.HTTPConnection(engine.place)
            connection.putrequest("POST", "/v1/listen")
            connection.putheader("content-length", str(len(LONG)))
            connection.endheaders()
            connection.send(LONG[:part])
            time.sleep(0.1)
            connection.close()
        began = time.monotonic()
        files = Path(f"/proc/{engine.process.pid}/fd")
        while busy := any(v for k, v in engine.ask("GET", "/v1/status").json.items() if k.endswith("requests")):
            assert time.monotonic() - began < 10
        assert not busy
        if files.exists():
            assert not [file for file in map(read_link, files.iterdir()) if "(deleted)" in file]
        assert engine.listen(SOUND).status == 200
