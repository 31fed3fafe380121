"""Refusals that may pass are tried again, as long as the service asks; others are told at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from faults.flavours import Connect, list_models, transcribe_file
from faults.server import MODELS, TRANSCRIPT, FaultServer, answer, hang_up, reset
from sonant import ConnectionLost, PaymentRequired, RateLimited, ServerFault, SonantError
from sonant.client.call import Call, HttpResponse
from sonant.client.config import Scope
from sonant.client.credentials import Credential
from sonant.client.exchange import Authorize, Exchange, Send, Wait, exchange
from sonant.client.models import Models
from sonant.client.retry import Quota

SOON = {"retry-after-ms": "10"}
NOW = 1_700_000_000.0
BUSY = b'{"err_code":"TOO_MANY_REQUESTS","err_msg":"Too many requests.","request_id":"r-1"}'


def drive(steps: Exchange[Any], answers: list[HttpResponse]) -> list[float]:
    """Drive an exchange by hand, without a clock, taking from the answers: the pauses it asked for."""
    pauses: list[float] = []
    step: object = next(steps)
    try:
        while True:
            if isinstance(step, Wait):
                pauses.append(step.seconds)
                step = steps.send(None)
            elif isinstance(step, Authorize):
                step = steps.send("key")
            else:
                assert isinstance(step, Send)
                step = steps.send(answers.pop(0))
    except (StopIteration, SonantError):
        return pauses


def pauses_for(headers: dict[str, str], *, timeout: float | None = None) -> list[float]:
    """The pauses after a 429 with these headers, before an answer."""
    call: Call[Any] = Models.get_all.build(**({} if timeout is None else {"timeout": timeout}))
    steps = exchange(call, Scope("http://localhost"), Credential("Token", "key"), Quota())
    return drive(steps, [HttpResponse(429, headers, b""), HttpResponse(200, {}, MODELS)])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "100"}, 0.1),
        ({"retry-after-ms": "100", "retry-after": "7"}, 0.1),
        ({"retry-after": formatdate(NOW + 3, usegmt=True)}, 3.0),
        ({"retry-after": formatdate(NOW - 60, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_waits_as_long_as_the_service_asks(
    headers: dict[str, str], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonant.client.exchange.time", lambda: NOW)
    assert pauses_for(headers) == [pytest.approx(seconds)]


def test_pauses_grow_and_are_jittered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sonant.client.exchange.random", lambda: 1.0)
    call = Models.get_all.build()
    steps = exchange(call, Scope("http://localhost"), Credential("Token", "key"), Quota())
    assert drive(steps, [HttpResponse(503, {}, b"")] * 3) == [0.5, 1.0]


def test_does_not_wait_beyond_the_total_or_for_hours() -> None:
    for headers, timeout in (({"retry-after": "5"}, 2.0), ({"retry-after": "9000"}, None)):
        call = Models.get_all.build(**({} if timeout is None else {"timeout": timeout}))
        steps = exchange(call, Scope("http://localhost"), Credential("Token", "key"), Quota())
        assert drive(steps, [HttpResponse(429, headers, b"")]) == []


def test_an_outage_does_not_multiply_the_load() -> None:
    quota, attempts = Quota(), 0
    for _ in range(200):
        steps = exchange(Models.get_all.build(), Scope("http://localhost"), Credential("Token", "key"), quota)
        refusals = [HttpResponse(503, {}, b"") for _ in range(3)]
        drive(steps, refusals)
        attempts += 3 - len(refusals)
    assert attempts == 200 + Quota.SIZE


def test_429_is_tried_again_after_the_milliseconds_asked(connect: Connect, ask: Any) -> None:
    call, body = ask
    with FaultServer(answer(429, BUSY, {"retry-after-ms": "50"}), answer(200, body)) as server:
        reply = connect(server).run(call)
    assert reply.raw == body
    assert server.attempts == 2


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_a_passing_refusal_is_tried_three_times_then_typed(connect: Connect, ask: Any, status: int) -> None:
    call, _ = ask
    script = answer(status, BUSY, {**SOON, "dg-request-id": "r-2"})
    with FaultServer(script) as server, pytest.raises(SonantError) as caught:
        connect(server).run(call)
    error = caught.value
    assert server.attempts == 3
    assert (error.status, error.code, error.request_id) == (status, "TOO_MANY_REQUESTS", "r-2")
    assert error.body == BUSY
    assert error.headers["retry-after-ms"] == "10"


def test_a_typed_429_says_how_long_to_wait(connect: Connect) -> None:
    with FaultServer(answer(429, BUSY, {"Retry-After": "3600"})) as server, pytest.raises(RateLimited) as caught:
        connect(server).run(list_models)
    assert caught.value.retry_after == 3600
    assert server.attempts == 1


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_max_retries_counts(connect: Connect, retries: int) -> None:
    with FaultServer(answer(503, b"", SOON)) as server, pytest.raises(ServerFault):
        connect(server, max_retries=retries).run(list_models)
    assert server.attempts == retries + 1


def test_402_is_never_tried_again(connect: Connect, ask: Any) -> None:
    call, _ = ask
    body = json.dumps({"err_code": "ASR_PAYMENT_REQUIRED", "err_msg": "No credit.", "request_id": "r-3"}).encode()
    with FaultServer(answer(402, body, SOON)) as server, pytest.raises(PaymentRequired) as caught:
        connect(server).run(call)
    assert server.attempts == 1
    assert "local()" in caught.value.hint


@pytest.mark.parametrize("loss", [hang_up, reset])
def test_a_lost_answer_to_a_get_is_asked_for_again(connect: Connect, loss: Any) -> None:
    with FaultServer(loss, answer(200, MODELS)) as server:
        assert connect(server).run(list_models).raw == MODELS
    assert server.attempts == 2


@pytest.mark.parametrize("loss", [hang_up, reset])
def test_a_post_that_may_have_been_done_is_not_repeated(connect: Connect, ask: Any, loss: Any) -> None:
    call, _ = ask
    if call is list_models:
        pytest.skip("a GET")
    with FaultServer(loss, answer(200, TRANSCRIPT)) as server, pytest.raises(ConnectionLost) as caught:
        connect(server).run(call)
    assert server.attempts == 1
    assert caught.value.phase == "waiting"


@pytest.mark.parametrize("loss", [hang_up, reset])
def test_unless_the_caller_wants_that(connect: Connect, loss: Callable[..., bool]) -> None:
    with FaultServer(loss, answer(200, TRANSCRIPT)) as server:
        reply = connect(server, retry_lost_replies=True).run(transcribe_file)
    assert reply.transcript == "hello"
    assert [seen.complete for seen in server.seen] == [True, True]
