"""Retries, limits and errors, driven by hand: no network, no sleep."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from sonant.client import exchange as exchange_module
from sonant.client import retry
from sonant.client.call import Call, HttpResponse
from sonant.client.config import Scope
from sonant.client.credentials import Credential
from sonant.client.errors import (
    ApiError,
    BadRequest,
    ConnectFailed,
    ConnectionLost,
    DecodeError,
    Forbidden,
    NotFound,
    PaymentRequired,
    RateLimited,
    ServerFault,
    SonantError,
    TimedOut,
    TooLarge,
    TransportError,
    Unauthorized,
)
from sonant.client.exchange import Authorize, Send, Wait, exchange
from sonant.client.sources import IterableUpload, MemoryUpload
from sonant.contract.listen import TRANSCRIBE, UrlSource
from sonant.contract.models import LIST_MODELS

OK = HttpResponse(200, {}, b'{"stt":[],"tts":[]}')


def answer(status: int, body: bytes = b"", **headers: str) -> HttpResponse:
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


class Run:
    """An exchange, fed with scripted outcomes."""

    def __init__(self, *outcomes: Any, call: Call[Any] | None = None, **options: Any) -> None:
        scope = Scope("http://service")
        scope.max_retries = options.pop("max_retries", 2)
        self.waits: list[float] = []
        self.requests: list[Any] = []
        self.reply: Any = None
        self._outcomes = list(outcomes)
        quota = options.pop("quota", retry.Quota())
        self._drive(exchange(call or Call(LIST_MODELS), scope, Credential("Token", "k"), quota, **options))

    def _drive(self, steps: Any) -> None:
        try:
            step = next(steps)
            while True:
                step = self._perform(step, steps)
        except StopIteration as done:
            self.reply = done.value

    def _perform(self, step: Any, steps: Any) -> Any:
        if isinstance(step, Authorize):
            return steps.send(step.credential.read())
        if isinstance(step, Wait):
            self.waits.append(step.seconds)
            return steps.send(None)
        assert isinstance(step, Send)
        self.requests.append(step.request)
        outcome = self._outcomes.pop(0)
        return steps.throw(outcome) if isinstance(outcome, TransportError) else steps.send(outcome)


def lost(phase: str = "waiting") -> ConnectionLost:
    return ConnectionLost("gone", phase=phase)


def test_a_success_is_a_reply_with_its_headers() -> None:
    run = Run(answer(200, b'{"stt":[],"tts":[]}', dg_request_id="r-1"))
    assert run.reply.request_id == "r-1"
    assert run.waits == []


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    run = Run(answer(status), answer(status), OK)
    assert len(run.requests) == 3
    assert all(0 <= wait <= retry.CAP for wait in run.waits)
    with pytest.raises(ApiError) as caught:
        Run(answer(status), answer(status), answer(status))
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (402, PaymentRequired),
        (403, Forbidden),
        (404, NotFound),
        (413, TooLarge),
        (307, ApiError),
    ],
)
def test_what_stays_is_not_tried_again(status: int, kind: type[ApiError]) -> None:
    with pytest.raises(kind) as caught:
        Run(answer(status))
    assert caught.value.status == status


def test_an_error_does_not_say_its_code_twice() -> None:
    body = b'{"err_code":"Bad Request","err_msg":"Bad Request: no such thing"}'
    with pytest.raises(BadRequest, match="^400: Bad Request: no such thing$"):
        Run(answer(400, body))
    with pytest.raises(ServerFault, match="^503 "):
        Run(answer(503), max_retries=0)


def test_an_error_carries_all_that_helps() -> None:
    body = b'{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials.","request_id":"r-7"}'
    with pytest.raises(Unauthorized) as caught:
        Run(answer(401, body, x="1"))
    error = caught.value
    assert (error.status, error.code, error.request_id, error.body) == (401, "INVALID_AUTH", "r-7", body)
    assert error.headers["x"] == "1"
    assert "Check the key" in error.hint
    assert str(error) == f"401 INVALID_AUTH: Invalid credentials. (request id r-7) {error.hint}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "2"}, 2.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after_ms": "100"}, 0.1),
        ({"retry_after_ms": "100", "retry_after": "9"}, 0.1),
    ],
)
def test_the_service_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert Run(answer(429, **headers), OK).waits == [seconds]


def test_a_date_says_until_when() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    headers = {"retry-after": format_datetime(now + timedelta(seconds=30), usegmt=True)}
    assert retry.read_retry_after(headers, now.timestamp()) == 30
    assert retry.read_retry_after(headers, now.timestamp() + 99) == 0
    assert retry.read_retry_after({"retry-after": "soon"}, 0) is None
    assert retry.read_retry_after({"retry-after": "-5"}, 0) is None
    assert retry.read_retry_after({}, 0) is None


def test_a_service_that_asks_for_too_long_is_not_waited_for() -> None:
    with pytest.raises(RateLimited) as caught:
        Run(answer(429, retry_after="3600"))
    assert caught.value.retry_after == 3600
    assert "asks to wait 3600 s, which is longer than the client waits" in caught.value.hint


def test_jitter_is_full_and_its_ceiling_doubles() -> None:
    assert [retry.pause(n, None, lambda: 1.0) for n in (1, 2, 3, 9)] == [0.5, 1.0, 2.0, retry.CAP]
    assert retry.pause(5, None, lambda: 0.0) == 0


def test_failed_connections_are_tried_again_whatever_the_method() -> None:
    call = Call(TRANSCRIBE, body=UrlSource("http://x"))
    failures = [ConnectFailed("refused"), TimedOut("slow", phase="connect")]
    for failure in failures:
        with pytest.raises(DecodeError):
            Run(failure, answer(200), call=call)


def test_a_lost_reply_is_fetched_again_only_where_that_does_no_harm() -> None:
    assert Run(lost(), OK).reply is not None
    post = Call(TRANSCRIBE, body=UrlSource("http://x"))
    with pytest.raises(ConnectionLost):
        Run(lost(), call=post)
    with pytest.raises(DecodeError):
        Run(lost("upload"), answer(200), call=post)
    with pytest.raises(DecodeError):
        Run(lost(), answer(200), call=post, retry_lost_replies=True)


def test_a_timeout_while_waiting_is_not_tried_again() -> None:
    with pytest.raises(TimedOut):
        Run(TimedOut("slow", phase="waiting"))


def test_a_one_shot_body_shows_the_first_error() -> None:
    upload = IterableUpload(iter([b"a"]))
    list(upload.chunks())
    with pytest.raises(ServerFault) as caught:
        Run(answer(503, b'{"err_msg":"first"}'), call=Call(TRANSCRIBE, body=upload))
    assert "first" in str(caught.value)


def test_a_body_that_can_be_rewound_is_sent_again() -> None:
    with pytest.raises(DecodeError):
        Run(answer(503), answer(200), call=Call(TRANSCRIBE, body=MemoryUpload(b"abc")))


def test_max_retries_is_a_count_of_retries() -> None:
    with pytest.raises(ServerFault):
        Run(answer(500), max_retries=0)


def test_an_outage_does_not_multiply_the_load() -> None:
    quota = retry.Quota()
    attempts = 0
    for _ in range(200):
        run = [answer(500)] * 3
        try:
            Run(*run, quota=quota)
        except ServerFault:
            attempts += 1
    assert attempts == 200
    assert not quota.take()
    for _ in range(20):
        quota.give()
    assert quota.take()


def test_a_call_out_of_time_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.1, 0.2, 0.3, 0.4])
    monkeypatch.setattr(exchange_module, "monotonic", lambda: next(clock))
    with pytest.raises(ServerFault):
        Run(answer(503, retry_after="5"), call=Call(LIST_MODELS, {"timeout": 2}))


def test_the_second_attempt_has_what_is_left_of_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 1.5, 4.0])
    monkeypatch.setattr(exchange_module, "monotonic", lambda: next(clock))
    run = Run(answer(503, retry_after="0"), OK, call=Call(LIST_MODELS, {"timeout": 10}))
    assert [request.timeouts.total for request in run.requests] == [9.0, 6.0]


def test_a_total_that_is_over_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 3.0, 3.0])
    monkeypatch.setattr(exchange_module, "monotonic", lambda: next(clock))
    with pytest.raises(TimedOut, match="2 s are over") as caught:
        Run(OK, call=Call(LIST_MODELS, {"timeout": 2}))
    assert caught.value.phase == "total"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"'])
def test_an_answer_that_is_no_reply_keeps_its_body(body: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        Run(answer(200, body, dg_request_id="r-2"))
    assert (caught.value.body, caught.value.status, caught.value.request_id) == (body, 200, "r-2")
    assert "base_url" in caught.value.hint


def test_all_errors_have_one_root() -> None:
    assert issubclass(TimedOut, TimeoutError)
    for kind in (TransportError, ApiError, DecodeError):
        assert issubclass(kind, SonantError)
