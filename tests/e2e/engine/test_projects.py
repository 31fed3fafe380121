"""Keys, streams and usage of a real engine process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from e2e.engine.conftest import Engine, Reply, start_engine
from e2e.engine.sounds import samples_of

pytestmark = [pytest.mark.engine, pytest.mark.slow]
FLAC = Path(__file__).parents[3] / "examples" / "audio" / "spacewalk.flac"


class Owner:
    """Calls with the first key of an engine."""

    def __init__(self, engine: Engine, data: Path, key: str = "") -> None:
        self.engine, self.data = engine, data
        self.key = key or (data / "first-key").read_text().strip()
        self.project = self.ask("GET", "/v1/projects").json["projects"][0]["project_id"]

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        inside = path.replace(".", f"/v1/projects/{self.project}", 1) if path.startswith(".") else path
        raw = None if body is None else json.dumps(body)
        return self.engine.ask(method, inside, raw, {"authorization": f"Token {self.key}"})

    def requests(self, query: str = "") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ask("GET", f"./requests?limit=100&{query}").json["requests"]
        return rows

    def make_key(self, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.ask("POST", "./keys", {"comment": "x", "scopes": ["member"], **more}).json
        return made

    def admin(self, *words: str) -> str:
        command = [sys.executable, "-m", "sonant.cli", "admin", *words, "--data", str(self.data)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Owner]:
    with start_engine(data=str(data), allow_private_urls="true", **settings) as engine:
        yield Owner(engine, data)


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    with running(tmp_path_factory.mktemp("projects") / "data", prices='{"streaming::*": 3600}') as found:
        yield found


def speech() -> bytes:
    return samples_of(FLAC.read_bytes()).tobytes()


async def stream(
    owner: Owner, key: str, seconds: float, scheme: str = "Token", *, path: str = "/v1/listen", more: str = ""
) -> Any:
    """A live stream that has sent so many seconds of speech."""
    url = f"ws://{owner.engine.place}{path}?encoding=linear16&sample_rate=16000&tag=live&{more}"
    socket = await connect(url, additional_headers={"authorization": f"{scheme} {key}"})
    raw = speech()[: int(seconds * 32_000)]
    for start in range(0, len(raw), 16_000):
        await socket.send(raw[start : start + 16_000])
    return socket


async def closed(socket: Any) -> tuple[int, str]:
    """How a stream ended."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    return socket.close_code, socket.close_reason


async def test_a_stream_is_one_row_with_all_its_seconds(owner: Owner) -> None:
    key = owner.make_key()
    socket = await stream(owner, key["key"], 3)
    await socket.send('{"type":"CloseStream"}')
    code, _ = await closed(socket)
    assert code == 1000
    (row,) = owner.requests(f"accessor={key['api_key_id']}")
    details = row["response"]["details"]
    assert (row["code"], details["method"], details["tags"]) == (200, "streaming", ["live"])
    assert details["duration"] == pytest.approx(3.0, abs=0.05)
    assert details["usd"] == pytest.approx(3.0, abs=0.05)
    assert row["path"].startswith("/v1/listen?encoding=linear16")
    assert row["request_id"] == socket.response.headers["dg-request-id"]


async def test_all_channels_of_a_stream_are_counted(owner: Owner) -> None:
    key = owner.make_key()
    socket = await stream(owner, key["key"], 3, more="channels=2&multichannel=true")
    await socket.send('{"type":"CloseStream"}')
    assert (await closed(socket))[0] == 1000
    (row,) = owner.requests(f"accessor={key['api_key_id']}")
    details = row["response"]["details"]
    assert (details["channels"], details["duration"]) == (2, pytest.approx(1.5, abs=0.05))
    assert details["total_audio"] == pytest.approx(3.0, abs=0.1)


async def test_a_silent_client_is_not_the_engines_failure(tmp_path: Path) -> None:
    with running(tmp_path / "data", idle_seconds="0.3", turn_idle_seconds="0.3") as owner:
        live = await stream(owner, owner.key, 0.1)
        turns = await stream(owner, owner.key, 0.1, path="/v2/listen", more="model=flux-general-en")
        assert [(await closed(socket))[0] for socket in (live, turns)] == [1011, 1000]
        rows = {row["path"].partition("?")[0]: row["code"] for row in owner.requests("status=failed")}
        assert rows == {"/v1/listen": 408, "/v2/listen": 408}


@pytest.mark.parametrize(("path", "status"), [("/v1/nothing", 404), ("/v1/projects", 405), ("/v1/listen", 401)])
async def test_handshakes_without_a_key(owner: Owner, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connect(f"ws://{owner.engine.place}{path}")
    assert caught.value.response.status_code == status


@pytest.mark.parametrize("how", ["api", "admin", "expiry", "member"])
async def test_who_loses_its_key_is_shut_out_within_a_second(owner: Owner, how: str) -> None:
    key = owner.make_key(**({"time_to_live_in_seconds": 2} if how == "expiry" else {}))
    secret = key["key"]
    if how == "member":
        owner.ask("POST", "./invites", {"email": "guest@example.com", "scope": "member"})
        secret = await asyncio.to_thread(owner.admin, "accept", owner.project, "guest@example.com")
    token = owner.engine.ask("POST", "/v1/auth/grant", None, {"authorization": f"Token {secret}"}).json["access_token"]
    sockets = [await stream(owner, secret, 0.5), await stream(owner, token, 0.5, "Bearer")]
    endings = [asyncio.create_task(closed(socket)) for socket in sockets]
    await asyncio.sleep(0.1)
    if how == "api":
        await asyncio.to_thread(owner.ask, "DELETE", f"./keys/{key['api_key_id']}")
    elif how == "member":
        members = owner.ask("GET", "./members").json["members"]
        (guest,) = (row["member_id"] for row in members if row["email"] == "guest@example.com")
        await asyncio.to_thread(owner.ask, "DELETE", f"./members/{guest}")
    elif how == "admin":
        # The command takes its time to start; what counts is how long after its end the streams last.
        await asyncio.to_thread(owner.admin, "rotate-key", key["api_key_id"])
    else:
        await asyncio.sleep(max(0.0, _moment(key["expiration_date"]) - time.time()))
    changed = time.monotonic()
    for code, reason in await asyncio.gather(*endings):
        assert (code, reason) == (1008, "INVALID_AUTH")
    assert time.monotonic() - changed < 1.0
    refused = owner.engine.ask("GET", "/v1/projects", None, {"authorization": f"Token {secret}"})
    assert (refused.status, refused.json["err_code"]) == (401, "INVALID_AUTH")


async def test_a_stream_counts_against_the_limits_of_its_project(owner: Owner) -> None:
    await asyncio.to_thread(owner.admin, "limit", owner.project, "--concurrency", "1")
    await asyncio.sleep(0.6)
    first = await stream(owner, owner.key, 0.1)
    with pytest.raises(InvalidStatus) as caught:
        await stream(owner, owner.key, 0.1)
    refused = caught.value.response
    assert (refused.status_code, refused.headers["dg-error"]) == (429, "Too many requests. Please try again later")
    await first.send('{"type":"CloseStream"}')
    assert (await closed(first))[0] == 1000
    await asyncio.to_thread(owner.admin, "limit", owner.project, "--monthly-spend", "0")
    await asyncio.sleep(0.6)
    with pytest.raises(InvalidStatus) as caught:
        await stream(owner, owner.key, 0.1)
    assert (caught.value.response.status_code, "0.00 USD" in caught.value.response.headers["dg-error"]) == (402, True)
    await asyncio.to_thread(owner.admin, "limit", owner.project)


def _moment(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


async def test_a_killed_engine_forgets_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as owner:
        done = owner.engine.ask("POST", "/v1/listen?tag=done", FLAC.read_bytes(), _auth(owner))
        socket = await stream(owner, owner.key, 4)
        await asyncio.sleep(2.6)  # until how far it has come is noted
        owner.engine.process.send_signal(signal.SIGKILL)
        owner.engine.process.wait(10)
        await socket.close()
    with running(data) as owner:
        rows = {row["response"]["details"]["tags"][0]: row for row in owner.requests()}
        assert len(owner.requests()) == len(rows) == 2
        assert (rows["done"]["code"], rows["done"]["request_id"]) == (200, done.headers["dg-request-id"])
        assert rows["live"]["code"] == 500
        assert rows["live"]["response"]["details"]["duration"] == pytest.approx(4.0, abs=0.6)
        assert owner.ask("GET", "./usage").json["results"][0]["requests"] == 2


def _auth(owner: Owner) -> dict[str, str]:
    return {"authorization": f"Token {owner.key}", "content-type": "audio/flac"}


def test_a_killed_callback_is_counted_when_it_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, callback_delay="0.1", callback_retries="0") as owner:
        answer = owner.engine.ask(
            "POST", "/v1/listen?callback=http%3A%2F%2F127.0.0.1%3A9%2F", FLAC.read_bytes(), _auth(owner)
        )
        os.kill(owner.engine.process.pid, signal.SIGKILL)
        owner.engine.process.wait(10)
    with running(data, callback_delay="0.1", callback_retries="0") as owner:
        deadline = time.monotonic() + 30
        while not (rows := owner.requests()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [(row["request_id"], row["code"]) for row in rows] == [(answer.json["request_id"], 200)]
        assert rows[0]["response"]["details"]["duration"] > 1


def test_a_first_key_that_nobody_reads_along_is_not_in_the_log(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    with log.open("wb") as file, start_engine(log=file, data=str(data)) as engine:
        owner = Owner(engine, data)
    text = log.read_text()
    assert str(data / "first-key") in text
    assert owner.key not in text


def test_an_engine_that_cannot_use_its_database_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sonant.engine.serve", "--port", "0", "--announce"]
    environment = {
        **os.environ,
        "SONANT_DATA": str(tmp_path),
        "SONANT_DATABASE": "postgresql://me:hidden@127.0.0.1:1/x",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "PostgreSQL at 127.0.0.1 cannot be used" in json.loads(done.stdout)["error"]
    assert "hidden" not in done.stdout + done.stderr


def test_an_engine_without_projects_loads_no_database() -> None:
    program = """
import sys
from sonant.engine.app import create_app, open_projects, open_store
from sonant.engine.settings import Settings
settings = Settings(port=0)
with open_store(settings) as store, open_projects(settings, store) as accounts:
    create_app(settings, store, accounts=accounts)
print([name for name in ("sqlalchemy", "alembic", "jwt", "psycopg", "smtplib") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_without_a_folder_projects_are_not_there() -> None:
    with start_engine() as engine:
        for path in ("/v1/projects", "/v1/auth/token", "/v1/projects/x/keys"):
            answer = engine.ask("GET", path, None, {"authorization": "Token any"})
            assert (answer.status, answer.json["err_code"]) == (404, "NOT_MANAGED")
        assert engine.ask("GET", "/v1/agent/settings/think/models").json == {"models": []}
        assert engine.ask("GET", "/v1/projects/x/models", None, {"authorization": "Token any"}).status == 200
