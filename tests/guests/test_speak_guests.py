"""Official clients, unchanged but for the URL, have our engine speak; what comes is what our own answer would be."""

import http.client
import json
import warnings
from base64 import b64decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from guests import python_speak
from guests.npm import run_script
from sonant.embedded import Engine

pytestmark = [pytest.mark.guest, pytest.mark.engine, pytest.mark.slow]

TEXT = "The lighthouse stood alone. Ships passed by, one after another."
TEXTS = [TEXT[:20], TEXT[20:41], TEXT[41:]]
AURA, FLUX = "aura-2-zeus-en", "flux-alexis-en"
RAW = {"encoding": "linear16", "sample_rate": 16_000}
JOBS: dict[str, dict[str, Any]] = {
    "mp3": {"way": "request", "version": "v1", "text": TEXT, "options": {"model": AURA}},
    "wav": {
        "way": "request", "version": "v1", "text": TEXT,
        "options": {"model": AURA, "container": "wav", **RAW},
    },
    "flux": {
        "way": "request", "version": "v2", "text": TEXT,
        "options": {"model": FLUX, "encoding": "flac", "speed": 1.25, "expressivity": 1},
    },
    "live": {"way": "live", "version": "v1", "texts": TEXTS, "options": {"model": AURA, **RAW}},
    "turns": {"way": "live", "version": "v2", "texts": TEXTS, "options": {"model": FLUX, **RAW}},
}  # fmt: skip
MODELS = {"v1": "hibari-heart-deep", "v2": "hibari-heart"}
GUESTS = ["js4", "js5", "python", "python-async"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    engine.start()
    yield engine
    engine.stop()


def ask(guest: str, engine: Engine, jobs: dict[str, Any]) -> dict[str, Any]:
    """What a guest was given, by job."""
    place, key = engine.url, engine.read_key()
    if guest.startswith("js"):
        return run_script(f"{guest}_speak", place, key, json.dumps(jobs))
    pytest.importorskip("deepgram")
    speak = python_speak.speak if guest == "python" else python_speak.speak_async
    with warnings.catch_warnings(action="ignore"):  # the guest uses what its libraries deprecate
        return {name: speak(place, key, job) for name, job in jobs.items()}


@pytest.fixture(scope="module", params=GUESTS)
def given(request: pytest.FixtureRequest, engine: Engine) -> dict[str, Any]:
    """What each guest was given; the oldest knows no v2."""
    jobs = {name: job for name, job in JOBS.items() if request.param != "js4" or job["version"] == "v1"}
    return ask(request.param, engine, jobs)


def plain(engine: Engine, job: dict[str, Any]) -> tuple[bytes, str]:
    """The body and its type that a caller without a client is given."""
    options = {"container": "none", **job["options"]} if job["way"] == "live" else job["options"]
    connection = http.client.HTTPConnection(engine.url.removeprefix("http://"), timeout=60)
    headers = {"content-type": "text/plain", "authorization": f"Token {engine.read_key()}"}
    connection.request("POST", f"/{job['version']}/speak?{urlencode(options)}", TEXT, headers)
    response = connection.getresponse()
    body, kind = response.read(), response.headers["content-type"]
    connection.close()
    assert response.status == 200, body
    return body, kind


@pytest.mark.parametrize("name", ["mp3", "wav", "flux"])
def test_a_request(engine: Engine, given: dict[str, Any], name: str) -> None:
    if name not in given:
        pytest.skip("this client knows no v2")
    answer = given[name]
    body, kind = plain(engine, JOBS[name])
    assert b64decode(answer["audio"]) == body
    assert answer["type"] == kind
    assert answer["model"] == MODELS[JOBS[name]["version"]]


def test_a_live_voice(engine: Engine, given: dict[str, Any]) -> None:
    live = given["live"]
    assert [message["type"] for message in live["messages"]] == ["Metadata", "Flushed"]
    assert live["messages"][0]["model_name"] == MODELS["v1"]
    assert live["messages"][1]["sequence_id"] == 0
    assert live["code"] == 1000
    assert b64decode(live["audio"]) == plain(engine, JOBS["live"])[0]


def test_turns(engine: Engine, given: dict[str, Any]) -> None:
    if "turns" not in given:
        pytest.skip("this client knows no v2")
    turns = given["turns"]
    kinds = [message["type"] for message in turns["messages"]]
    assert kinds == ["Connected", "SpeechStarted", "Flushed", "SpeechMetadata", "SessionMetadata"]
    assert turns["messages"][3]["input_character_count"] == len(TEXT)
    assert turns["code"] == 1000
    assert b64decode(turns["audio"]) == plain(engine, JOBS["turns"])[0]
