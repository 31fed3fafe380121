"""The engine speaks over WebSockets with its real voice."""

import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from e2e.engine.conftest import Engine, start_engine
from e2e.engine.sounds import wav
from e2e.engine.test_recordings import error_rate
from e2e.engine.test_speak import SENTENCE, speak
from e2e.engine.voices import VoiceTalk, voice

pytestmark = [pytest.mark.engine, pytest.mark.slow]

FLUX = {"model": "flux-alexis-en"}
TURNS = "/v2/speak"
LONG = " ".join([SENTENCE] * 20)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Engine]:
    """An engine that does not wait long for its clients."""
    with start_engine(
        speak_idle_seconds="0.8", speak_session_seconds="4", speak_streams="1", speak_pace="0"
    ) as running:
        yield running


def test_a_flush_speaks_what_was_said_and_says_when_it_is_done(engine: Engine) -> None:
    with voice(engine.place, encoding="linear16", sample_rate=24000) as talk:
        for word in SENTENCE.split(" "):
            talk.say("Speak", text=word + " ")
        talk.say("Flush")
        assert talk.until("Flushed")["sequence_id"] == 0
        talk.say("Speak", text="And again.")
        talk.say("Flush")
        assert talk.until("Flushed")["sequence_id"] == 1
        talk.say("Close")
        talk.rest()
    assert talk.close_code == 1000
    assert talk.kinds == ["Metadata", "audio", "Flushed", "audio", "Flushed"]
    metadata = talk.events[0]
    assert set(metadata) == {"type", "request_id", "model_name", "model_version", "model_uuid"}
    assert metadata["model_name"] == "hibari-heart"
    once = talk.audio[: len(speak(engine, SENTENCE, encoding="linear16", container="none").body)]
    assert once == speak(engine, SENTENCE, encoding="linear16", container="none").body


@pytest.mark.parametrize(
    ("encoding", "rate", "size"),
    [("linear16", r, 2) for r in (8000, 16000, 24000, 32000, 48000)]
    + [(law, r, 1) for law in ("mulaw", "alaw") for r in (8000, 16000)],
)
def test_every_format_of_a_socket(engine: Engine, encoding: str, rate: int, size: int) -> None:
    with voice(engine.place, encoding=encoding, sample_rate=rate) as talk:
        talk.say("Speak", text=SENTENCE)
        talk.say("Flush")
        talk.say("Close")  # right after a flush: all audio still comes
        talk.rest()
    assert talk.kinds == ["Metadata", "audio", "Flushed"]
    assert talk.close_code == 1000
    whole = speak(engine, SENTENCE, encoding=encoding, sample_rate=rate, container="none").body
    assert talk.audio == whole
    assert len(whole) % size == 0


def test_the_defaults_of_a_socket(engine: Engine) -> None:
    sizes = {}
    for encoding in ("linear16", "mulaw"):
        with voice(engine.place, encoding=encoding, container="none", bit_rate=1) as talk:
            talk.say("Speak", text=SENTENCE)
            talk.say("Close")
            talk.rest()
        sizes[encoding] = len(talk.audio)
    assert abs(sizes["linear16"] - sizes["mulaw"] * 6) < 12  # 24000 times two bytes, 8000 times one


def test_a_close_speaks_what_is_left_and_audio_comes_before_a_flush(engine: Engine) -> None:
    with voice(engine.place) as talk:
        talk.say("Speak", text="One sentence. And the beginning of")
        while "audio" not in talk.kinds:
            talk.next()
        talk.say("Close")
        talk.rest()
    assert talk.kinds == ["Metadata", "audio"]
    assert talk.close_code == 1000


@pytest.mark.parametrize("rate", [24_000, 8_000])
def test_a_clear_stops_the_voice(engine: Engine, rate: int) -> None:
    with voice(engine.place, sample_rate=rate) as talk:
        talk.say("Speak", text=LONG)
        talk.say("Flush")
        while "audio" not in talk.kinds:
            talk.next()
        talk.say("Clear")
        talk.until("Cleared")
        talk.say("Speak", text="Hello.")
        talk.say("Flush")
        talk.until("Flushed")
        talk.say("Close")
        talk.rest()
    assert talk.kinds == ["Metadata", "audio", "Cleared", "audio", "Flushed"]
    whole = len(speak(engine, LONG, encoding="linear16", sample_rate=rate).body)
    assert len(talk.audio) < whole / 2
    after = talk.all[talk.all.index({"type": "Cleared", "sequence_id": 0}) :]
    hello = speak(engine, "Hello.", encoding="linear16", container="none", sample_rate=rate).body
    assert b"".join(piece for piece in after if isinstance(piece, bytes)) == hello


def test_too_many_flushes_are_warned_of(engine: Engine) -> None:
    with voice(engine.place) as talk:
        for _ in range(21):
            talk.say("Flush")
        talk.say("Close")
        events = talk.rest()
    assert [event["type"] for event in events[1:]] == ["Flushed"] * 20 + ["Warning"]
    assert events[-1]["code"] == events[-1]["warn_code"] == "EXCESSIVE_FLUSH"
    assert events[-1]["description"] == events[-1]["warn_msg"]


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ("no json", 1003, "MESSAGE-0000"),
        ('{"type": "Sing"}', 1008, "DATA-0000"),
        ('{"type": "Speak"}', 1008, "DATA-0000"),
        ('{"type": "Speak", "text": ""}', 1008, "DATA-0000"),
        ('{"type": "Speak", "text": 5}', 1008, "DATA-0000"),
        ("[1]", 1008, "DATA-0000"),
        (b"\x00\x01", 1008, "DATA-0000"),
        (json.dumps({"type": "Speak", "text": "a" * 2001}), 1009, "BIG-0001"),
        (json.dumps({"type": "Speak", "text": "a" * 2_000_001}), 1009, "BIG-0000"),
        (json.dumps({"type": "Speak", "text": r"\{pause:1\} a"}), 1008, "DATA-0002"),
    ],
)
def test_what_closes_a_socket(engine: Engine, message: str | bytes, code: int, reason: str) -> None:
    with voice(engine.place) as talk:
        talk.socket.send(message)
        talk.rest()
    assert (talk.close_code, talk.close_reason) == (code, reason)
    if reason == "BIG-0001":  # there is no such limit for turns
        return
    with voice(engine.place, TURNS, **FLUX) as talk:
        talk.socket.send(message)
        events = talk.rest()
    assert (talk.close_code, talk.close_reason) == (code, reason)
    assert (events[-1]["type"], events[-1]["code"]) == ("Error", reason)
    assert events[-1]["description"]


@pytest.mark.parametrize(
    ("path", "options", "text"),
    [
        ("/v1/speak", {"encoding": "mp3"}, "encoding"),
        ("/v1/speak", {"sample_rate": 44100}, "`sample_rate` must be"),
        ("/v1/speak", {"encoding": "mulaw", "sample_rate": 24000}, "`sample_rate` must be 8000 or 16000"),
        ("/v1/speak", {"model": "flux-kit-en"}, "No such model"),
        ("/v1/speak", {"model": "aura-2-celeste-es"}, "No voice"),
        ("/v1/speak", {"speed": 3}, "speed"),
        (TURNS, {}, "missing field `model`"),
        (TURNS, {"model": "aura-asteria-en"}, "No such model"),
        (TURNS, {**FLUX, "container": "none"}, "Unknown query parameters: container"),
        (TURNS, {**FLUX, "callback": "http://a.example"}, "Unknown query parameters: callback"),
        (TURNS, {**FLUX, "speed": 0.4}, "'speed' must be between 0.5 and 1.5"),
        (TURNS, {**FLUX, "expressivity": 0.5}, "'expressivity'"),
    ],
)
def test_what_is_refused_before_it_begins(engine: Engine, path: str, options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidStatus) as caught, voice(engine.place, path, **options):
        pass
    response = caught.value.response
    assert response.status_code == 400
    assert text in json.loads(response.body)["err_msg"]
    assert response.headers["dg-error"]


def turn(talk: VoiceTalk, *texts: str) -> dict[str, Any]:
    """Speak a turn; its metadata."""
    for text in texts:
        talk.say("Speak", text=text)
    talk.say("Flush")
    return talk.until("SpeechMetadata")


def test_turns(engine: Engine) -> None:
    with voice(engine.place, TURNS, sample_rate=44100, tag="a", **FLUX) as talk:
        done = turn(talk, SENTENCE[:20], SENTENCE[20:])
        again = turn(talk, "Yes.")
        talk.say("Close")
        talk.rest()
    assert talk.kinds[:3] == ["Connected", "SpeechStarted", "Flushed"]
    assert [kind for kind in talk.kinds if kind != "Flushed"] == [
        "Connected", "SpeechStarted", "audio", "SpeechMetadata", "SpeechStarted", "audio", "SpeechMetadata",
        "SessionMetadata",
    ]  # fmt: skip
    assert talk.close_code == 1000
    assert talk.events[0]["model_name"] == "hibari-heart"
    assert len(talk.events[0]["model_uuids"]) == 1
    ids = {event["speech_id"] for event in talk.events if "speech_id" in event}
    assert len(ids) == 2
    assert done["input_character_count"] == done["billable_character_count"] == len(SENTENCE)
    assert done["controls_applied"] == {"pronunciations_applied": 0, "breaks_applied": 0, "pronunciation_warnings": 0}
    total = talk.events[-1]
    assert abs(total["total_audio_duration_ms"] - done["audio_duration_ms"] - again["audio_duration_ms"]) <= 1
    assert abs(len(talk.audio) / 88.2 - total["total_audio_duration_ms"]) < 2
    assert total["total_input_character_count"] == len(SENTENCE) + 4


def test_turns_that_wait_and_a_close_that_drains_them(engine: Engine) -> None:
    with voice(engine.place, TURNS, **FLUX) as talk:
        for text in ("One.", "Two.", "Three."):
            talk.say("Speak", text=text)
            talk.say("Flush")
        talk.say("Speak", text="And four")
        talk.say("Close")
        talk.rest()
    assert [event["type"] for event in talk.events].count("SpeechMetadata") == 4
    assert talk.kinds[-1] == "SessionMetadata"
    for number, event in enumerate(talk.all):  # audio lies between the start and the end of a turn
        if isinstance(event, bytes):
            before = [e["type"] for e in talk.all[:number] if isinstance(e, dict)]
            assert before.count("SpeechStarted") == before.count("SpeechMetadata") + 1


def test_an_interrupt(engine: Engine) -> None:
    with voice(engine.place, TURNS, **FLUX) as talk:
        talk.say("Interrupt")
        assert talk.until("Warning")["code"] == "NO_AUDIO_GENERATED"
        talk.say("Speak", text=LONG)
        talk.say("Flush")
        while (
            sum(len(event) for event in talk.all if isinstance(event, bytes)) < 48_000
        ):  # what is not sent is not heard
            talk.next()
        talk.say("Interrupt", playback_offset={"type": "time_ms", "value": 1000})
        told = talk.until("SpeechInterrupted")
        before = len(talk.all)
        talk.say("Flush")
        assert talk.until("Warning")["code"] == "NO_ACTIVE_SPEECH"
        assert not any(isinstance(event, bytes) for event in talk.all[before:])
        turn(talk, "Next.")
        talk.say("Close")
        talk.rest()
    assert told["audio_played_ms"] == 1000
    assert told["text_spoken"] + told["text_remaining"] == LONG
    assert LONG.startswith(told["text_spoken"])
    assert 5 < len(told["text_spoken"]) < 40
    assert talk.events[-1]["total_audio_duration_ms"] < 3000


def test_a_configure_changes_the_speed(engine: Engine) -> None:
    with voice(engine.place, TURNS, **FLUX) as talk:
        usual = turn(talk, SENTENCE)["audio_duration_ms"]
        talk.say("Configure", speed=1.5)
        assert talk.until("ConfigureSuccess")["applied"] == {"speed": 1.5}
        fast = turn(talk, SENTENCE)["audio_duration_ms"]
        talk.say("Configure", speed=9)
        failure = talk.until("ConfigureFailure")
        talk.say("Close")
        talk.rest()
    assert fast < usual * 0.8
    assert (failure["code"], failure["field"], failure["value"]) == ("SPEED_OUT_OF_RANGE", "speed", 9)
    assert failure["description"] == "'speed' must be between 0.5 and 1.5"


def test_a_turn_without_words(engine: Engine) -> None:
    with voice(engine.place, TURNS, **FLUX) as talk:
        assert turn(talk, " \n")["audio_duration_ms"] == 0
    assert "NO_SYNTHESIZABLE_TEXT" in [event.get("code") for event in talk.events]


def test_sessions_that_last_too_long_or_fall_silent(hasty: Engine) -> None:
    with voice(hasty.place, TURNS, **FLUX) as talk:
        events = talk.rest()
    assert (talk.close_code, talk.close_reason, events[-1]["code"]) == (1011, "NET-0004", "NET-0004")
    began = time.monotonic()
    with voice(hasty.place, TURNS, **FLUX) as talk:
        while time.monotonic() - began < 1.6:  # a ping keeps a session open
            talk.socket.ping().wait(1)
            time.sleep(0.2)
        talk.say("Close")
        talk.rest()
    assert talk.close_code == 1000
    with voice(hasty.place) as talk:
        talk.rest()
    assert (talk.close_code, talk.close_reason) == (1011, "NET-0003")


def test_there_is_room_for_so_many(hasty: Engine) -> None:
    with voice(hasty.place), pytest.raises(InvalidStatus) as caught, voice(hasty.place):
        pass
    assert caught.value.response.status_code == 503
    assert int(caught.value.response.headers["retry-after"]) >= 1


def test_a_client_that_leaves_ends_the_work(engine: Engine) -> None:
    with voice(engine.place, TURNS, **FLUX) as talk:
        talk.say("Speak", text=" ".join([SENTENCE] * 1000))
        while "audio" not in talk.kinds:
            talk.next()
        talk.socket.socket.close()
    until = time.monotonic() + 10
    while 'engine_active_requests{kind="tts"} 0.0' not in engine.ask("GET", "/metrics").body.decode():
        assert time.monotonic() < until
        time.sleep(0.05)
    began = time.monotonic()
    speak(engine, "Hello.")
    assert time.monotonic() - began < 2


def test_what_is_spoken_live_is_understood(engine: Engine) -> None:
    with voice(engine.place, sample_rate=16000) as talk:
        talk.say("Speak", text=SENTENCE)
        talk.say("Close")
        talk.rest()
    sound = np.frombuffer(talk.audio, "<i2").astype(np.float32) / 32768
    heard = engine.listen(wav(sound, 16_000)).best["transcript"]
    assert error_rate(heard, SENTENCE) <= 0.1
