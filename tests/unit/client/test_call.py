import pickle
from typing import Any

import pytest

from sonant.client.call import Call, HttpResponse
from sonant.client.config import Scope, Timeouts
from sonant.client.errors import (
    BadOptionValue,
    ConfigError,
    SonantError,
    SourceError,
    TimedOut,
    Unauthorized,
    UnknownOption,
)
from sonant.client.listen import CallbackUrl, Prerecorded
from sonant.client.manage import Manage
from sonant.client.models import Models
from sonant.client.refusals import refusal
from sonant.client.trace import Trace
from sonant.contract.listen import TRANSCRIBE, UrlSource


def request(call: Call[Any], scope: Scope | None = None, authorization: str | None = "Token k") -> Any:
    scope = scope or Scope("http://service")
    return call.request(scope, authorization, call.timeouts(scope))


def test_a_url_travels_as_json() -> None:
    sent = request(Prerecorded.transcribe_url.build("https://x/a.wav", model="nova-3", search=["a", "b"]))
    assert (sent.method, sent.url) == ("POST", "http://service/v1/listen?model=nova-3&search=a&search=b")
    assert sent.body == b'{"url":"https://x/a.wav"}'
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Authorization"] == "Token k"


@pytest.mark.parametrize("source", ["https://x/a.wav", {"url": "https://x/a.wav"}, UrlSource("https://x/a.wav")])
def test_a_url_may_be_said_in_three_ways(source: Any) -> None:
    assert Prerecorded.transcribe_url.build(source).body == b'{"url":"https://x/a.wav"}'


def test_a_recording_travels_as_bytes() -> None:
    sent = request(Prerecorded.transcribe_file.build(b"RIFF", model="nova-3"))
    assert sent.headers["Content-Type"] == "application/octet-stream"
    assert b"".join(sent.body.chunks()) == b"RIFF"


def test_a_callback_travels_in_the_query() -> None:
    call = Prerecorded.transcribe_url_callback.build(
        "https://x/a.wav", CallbackUrl("https://me/cb?a=1"), callback_method="PUT"
    )
    assert request(call).url.endswith("?callback_method=PUT&callback=https%3A%2F%2Fme%2Fcb%3Fa%3D1")
    call = Prerecorded.transcribe_file_callback.build(b"RIFF", "https://me/cb")
    assert request(call).url.endswith("?callback=https%3A%2F%2Fme%2Fcb")


def test_model_calls_have_their_paths() -> None:
    assert request(Models.get_all.build(include_outdated=True)).url == "http://service/v1/models?include_outdated=true"
    assert request(Models.get_model.build("id")).url == "http://service/v1/models/id"
    assert request(Manage.get_all_models.build("p")).url == "http://service/v1/projects/p/models"
    assert request(Manage.get_model.build("p", "m")).url == "http://service/v1/projects/p/models/m"
    assert request(Models.get_all.build()).body is None


def test_extras_go_over_everything() -> None:
    scope = Scope("http://service")
    scope.headers = {"X-Team": "client", "user-agent": "mine"}
    call = Call(
        TRANSCRIBE,
        {"extra_query": {"brand_new": [1, True]}, "extra_headers": {"x-team": "call"}, "timeout": 5},
        body=UrlSource("http://x"),
    )
    sent = request(call, scope)
    assert sent.url.endswith("?brand_new=1&brand_new=true")
    assert sent.headers["x-team"] == "call"
    assert "X-Team" not in sent.headers
    assert sent.headers["user-agent"] == "mine"
    assert sent.timeouts.total == 5


def test_transcription_is_patient_unless_told_otherwise() -> None:
    call = Prerecorded.transcribe_file.build(b"x")
    assert call.timeouts(Scope("http://s")).read == 1260
    assert Models.get_all.build().timeouts(Scope("http://s")).read == 60
    scope = Scope("http://s")
    scope.timeouts = Timeouts(read=3)
    assert call.timeouts(scope).read == 3


def test_no_credential_no_header() -> None:
    assert "Authorization" not in request(Models.get_all.build(), authorization=None).headers


def test_a_request_shows_no_secret_and_no_query() -> None:
    sent = request(Prerecorded.transcribe_url.build("https://x/a.wav", tag="private"))
    assert repr(sent) == "<HttpRequest POST http://service/v1/listen>"


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (lambda: Prerecorded.transcribe_file.build(b"", punctuat=True), UnknownOption, "`punctuate`"),
        (lambda: Prerecorded.transcribe_file.build(b"", encoding="x"), BadOptionValue, "linear16"),
        (
            lambda: Prerecorded.transcribe_file.build(b"", callback="http://x"),
            UnknownOption,
            "transcribe_file_callback",
        ),
        (lambda: Prerecorded.transcribe_url.build("http://x", callback="http://x"), UnknownOption, "synchronous"),
        (
            lambda: Prerecorded.transcribe_file.build(b"", keyterm="x", model="nova-2"),
            BadOptionValue,
            "Keyterms are only supported with the Nova 3 models.",
        ),
        (lambda: Prerecorded.transcribe_file.build(b"", keyterm="x"), BadOptionValue, "Nova 3"),
        (lambda: Prerecorded.transcribe_file.build(5), SourceError, "Unknown transcription source type"),
        (lambda: Prerecorded.transcribe_url.build(b"RIFF"), SourceError, "Unknown transcription source type"),
        (lambda: Prerecorded.transcribe_url.build({}), SourceError, "Unknown transcription source type"),
        (lambda: Prerecorded.transcribe_url.build("talk.wav"), SourceError, "transcribe_file"),
        (lambda: Prerecorded.transcribe_file.build(b"", time_out=3), UnknownOption, "`timeout`"),
        (lambda: Prerecorded.transcribe_file.build(b"", progres=print), UnknownOption, "`progress`"),
        (lambda: Prerecorded.transcribe_url.build("http://x", progress=print), UnknownOption, "progress"),
        (lambda: Prerecorded.transcribe_file.build(b"", extra_query="a=b"), BadOptionValue, "mapping"),
        (lambda: Prerecorded.transcribe_file.build(b"", extra_headers={"a": "b\n"}), ConfigError, "header a"),
        (lambda: Prerecorded.transcribe_file.build(b"", tag="\ud800"), BadOptionValue, "surrogate"),
        (lambda: Manage.get_model.build("..", "."), ConfigError, "no id"),
        (lambda: CallbackUrl(5), BadOptionValue, "absolute"),
        (lambda: CallbackUrl("http://[::1"), BadOptionValue, "absolute"),
        (lambda: CallbackUrl("me/cb"), BadOptionValue, "absolute"),
        (lambda: Prerecorded.transcribe_url_callback.build("http://x", "ftp://x"), BadOptionValue, "absolute"),
        (lambda: Prerecorded.transcribe_url_callback.build("http://x", "ws://x"), BadOptionValue, "http(s) URL"),
        (lambda: Models.get_model.build(""), ConfigError, "model_id"),
        (lambda: Manage.get_all_models.build(None), ConfigError, "id"),
    ],
)
def test_a_wrong_call_says_so_at_once(make: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert says in str(caught.value)
    assert isinstance(caught.value, SonantError)


def test_keyterm_goes_with_nova_3() -> None:
    assert "keyterm=a" in request(Prerecorded.transcribe_file.build(b"", keyterm="a", model="nova-3-medical")).url


def test_a_callback_url_hides_its_password() -> None:
    url = CallbackUrl("https://user:secret@me/cb")
    assert "secret" not in repr(url)
    assert str(url) == "https://user:secret@me/cb"


def test_a_trace_names_phase_and_progress() -> None:
    seen: list[tuple[int, int | None]] = []
    trace = Trace(100, lambda sent, size: seen.append((sent, size)))
    trace.enter("upload")
    trace.add(40)
    error = trace.timed_out()
    assert (error.phase, error.sent, error.size) == ("upload", 40, 100)
    assert set(error.elapsed) == {"connect", "upload"}
    assert "upload at 40 of 100 bytes" in str(error)
    assert seen == [(40, 100)]


def test_an_answer_that_came_before_the_end_of_the_body_is_no_wait() -> None:
    trace = Trace()
    for phase in ("upload", "download", "waiting"):
        trace.enter(phase)
    assert trace.timed_out().phase == "download"


def test_errors_survive_pickling() -> None:
    for error in (Unauthorized("no", status=401, code="X", request_id="r"), TimedOut("t", phase="upload", sent=3)):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert vars(copy) == vars(error)
        assert str(copy) == str(error)


@pytest.mark.parametrize(
    ("there", "shown", "base"),
    [
        (
            "https://gate.example/speech/v1/listen",
            "https://gate.example/speech/v1/listen",
            "https://gate.example/speech",
        ),
        ("wss://gate.example/v1/listen/?a=b", "wss://gate.example/v1/listen/?a=b", "https://gate.example"),
        ("https://user:secret@gate.example/v1/listen", "https://gate.example/v1/listen", "https://gate.example"),
        ("https://gate.example/login", "https://gate.example/login", "https://gate.example"),
        ("//user:secret@gate.example/x", "//gate.example/x", None),
        ("/elsewhere", "/elsewhere", None),
    ],
)
def test_a_redirect_is_told_whatever_its_body_says(there: str, shown: str, base: str | None) -> None:
    error = refusal(HttpResponse(302, {"location": there}, b"<html>Found</html>"), path="/v1/listen")
    assert error.message == f"302: a redirect to {shown}, which is not followed."
    assert "secret" not in error.hint
    assert error.hint.endswith(f"set base_url to {base}." if base else "the address of the API itself.")
