"""The engine's `/v1/listen` over a real socket."""

import json
import queue
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from e2e.engine.conftest import ROOT, Engine, serve_files, start_engine
from e2e.engine.sounds import RATE, Sound, convert, hum, noise, raw, samples_of
from e2e.engine.talks import RAW, Event, Talk, talk
from e2e.engine.test_recordings import SAID, error_rate

pytestmark = [pytest.mark.engine, pytest.mark.slow]

INTERIM = {**RAW, "interim_results": "true"}


def pcm(sound: Sound) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def still(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE), np.float32)


@pytest.fixture(scope="module")
def speech(spacewalk: bytes) -> Sound:
    return samples_of(spacewalk)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Engine]:
    """An engine that does not wait long for its clients."""
    with start_engine(idle_seconds="0.6", streams="2") as running:
        yield running


def check_windows(talk: Talk) -> None:
    """Windows of finals follow one another; interims of a window keep its start and grow. A final may end earlier."""
    at, length = 0.0, 0.0
    for result in talk.results:
        assert result["start"] == pytest.approx(at, abs=1e-5)
        assert result["is_final"] or result["duration"] >= length
        length = result["duration"]
        if result["is_final"]:
            at, length = at + result["duration"], 0.0


def test_speech_then_silence(engine: Engine, speech: Sound) -> None:
    with talk(engine.place, options=INTERIM) as stream:
        stream.send(pcm(np.concatenate([speech[: 4 * RATE], still(1)])))
        stream.finish()
    assert stream.close_code == 1000
    assert stream.kinds[-1] == "Metadata"
    assert set(stream.kinds[:-1]) == {"Results"}
    spoken = next(final for final in stream.finals if final["channel"]["alternatives"][0]["transcript"])
    assert "celebrating" in stream.transcript
    assert spoken["channel_index"] == [0, 1]
    assert any(final["speech_final"] for final in stream.finals)
    check_windows(stream)
    metadata = stream.events[-1]
    assert metadata["duration"] == pytest.approx(5.0, abs=0.001)
    assert metadata["channels"] == 1
    assert metadata["request_id"] == spoken["metadata"]["request_id"]


def test_words_of_a_stream_are_those_of_the_recording(engine: Engine, speech: Sound, spacewalk: bytes) -> None:
    batch = error_rate(SAID, engine.listen(spacewalk).best["transcript"])
    with talk(engine.place, options={**RAW, "endpointing": "300"}) as stream:
        stream.send(pcm(speech))
        stream.finish()
    rate = error_rate(SAID, stream.transcript)
    print(f"batch {batch:.1%}, streamed {rate:.1%}")
    assert rate <= max(1.4 * batch, 0.15)
    words = [word for final in stream.finals for word in final["channel"]["alternatives"][0]["words"]]
    assert all(before["start"] <= after["start"] for before, after in pairwise(words))
    check_windows(stream)


def test_nothing_said_nothing_sent(engine: Engine) -> None:
    with talk(engine.place) as stream:
        stream.finish()
    (metadata,) = stream.events
    assert (metadata["duration"], metadata["channels"]) == (0.0, 1)
    assert stream.close_code == 1000
    with talk(engine.place, options={}) as stream:
        stream.socket.send(b"")
        (metadata,) = stream.rest()
    assert metadata["channels"] == 0
    assert stream.close_code == 1000


def test_finalize(engine: Engine, speech: Sound) -> None:
    half = int(1.8 * RATE)
    with talk(engine.place, options={**RAW, "endpointing": "false"}) as stream:
        stream.send(pcm(speech[:half]))
        stream.say("Finalize")
        final = stream.until("Results")
        assert final["is_final"]
        assert final["from_finalize"]
        assert final["channel"]["alternatives"][0]["transcript"]
        stream.send(pcm(speech[half : 2 * half]))
        stream.finish()
    assert stream.finals[1]["start"] == pytest.approx(final["start"] + final["duration"], abs=1e-5)
    assert sum(final["duration"] for final in stream.finals) == pytest.approx(3.6, abs=0.05)
    assert not stream.finals[-1]["from_finalize"]


def test_times_do_not_drift_with_finalizing(engine: Engine) -> None:
    with talk(engine.place) as stream:
        for _ in range(50):
            stream.socket.send(pcm(still(0.05)))
            stream.say("Finalize")
        stream.finish()
    assert sum(final["from_finalize"] for final in stream.finals) == 50
    assert sum(final["duration"] for final in stream.finals) == pytest.approx(2.5, abs=1e-4)
    check_windows(stream)


def test_the_idle_are_told_and_let_go(hasty: Engine) -> None:
    with talk(hasty.place) as stream:
        stream.rest()
    assert stream.kinds == ["Metadata"]
    assert stream.close_code == 1011
    assert "did not receive audio data or a text message" in stream.close_reason


def test_the_idle_get_what_they_said(hasty: Engine, speech: Sound) -> None:
    with talk(hasty.place, options={**RAW, "endpointing": "false"}) as stream:
        stream.send(pcm(speech[: 4 * RATE]))
        stream.rest()
    assert "celebrating" in stream.transcript
    assert stream.kinds[-1] == "Metadata"
    assert stream.close_code == 1011
    assert "did not receive audio data or a text message" in stream.close_reason


def test_what_is_no_audio_is_told_before_the_end(engine: Engine) -> None:
    with talk(engine.place, options={}) as stream:
        stream.send(np.random.default_rng(7).bytes(50_000))
        stream.rest(5)
    assert (stream.close_code, stream.close_reason) == (1008, "DATA-0000")


def test_keep_alive_keeps_a_stream(hasty: Engine) -> None:
    with talk(hasty.place) as stream:
        for _ in range(4):
            stream.say("KeepAlive")
            with pytest.raises(TimeoutError):
                stream.socket.recv(timeout=0.3)
        stream.finish()
    assert stream.close_code == 1000
    assert stream.events[-1]["duration"] == 0.0


@pytest.mark.parametrize("options", [{}, {"encoding": "flac"}, {"encoding": "ogg-opus"}])
def test_what_is_no_audio(engine: Engine, options: dict[str, str]) -> None:
    garbage = np.random.default_rng(7).bytes(200_000)
    with talk(engine.place, options=options) as stream:
        try:
            stream.send(garbage)
            stream.finish()
        except ConnectionClosed:
            stream.rest()
    assert (stream.close_code, stream.close_reason) == (1008, "DATA-0000")


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"type":"Dance"}', '{"type":"ForceEndTurn"}', "x" * 1_000_000])
def test_what_is_no_message(engine: Engine, text: str) -> None:
    with talk(engine.place) as stream:
        stream.socket.send(text)
        error = stream.next()
        stream.finish()
    assert (error["type"], error["variant"]) == ("Error", "SchemaError")
    assert error["description"].startswith("Could not deserialize last text message: ")
    assert stream.kinds[1:] == ["Metadata"]
    assert stream.close_code == 1000


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({"summarize": "true"}, 400, "Summarization is not available for streaming."),
        ({"topics": "true"}, 403, "topics"),
        ({"diarize": "true"}, 403, "diarize"),
        ({"redact": "pci"}, 403, "redact"),
        ({"detect_entities": "true"}, 403, "detect_entities"),
        ({"model": "flux-general-en"}, 400, "No such model"),
        ({"model": "nova-99"}, 400, "No such model"),
        ({"callback": "nowhere"}, 400, "Invalid callback url."),
        ({"language": "de", "model": "tiny.en"}, 400, "No such model"),
        ({"interim_results": "perhaps"}, 400, "interim_results"),
        ({"encoding": "linear16", "sample_rate": "12"}, 400, "sample_rate"),
    ],
)
def test_refused_handshakes(engine: Engine, query: dict[str, str], status: int, text: str) -> None:
    with pytest.raises(InvalidStatus) as refused, talk(engine.place, options={**RAW, **query}):
        pass
    response = refused.value.response
    body = json.loads(response.body)
    assert response.status_code == status
    assert text in body["err_msg"]
    assert body["request_id"] == response.headers["dg-request-id"]
    assert text in response.headers["dg-error"]


def test_keys() -> None:
    with start_engine(api_keys="secret") as guarded:
        with pytest.raises(InvalidStatus) as refused, talk(guarded.place):
            pass
        assert refused.value.response.status_code == 401
        with talk(guarded.place, subprotocols=["token", "secret"]) as stream:
            assert stream.socket.subprotocol == "token"
            stream.finish()
        assert stream.close_code == 1000
        for protocols in (["token", "wrong"], ["bearer", "secret"], ["secret"]):
            with pytest.raises(InvalidStatus), talk(guarded.place, subprotocols=protocols):
                pass


def test_a_stranger_may_not_call_through_a_browser(engine: Engine) -> None:
    with pytest.raises(InvalidStatus) as refused, talk(engine.place, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_no_room(hasty: Engine) -> None:
    with talk(hasty.place) as one, talk(hasty.place) as other:
        with pytest.raises(InvalidStatus) as refused, talk(hasty.place):
            pass
        one.finish()
        other.finish()
    assert refused.value.response.status_code == 503
    assert int(refused.value.response.headers["retry-after"]) > 0


def test_idle_sockets_by_the_hundred(engine: Engine, spacewalk: bytes) -> None:
    with start_engine(streams="300") as wide, ExitStack() as stack:
        streams = [stack.enter_context(talk(wide.place)) for _ in range(200)]
        metrics = wide.ask("GET", "/metrics").body.decode()
        assert 'engine_active_requests{kind="stream"} 200.0' in metrics
        assert wide.listen(spacewalk).status == 200
        for stream in streams:
            stream.finish()
        assert {stream.close_code for stream in streams} == {1000}


def test_leaving_frees_the_place(hasty: Engine) -> None:
    for _ in range(5):
        with talk(hasty.place) as one, talk(hasty.place) as other:
            one.send(pcm(still(0.2)))
            other.socket.socket.close()


def test_silence_noise_and_hum_say_nothing(engine: Engine) -> None:
    sounds = [still(12), noise(12, 0.05), hum(12, 50.0), hum(12, 220.0, 277.18, 329.63)]
    with talk(engine.place, options=INTERIM) as stream:
        stream.send(pcm(np.concatenate(sounds)), 32_000)
        stream.finish()
    metrics = engine.ask("GET", "/metrics").body.decode()
    for name in (
        "sonant_interims_total",
        "sonant_interims_left_out_total",
        "sonant_waiting_final",
        "sonant_waiting_interim",
    ):
        assert f"\n{name} " in metrics
    assert stream.transcript == ""
    assert not any(result["channel"]["alternatives"][0]["words"] for result in stream.results)
    assert len(stream.finals) > 5  # so that clients need not keep what is over
    check_windows(stream)


@pytest.mark.parametrize("chunk", [1, 7, 320_000])
def test_chunks_of_any_size(engine: Engine, speech: Sound, chunk: int) -> None:
    with talk(engine.place, options={**RAW, "endpointing": "300"}) as stream:
        stream.send(pcm(speech[: 4 * RATE]), chunk)
        stream.finish()
    assert "celebrating" in stream.transcript
    assert stream.events[-1]["duration"] == pytest.approx(4.0, abs=0.001)


TELEPHONE = [
    ("mulaw", 8000, "mulaw", "pcm_mulaw"),
    ("alaw", 8000, "alaw", "pcm_alaw"),
    ("linear16", 44100, "s16le", "pcm_s16le"),
    ("linear32", 16000, "f32le", "pcm_f32le"),
]


@pytest.mark.parametrize(("encoding", "rate", "demuxer", "codec"), TELEPHONE)
def test_encodings(engine: Engine, spacewalk: bytes, encoding: str, rate: int, demuxer: str, codec: str) -> None:
    audio = raw(spacewalk, demuxer, codec, rate)
    options = {"encoding": encoding, "sample_rate": rate, "endpointing": 300}
    with talk(engine.place, options=options) as stream:
        stream.send(audio, 4001)
        stream.finish()
    assert error_rate(SAID, stream.transcript) <= 0.2
    assert stream.events[-1]["duration"] == pytest.approx(25.933, abs=0.01)


CONTAINERS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "ogg": "libopus", "webm": "libopus"}


@pytest.mark.parametrize(("container", "codec"), CONTAINERS.items())
def test_containers(engine: Engine, spacewalk: bytes, container: str, codec: str) -> None:
    media = convert(spacewalk, container, codec, 16000 if codec != "libopus" else 48000)
    with talk(engine.place, options={"endpointing": 300}) as stream:
        stream.send(media, 1999)
        stream.finish()
    assert stream.close_code == 1000
    assert error_rate(SAID, stream.transcript) <= 0.2
    assert stream.events[-1]["duration"] == pytest.approx(25.933, abs=0.1)


def test_a_header_within_a_raw_stream_is_audio(engine: Engine, spacewalk: bytes) -> None:
    with talk(engine.place) as stream:
        stream.send(spacewalk[: 44 + 8 * RATE])
        stream.finish()
    assert "celebrating" in stream.transcript


def test_channels(engine: Engine) -> None:
    media = (ROOT / "tests" / "data" / "two_channels.flac").read_bytes()
    with talk(engine.place, options={"multichannel": "true", "endpointing": "300"}) as stream:
        stream.send(media)
        stream.finish()
    said: dict[int, str] = {0: "", 1: ""}
    for final in stream.finals:
        assert final["channel_index"][1] == 2
        said[final["channel_index"][0]] += final["channel"]["alternatives"][0]["transcript"] + " "
    for number, name in enumerate(("left", "right")):
        assert error_rate((ROOT / "tests" / "data" / f"{name}.txt").read_text(), said[number]) <= 0.25
    assert stream.events[-1]["channels"] == 2


def test_starts_ends_and_stable_words(engine: Engine, speech: Sound) -> None:
    options: dict[str, Any] = {**INTERIM, "vad_events": "true", "utterance_end_ms": "1000", "endpointing": "300"}
    with talk(engine.place, options=options) as stream:
        stream.send(pcm(np.concatenate([speech[: 4 * RATE], still(2)])))
        stream.finish()
    (onset, *_) = [event for event in stream.events if event["type"] == "SpeechStarted"]
    assert onset["timestamp"] == pytest.approx(0.1, abs=0.2)
    (end,) = [event for event in stream.events if event["type"] == "UtteranceEnd"]
    words = [word for final in stream.finals for word in final["channel"]["alternatives"][0]["words"]]
    assert end["last_word_end"] == pytest.approx(words[-1]["end"], abs=0.01)
    assert all("stable_words" in result for result in stream.results if not result["is_final"])


def test_configure(engine: Engine) -> None:
    with talk(engine.place) as stream:
        stream.say("Configure", features={"numerals": True})
        stream.say("Configure", processors={"numerals": False})
        stream.say("Configure", keyterms=["sonant"])
        assert stream.next()["keyterms"] == ["sonant"]
        stream.say("Configure", keyterms=["syllable"] * 600)
        failure = stream.next()
        stream.finish()
    assert stream.kinds == ["ConfigureSuccess", "ConfigureFailure", "Metadata"]
    assert failure["code"] == "CONFIGURE_KEYTERM_LIMIT_EXCEEDED"


def test_a_callback_gets_every_message_in_order(speech: Sound) -> None:
    arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
    tries = 0

    def answer(method: str, _path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        nonlocal tries
        tries += 1
        if tries == 2:  # a receiver that stumbles is asked again
            return 503, {}, b""
        arrived.put({"method": method, "id": headers["dg-request-id"], **json.loads(body)})
        return 204, {}, b""

    with start_engine(allow_private_urls="true", callback_delay="0.05") as quick, serve_files(answer) as url:
        options = {**RAW, "callback": f"{url}/notes", "callback_method": "put", "endpointing": "300"}
        with talk(quick.place, options=options) as stream:
            stream.send(pcm(np.concatenate([speech[: 8 * RATE], still(1)])))
            stream.finish()
        got = [arrived.get(timeout=10)]
        while got[-1]["type"] != "Metadata":
            got.append(arrived.get(timeout=10))
    assert stream.kinds == ["Metadata"]
    assert {(message["method"], message["id"]) for message in got} == {("PUT", stream.events[0]["request_id"])}
    finals = [message for message in got if message["type"] == "Results"]
    assert finals[0]["start"] == 0
    assert all(b["start"] == pytest.approx(a["start"] + a["duration"], abs=1e-5) for a, b in pairwise(finals))
    assert tries == len(got) + 1


def test_what_had_no_effect_is_told(engine: Engine) -> None:
    options = {**RAW, "paragraphs": "true", "nonsense": "1", "utterance_end_ms": "1000", "tag": "a", "extra": "k:v"}
    with talk(engine.place, options=options) as stream:
        (metadata,) = stream.finish()
    assert {warning["parameter"] for warning in metadata["warnings"]} == {"paragraphs", "nonsense", "utterance_end_ms"}
    assert (metadata["tags"], metadata["extra"]) == (["a"], {"k": "v"})


@pytest.mark.parametrize(("container", "codec", "rate"), [("webm", "libopus", 48000), ("ogg", "libopus", 48000)])
def test_a_container_is_heard_as_it_comes(
    engine: Engine, spacewalk: bytes, container: str, codec: str, rate: int
) -> None:
    media = convert(spacewalk, container, codec, rate)
    with talk(engine.place, options={"interim_results": "true"}) as stream:
        stream.send(media[: len(media) // 4], 500)
        while not stream.next()["channel"]["alternatives"][0]["transcript"]:
            pass
        stream.finish()
    assert stream.close_code == 1000
