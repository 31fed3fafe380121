"""The engine's `/v2/listen` over a real socket."""

import json
import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from e2e.engine.conftest import Engine, start_engine
from e2e.engine.sounds import RATE, Sound, noise, raw, samples_of
from e2e.engine.talks import RAW, Event, Talk, talk
from e2e.engine.test_live import pcm, still
from e2e.engine.test_recordings import SAID, error_rate

pytestmark = [pytest.mark.engine, pytest.mark.slow]

FLUX = {**RAW, "model": "flux-general-en"}
NEXT = {
    "": {"Update", "StartOfTurn"},
    "StartOfTurn": {"Update", "EagerEndOfTurn", "EndOfTurn"},
    "EagerEndOfTurn": {"Update", "TurnResumed", "EndOfTurn"},
    "TurnResumed": {"Update", "EagerEndOfTurn", "EndOfTurn"},
    "EndOfTurn": set[str](),
}
"""What may follow an event within a turn; an `Update` changes nothing."""


@pytest.fixture(scope="module")
def speech(spacewalk: bytes) -> Sound:
    return samples_of(spacewalk)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Engine]:
    with start_engine(turn_idle_seconds="0.5") as running:
        yield running


def check_turns(talk: Talk) -> list[Event]:
    """Everything that holds of any conversation; its turn events."""
    assert talk.events[0]["type"] == "Connected"
    assert [event["sequence_id"] for event in talk.events] == list(range(len(talk.events)))
    infos = [event for event in talk.events if event["type"] == "TurnInfo"]
    for number, (index, turn) in enumerate(groupby(infos, key=lambda info: int(info["turn_index"]))):
        assert index == number
        _check_turn(list(turn))
    heard = [info["audio_window_end"] for info in infos]
    assert heard == sorted(heard)
    return infos


def _check_turn(turn: list[Event]) -> None:
    state, promised = "", None
    for info in turn:
        event, text = info["event"], info["transcript"]
        assert event in NEXT[state]
        assert text == " ".join(word["word"] for word in info["words"])
        assert info["audio_window_start"] == turn[0]["audio_window_start"]
        assert text or state == ""
        assert 0 <= info["end_of_turn_confidence"] <= 1
        assert ("trigger" in info) == (event == "EndOfTurn")
        if event == "EndOfTurn" and promised is not None:
            assert text == promised
        if event != "Update":
            state, promised = event, text if event == "EagerEndOfTurn" else None


def said(infos: list[Event]) -> str:
    return " ".join(info["transcript"] for info in infos if info["event"] == "EndOfTurn")


def test_turns(engine: Engine, speech: Sound) -> None:
    with talk(engine.place, "/v2/listen", {**FLUX, "eager_eot_threshold": "0.4"}) as stream:
        stream.send(pcm(np.concatenate([speech, still(6)])))
        stream.finish()
    assert stream.close_code == 1000
    infos = check_turns(stream)
    assert infos[-1]["event"] == "Update"
    events = {info["event"] for info in infos}
    assert {"StartOfTurn", "EagerEndOfTurn", "EndOfTurn", "Update"} <= events
    assert error_rate(SAID, said(infos)) <= 0.2
    updates = [info["audio_window_end"] for info in infos if info["event"] == "Update"]
    assert len(updates) == pytest.approx(32 / 0.25, rel=0.2)


def test_turns_depend_on_the_sound_alone(engine: Engine, speech: Sound) -> None:
    told: list[list[Event]] = []
    for chunk in (2560, 33_333):
        with talk(engine.place, "/v2/listen", FLUX) as stream:
            stream.send(pcm(np.concatenate([speech[: 8 * RATE], still(2)])), chunk)
            stream.finish()
        told.append([{**info, "request_id": ""} for info in check_turns(stream)])
    assert told[0] == told[1]


def test_a_turn_ended_by_hand(engine: Engine, speech: Sound) -> None:
    with talk(engine.place, "/v2/listen", {**FLUX, "eot_threshold": "1.0", "eot_timeout_ms": "60000"}) as stream:
        stream.say("ForceEndTurn")
        stream.send(pcm(speech[: 4 * RATE]))
        stream.say("ForceEndTurn")
        stream.send(pcm(still(0.5)))
        stream.say("ForceEndTurn")
        stream.finish()
    infos = check_turns(stream)
    (end,) = [info for info in infos if info["event"] == "EndOfTurn"]
    assert end["trigger"] == "manual"
    assert "celebrating" in end["transcript"].lower()
    warnings = [event["code"] for event in stream.events if event["type"] == "Warning"]
    assert warnings == ["FORCE_END_TURN_NO_ACTIVE_TURN"] * 2


def test_a_turn_ended_by_time(engine: Engine, speech: Sound) -> None:
    with talk(engine.place, "/v2/listen", {**FLUX, "eot_threshold": "1.0", "eot_timeout_ms": "900"}) as stream:
        stream.send(pcm(np.concatenate([speech[: 4 * RATE], still(2)])))
        stream.finish()
    (end,) = [info for info in check_turns(stream) if info["event"] == "EndOfTurn"]
    assert end["trigger"] == "timeout"
    assert end["audio_window_end"] < 5.5


def test_closing_does_not_end_a_turn(engine: Engine, speech: Sound) -> None:
    with talk(engine.place, "/v2/listen", FLUX) as stream:
        stream.send(pcm(speech[: 3 * RATE]))
        stream.finish()
    infos = check_turns(stream)
    assert infos[-1]["event"] == "Update"
    assert infos[-1]["transcript"]
    assert not said(infos)
    assert stream.close_code == 1000


def test_nothing_said(engine: Engine) -> None:
    with talk(engine.place, "/v2/listen", FLUX) as stream:
        stream.send(pcm(np.concatenate([still(2), noise(2, 0.05)])))
        stream.finish()
    assert {(info["event"], info["transcript"]) for info in check_turns(stream)} == {("Update", "")}
    with talk(engine.place, "/v2/listen", FLUX) as stream:
        stream.finish()
    assert stream.kinds == ["Connected"]
    assert stream.close_code == 1000


def test_configure(engine: Engine) -> None:
    with talk(engine.place, "/v2/listen", {**FLUX, "keyterm": "sonant"}) as stream:
        stream.say("Configure", thresholds={"eot_threshold": 0.8, "eager_eot_threshold": 0.5})
        stream.say("Configure", thresholds={"eot_threshold": 0.6, "eager_eot_threshold": 0.7}, keyterms=["gone"])
        stream.say("Configure", numerals=True, keyterms=[])
        stream.finish()
    _, first, failure, second = stream.events
    assert (first["type"], first["keyterms"], first["numerals"]) == ("ConfigureSuccess", ["sonant"], False)
    assert first["thresholds"] == {"eot_threshold": 0.8, "eager_eot_threshold": 0.5, "eot_timeout_ms": 5000}
    assert (failure["type"], failure["code"]) == ("ConfigureFailure", "INVALID_THRESHOLD")
    assert failure["description"].startswith("eager_eot_threshold: 0.7")
    assert (second["keyterms"], second["numerals"], second["thresholds"]) == ([], True, first["thresholds"])


@pytest.mark.parametrize(
    "text",
    [
        "{", '{"type":"KeepAlive"}', '{"type":"Configure","numerals":"true"}', '{"type":"Finalize"}',
        '{"type":"Configure","thresholds":{"eot_threshold":"0.8"}}',
        '{"type":"Configure","features":{"numerals":true}}',
        '{"type":"Configure","features":1e400}',
        "[" * 100_000, "x" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_message(engine: Engine, text: str) -> None:
    with talk(engine.place, "/v2/listen", FLUX) as stream:
        stream.socket.send(text)
        stream.rest()
    assert stream.kinds == ["Connected", "Error"]
    assert (stream.events[1]["code"], stream.events[1]["sequence_id"]) == ("UNPARSABLE_CLIENT_MESSAGE", 1)


def test_the_idle_are_told_and_let_go(hasty: Engine) -> None:
    with talk(hasty.place, "/v2/listen", FLUX) as stream:
        stream.rest()
    assert stream.events[1]["code"] == "INACTIVE_CLIENT"


def test_the_idle_get_what_they_said(hasty: Engine, speech: Sound) -> None:
    with talk(hasty.place, "/v2/listen", {**FLUX, "eot_threshold": "0.9"}) as stream:
        stream.send(pcm(speech[: round(3.9 * RATE)]))
        while stream.next()["type"] != "Error":
            heard = stream.events[-1]
        stream.rest()
    assert (heard["event"], heard["audio_window_end"]) == ("Update", pytest.approx(3.9, abs=0.04))
    assert "celebrating" in heard["transcript"].lower()
    assert (stream.events[-1]["code"], stream.close_code) == ("INACTIVE_CLIENT", 1000)


def test_pings_keep_a_conversation_open(hasty: Engine) -> None:
    with talk(hasty.place, "/v2/listen", FLUX) as stream:
        for _ in range(15):
            stream.socket.ping().wait(1)
            time.sleep(0.1)
        stream.finish()
    assert (stream.kinds, stream.close_code) == (["Connected"], 1000)


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"nonsense": "1", "punctuate": "true"}, 400, "Unknown query parameters: nonsense, punctuate"),
        ({"model": "nova-3"}, 400, "No such model"),
        ({"model": None}, 400, "model"),
        ({"eot_threshold": "0.2"}, 400, "eot_threshold"),
        ({"eot_threshold": "0.6", "eager_eot_threshold": "0.8"}, 400, "eager_eot_threshold"),
        ({"language_hint": "de"}, 400, ""),
        ({"redact": "numbers"}, 403, "redact"),
        ({"redact": "pci"}, 400, "redact"),
        ({"encoding": "flac"}, 400, "encoding"),
        ({"sample_rate": None}, 400, "sample_rate"),
    ],
)
def test_refused_handshakes(engine: Engine, change: dict[str, Any], status: int, text: str) -> None:
    options = {name: value for name, value in {**FLUX, **change}.items() if value is not None}
    with pytest.raises(InvalidStatus) as refused, talk(engine.place, "/v2/listen", options):
        pass
    assert refused.value.response.status_code == status
    assert text in json.loads(refused.value.response.body)["err_msg"]


def test_a_telephone(engine: Engine, spacewalk: bytes) -> None:
    audio = raw(spacewalk, "mulaw", "pcm_mulaw", 8000)
    options = {"model": "flux-general-en", "encoding": "mulaw", "sample_rate": "8000"}
    with talk(engine.place, "/v2/listen", options) as stream:
        stream.send(audio + b"\xff" * 16_000, 160)
        stream.finish()
    assert error_rate(SAID, said(check_turns(stream))) <= 0.25
