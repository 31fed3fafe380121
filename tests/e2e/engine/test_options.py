"""Every option of `POST /v1/listen`: it shapes the answer, is echoed in it, is refused, or is warned of."""

import time
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from e2e.engine.conftest import DATA, Engine, Reply
from e2e.engine.sounds import RATE, samples_of, wav
from sonant.contract.listen import TranscribeOptions
from sonant.contract.query import options_of
from sonant.engine.models.entries import BASE

pytestmark = pytest.mark.engine

ASKED: dict[str, Any] = {
    "alternatives": 2, "callback": "http://127.0.0.1:9/", "callback_method": "PUT", "channels": 2,
    "custom_intent": "a", "custom_intent_mode": "strict", "custom_topic": "a", "custom_topic_mode": "strict",
    "detect_entities": "true", "detect_language": "true", "detect_topics": "true", "diarize": "true",
    "diarize_model": "latest", "diarize_version": "1", "dictation": "true", "encoding": "linear16", "extra": "a:1",
    "filler_words": "true", "intents": "true", "keyterm": "a", "keywords": "a:2", "language": "tlh",
    "language_hint": "en", "measurements": "true", "mip_opt_out": "true", "model": "flux-general-en",
    "multichannel": "true", "numerals": "true", "paragraphs": "true", "profanity_filter": "true",
    "punctuate": "true", "redact": "pci", "replace": "a:b", "sample_rate": 8000, "search": "a", "sentiment": "true",
    "smart_format": "true", "summarize": "v2", "tag": "a", "tier": "nova", "topics": "true", "utt_split": 0.1,
    "utterances": "true", "version": "7",
}  # fmt: skip

FULFILLED = {
    "filler_words",
    "keyterm",
    "keywords",
    "measurements",
    "mip_opt_out",
    "numerals",
    "profanity_filter",
    "replace",
}
"""Ask for what is so without them: that nothing be kept, or for what this speech does not hold. Those that shape other
speech have tests of their own below."""


def facts(reply: Reply) -> Any:
    """What an answer says, without what differs from call to call."""
    if reply.status != 200:
        return reply.status, reply.json["err_msg"]
    answer = reply.json
    for name in ("request_id", "created"):
        answer.get("metadata", answer).pop(name, None)
    for utterance in answer.get("results", {}).get("utterances", []):
        utterance.pop("id")
    return answer


@pytest.fixture(scope="module")
def speech(spacewalk: bytes) -> bytes:
    samples = samples_of(spacewalk)[: RATE * 4]
    return wav(np.stack([samples, np.zeros_like(samples)]))


@pytest.fixture(scope="module")
def usual(engine: Engine, speech: bytes) -> Any:
    return facts(engine.listen(speech))


def test_all_are_asked() -> None:
    assert set(ASKED) == set(options_of(TranscribeOptions))


@pytest.mark.parametrize("name", ASKED)
def test_no_option_is_ignored(engine: Engine, speech: bytes, usual: Any, name: str) -> None:
    answer = facts(engine.listen(speech, **{name: ASKED[name]}))
    assert (answer == usual) is (name in FULFILLED)


@pytest.mark.parametrize("name", [name for name, value in ASKED.items() if value == "true"])
def test_false_is_as_if_not_asked(engine: Engine, speech: bytes, usual: Any, name: str) -> None:
    if name in {"punctuate", "multichannel", "diarize"}:  # one of each kind; the rest is for the unit tests
        assert facts(engine.listen(speech, **{name: "False"})) == usual


def test_unknown_parameters_are_warned_of(engine: Engine, speech: bytes) -> None:
    assert engine.listen(speech, colour="red").warnings == {"colour": "unknown_parameter"}


def test_pauses_part_utterances_as_asked(engine: Engine, speech: bytes) -> None:
    counts = [
        len(engine.listen(speech, utterances="true", utt_split=split).json["results"]["utterances"])
        for split in (0.1, 3)
    ]
    assert counts[0] > counts[1] == 1


def test_bad_values_name_their_parameter(engine: Engine, speech: bytes) -> None:
    for name, value in {"punctuate": "yes!", "utt_split": "-1", "channels": "99", "encoding": "mp5"}.items():
        reply = engine.listen(speech, **{name: value})
        assert reply.status == 400
        assert reply.json["err_code"] == "INVALID_QUERY_PARAMETER"
        assert name in reply.json["err_msg"]


def test_texts_in_other_scripts_are_echoed(engine: Engine, speech: bytes) -> None:
    reply = engine.ask("POST", f"/v1/listen?tag={quote('ключ 鍵')}&extra=k:a:b", speech)
    assert reply.json["metadata"]["tags"] == ["ключ 鍵"]
    assert reply.json["metadata"]["extra"] == {"k": "a:b"}


def test_answers_come_soon(engine: Engine, speech: bytes) -> None:
    began = time.monotonic()
    engine.listen(speech)
    assert time.monotonic() - began < 10


@pytest.fixture(scope="module")
def errands() -> bytes:
    return (DATA / "errands.flac").read_bytes()


@pytest.mark.parametrize(
    ("options", "said", "unsaid"),
    [
        ({}, "uh-huh that works for me i paid $25 for 210 milligrams of salt", "um"),
        ({"filler_words": "true", "punctuate": "true"}, "Um, I was thinking", ""),
        ({"measurements": "true"}, "210 mg of salt", "milligrams"),
        ({"smart_format": "true"}, "on March 3 at 4:30 PM.", "4.30"),
        ({"dictation": "true", "punctuate": "true"}, "for your letter. <\\n\\n> Kind regards.", "period"),
        ({"keyterm": ["Nakamura", "Kubernetes"]}, "about the kubernetes cluster", "cubanites"),
        ({"keywords": "Kubernetes:2"}, "about the kubernetes cluster", "cubanites"),
        ({"keywords": "uh-huh:-5"}, "aha that works for me", "uh-huh"),
        ({"replace": ["friday:monday", "works for me"]}, "on monday uh-huh that", "friday"),
    ],
)
def test_options_shape_the_words(engine: Engine, errands: bytes, options: Any, said: str, unsaid: str) -> None:
    text = engine.listen(errands, **options).best["transcript"]
    assert said in text
    assert not unsaid or unsaid not in text.split()


def test_alternatives_differ(engine: Engine, errands: bytes) -> None:
    readings = engine.listen(errands, alternatives=3).json["results"]["channels"][0]["alternatives"]
    assert len(readings) == 3
    assert len({reading["transcript"] for reading in readings}) > 1
    assert all(reading["words"] for reading in readings)


def test_search_finds_where_it_was_said(engine: Engine, errands: bytes) -> None:
    reply = engine.listen(errands, search=["salt", "Cubanite"])
    salt, like = reply.json["results"]["channels"][0]["search"]
    (word,) = [word for word in reply.best["words"] if word["word"] == "salt"]
    assert (salt["hits"][0]["start"], salt["hits"][0]["end"]) == (word["start"], word["end"])
    assert any("cubanites" in hit["snippet"] for hit in like["hits"])


needs_multilingual = pytest.mark.skipif(
    not BASE.weights.installed,
    reason="sonant[multilingual] is not installed",  # type: ignore[union-attr]
)


@needs_multilingual
@pytest.mark.slow
@pytest.mark.parametrize("options", [{"detect_language": "true"}, {"detect_language": ["nl", "de"]}])
def test_the_language_is_found(engine: Engine, options: Any) -> None:
    reply = engine.listen((DATA / "german.flac").read_bytes(), **options)
    channel = reply.json["results"]["channels"][0]
    assert channel["detected_language"] == "de"
    assert channel["language_confidence"] > 0.5
    assert "nach hamburg" in reply.best["transcript"]
    assert [info["name"] for info in reply.json["metadata"]["model_info"].values()] == ["base"]


@needs_multilingual
@pytest.mark.slow
def test_languages_may_be_mixed(engine: Engine) -> None:
    reply = engine.listen((DATA / "german.flac").read_bytes(), language="multi", language_hint="de", dictation="true",
                          punctuate="true")  # fmt: skip
    assert {word["language"] for word in reply.best["words"]} == {"de"}
    assert (reply.best["languages"], reply.best["languages_hinted"]) == (["de"], ["de"])
    assert reply.warnings == {"dictation": "unsupported_language"}


@needs_multilingual
@pytest.mark.slow
def test_a_language_is_answered_by_a_model_that_knows_it(engine: Engine) -> None:
    reply = engine.listen((DATA / "german.flac").read_bytes(), language="de", model="nova-3")
    assert "nach hamburg" in reply.best["transcript"]
    assert reply.warnings == {"model": "substituted_model"}
