"""The engine from its door to its answer, without sockets and with scripted models."""

import asyncio
import hashlib
import logging
from typing import Any

import pytest

from sonant.contract.codec import decode_reply
from sonant.contract.faults import encode_fault
from sonant.contract.listen import Transcript
from sonant.contract.models import ModelList
from sonant.engine.api.parts import Voice
from sonant.engine.callbacks.store import Result
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import BASE, TINY_EN, Entry
from sonant.engine.models.loading import LoadError
from sonant.engine.models.ports import Speech
from sonant.engine.refusals import Refusal
from unit.engine.fakes import Answer, Engine, FakeRecognizer, LoudnessVoice, engine, heard, silence, tone, wav

WORDS = heard(("Hello,", 0.4, 0.8, 0.9), ("there.", 0.8, 1.2, 0.7))
SPEECH = wav(tone(2))
WAV = {"content-type": "audio/wav"}


async def listen(door: Engine, query: str = "", data: bytes = SPEECH, headers: dict[str, str] = WAV) -> Answer:
    return await door.ask("POST", f"/v1/listen?{query}", data, headers=headers)


def transcript(answer: Answer) -> Transcript:
    assert answer.status == 200, answer.body
    reply = decode_reply(answer.body, Transcript)
    assert reply.oddities == ()
    return reply


async def test_a_recording_is_answered() -> None:
    async with engine(WORDS) as door:
        answer = await listen(door, "model=nova-3&extra=a:1&tag=x")
        reply = transcript(answer)
    assert reply.transcript == "hello there"
    assert reply.confidence == 0.7
    assert [word.punctuated_word for word in reply.words] == [None, None]
    metadata = reply.metadata
    assert metadata.sha256 == hashlib.sha256(SPEECH).hexdigest()
    assert metadata.request_id == answer.headers["dg-request-id"] == answer.headers["x-dg-request-id"]
    assert metadata.created.endswith("Z")
    assert (metadata.duration, metadata.channels) == (2.0, 1)
    assert metadata.model_info[metadata.models[0]].name == "tiny.en"
    assert (metadata.extra, metadata.tags) == ({"a": "1"}, ["x"])
    assert [warning.type for warning in metadata.warnings or ()] == ["substituted_model"]
    assert list(answer.json["results"]["channels"][0]["alternatives"][0]["words"][0]) == [
        "word",
        "start",
        "end",
        "confidence",
    ]


async def test_an_option_given_twice_is_warned_of_and_the_last_wins() -> None:
    async with engine(WORDS) as door:
        reply = transcript(await listen(door, "punctuate=false&punctuate=true&tag=a&tag=b"))
        plain = transcript(await listen(door, "tag="))
    assert reply.transcript == "Hello, there."
    assert [(w.parameter, w.type) for w in reply.metadata.warnings or ()] == [("punctuate", "repeated_parameter")]
    assert plain.metadata.tags is None
    assert [(w.parameter, w.type) for w in plain.metadata.warnings or ()] == [("tag", "unused_parameter")]


async def test_a_header_that_is_followed_leaves_the_description_without_effect() -> None:
    async with engine(WORDS) as door:
        reply = transcript(await listen(door, "encoding=linear16&sample_rate=44100&channels=2"))
    assert {w.parameter for w in reply.metadata.warnings or ()} == {"encoding", "sample_rate", "channels"}


async def test_formatting() -> None:
    async with engine(WORDS) as door:
        reply = transcript(await listen(door, "smart_format=true&utterances=true"))
    best = reply.results.channels[0].alternatives[0]
    assert best.transcript == "Hello, there."
    assert best.paragraphs
    assert best.paragraphs.transcript == "\nHello, there."
    assert reply.results.utterances
    assert reply.results.utterances[0].confidence == 0.8


async def test_silence() -> None:
    async with engine(WORDS) as door:
        answer = await listen(door, "utterances=true&paragraphs=true", wav(silence(2)))
    best = answer.json["results"]["channels"][0]["alternatives"][0]
    assert (best["transcript"], best["confidence"], best["words"]) == ("", 0.0, [])
    assert transcript(answer).results.utterances == []


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("punctuate=perhaps", 400, "Failed to deserialize query parameters: punctuate"),
        ("alternatives=0", 400, "alternatives"),
        ("model=flux-general-en", 400, "No such model"),
        ("language=de", 400, "No such model"),
        ("diarize=true&diarize_model=v2", 400, "diarize_model cannot be used together"),
        ("summarize=v1", 400, "deprecated"),
        ("encoding=linear16", 400, "sample_rate"),
        ("callback=nowhere", 400, "Invalid callback url."),
        ("callback=http%3A%2F%2F127.0.0.1%2F", 400, "Invalid callback url."),
    ],
)
async def test_refusals(query: str, status: int, text: str) -> None:
    async with engine(WORDS) as door:
        answer = await listen(door, query)
    assert answer.status == status
    assert text in answer.json["err_msg"]
    assert answer.json["request_id"] == answer.headers["dg-request-id"]


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"", "audio/wav", "corrupt"),
        (b"", None, "corrupt"),
        (b"noise" * 99, "audio/wav", "corrupt"),
        (b"{", "application/json", "could not process the JSON"),
        (b"[]", "application/json; charset=utf-8", "could not process the JSON"),
        (b"{}", "application/json", "could not process the JSON"),
        (b'{"url": 5}', "application/json", "could not process the JSON"),
        (b'{"url": "http://127.0.0.1/x"}', "application/json", "publicly routable"),
        (b'{"url": "http://127.0.0.1/x"}', None, "publicly routable"),
        (b'{"url": "gopher://x/"}', "application/json", "Could not parse URL"),
        (b'{"url": "http://127.0.0.1/x"}', "audio/wav", "corrupt"),
    ],
)
async def test_bodies_that_bring_no_recording(data: bytes, kind: str | None, text: str) -> None:
    async with engine(WORDS) as door:
        answer = await listen(door, "", data, {"content-type": kind} if kind else {})
    assert answer.status == 400
    assert text in answer.json["err_msg"]


async def test_media_is_recognized_without_a_content_type() -> None:
    async with engine(WORDS) as door:
        assert (await listen(door, "", SPEECH, {})).status == 200


async def test_a_body_in_pieces() -> None:
    async with engine(WORDS, spool_above=1000) as door:
        pieces = [SPEECH[at : at + 999] for at in range(0, len(SPEECH), 999)]
        assert (await door.ask("POST", "/v1/listen", *pieces, headers=WAV)).status == 200


async def test_too_large_a_body() -> None:
    async with engine(WORDS, upload_limit=1000) as door:
        answer = await listen(door)
    assert answer.status == 413
    assert "1 KB" in answer.json["err_msg"]


async def test_processing_has_its_limit() -> None:
    async with engine(WORDS, processing_seconds=0.05) as door:
        door.recognizer.go.clear()
        answer = await listen(door)
        assert answer.status == 504
        assert "0.05 seconds" in answer.json["err_msg"]


async def test_more_than_the_queue_holds() -> None:
    async with engine(WORDS, concurrency=1, queue_limit=0) as door:
        door.recognizer.go.clear()
        first = asyncio.create_task(listen(door))
        while not (await door.ask("GET", "/v1/status")).json["active_batch_requests"]:
            await asyncio.sleep(0.001)
        second = await listen(door)
        door.recognizer.go.set()
        assert (await first).status == 200
        assert second.status == 429
        assert int(second.headers["retry-after"]) >= 1
        assert (await listen(door)).status == 200


async def test_a_client_that_leaves_frees_its_place() -> None:
    async with engine(WORDS, concurrency=1, queue_limit=0) as door:
        door.recognizer.go.clear()
        leaves = asyncio.Event()
        gone = asyncio.create_task(door.ask("POST", "/v1/listen", wav(tone(70)), headers=WAV, leaves=leaves))
        while not (await door.ask("GET", "/v1/status")).json["active_batch_requests"]:
            await asyncio.sleep(0.001)
        leaves.set()
        assert (await gone).status == 499
        door.recognizer.go.set()
        assert (await listen(door)).status == 200


async def test_a_model_that_fails_is_an_internal_error_and_the_engine_lives_on() -> None:
    async with engine(WORDS) as door:
        door.recognizer.failure = RuntimeError("canary of the model")
        answer = await listen(door)
        assert answer.status == 500
        assert b"canary" not in answer.body
        door.recognizer.failure = None
        assert (await listen(door)).status == 200


async def test_keys() -> None:
    async with engine(WORDS, api_keys=("right",)) as door:
        assert (await listen(door)).status == 401
        assert (await listen(door, headers={**WAV, "authorization": "Token right"})).status == 200
        assert (await door.ask("GET", "/v1/models")).status == 401
        assert (await door.ask("GET", "/healthz")).status == 200


@pytest.mark.parametrize("prefix", ["/v1", "/v1/projects/any"])
async def test_models(prefix: str) -> None:
    async with engine() as door:
        models = decode_reply((await door.ask("GET", f"{prefix}/models?include_outdated=true")).body, ModelList)
        one = await door.ask("GET", f"{prefix}/models/{models.stt[0].uuid}")
        assert one.json["canonical_name"] == "whisper-tiny.en"
        assert (await door.ask("GET", f"{prefix}/models/nothing")).status == 404


async def test_unknown_paths_and_methods() -> None:
    async with engine() as door:
        nowhere = await door.ask("GET", "/v1/nowhere")
        wrong = await door.ask("GET", "/v1/listen")
        slash = await door.ask("POST", "/v1/listen/", SPEECH, headers=WAV)
    assert (nowhere.status, nowhere.json["err_code"]) == (404, "NOT_FOUND")
    assert (wrong.status, wrong.json["err_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert (slash.status, slash.json["err_code"]) == (404, "NOT_FOUND")
    assert wrong.headers["allow"] == "POST"
    assert nowhere.headers["dg-request-id"]


async def test_nothing_of_the_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with engine(heard(("canary-word", 0.4, 0.8)), api_keys=("canary-key",)) as door:
        headers = {**WAV, "authorization": "Token canary-key"}
        await listen(door, "search=canary-term&punctuate=true", headers=headers)
        await listen(door, "", b"canary-audio" * 9, headers)
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "answered" in logged
    assert "canary" not in logged


async def test_ready_when_the_models_are() -> None:
    async with engine() as door:
        parts = door.app.state.parts
        await parts.voice()
        assert (await door.ask("GET", "/readyz")).json == {"status": "ready"}
        status = (await door.ask("GET", "/v1/status")).json
        assert status["system_health"] == "Healthy"
        assert status["active_batch_requests"] == 0


async def test_models_that_cannot_be_loaded() -> None:
    from sonant.engine.app import create_app, open_store
    from sonant.engine.models.loading import LoadError
    from sonant.engine.settings import Settings
    from unit.engine.fakes import FakeRecognizer

    def fail(_: Settings) -> Any:
        raise LoadError("no weights")

    settings = Settings(port=0)
    with open_store(settings) as store:
        app = create_app(settings, store, fail)
        async with app.router.lifespan_context(app):
            door = Engine(app, FakeRecognizer(), settings)
            assert (await listen(door)).status == 503
            ready = await door.ask("GET", "/readyz")
            assert (ready.status, ready.json["status"]) == (503, "failed")
            assert (await door.ask("GET", "/v1/status")).json["system_health"] == "Critical"


async def test_a_callback_is_promised_then_sent() -> None:
    sent: list[bytes] = []

    async def deliver(_: Any, result: Result, __: int, ___: Any) -> str:
        sent.append(result.body)
        return ""

    async with engine(WORDS, allow_private_urls=True) as door:
        door.app.state.parts.callbacks._deliver = deliver
        answer = await listen(door, "callback=http%3A%2F%2F127.0.0.1%2Fdone")
        failed = await listen(door, "callback=http%3A%2F%2F127.0.0.1%2Fdone", b"no audio")
        while door.app.state.parts.callbacks.depth:
            await asyncio.sleep(0.001)
    assert answer.json == {"request_id": answer.headers["dg-request-id"]}
    assert len(sent) == 2
    replies = {decode_reply(body, Transcript).metadata.request_id for body in sent if b"metadata" in body}
    assert replies == {answer.json["request_id"]}
    assert any(failed.json["request_id"].encode() in body and b"corrupt" in body for body in sent)


async def test_slow_uploads_are_given_up() -> None:
    async with engine(WORDS, upload_seconds=0.01) as door:
        chunks = asyncio.Event()

        async def receive() -> Any:
            await chunks.wait()

        got: list[Any] = []

        async def send(message: Any) -> None:
            got.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/listen",
            "query_string": b"",
            "headers": [],
            "root_path": "",
        }
        await door.app(scope, receive, send)
    assert got[0]["status"] == 408


async def test_a_request_that_is_cut_off_at_shutdown_is_told_so() -> None:
    async with engine(WORDS) as door:
        door.recognizer.go.clear()
        task = asyncio.create_task(listen(door))
        while not (await door.ask("GET", "/v1/status")).json["active_batch_requests"]:
            await asyncio.sleep(0.001)
        task.cancel()
        await door.app.state.parts.say_goodbye(5)
        assert task.done()
        door.recognizer.go.set()
    answer = task.result()
    assert (answer.status, answer.json["request_id"]) == (503, answer.headers["dg-request-id"])


@pytest.mark.parametrize(("size", "status"), [(1, 408), (2000, 200)])
async def test_uploads_that_trickle_are_given_up(size: int, status: int) -> None:
    """A pause never lasts as long as it may, but all together do."""
    pieces = [SPEECH[at : at + size] for at in range(0, 20 * size, size)]

    async def receive() -> Any:
        await asyncio.sleep(0.01)
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
        return await asyncio.Event().wait()

    async with engine(WORDS, upload_seconds=0.1) as door:
        got: list[Any] = []

        async def send(message: Any) -> None:
            got.append(message)

        scope = {"type": "http", "method": "POST", "path": "/v1/listen", "query_string": b"", "headers": []}
        await door.app({**scope, "root_path": ""}, receive, send)
        assert door.app.state.parts.admission.inside == 0
    assert got[0]["status"] == status


def test_fault_bodies_are_the_catalogues() -> None:
    from sonant.contract.faults import TOO_SLOW

    assert b"5 s" in encode_fault(TOO_SLOW, "id", detail="5 s")


async def test_a_model_that_failed_to_load_is_tried_again() -> None:
    outcomes: list[Exception | None] = [LoadError("absent"), MemoryError("out"), None]

    def load(_: Entry) -> FakeRecognizer:
        if error := outcomes.pop(0):
            raise error
        return FakeRecognizer()

    activity = LoudnessVoice()
    voice = Voice(Speech(FakeRecognizer(), activity), Catalog([TINY_EN, BASE]), load)
    with pytest.raises(Refusal):
        await voice.speech_for(BASE)
    with pytest.raises(MemoryError):
        await voice.speech_for(BASE)
    assert await voice.speech_for(BASE) == await voice.speech_for(BASE)
    assert outcomes == []
