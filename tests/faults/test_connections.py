"""Connections that are not made, break, grow old, lead elsewhere or are left."""

from __future__ import annotations

import asyncio
import errno
import gc
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect as connect_sync

from faults.flavours import KEY, Connect, list_models, transcribe_file
from faults.server import (
    MODELS,
    TRANSCRIPT,
    FaultServer,
    answer,
    black_hole,
    drip,
    drip_body,
    hang_up,
    refusing_port,
    relay,
    reset,
    stall,
    truncate,
)
from sonant import (
    ApiError,
    AsyncDeepgramClient,
    ConfigError,
    ConnectFailed,
    ConnectionLost,
    DeepgramClient,
    SonantError,
    TimedOut,
)
from speaking import SpeakingServer


@pytest.mark.parametrize("loss", [hang_up, reset])
def test_a_connection_lost_for_good_is_typed(connect: Connect, ask: Any, loss: Any) -> None:
    call, _ = ask
    with FaultServer(loss) as server, pytest.raises(ConnectionLost) as caught:
        connect(server).run(call)
    assert caught.value.status is None
    assert server.attempts == (3 if call is list_models else 1)


def test_a_refused_connection_is_typed(connect: Connect, ask: Any) -> None:
    call, _ = ask
    with refusing_port() as port, pytest.raises(ConnectFailed) as caught:
        connect(f"http://127.0.0.1:{port}").run(call)
    assert "refused" in str(caught.value)
    assert "port" in caught.value.hint


def test_a_refused_socket_names_the_address_and_nothing_secret() -> None:
    with refusing_port() as port:
        client = DeepgramClient("k", base_url=f"http://127.0.0.1:{port}/speech", timeout={"connect": 2})
        stream = client.listen.live(keyterm="private", model="nova-3", attempts=1)
        with pytest.raises(ConnectFailed) as caught:
            stream.start()
    assert f"ws://127.0.0.1:{port}/speech/v1/listen: " in str(caught.value)
    assert "private" not in str(caught.value)


async def _open_live_stream(flavour: str, url: str, **options: Any) -> None:
    """Open a stream at once, and leave it."""
    if flavour == "sync":
        with DeepgramClient("k", base_url=url, **options) as client, client.listen.live(attempts=1):
            return
    async with AsyncDeepgramClient("k", base_url=url, **options) as aclient, aclient.listen.live(attempts=1):
        return


async def _refusal_of_a_live_stream(flavour: str, url: str, **options: Any) -> SonantError:
    """What a client says that opens a stream in vain."""
    with pytest.raises(SonantError) as caught:
        await _open_live_stream(flavour, url, **options)
    return caught.value


@pytest.mark.parametrize("flavour", ["sync", "async"])
@pytest.mark.parametrize("how", ["argument", "environment"])
async def test_a_refused_socket_names_the_proxy_without_its_password(
    flavour: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing_port() as port, FaultServer(answer(407)) as proxy:
        for at, says in ((port, f"[Errno {errno.ECONNREFUSED}]"), (proxy.port, "HTTP 407")):
            there = f"http://user:canary@127.0.0.1:{at}"
            if how == "environment":
                monkeypatch.setenv("HTTPS_PROXY", there)
            options = {"proxy": there} if how == "argument" else {}
            error = await _refusal_of_a_live_stream(flavour, "http://api.invalid", **options)
            assert isinstance(error, ConnectFailed)
            assert f"ws://api.invalid/v1/listen through the proxy http://127.0.0.1:{at}: " in str(error)
            assert says in str(error)
            assert "canary" not in str(error)
    assert proxy.seen[0].target == "api.invalid:80"


@pytest.mark.parametrize("proxy", ["http://canary@127.0.0.1:1", "user:canary@127.0.0.1:1"])
async def test_a_proxy_that_is_none_is_told_without_its_password(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    for flavour in ("sync", "async"):
        error = await _refusal_of_a_live_stream(flavour, "http://api.invalid")
        assert isinstance(error, ConfigError)
        assert "127.0.0.1:1 cannot be used: " in str(error)
        assert "canary" not in str(error)


class Opened:
    """A context manager of either flavour that gives something."""

    def __init__(self, given: Any) -> None:
        self.given, self.left = given, False

    def __enter__(self) -> Any:
        return self.given

    def __exit__(self, *exception: object) -> None:
        self.left = True

    async def __aenter__(self) -> Any:
        return self.given

    async def __aexit__(self, *exception: object) -> None:
        self.left = True


class Coroutines:
    async def send(self, data: Any) -> None: ...
    async def recv(self) -> str:
        return ""

    async def close(self) -> None: ...


async def _open_later(url: str, additional_headers: Any) -> Any:
    raise AssertionError


@pytest.mark.parametrize(
    ("flavour", "client", "says"),
    [
        ("sync", 5, "The websocket client is 5, which cannot be called"),
        ("async", {}, "The websocket client is {}, which cannot be called"),
        ("sync", connect_async, "gave a connect, which is asynchronous, and this is a DeepgramClient"),
        ("sync", _open_later, "gave a coroutine, which is asynchronous, and this is a DeepgramClient"),
        ("sync", lambda url, additional_headers: Opened(Coroutines()), "gave a Coroutines, which is asynchronous"),
        ("async", connect_sync, "gave a ClientConnection, which is synchronous, and this is an AsyncDeepgramClient"),
        ("async", _open_later, "gave a coroutine, which is no context manager"),
        ("sync", lambda url, additional_headers: object(), "gave a object, which is no context manager"),
        ("sync", lambda url, additional_headers: Opened(Path()), "gave a PosixPath, which has no send or recv"),
        ("async", lambda url, additional_headers: Opened(Path()), "gave a PosixPath, which has no send or recv"),
    ],
)
@pytest.mark.filterwarnings("error")
async def test_a_websocket_client_that_is_none_is_refused(flavour: str, client: Any, says: str) -> None:
    with SpeakingServer() as server:
        error = await _refusal_of_a_live_stream(flavour, server.url, global_={"websocket": {"client": client}})
        server.wait(lambda: not server.open, 5)
    assert isinstance(error, ConfigError)
    assert says in error.message
    assert "send, recv and close" in error.hint
    gc.collect()


async def test_what_was_opened_in_vain_is_left() -> None:
    for flavour in ("sync", "async"):
        opened = Opened(object())
        client = {"websocket": {"client": lambda url, additional_headers, opened=opened: opened}}
        await _refusal_of_a_live_stream(flavour, "http://api.invalid", global_=client)
        assert opened.left


def test_an_unknown_host_is_typed(connect: Connect) -> None:
    with pytest.raises(ConnectFailed):
        connect("http://no-such-host.invalid").run(list_models)


def test_connecting_has_its_own_limit(connect: Connect, ask: Any) -> None:
    call, _ = ask
    with black_hole() as port:
        session = connect(f"http://127.0.0.1:{port}", timeout={"connect": 0.3}, max_retries=0)
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            session.run(call)
    assert caught.value.phase == "connect"
    assert time.monotonic() - began < 5


def test_waiting_has_its_own_limit(connect: Connect, ask: Any) -> None:
    call, _ = ask
    with FaultServer(stall) as server, pytest.raises(TimedOut) as caught:
        connect(server, timeout={"read": 0.3}).run(call)
    assert caught.value.phase == "waiting"
    assert caught.value.elapsed["waiting"] >= 0.25
    assert server.attempts == 1


def test_the_answer_may_not_stall_either(connect: Connect, ask: Any) -> None:
    call, body = ask
    with FaultServer(drip_body(body, 5)) as server, pytest.raises(TimedOut) as caught:
        connect(server, timeout={"read": 0.3}).run(call)
    assert caught.value.phase in {"waiting", "download"}


@pytest.mark.parametrize("slow", [drip, drip_body])
def test_a_drip_ends_at_the_total(connect: Connect, ask: Any, slow: Any) -> None:
    call, body = ask
    with FaultServer(slow(body * 20, 0.1)) as server:
        session = connect(server, timeout=1)
        began = time.monotonic()
        with pytest.raises(TimedOut):
            session.run(call)
        assert 0.8 < time.monotonic() - began < 3


def test_the_total_spans_all_attempts(connect: Connect) -> None:
    with FaultServer(answer(503, b"", {"retry-after-ms": "400"})) as server:
        session = connect(server, timeout=1, max_retries=50)
        began = time.monotonic()
        with pytest.raises((TimedOut, ApiError)):
            session.run(list_models)
        assert time.monotonic() - began < 3
    assert server.attempts <= 4


def test_a_truncated_answer_is_asked_for_again(connect: Connect) -> None:
    with FaultServer(truncate(MODELS), answer(200, MODELS)) as server:
        assert connect(server).run(list_models).raw == MODELS
    assert server.attempts == 2


def test_a_truncated_transcript_is_typed_and_not_ordered_twice(connect: Connect) -> None:
    with FaultServer(truncate(TRANSCRIPT + b" " * 1_000_000)) as server, pytest.raises(ConnectionLost) as caught:
        connect(server).run(transcribe_file)
    assert caught.value.phase == "download"
    assert server.attempts == 1


def test_a_stale_connection_is_replaced_silently(connect: Connect, ask: Any) -> None:
    call, body = ask
    with FaultServer(answer(200, body, close=True), answer(200, body)) as server:
        session = connect(server)
        for _ in range(3):
            assert session.run(call).raw == body
            time.sleep(0.05)
    assert server.attempts == 3
    assert server.connections == 2


def test_connections_are_kept(connect: Connect, ask: Any) -> None:
    call, body = ask
    with FaultServer(answer(200, body)) as server:
        session = connect(server)
        for _ in range(5):
            session.run(call)
    assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_but_told(connect: Connect, ask: Any, status: int) -> None:
    call, body = ask
    with FaultServer(answer(200, body)) as elsewhere:
        there = f"http://localhost:{elsewhere.port}/v1/elsewhere"
        with FaultServer(answer(status, b"", {"Location": there})) as server, pytest.raises(ApiError) as caught:
            connect(server).run(call)
    assert caught.value.status == status
    assert f"{status}: a redirect to {there}" in caught.value.message
    assert f"base_url to http://localhost:{elsewhere.port}." in caught.value.hint
    assert elsewhere.seen == []


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_a_proxy_is_used(connect: Connect, ask: Any, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call, body = ask
    with FaultServer(answer(200, body)) as proxy:
        if how == "environment":
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            session = connect("http://api.invalid")
        else:
            session = connect("http://api.invalid", proxy=proxy.url)
        assert session.run(call).raw == body
    assert proxy.seen[0].target.startswith("http://api.invalid/v1/")


def test_no_proxy_is_heeded(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(answer(200, MODELS)) as server, FaultServer(answer(502)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert connect(server).run(list_models).raw == MODELS
    assert proxy.attempts == 0


def test_a_private_authority_and_a_tunnel(connect: Connect, ask: Any, authority: tuple[ssl.SSLContext, str]) -> None:
    call, body = ask
    context, ca_file = authority
    with FaultServer(answer(200, body), tls=context) as server, FaultServer(relay) as proxy:
        assert connect(server, proxy=proxy.url, ca_file=ca_file).run(call).raw == body
        assert proxy.seen[0].method == "CONNECT"
        assert "authorization" not in proxy.seen[0].headers


def test_an_unknown_authority_is_refused_with_advice(
    connect: Connect, ask: Any, authority: tuple[ssl.SSLContext, str]
) -> None:
    call, body = ask
    with FaultServer(answer(200, body), tls=authority[0]) as server, pytest.raises(ConnectFailed) as caught:
        connect(server).run(call)
    assert "ca_file" in caught.value.hint
    assert server.attempts == 0


LIFECYCLE = """
import asyncio, gc, sys
from sonant import AsyncDeepgramClient, DeepgramClient

def use():
    with DeepgramClient("key", base_url=sys.argv[1]) as client:
        client.models.get_all()
        client.listen.prerecorded.transcribe_file(b"RIFF")

async def use_async():
    async with AsyncDeepgramClient("key", base_url=sys.argv[1]) as client:
        await client.models.get_all()
        await client.listen.prerecorded.transcribe_file(b"RIFF")

use()
asyncio.run(use_async())
gc.collect()
"""


def test_closing_leaves_nothing_open() -> None:
    def reply(peer: Any, seen: Any) -> bool:
        return answer(200, TRANSCRIPT if seen.method == "POST" else MODELS)(peer, seen)

    with FaultServer(reply) as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", LIFECYCLE, server.url],
            capture_output=True,
            text=True,
            timeout=25,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert server.attempts == 4


def test_closing_closes_the_connections(connect: Connect, ask: Any) -> None:
    call, body = ask
    gone: list[bool] = []

    def reply(peer: Any, seen: Any) -> bool:
        answer(200, body)(peer, seen)
        peer.socket.settimeout(5)
        gone.append(not peer.read_some(seen))
        return False

    with FaultServer(reply) as server:
        session = connect(server)
        session.run(call)
        session.run(lambda client: client.close())
        gc.collect()
        deadline = time.monotonic() + 5
        while not gone and time.monotonic() < deadline:
            time.sleep(0.01)
    assert gone == [True]


def test_cancelling_a_task_breaks_the_call_off() -> None:
    async def cancel(url: str) -> None:
        async with AsyncDeepgramClient(KEY, base_url=url) as client:
            for call in (list_models, transcribe_file):
                task = asyncio.create_task(call(client))
                await asyncio.sleep(0.2)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

    with FaultServer(stall) as server:
        began = time.monotonic()
        asyncio.run(cancel(server.url))
        assert time.monotonic() - began < 5
    assert server.attempts == 2


ENDING = """
import asyncio, sys
from sonant import AsyncDeepgramClient

async def main():
    async with AsyncDeepgramClient("key", base_url=sys.argv[1]) as client:
        for _ in range(20):
            await client.models.get_all()

asyncio.run(main())
"""


def test_ending_right_after_an_answer_is_clean() -> None:
    """The HTTP library's thread may still hold the answer when the interpreter ends; half of such ends aborted."""
    with FaultServer(answer(200, MODELS)) as server:
        command = [sys.executable, "-c", ENDING, server.url]
        ends = [subprocess.run(command, capture_output=True, timeout=10, check=False) for _ in range(10)]
    assert [(end.returncode, end.stderr) for end in ends] == [(0, b"")] * 10


@pytest.mark.parametrize("flavour", ["sync", "async"])
def test_a_raw_socket_takes_the_key_to_no_other_place(flavour: str) -> None:
    def open_raw(url: str) -> None:
        with DeepgramClient(KEY, base_url=url) as client, client.open_socket("/v1/listen"):
            pass

    async def aopen_raw(url: str) -> None:
        async with AsyncDeepgramClient(KEY, base_url=url) as client, client.open_socket("/v1/listen"):
            pass

    with SpeakingServer() as elsewhere:
        moved = answer(307, b"", {"Location": f"ws://localhost:{elsewhere.port}/v1/listen"})
        with FaultServer(moved) as server, pytest.raises(ApiError) as caught:
            open_raw(server.url) if flavour == "sync" else asyncio.run(aopen_raw(server.url))
        assert elsewhere.heard == []
    assert caught.value.status == 307
