"""Official clients, unchanged but for the URL, stream a recording to our engine and hear what the contract says."""

import json
import re
import warnings
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

import jiwer
import numpy as np
import pytest

from e2e.engine.sounds import samples_of, wav
from guests import python_live
from guests.npm import ROOT, run_script
from sonant.embedded import Engine

pytestmark = [pytest.mark.guest, pytest.mark.engine, pytest.mark.slow]

RATE, CHUNK_MS, SPEED = 16_000, 100, 5
WAV_HEADER = 44
PAUSE = 1.6
"""Seconds: more than `utterance_end_ms`."""
CHUNK = 2 * RATE * CHUNK_MS // 1000
SAID = json.loads((ROOT / "tests" / "e2e" / "engine" / "spacewalk.json").read_text())["text"]
LIVE = {
    "model": "nova-3", "interim_results": "true", "vad_events": "true", "punctuate": "true",
    "utterance_end_ms": "1000", "endpointing": "300",
}  # fmt: skip
TURNS = {"model": "flux-general-en", "eager_eot_threshold": 0.4, "eot_threshold": 0.7}
RAW = {"encoding": "linear16", "sample_rate": RATE}
LEGAL = re.compile(r"U*SU*(?:E(?:RU*E)*)?F")
"""A turn: Update, StartOfTurn, EagerEndOfTurn, TurnResumed, EndOfTurn (F)."""
LETTERS = {"Update": "U", "StartOfTurn": "S", "EagerEndOfTurn": "E", "TurnResumed": "R", "EndOfTurn": "F"}
WORD_ERRORS = 0.15
GUESTS = ["js4", "js5", "python", "python-async"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def audio() -> bytes:
    """The recording as linear16, and a pause in which its last utterance ends."""
    samples = samples_of((ROOT / "examples" / "audio" / "spacewalk.flac").read_bytes())
    return wav(np.append(samples, np.zeros(int(PAUSE * RATE))))[WAV_HEADER:]


@pytest.fixture(scope="module")
def jobs(audio: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each guest streams, by name."""
    folder = tmp_path_factory.mktemp("audio")
    raw, contained = folder / "raw", folder / "contained.wav"
    raw.write_bytes(audio)
    contained.write_bytes(wav(np.frombuffer(audio, np.int16) / 32767))
    pace = {"chunk": CHUNK, "every": CHUNK_MS / SPEED}
    return {
        "raw": {"version": "v1", "path": str(raw), "options": {**LIVE, **RAW}, **pace},
        "wav": {"version": "v1", "path": str(contained), "options": LIVE, **pace},
        "turns": {"version": "v2", "path": str(raw), "options": {**TURNS, **RAW}, **pace},
    }


def ask(guest: str, engine: Engine, jobs: dict[str, Any]) -> dict[str, Any]:
    """What a guest heard, by job: the messages in their order, and the code of the close."""
    place, key = engine.url, engine.read_key()
    if guest.startswith("js"):
        return run_script(f"{guest}_live", place, key, json.dumps(jobs))
    pytest.importorskip("deepgram")
    stream = python_live.stream if guest == "python" else python_live.stream_async
    with warnings.catch_warnings(action="ignore"):  # the guest uses what its libraries deprecate
        return {name: stream(place, key, job) for name, job in jobs.items()}


@pytest.fixture(scope="module", params=GUESTS)
def heard(request: pytest.FixtureRequest, engine: Engine, jobs: dict[str, Any]) -> dict[str, Any]:
    """What each guest heard on `/v1/listen`."""
    return ask(request.param, engine, {name: jobs[name] for name in ("raw", "wav")})


@pytest.fixture(params=["raw", "wav"])
def live(request: pytest.FixtureRequest, heard: dict[str, Any]) -> dict[str, Any]:
    """One of its streams."""
    return heard[request.param]


@pytest.fixture(scope="module", params=[guest for guest in GUESTS if guest != "js4"])
def turns(request: pytest.FixtureRequest, engine: Engine, jobs: dict[str, Any]) -> dict[str, Any]:
    """What each guest that knows turns heard on `/v2/listen`."""
    return ask(request.param, engine, {"turns": jobs["turns"]})["turns"]


def of_type(heard: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [message for message in heard["messages"] if message["type"] == kind]


def finals(heard: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for message in of_type(heard, "Results") if message["is_final"]]


def best(message: dict[str, Any]) -> dict[str, Any]:
    return message["channel"]["alternatives"][0]


def end_of(message: dict[str, Any]) -> float:
    return message["start"] + message["duration"]


def word_errors(text: str) -> float:
    def words(text: str) -> str:
        return " ".join(re.findall(r"[\w']+", text.lower()))

    return float(jiwer.wer(words(SAID), words(text)))


def test_the_words_are_right(live: dict[str, Any]) -> None:
    assert word_errors(" ".join(best(message)["transcript"] for message in finals(live))) <= WORD_ERRORS


def test_finals_follow_one_another_without_a_gap(live: dict[str, Any], audio: bytes) -> None:
    spans = [(message["start"], end_of(message)) for message in finals(live)]
    assert spans[0][0] == pytest.approx(0)
    for (_, end), (start, _) in pairwise(spans):
        assert start == pytest.approx(end, abs=1e-3)
    assert spans[-1][1] == pytest.approx(len(audio) / 2 / RATE, abs=0.05)


def test_words_come_in_the_order_of_time(live: dict[str, Any]) -> None:
    for message in finals(live):
        for word in best(message)["words"]:
            assert message["start"] - 1e-3 <= word["start"] <= word["end"] <= end_of(message) + 1e-3
    words = [word for message in finals(live) for word in best(message)["words"]]
    assert all(one["end"] <= other["start"] + 1e-3 for one, other in pairwise(words))


def test_interims_grow_from_where_the_last_final_ended(live: dict[str, Any]) -> None:
    settled = longest = 0.0
    interims = 0
    for message in of_type(live, "Results"):
        assert message["start"] == pytest.approx(settled, abs=1e-3)
        if message["is_final"]:
            settled, longest = end_of(message), 0.0
            continue
        assert message["duration"] >= longest
        assert not message["speech_final"]
        longest, interims = message["duration"], interims + 1
    assert interims


def test_pauses_end_the_speech(live: dict[str, Any]) -> None:
    ends = [message for message in finals(live) if message["speech_final"]]
    assert sum(bool(best(message)["transcript"]) for message in ends) >= 3


def test_speech_is_announced_before_its_words(live: dict[str, Any]) -> None:
    kinds = [message["type"] for message in live["messages"]]
    spoken = next(i for i, m in enumerate(live["messages"]) if m["type"] == "Results" and best(m)["transcript"])
    assert kinds.index("SpeechStarted") < spoken
    starts = [message["timestamp"] for message in of_type(live, "SpeechStarted")]
    assert starts == sorted(starts)
    assert starts[0] <= 0.5


def test_an_utterance_ends_after_its_finals(live: dict[str, Any]) -> None:
    ends, last = 0, -1.0
    for message in live["messages"]:
        if message["type"] == "Results" and message["is_final"] and best(message)["words"]:
            last = best(message)["words"][-1]["end"]
        elif message["type"] == "UtteranceEnd":
            assert message["last_word_end"] == pytest.approx(last, abs=1e-3)
            ends += 1
    assert ends >= 1


def test_metadata_is_the_last_word(live: dict[str, Any], audio: bytes) -> None:
    assert [message["type"] for message in live["messages"]].index("Metadata") == len(live["messages"]) - 1
    assert live["messages"][-1]["duration"] == pytest.approx(len(audio) / 2 / RATE, abs=0.05)
    assert live["messages"][-1]["channels"] == 1
    assert live["code"] == 1000


def test_turns_are_counted_from_the_greeting_on(turns: dict[str, Any]) -> None:
    assert turns["messages"][0]["type"] == "Connected"
    assert [message["sequence_id"] for message in turns["messages"]] == list(range(len(turns["messages"])))
    assert turns["code"] == 1000


def test_each_turn_takes_a_legal_course(turns: dict[str, Any]) -> None:
    infos = of_type(turns, "TurnInfo")
    courses = {
        index: "".join(LETTERS[info["event"]] for info in group)
        for index, group in groupby(infos, lambda info: info["turn_index"])
    }
    assert list(courses) == list(range(len(courses)))
    *whole, last = courses.values()
    assert whole or LEGAL.fullmatch(last)
    for course in whole:
        assert LEGAL.fullmatch(course), course
    assert LEGAL.fullmatch(last) or set(last) == {"U"}


def test_an_eager_end_says_what_the_end_says(turns: dict[str, Any]) -> None:
    for one, other in pairwise(of_type(turns, "TurnInfo")):
        if (one["event"], other["event"]) == ("EagerEndOfTurn", "EndOfTurn"):
            assert one["transcript"] == other["transcript"]
    for info in of_type(turns, "TurnInfo"):
        assert info["transcript"] or info["event"] in {"Update", "TurnResumed"}
        assert ("trigger" in info) == (info["event"] == "EndOfTurn")


def test_the_words_of_the_turns_are_right(turns: dict[str, Any]) -> None:
    ends = [info for info in of_type(turns, "TurnInfo") if info["event"] == "EndOfTurn"]
    assert word_errors(" ".join(info["transcript"] for info in ends)) <= WORD_ERRORS
