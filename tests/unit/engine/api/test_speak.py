"""`POST /v1/speak` and `POST /v2/speak` from the door to the last byte, without sockets and with a voice that hums."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sonant.contract import faults
from sonant.engine.callbacks.store import Result
from sonant.engine.models.ports import Manner
from unit.engine.fakes import Answer, Engine, engine

JSON = {"content-type": "application/json"}
TEXT = {"content-type": "text/plain; charset=utf-8"}


async def speak(
    door: Engine, text: str | bytes = "Hello there.", query: str = "encoding=linear16", v: int = 1
) -> Answer:
    data = text.encode() if isinstance(text, str) else text
    return await door.ask("POST", f"/v{v}/speak?{query}", data, headers=TEXT)


async def test_an_answer() -> None:
    async with engine() as door:
        answer = await door.ask("POST", "/v1/speak", b'{"text": "Hello there."}', headers=JSON)
        listed = (await door.ask("GET", "/v1/models")).json["tts"]
    assert answer.status == 200
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["dg-char-count"] == "12"
    assert answer.headers["dg-request-id"] == answer.headers["x-dg-request-id"]
    assert "content-length" not in answer.headers
    voice = next(voice for voice in listed if voice["uuid"] == answer.headers["dg-model-uuid"])
    assert voice["canonical_name"] == answer.headers["dg-model-name"] == "hibari-heart"
    assert door.speaker.lines == [("Hello there.", Manner())]
    assert answer.body[:1] == b"\xff"


async def test_plain_text_and_options() -> None:
    async with engine() as door:
        answer = await speak(door, "One. Two.", "encoding=mulaw&container=none&speed=1.2&model=aura-2-zeus-en&other=1")
        flux = await speak(door, "One.", "model=flux-kit-en&speed=1.25&expressivity=-2&encoding=flac", v=2)
    assert answer.headers["content-type"] == "audio/mulaw;rate=8000"
    assert answer.headers["dg-model-name"] == flux.headers["dg-model-name"] == "hibari-heart-deep"
    assert door.speaker.lines == [("One.", Manner(1.2)), ("Two.", Manner(1.2)), ("One.", Manner(1.25, 0.6))]
    assert flux.body[:4] == b"fLaC"


@pytest.mark.parametrize(
    ("query", "v", "code", "text"),
    [
        ("encoding=wav", 1, "INVALID_QUERY_PARAMETER", "Failed to deserialize query parameters: encoding"),
        ("speed=2", 1, "INVALID_QUERY_PARAMETER", "speed"),
        ("speed=nan", 1, "INVALID_QUERY_PARAMETER", "speed"),
        ("container=wav", 1, "INVALID_QUERY_PARAMETER", "`container` is not applicable when `encoding=mp3`"),
        (
            "encoding=opus&container=none",
            1,
            "INVALID_QUERY_PARAMETER",
            "`container=none` is invalid when `encoding=opus`",
        ),
        ("sample_rate=8000", 1, "INVALID_QUERY_PARAMETER", "`sample_rate` is not applicable when `encoding=mp3`"),
        ("bit_rate=1", 1, "INVALID_QUERY_PARAMETER", "`bit_rate` must be 32000 or 48000 when `encoding=mp3`"),
        ("encoding=flac&bit_rate=1", 1, "INVALID_QUERY_PARAMETER", "`bit_rate` is not applicable when `encoding=flac`"),
        ("model=aura-2-nobody-en", 1, "Bad Request", "No such model"),
        ("model=flux-kit-en", 1, "Bad Request", "No such model"),
        ("model=nova-3", 1, "Bad Request", "No such model"),
        ("model=aura-2-celeste-es", 1, "Bad Request", "No voice that speaks `es`"),
        ("callback=nowhere", 1, "INVALID_QUERY_PARAMETER", "Invalid callback url."),
        ("", 2, "INVALID_QUERY_PARAMETER", "missing field `model`"),
        ("model=aura-asteria-en", 2, "Bad Request", "No such model"),
        ("model=flux-kit-en&foo=1&bar=2", 2, "INVALID_QUERY_PARAMETER", "Unknown query parameters: foo, bar"),
        ("model=flux-kit-en&speed=1.6", 2, "SPEED_OUT_OF_RANGE", "'speed' must be between 0.5 and 1.5"),
        ("model=flux-kit-en&speed=1.01", 2, "SPEED_INCREMENT_INVALID", "increments of 0.05"),
        ("model=flux-kit-en&expressivity=3", 2, "EXPRESSIVITY_OUT_OF_RANGE", "'expressivity'"),
        ("model=flux-kit-en&expressivity=0.5", 2, "EXPRESSIVITY_INCREMENT_INVALID", "'expressivity'"),
        ("model=flux-kit-en&priority=high", 2, "INVALID_QUERY_PARAMETER", "priority"),
        (
            "model=flux-kit-en&priority=low",
            2,
            "INVALID_QUERY_PARAMETER",
            "`priority` is for requests with a `callback`",
        ),
    ],
)
async def test_options_that_are_refused(query: str, v: int, code: str, text: str) -> None:
    async with engine() as door:
        answer = await speak(door, query=query, v=v)
    assert (answer.status, answer.json["err_code"]) == (400, code)
    assert text in answer.json["err_msg"]
    assert answer.json["request_id"] == answer.headers["dg-request-id"]
    assert door.speaker.lines == []


@pytest.mark.parametrize(
    ("body", "headers", "fault", "text"),
    [
        (b"Hello", {}, faults.UNSUPPORTED_MEDIA, "Content-Type"),
        (b"Hello", {"content-type": "audio/wav"}, faults.UNSUPPORTED_MEDIA, "Content-Type"),
        (b"{", JSON, faults.TEXT_OR_URL, "exactly one"),
        (b"{}", JSON, faults.TEXT_OR_URL, "exactly one"),
        (b'{"text": "a", "url": "http://a.example"}', JSON, faults.TEXT_OR_URL, "exactly one"),
        (b'{"text": 5}', JSON, faults.TEXT_OR_URL, "exactly one"),
        (b"[" * 100_000, JSON, faults.TEXT_OR_URL, "exactly one"),
        (rb'{"text": "\ud800"}', JSON, faults.BAD_UTF8, "UTF-8"),
        (rb'{"text": "Hi \udc00 there"}', JSON, faults.BAD_UTF8, "UTF-8"),
        (rb'{"text": "Hi \uzzzz there"}', JSON, faults.TEXT_OR_URL, "exactly one"),
        (b'{"text": ""}', JSON, faults.NO_TEXT, "no characters"),
        (b" \n ", TEXT, faults.NO_TEXT, "no characters"),
        (b"\xff\xfe", TEXT, faults.BAD_UTF8, "UTF-8"),
        (b'{"url": "nowhere"}', JSON, faults.BAD_BODY_URL, "parse URL"),
        (b'{"url": "http://127.0.0.1/x"}', JSON, faults.REMOTE_PRIVATE, "publicly routable"),
        (b"...!?", TEXT, faults.NOTHING_TO_SAY, "no words"),
        ("日本語".encode(), TEXT, faults.NOTHING_TO_SAY, "script"),
        (b"a" * 2401, TEXT, faults.TEXT_TOO_LONG, "character limit of 2400"),
        (b"a" * 2_000_001, TEXT, faults.BODY_TOO_LARGE, "exceeds limit of 2 MB."),
        (rb"a \{pause:100ms\} b", TEXT, faults.BREAK_OUT_OF_RANGE, "500 and 3000"),
        (rb'\{"word":"a"\} b', TEXT, faults.PRONUNCIATION_SYNTAX_INVALID, "Invalid pronunciation"),
    ],
)
async def test_bodies_that_are_refused(body: bytes, headers: dict[str, str], fault: faults.Fault, text: str) -> None:
    async with engine() as door:
        answer = await door.ask("POST", "/v1/speak", body, headers=headers)
    assert (answer.status, answer.json["err_code"]) == (fault.status, fault.code)
    assert text in answer.json["err_msg"]


async def test_a_text_behind_a_url(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("Hello file.")
    (tmp_path / "json").write_text('{"text": "Hello JSON."}')
    (tmp_path / "noise").write_bytes(b"\xff\xfe")
    urls = {f"http://texts.example/{path.name}": str(path) for path in tmp_path.iterdir()}
    async with engine(url_map=urls) as door:
        got = {
            url[-5:]: await door.ask("POST", "/v1/speak", f'{{"url": "{url}"}}'.encode(), headers=JSON) for url in urls
        }
    assert sorted(door.speaker.said) == ["Hello JSON.", "Hello file."]
    assert got["noise"].json["err_code"] == "REMOTE_CONTENT_ERROR"


async def test_controls_and_what_the_headers_say_of_them() -> None:
    async with engine() as door:
        spoken = await speak(door, r'Take \{"word":"tea","pronounce":"t☃i"\} <b>now</b>.')
        paused = await speak(door, r"One \{pause:1s\} two \{pause:500\} three")
        plain = await speak(door, "One.")
    assert spoken.headers["dg-pronunciations-applied"] == spoken.headers["dg-pronunciation-warnings"] == "1"
    assert set(spoken.headers["dg-warnings"].split(",")) == {"INPUT_MARKUP_STRIPPED", "PRON-001"}
    assert spoken.headers["dg-char-count"] == str(len("Take tea <b>now</b>."))
    assert paused.headers["dg-breaks-applied"] == "2"
    assert door.speaker.said[0] == "Take <t☃i> now."
    assert not {name for name in plain.headers if name.startswith(("dg-pron", "dg-breaks", "dg-warn"))}
    seconds = (len(paused.body) - 44) / 48_000
    assert abs(seconds - (1.5 + 1.1 + 3 * 0.38)) < 0.1


async def test_silence_is_as_long_as_it_is_asked_for() -> None:
    async with engine() as door:
        short, long = [await speak(door, rf"a \{{pause:{ms}ms\}} b") for ms in (500, 3000)]
    assert len(long.body) - len(short.body) == 2.5 * 48_000


async def test_a_voice_that_fails_at_once_is_an_error_and_a_later_one_breaks_the_answer() -> None:
    async with engine() as door:
        door.speaker.failures = 1
        answer = await speak(door)
        assert (answer.status, answer.json["err_code"]) == (500, "INTERNAL_SERVER_ERROR")
        assert (await speak(door)).status == 200
        assert door.app.state.parts.speaking.inside == 0


async def test_a_client_that_leaves_ends_the_work() -> None:
    async with engine() as door:
        door.speaker.go.clear()
        leaves = asyncio.Event()
        asking = asyncio.create_task(
            door.ask("POST", "/v1/speak?encoding=linear16", b"One. " * 99, headers=TEXT, leaves=leaves)
        )
        while not door.speaker.lines:
            await asyncio.sleep(0.001)
        leaves.set()
        await asyncio.sleep(0.01)
        door.speaker.go.set()
        assert (await asking).status == 499
        assert len(door.speaker.lines) <= 2
        assert door.app.state.parts.speaking.inside == door.app.state.parts.speaking.working == 0


async def test_more_than_there_is_room_for_is_refused_in_words_of_its_own() -> None:
    async with engine(speak_concurrency=1, speak_queue=0) as door:
        door.speaker.go.clear()
        asking = asyncio.create_task(speak(door))
        while not door.speaker.lines:
            await asyncio.sleep(0.001)
        answer = await speak(door)
        door.speaker.go.set()
        assert (await asking).status == 200
    assert (answer.status, answer.json["err_msg"]) == (429, "Please try again later.")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(("path", "query"), [("/v1/speak", ""), ("/v2/speak", "&model=flux-kit-en&priority=low")])
async def test_a_callback_gets_the_audio(path: str, query: str) -> None:
    sent: list[Result] = []

    async def deliver(_: Any, result: Result, __: int, ___: Any) -> str:
        sent.append(result)
        return ""

    target = f"{path}?encoding=linear16&callback={quote('http://127.0.0.1/done', safe='')}{query}"
    async with engine(allow_private_urls=True) as door:
        door.app.state.parts.callbacks._deliver = deliver
        answer = await door.ask("POST", target, b"Hello there.", headers=TEXT)
        while door.app.state.parts.callbacks.depth:
            await asyncio.sleep(0.001)
        query = query.removesuffix("&priority=low")  # which is for callbacks only
        plain = await door.ask("POST", f"{path}?encoding=linear16{query}", b"Hello there.", headers=TEXT)
    assert answer.json == {"request_id": answer.headers["dg-request-id"]}
    assert sent == [Result(plain.body, "audio/wav")]


async def test_voices_and_names_of_the_operators_choice() -> None:
    settings = {"voices": ("heart-bright",), "voice_aliases": {"aura-2-z*": "heart-low", "aura-2-hera-en": ""}}
    async with engine(**settings) as door:
        names = [
            (await speak(door, query=f"model={name}")).headers.get("dg-model-name", "refused")
            for name in ("aura-asteria-en", "aura-2-zeus-en", "aura-2-hera-en", "heart", "hibari-heart-deep")
        ]
    assert names == ["hibari-heart-bright", "hibari-heart-low", "refused", "hibari-heart", "hibari-heart-deep"]


async def test_what_an_operator_sees() -> None:
    async with engine() as door:
        await speak(door, "Hello there.")
        await speak(door, "")
        seen = (await door.ask("GET", "/metrics")).body.decode()
    assert 'engine_requests_total{kind="tts",response_status="200"} 1.0' in seen
    assert 'engine_requests_total{kind="tts",response_status="400"} 1.0' in seen
    assert "sonant_speech_characters_total 12.0" in seen
    assert "sonant_first_audio_seconds_count 1.0" in seen
    assert 'engine_active_requests{kind="tts"} 0.0' in seen


@pytest.mark.parametrize(
    ("text", "breaks", "pauses"),
    [
        (r"\{pause:500ms\} Hello.", "1", 0.5),
        (r"Hello. \{pause:1s\}", "1", 1.0),
        (r"\{pause:3s\}Hello.\{pause:500\}", "2", 3.5),
        ("{pause:{duration_ms:700}} Hello.", "1", 0.7),
    ],
)
async def test_pauses_before_the_first_and_after_the_last_word(text: str, breaks: str, pauses: float) -> None:
    query = "model=flux-kit-en&encoding=linear16&container=none"
    async with engine() as door:
        plain, paused = await speak(door, "Hello.", query, v=2), await speak(door, text, query, v=2)
    assert paused.headers["dg-breaks-applied"] == breaks
    assert (len(paused.body) - len(plain.body)) / 48_000 == pytest.approx(pauses, abs=0.001)


@pytest.mark.parametrize("text", [r"\{pause:1s\}", r" \{pause:1s\} ... "])
async def test_a_text_of_pauses_alone_is_refused(text: str) -> None:
    async with engine() as door:
        answer = await speak(door, text, "model=flux-kit-en", v=2)
    assert (answer.status, "nothing that the voice can speak" in answer.json["err_msg"]) == (400, True)


async def test_the_characters_are_those_of_the_text_spoken_or_not_and_a_refused_text_has_none() -> None:
    async with engine() as door:
        counts = [
            (await speak(door, text, "model=flux-kit-en", v=2)).headers.get("dg-char-count")
            for text in ("Hello 日本語.", "<b>Hello</b>", r"Hello \{pause:1s\} there", "日本語")
        ]
        seen = (await door.ask("GET", "/metrics")).body.decode()
    assert counts == ["10", "12", "12", None]
    assert "sonant_speech_characters_total 34.0" in seen


async def test_a_text_in_another_language_is_spoken_with_a_warning() -> None:
    async with engine() as door:
        answer = await speak(door, "Ich habe heute leider keine Zeit.")
        plain = await speak(door, "I have no time today, I am afraid.")
    assert (answer.status, answer.headers["dg-warnings"]) == (200, "TEXT_IN_OTHER_LANGUAGE")
    assert "dg-warnings" not in plain.headers
