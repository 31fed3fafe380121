"""Answers that are not what they should be, and refusals in full."""

from __future__ import annotations

from typing import Any

import pytest

from faults.flavours import Connect, list_models, transcribe_file
from faults.server import MODELS, FaultServer, answer
from sonant import BadRequest, DecodeError, Forbidden, NotFound, SonantError, TooLarge, Unauthorized


@pytest.mark.parametrize("body", [b"", b'{"stt": [', b"<html>gateway</html>", b"\xff\xfe", b"[]", b"null", b"7"])
def test_200_with_something_else_is_a_decode_error_that_keeps_it(connect: Connect, ask: Any, body: bytes) -> None:
    call, _ = ask
    with FaultServer(answer(200, body, {"dg-request-id": "r-1"})) as server, pytest.raises(DecodeError) as caught:
        connect(server).run(call)
    error = caught.value
    assert (error.status, error.body, error.request_id) == (200, body, "r-1")
    assert "base_url" in error.hint
    assert server.attempts == 1


def test_a_field_of_the_wrong_type_is_kept_and_named(connect: Connect) -> None:
    body = b'{"stt":[{"name":7,"canonical_name":"n","architecture":"a","version":"v","uuid":"u"}],"tts":[]}'
    with FaultServer(answer(200, body)) as server:
        reply = connect(server).run(list_models)
    assert reply.stt[0].name == 7
    assert reply.stt[0].uuid == "u"
    assert any("stt[0].name" in oddity for oddity in reply.oddities)


def test_one_odd_word_does_not_lose_the_transcript(connect: Connect) -> None:
    results = b'{"channels":[{"alternatives":[{"transcript":"hello","words":[]}]}]}'
    body = b'{"metadata":{"duration":"long"},"results":%s}' % results
    with FaultServer(answer(200, body)) as server:
        reply = connect(server).run(transcribe_file)
    assert reply.transcript == "hello"
    assert reply.metadata.duration == "long"
    assert any("metadata.duration" in oddity for oddity in reply.oddities)


def test_a_good_answer_has_nothing_odd(connect: Connect) -> None:
    with FaultServer(answer(200, MODELS)) as server:
        assert connect(server).run(list_models).oddities == ()


@pytest.mark.parametrize(
    ("status", "kind", "code", "hinted"),
    [
        (400, BadRequest, "Bad Request", False),
        (401, Unauthorized, "INVALID_AUTH", True),
        (403, Forbidden, "FORBIDDEN", True),
        (404, NotFound, "NOT_FOUND", True),
        (413, TooLarge, "PAYLOAD_TOO_LARGE", True),
    ],
)
def test_a_refusal_is_typed_and_whole(
    connect: Connect, ask: Any, status: int, kind: type[SonantError], code: str, hinted: bool
) -> None:
    call, _ = ask
    body = b'{"err_code":"%s","err_msg":"No, because.","request_id":"r-9"}' % code.encode()
    with FaultServer(answer(status, body, {"X-Trace": "t-1"})) as server, pytest.raises(kind) as caught:
        connect(server).run(call)
    error = caught.value
    assert server.attempts == 1
    assert (error.status, error.code, error.request_id) == (status, code, "r-9")
    assert "No, because." in error.message
    assert (error.headers["x-trace"], error.body) == ("t-1", body)
    assert bool(error.hint) is hinted


def test_a_refusal_that_is_no_json_shows_its_text(connect: Connect) -> None:
    with FaultServer(answer(400, b"upstream says no")) as server, pytest.raises(BadRequest, match="upstream says no"):
        connect(server).run(list_models)
