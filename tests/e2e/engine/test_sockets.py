"""What one client may do to the engine's sockets, and what the others notice of it."""

import json
import os
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from e2e.engine.conftest import Engine, start_engine
from e2e.engine.sounds import RATE, Sound, samples_of
from e2e.engine.talks import RAW, talk
from sonant import DeepgramClient, SonantError

pytestmark = [pytest.mark.engine, pytest.mark.slow]

FLUX = {"model": "flux-general-en"}


def pcm(sound: Sound) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


@pytest.fixture(scope="module")
def speech(spacewalk: bytes) -> Sound:
    return samples_of(spacewalk)


def threads(engine: Engine) -> int:
    return sum(1 for _ in Path(f"/proc/{engine.process.pid}/task").iterdir())


def work(engine: Engine) -> float:
    """Seconds for which the engine's threads had a processor, all together."""
    fields = Path(f"/proc/{engine.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status(engine: Engine) -> dict[str, Any]:
    answer: dict[str, Any] = engine.ask("GET", "/v1/status").json
    return answer


def metric(engine: Engine, name: str) -> float:
    lines = engine.ask("GET", "/metrics").body.decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@pytest.mark.parametrize(("path", "times"), [("/v1/listen", 4), ("/v2/listen", 1)])
def test_much_audio_in_one_message(engine: Engine, speech: Sound, path: str, times: int) -> None:
    """It is heard to its end, and meanwhile the engine answers others: what it works on does not come first.

    That is told by the engine's own work while somebody waits, not by the clock: a machine that has more to do makes
    everybody wait longer.
    """
    whole = np.concatenate([speech] * times)
    works, statuses, over = [0.0], set[int](), threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            began = work(engine)
            statuses.add(engine.ask("GET", "/healthz").status)
            works.append(work(engine) - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with talk(engine.place, path, {**RAW, **(FLUX if path == "/v2/listen" else {})}) as stream:
            stream.socket.send(pcm(whole))
            stream.say("CloseStream")
            stream.rest(patience=120)
    finally:
        over.set()
        asking.join()
    assert stream.close_code == 1000
    assert statuses == {200}
    assert max(works) < 1
    if path == "/v1/listen":
        assert stream.events[-1]["duration"] == pytest.approx(len(whole) / RATE, abs=0.01)
        assert stream.transcript.lower().count("celebrating") == times


def test_who_sends_all_at_once_delays_nobody(engine: Engine, speech: Sound) -> None:
    """Finals of a conversation come while somebody else's audio waits, and a third one is let in."""
    with talk(engine.place) as hasty, talk(engine.place, options={**RAW, "endpointing": "300"}) as patient:
        hasty.socket.send(pcm(np.concatenate([speech] * 4)))
        sound = pcm(speech[: 8 * RATE])
        due = time.monotonic()
        for start in range(0, len(sound), 3200):
            patient.socket.send(sound[start : start + 3200])
            due += 0.1
            time.sleep(max(0.0, due - time.monotonic()))
        began = time.monotonic()
        patient.finish()
        took = time.monotonic() - began
        with talk(engine.place) as third:
            third.send(pcm(speech[: 2 * RATE]))
            third.finish()
        hasty.say("CloseStream")
        hasty.rest(patience=120)
    assert "celebrating" in patient.transcript
    assert took < 6  # a piece of the other's that runs, and one's own
    assert third.close_code == 1000
    assert hasty.transcript.lower().count("celebrating") == 4


def test_messages_of_one_byte(engine: Engine, speech: Sound) -> None:
    """What has arrived is heard together: 16,000 messages cost about as much as one."""
    began = time.monotonic()
    with talk(engine.place) as stream:
        stream.send(pcm(speech[: RATE // 2]), 1)
        stream.finish()
    assert stream.events[-1]["duration"] == pytest.approx(0.5, abs=0.001)
    assert time.monotonic() - began < 10


def test_idle_sockets(speech: Sound) -> None:
    """They take neither threads nor anybody's place, and are counted."""
    with start_engine() as engine, ExitStack() as stack:
        with talk(engine.place) as first:  # the threads of the workers begin with the first words
            first.send(pcm(speech[: 4 * RATE]))
            first.finish()
        before = threads(engine)
        streams = [
            stack.enter_context(talk(engine.place, "/v1/listen" if n % 2 else "/v2/listen", {} if n % 2 else FLUX))
            for n in range(200)
        ]
        assert status(engine)["active_stream_requests"] == 200
        assert metric(engine, "sonant_streams_talking") <= 1
        with talk(engine.place) as beside:
            beside.send(pcm(speech[: 4 * RATE]))
            beside.finish()
        assert "celebrating" in beside.transcript
        assert threads(engine) <= before + 2
        for stream in streams:
            stream.finish()
        assert {stream.close_code for stream in streams} == {1000}


def test_a_client_that_leaves_is_not_worked_for(engine: Engine, speech: Sound) -> None:
    with talk(engine.place) as stream:
        stream.socket.send(pcm(np.concatenate([speech] * 6)))
        time.sleep(0.5)
        assert status(engine)["active_stream_requests"] == 1
        stream.socket.socket.close()
    began = time.monotonic()
    while status(engine)["active_stream_requests"]:
        assert time.monotonic() - began < 10
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/v3/listen", 404), ("/", 404), ("/v1/listen/", 404), ("/nope/v1/listen", 404), ("/v1/models", 405)],
)
def test_no_such_socket(engine: Engine, path: str, expected: int) -> None:
    with pytest.raises(InvalidStatus) as refused, talk(engine.place, path):
        pass
    response = refused.value.response
    body = json.loads(response.body)
    assert response.status_code == expected
    assert response.headers["dg-error"] == body["err_msg"]
    assert response.headers["dg-request-id"] == response.headers["x-dg-request-id"] == body["request_id"]


@pytest.mark.parametrize(
    ("path", "options", "text"),
    [
        ("/v1/listen", {"encoding": "日本", "sample_rate": "8000"}, r"'\u65e5\u672c' is not one of"),
        ("/v1/listen", {"encoding": "x" * 300, "sample_rate": "8000"}, "xxx..."),
        ("/v1/listen", {"channels": "\N{GRINNING FACE}"}, r"channels: '\U0001f600'"),
        ("/v1/listen", {"encoding": "a\r\nX-Evil: 1"}, r"encoding: 'a\r\nX-Evil: 1'"),
        ("/v2/listen", {**FLUX, "日": "1"}, r"Unknown query parameters: \u65e5"),
        ("/v2/listen", {**FLUX, "a\r\nX-Evil: 1": ""}, r"Unknown query parameters: a\r\nX-Evil: 1"),
        ("/v2/listen", {**FLUX, "a\0b": "1"}, r"Unknown query parameters: a\x00b"),
        ("/v2/speak", {"a\r\n\r\nb": "1"}, r"Unknown query parameters: a\r\n\r\nb"),
        ("/v1/speak", {"encoding": "日"}, r"encoding: '\u65e5' is not one of"),
    ],
)
def test_odd_text_is_refused_like_any_other(engine: Engine, path: str, options: dict[str, str], text: str) -> None:
    with pytest.raises(InvalidStatus) as refused, talk(engine.place, path, options):
        pass
    response = refused.value.response
    body = json.loads(response.body)
    assert (response.status_code, body["err_code"]) == (400, "INVALID_QUERY_PARAMETER")
    assert text in response.headers["dg-error"]
    assert "x-evil" not in response.headers
    assert body["request_id"] == response.headers["dg-request-id"]


def test_the_client_says_that_there_is_no_such_socket(engine: Engine) -> None:
    client = DeepgramClient("key", base_url=f"{engine.url}/nope")
    with (
        pytest.raises(SonantError, match="Not found") as refused,
        client.listen.live(encoding="mulaw", sample_rate=8000),
    ):
        pass
    assert getattr(refused.value, "status", None) == 404
    assert getattr(refused.value, "request_id", None)


def test_a_refusal_is_one_line_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as log, start_engine(log=log, log_format="json") as engine:
        for target, options in (("/v1/listen", {"summarize": "true"}), ("/v3/listen", {}), ("/v2/listen", {})):
            with pytest.raises(InvalidStatus), talk(engine.place, target, options):
                pass
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    refused = [line for line in lines if line.get("status")]
    assert [(line["message"], line["level"], line["status"]) for line in refused] == [
        ("stream refused", "info", 400), ("stream refused", "info", 404), ("stream refused", "info", 400),
    ]  # fmt: skip
    assert {line["level"] for line in lines} == {"info"}
    assert len({line["request_id"] for line in refused}) == 3


WRONG = {
    '{"type":"Sync"}': "unknown variant `Sync`, expected one of `CloseStream`, `Configure`, `KeepAlive`, `Finalize`",
    '{"type":"Finalize","channel":"x"}': "`Finalize`: Expected `int | null`, got `str` - at `$.channel`",
    '{"type":"Configure","features":5}': "`Configure`: Expected `object | null`, got `int` - at `$.features`",
    '{"type":"Configure","features":{"numerals":"x"}}': "Expected `bool | null`, got `str` - at `$.features.numerals`",
    '{"type":"Configure","keyterms":"x"}': "`Configure`: Expected `array | null`, got `str` - at `$.keyterms`",
    '{"type":5}': "Expected `str`",
    "{}": "missing required field `type`",
    "[]": "Expected `object`, got `array`",
    "{bad": "JSON is malformed",
}


def test_errors_say_what_is_wrong(engine: Engine) -> None:
    with talk(engine.place) as stream:
        for text, why in WRONG.items():
            stream.socket.send(text)
            error = stream.until("Error")
            assert error["description"].startswith("Could not deserialize last text message: ")
            assert why in error["description"], error
            assert error["message"] == text
        for sound in (b"", bytes(3200)):
            stream.send(sound)
            stream.say("Finalize", channel=7)
            error = stream.until("Error")
            assert error["description"] == "`Finalize`: there is no channel 7; this stream has 1 channel, 0."
        stream.say("Finalize", channel=0)
        assert stream.until("Results")["from_finalize"]
        stream.finish()
    assert stream.close_code == 1000


def test_options_for_recordings_only_are_told(engine: Engine) -> None:
    asked = {"paragraphs": "true", "utterances": "true", "sentiment": "true", "measurements": "false", "nonsense": "1"}
    with talk(engine.place, options={**RAW, **asked}) as stream:
        (metadata,) = stream.finish()
    told = {warning["parameter"]: warning["message"] for warning in metadata["warnings"]}
    assert told.keys() == {"paragraphs", "utterances", "sentiment", "nonsense"}
    assert told["paragraphs"] == "`paragraphs` is for recordings only; it had no effect on this stream."
    assert "There is no parameter" in told["nonsense"]
