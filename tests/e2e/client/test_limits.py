"""Limits and ends over real sockets: slow sources, slow services, closing, forking; both flavours."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from flavours import FLAVOURS, make_client
from loopback import http_server
from sonant import ApiError, ConfigError, ConnectionLost, DecodeError, DeepgramClient, TimedOut

ANSWER = b'{"metadata":{},"results":{"channels":[]}}'
both = pytest.mark.parametrize("flavour", FLAVOURS)


@contextmanager
def service(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request's head and then behaves."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(1 << 16)
                if not piece:
                    return
                head += piece
            behave(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def say(body: bytes, length: int | None = None, extra: bytes = b"") -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        length_line = f"Content-Length: {len(body) if length is None else length}".encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + extra + length_line + b"\r\n\r\n" + body)
        time.sleep(5 if length else 0)

    return behave


@both
def test_a_slow_source_is_no_stalled_upload(flavour: str) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(2):
            time.sleep(0.9)
            yield b"RIFF"

    with http_server(ANSWER) as (url, seen), make_client(flavour, "k", base_url=url) as client:
        client.listen.prerecorded.transcribe_file(slowly(), timeout={"write": 0.6})
    assert seen[0].body == b"RIFF" * 2


@both
@pytest.mark.parametrize("sent", [60, 60_000, 300_000])
def test_a_stalled_answer_is_told_as_download(flavour: str, sent: int) -> None:
    with service(say(b"x" * sent, length=10**6)) as url, make_client(flavour, "k", base_url=url) as client:
        with pytest.raises(TimedOut) as caught:
            client.listen.prerecorded.transcribe_file(b"RIFF", timeout={"read": 1.5})
    assert caught.value.phase == "download"


@both
def test_a_header_that_is_no_text_loses_no_answer(flavour: str) -> None:
    extra = b"x-odd: \xff\xfe\r\ndg-request-id: r-1\r\n"
    with service(say(ANSWER, extra=extra)) as url, make_client(flavour, "k", base_url=url) as client:
        assert client.listen.prerecorded.transcribe_file(b"RIFF").headers["dg-request-id"] == "r-1"
        assert client.models.get_all(timeout=5).headers["dg-request-id"] == "r-1"


@both
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"x":' * 100_000])
def test_a_bottomless_answer_is_an_error_of_ours(flavour: str, body: bytes) -> None:
    with http_server(body) as (good, _), http_server(body, status=400) as (bad, _):
        with make_client(flavour, "k", base_url=good) as client, pytest.raises(DecodeError):
            client.models.get_all()
        with make_client(flavour, "k", base_url=bad) as client, pytest.raises(ApiError):
            client.models.get_all()


def test_closing_ends_a_call_that_runs() -> None:
    ended: list[BaseException] = []
    began = threading.Event()

    def stay(connection: socket.socket) -> None:
        began.set()
        time.sleep(10)

    with service(stay) as url:
        client = DeepgramClient("k", base_url=url)

        def call() -> None:
            try:
                client.listen.prerecorded.transcribe_file(b"RIFF")
            except BaseException as error:
                ended.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        assert began.wait(5)
        client.close()
        thread.join(5)
    assert not thread.is_alive()
    assert isinstance(ended[0], ConnectionLost)
    assert "closed" in str(ended[0])


def test_the_total_is_kept_over_httpx_too() -> None:
    with service(lambda connection: time.sleep(5)) as url, httpx2.Client() as own:
        with DeepgramClient("k", base_url=url, global_={"http": {"client": own}}) as client:
            with pytest.raises(TimedOut):
                client.models.get_all(timeout=0.3)


@both
def test_an_httpx_client_that_does_not_fit_is_refused(flavour: str) -> None:
    closed: Any = httpx2.Client()
    closed.close()
    wrong: Any = httpx2.AsyncClient() if flavour == "sync" else httpx2.Client()
    for own in (wrong, closed):
        with make_client(flavour, "k", base_url="http://127.0.0.1:1", global_={"http": {"client": own}}) as client:
            with pytest.raises(ConfigError):
                client.models.get_all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_never_hangs() -> None:
    with http_server(ANSWER) as (url, _), DeepgramClient("k", base_url=url) as client:
        client.listen.prerecorded.transcribe_file(b"RIFF")
        child = os.fork()
        if child == 0:
            try:
                client.listen.prerecorded.transcribe_file(b"RIFF", timeout=2)
            except Exception as error:
                os._exit(7 if isinstance(error, ConfigError) and "fork" in str(error) else 8)
            os._exit(0)
        for _ in range(100):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            time.sleep(0.1)
        else:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(status) in {0, 7}, sys.platform
