import copy
import json
import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.contract import codec
from sonant.contract.listen import LISTEN_LIVE, Accepted, Topics, Transcript
from sonant.contract.models import ModelList
from sonant.contract.wire import Message, attach

WORD = {"word": "yes", "start": 0.5, "end": 0.9, "confidence": 0.98, "punctuated_word": "Yes."}
METADATA = {
    "transaction_key": "deprecated",
    "request_id": "r-1",
    "sha256": "00",
    "created": "2026-01-01T00:00:00.000Z",
    "duration": 1.0,
    "channels": 1,
    "models": ["m"],
    "model_info": {"m": {"name": "n", "version": "v", "arch": "a"}},
}
BODY: dict[str, Any] = {
    "metadata": METADATA,
    "results": {"channels": [{"alternatives": [{"transcript": "Yes.", "confidence": 0.98, "words": [WORD]}]}]},
}


def changed(path: str, value: Any) -> bytes:
    """BODY with one value replaced, or removed where it is `...`."""
    body = json.loads(json.dumps(BODY))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = body
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(body).encode()


def test_a_body_that_fits_has_no_oddities() -> None:
    raw = json.dumps(BODY).encode()
    reply = codec.decode_reply(raw, Transcript)
    assert reply.transcript == "Yes."
    assert reply.oddities == ()
    assert reply.raw == raw
    assert json.loads(codec.encode(reply)) == BODY


def test_unknown_fields_are_ignored_and_stay_in_raw() -> None:
    reply = codec.decode_reply(changed("metadata.brand_new", {"a": 1}), Transcript)
    assert reply.oddities == ()
    assert b"brand_new" in reply.raw


def test_one_odd_word_loses_nothing_else() -> None:
    raw = changed("results.channels.0.alternatives.0.words.0.confidence", "high")
    reply = codec.decode_reply(raw, Transcript)
    word: Any = reply.words[0]
    assert (word.word, word.start, word.confidence) == ("yes", 0.5, "high")
    assert reply.metadata.duration == 1.0
    assert reply.oddities == ("$.results.channels[0].alternatives[0].words[0].confidence: Expected `float`, got `str`",)


def test_a_missing_field_is_said_and_stands_at_zero() -> None:
    reply = codec.decode_reply(changed("metadata.duration", ...), Transcript)
    assert reply.metadata.duration == 0.0
    assert reply.metadata.request_id == "r-1"
    assert reply.oddities == ("$.metadata.duration: missing",)


def test_missing_results_make_an_empty_transcript() -> None:
    reply = codec.decode_reply(changed("results", ...), Transcript)
    assert reply.transcript == ""
    assert reply.words == []


def test_an_odd_model_info_keeps_its_siblings() -> None:
    info = {"m": {"name": "n", "version": 3, "arch": "a"}, "k": {"name": "x", "version": "y", "arch": "z"}}
    reply = codec.decode_reply(changed("metadata.model_info", info), Transcript)
    assert reply.metadata.model_info["k"].name == "x"
    assert reply.metadata.model_info["m"].arch == "a"
    assert reply.oddities == ("$.metadata.model_info.m.version: Expected `str`, got `int`",)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("results.channels.0.alternatives.0.words", None),
        ("results.channels.0.alternatives.0.words", [1, WORD]),
        ("results.channels.0.alternatives.0.words.0.start", None),
        ("results.channels.0.alternatives.0.words.0.start", "soon"),
        ("results.channels.0.alternatives.0.words.0.punctuated_word", 5),
        ("results.channels", None),
        ("results", None),
        ("metadata", "x"),
    ],
)
def test_what_reads_a_transcript_copes_with_an_odd_one(path: str, value: Any) -> None:
    reply = codec.decode_reply(changed(path, value), Transcript)
    assert reply.oddities
    assert isinstance(reply.transcript, str)
    assert isinstance(reply.turns(), list)
    assert all(isinstance(word.text, str) for word in reply.words)
    assert reply.confidence is not None
    assert reply.request_id in {"r-1", ""}


def test_copies_and_pickles_keep_what_came_with_a_reply() -> None:
    reply = codec.decode_reply(changed("metadata.duration", "x"), Transcript)
    attach(reply, headers={"dg-request-id": "r-head"})
    for twin in (pickle.loads(pickle.dumps(reply)), copy.deepcopy(reply)):
        assert twin == reply
        assert (twin.raw, twin.oddities, twin.request_id) == (reply.raw, reply.oddities, "r-head")


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[1]", b'"text"', b"{"])
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        codec.decode_reply(raw, ModelList)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.mark.parametrize(
    "path",
    ["metadata", "results", "results.channels", "results.channels.0.alternatives.0.words.0", "metadata.model_info"],
)
def test_nothing_odd_anywhere_raises(path: str) -> None:
    @given(JSON)
    def check(value: Any) -> None:
        raw = changed(path, value)
        reply = codec.decode_reply(raw, Transcript)
        assert reply.raw == raw

    check()


def test_topics_are_read_flat_and_nested() -> None:
    segments = [{"text": "t", "start_word": 0, "end_word": 1, "topics": [{"topic": "x", "confidence_score": 0.5}]}]
    flat = msgspec.convert({"segments": segments}, Topics)
    nested = msgspec.convert({"results": {"topics": {"segments": segments}}}, Topics)
    assert flat.segments == nested.segments
    assert nested.segments[0].topics[0].topic == "x"


def test_strict_topics_without_a_match_say_so() -> None:
    assert codec.encode(Topics()) == b'{"segments":[]}'


def test_an_accepted_callback_has_its_id() -> None:
    assert codec.decode_reply(b'{"request_id":"r-9"}', Accepted).request_id == "r-9"


class Ping(Message):
    """A message for these tests."""

    at: float


class Pong(Message, tag="pong"):
    """Another."""

    at: float
    note: str | None = None


@pytest.mark.parametrize("message", [Ping(at=1.5), Pong(at=2.0), Pong(at=2.0, note="n")])
def test_messages_come_back_as_they_went(message: Message) -> None:
    assert codec.decode_message(codec.encode(message), Ping | Pong) == message


def test_messages_carry_their_type() -> None:
    assert codec.encode(Pong(at=2.0)) == b'{"type":"pong","at":2.0}'


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(b'{"type":"Brand","new":1}', "Brand"), (b'{"at":1}', ""), (b"[1,2]", ""), (b'{"type":"Ping","at":"x"}', "Ping")],
)
def test_unknown_messages_are_kept_whole(raw: bytes, kind: str) -> None:
    assert codec.decode_message(raw, Ping | Pong) == codec.Unknown(kind, json.loads(raw))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ('{"type":"Finalize","channel":1}', ""),
        ('{"type":"Finalize","channel":"x"}', "Expected `int | null`, got `str` - at `$.channel`"),
        ("[]", "Expected `object`, got `array`"),
    ],
)
def test_what_does_not_fit_is_said(raw: str, why: str) -> None:
    assert codec.find_misfit(raw, LISTEN_LIVE.says) == why


@pytest.mark.parametrize("opening", ['{"a":', "[", '{"type":"Finalize","channel":['])
def test_what_is_nested_beyond_reason_is_no_json(opening: str) -> None:
    for union in (LISTEN_LIVE.hears, LISTEN_LIVE.says):
        with pytest.raises(msgspec.DecodeError):
            codec.decode_message(opening * 100_000, union)
