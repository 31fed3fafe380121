"""Recordings from URLs, callbacks, and what a stranger may make the engine call."""

import hashlib
import json
import queue
from typing import Any

import pytest

from e2e.engine.conftest import DATA, Engine, serve_files, start_engine
from e2e.engine.sounds import convert, noise, wav

pytestmark = pytest.mark.engine

QUIET = wav(noise(1, 0.001))


def test_a_url_is_fetched(engine: Engine, spacewalk: bytes) -> None:
    with serve_files(lambda *_: (200, {"content-type": "audio/wav"}, spacewalk)) as site:
        by_url = engine.listen(f"{site}/spacewalk.wav")
        by_bytes = engine.listen(spacewalk)
    assert by_url.json["results"] == by_bytes.json["results"]
    assert by_url.json["metadata"]["sha256"] == by_bytes.json["metadata"]["sha256"]


def test_redirects_are_followed(engine: Engine) -> None:
    def answer(_: str, path: str, *__: Any) -> tuple[int, dict[str, str], bytes]:
        return (302, {"location": "../end.wav"}, b"") if path == "/a/begin" else (200, {}, QUIET)

    with serve_files(answer) as site:
        assert engine.listen(f"{site}/a/begin").status == 200


@pytest.mark.parametrize(
    ("status", "headers", "body", "text"),
    [
        (404, {}, b"no", "returned a client error: 404 Not Found"),
        (503, {}, b"no", "failed to return valid data"),
        (200, {}, b"", "failed to return valid data"),
        (200, {}, b"<html>", "corrupt"),
        (302, {}, b"", "failed to include a `location`"),
        (302, {"location": "/again"}, b"", "too many redirects"),
        (302, {"location": "ftp://x/"}, b"", "redirect location as a URL"),
        (200, {"content-length": "999999"}, b"short", "failed to return valid data"),
    ],
)
def test_sites_that_fail(engine: Engine, status: int, headers: dict[str, str], body: bytes, text: str) -> None:
    with serve_files(lambda *_: (status, headers, body)) as site:
        reply = engine.listen(f"{site}/x.wav")
    assert reply.status == 400
    assert text in reply.json["err_msg"]


def test_nobody_listens(engine: Engine) -> None:
    reply = engine.listen("http://127.0.0.1:9/x.wav")
    assert (reply.status, reply.json["err_code"]) == (400, "REMOTE_CONTENT_ERROR")


def test_too_large(engine: Engine) -> None:
    reply = engine.listen(bytes(50_000_001))
    assert reply.status == 413
    assert "50 MB" in reply.json["err_msg"]


def test_a_callback_gets_what_the_caller_would_have(engine: Engine, spacewalk: bytes) -> None:
    got: queue.Queue[Any] = queue.Queue()
    statuses = iter([500, 503, 204])

    def take(*request: Any) -> tuple[int, dict[str, str], bytes]:
        got.put(request)
        return next(statuses), {}, b""

    with serve_files(take) as site:
        reply = engine.listen(spacewalk, callback=f"{site}/done?x=1", callback_method="put")
        requests = [got.get(timeout=30) for _ in range(3)]
    assert set(reply.json) == {"request_id"}
    method, path, headers, body = requests[-1]
    assert (method, path) == ("PUT", "/done?x=1")
    assert headers["content-type"] == "application/json"
    assert len(headers["dg-token"]) == 36
    answer = json.loads(body)
    assert answer["metadata"]["request_id"] == reply.json["request_id"]
    assert answer["results"] == engine.listen(spacewalk).json["results"]


def test_a_callback_gets_the_error_too(engine: Engine) -> None:
    got: queue.Queue[bytes] = queue.Queue()

    def take(_: str, __: str, ___: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        got.put(body)
        return 200, {}, b""

    with serve_files(take) as site:
        reply = engine.listen(b"no audio", callback=f"{site}/done")
        assert json.loads(got.get(timeout=30))["request_id"] == reply.json["request_id"]


def test_mapped_urls_are_served_from_files() -> None:
    recording = DATA / "lighthouse.flac"
    url = "https://unreachable.invalid/talk.flac"
    with start_engine(url_map=json.dumps({url: str(recording)}), fetch_limit="1000000") as engine:
        reply = engine.listen(url)
        assert "lighthouse keeper" in reply.best["transcript"]
        assert reply.json["metadata"]["sha256"] == hashlib.sha256(recording.read_bytes()).hexdigest()
        assert engine.listen(f"{url}?other").status == 400


@pytest.mark.parametrize("header", [True, False])
def test_telephone_frames_with_and_without_header(engine: Engine, header: bool) -> None:
    frames = convert((DATA / "lighthouse.flac").read_bytes(), "amr", "libopencore_amrnb", 8000)
    mark = b"#!AMR\n"
    assert frames.startswith(mark)
    reply = engine.listen(frames) if header else engine.listen(frames[len(mark) :], encoding="amr-nb")
    assert "lighthouse keeper" in reply.best["transcript"]


def test_private_addresses_are_refused_unless_allowed() -> None:
    with serve_files(lambda *_: (200, {}, QUIET)) as site, start_engine() as careful:
        port = site.rpartition(":")[2]
        for host in (
            "127.0.0.1",
            "localhost",
            "[::1]",
            "2130706433",
            "0x7f.1",
            "[::ffff:127.0.0.1]",
            "169.254.169.254",
        ):
            reply = careful.listen(f"http://{host}:{port}/x.wav")
            assert (reply.status, reply.json["err_code"]) == (400, "REMOTE_CONTENT_ERROR"), host
        assert careful.listen(QUIET, callback=f"{site}/done").status == 400
