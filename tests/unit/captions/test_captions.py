"""Captions follow the rules of the reference package, byte for byte, and mend its measured failures."""

import json
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.captions import CaptionError, srt, webvtt
from sonant.captions.cues import captions, timestamp
from sonant.contract.codec import decode_reply
from sonant.contract.listen import Transcript

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
NAMES = ["dg_transcription", "dg_utterances", "dg_whisper_transcription"]


def word(text: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"word": text, "start": start, "end": end, "confidence": 0.9, **more}


def body(
    words: list[dict[str, Any]], *, transcript: str = "said", utterances: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    alternative = {"transcript": transcript, "confidence": 0.9, "words": words}
    results: dict[str, Any] = {"channels": [{"alternatives": [alternative]}]}
    if utterances is not None:
        results["utterances"] = utterances
    metadata = {"request_id": "r-1", "created": "2026-01-01T00:00:00.000Z", "duration": 3.5, "channels": 1}
    return {"metadata": {**metadata, "sha256": "", "models": [], "model_info": {}}, "results": results}


def utterance(*words: dict[str, Any]) -> dict[str, Any]:
    return {
        "start": 0.0,
        "end": 1.0,
        "confidence": 0.9,
        "channel": 0,
        "transcript": "said",
        "words": list(words),
        "id": "u",
    }


def texts(source: Any, line_length: int | None = None) -> list[str]:
    return [cue.text for cue in captions(source, line_length).cues]


def counted(n: int, **more: Any) -> list[dict[str, Any]]:
    return [word(f"w{i}", i, i + 0.5, **more) for i in range(n)]


@pytest.mark.parametrize("name", NAMES)
def test_recorded_answers_give_the_bytes_of_the_reference_package(name: str) -> None:
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded answers are not at ../shared/samples")
    raw = path.read_bytes()
    assert srt(raw) == (GOLDEN / f"{name}.srt").read_text()
    assert webvtt(raw) == (GOLDEN / f"{name}.vtt").read_text()


def test_every_kind_of_source_gives_the_same_captions() -> None:
    said = body(counted(3))
    raw = json.dumps(said)
    sources: list[Any] = [said, raw, raw.encode(), decode_reply(raw.encode(), Transcript)]
    assert len({webvtt(source) for source in sources}) == 1
    assert len({srt(source) for source in sources}) == 1


def test_webvtt_has_note_cues_and_one_newline_at_the_end() -> None:
    words = [word("hello", 0.5, 1.0, punctuated_word="Hello,"), word("world", 59.9999, 61.2)]
    assert webvtt(body(words)) == (
        "WEBVTT\n\nNOTE\nTranscription provided by Deepgram\nRequest Id: r-1\n"
        "Created: 2026-01-01T00:00:00.000Z\nDuration: 3.5\nChannels: 1\n\n"
        "00:00:00.500 --> 00:01:01.200\nHello, world\n"
    )


def test_srt_numbers_its_cues_and_names_a_speaker_when_it_changes() -> None:
    words = [
        word("a", 0, 1, speaker=1),
        word("b", 1, 2, speaker=1),
        word("c", 2, 3, speaker=0),
        word("d", 3, 4, speaker=0),
    ]
    assert srt(body(words), 1) == (
        "1\n00:00:00,000 --> 00:00:01,000\n[speaker 1]\na\n\n"
        "2\n00:00:01,000 --> 00:00:02,000\nb\n\n"
        "3\n00:00:02,000 --> 00:00:03,000\n[speaker 0]\nc\n\n"
        "4\n00:00:03,000 --> 00:00:04,000\nd\n"
    )


def test_webvtt_tags_every_cue_once_speakers_are_told_apart() -> None:
    words = [word("a", 0, 1, speaker=1), word("b", 1, 2), word("c", 2, 3, speaker=0)]
    tags = re.findall(r"^<v Speaker (\d)>(.*)$", webvtt(body(words)), re.MULTILINE)
    assert tags == [("1", "a"), ("0", "b c")]


def test_speaker_null_is_unlabelled() -> None:
    said = body([word("a", 0, 1, speaker=None), word("b", 1, 2, speaker=None)])
    assert texts(said) == ["a b"]
    assert "<v" not in webvtt(said)
    assert "[speaker" not in srt(said)


@pytest.mark.parametrize(("n", "sizes"), [(1, [1]), (7, [7]), (8, [8]), (9, [8, 1]), (16, [8, 8])])
def test_a_cue_has_eight_words_at_most(n: int, sizes: list[int]) -> None:
    assert [len(text.split()) for text in texts(body(counted(n)))] == sizes
    assert [len(text.split()) for text in texts(body([], utterances=[utterance(*counted(n))]))] == sizes


def test_utterances_break_cues_and_those_without_words_are_skipped() -> None:
    parts = [utterance(), utterance(word("a", 0, 1)), utterance(), utterance(word("b", 1, 2))]
    assert texts(body(counted(3), utterances=parts)) == ["a", "b"]


def test_no_utterances_falls_back_to_words() -> None:
    assert texts(body(counted(2), utterances=[])) == ["w0 w1"]


def test_facts_without_value_are_left_out_of_the_note() -> None:
    said = body(counted(1))
    said["metadata"] |= {"duration": 0, "request_id": "", "created": "", "channels": 0}
    assert webvtt(said).startswith("WEBVTT\n\nNOTE\nTranscription provided by Deepgram\n\n00:")


def test_a_line_break_in_a_word_does_not_end_its_cue() -> None:
    assert texts(body([word("a", 0, 1, punctuated_word="a\n\nb")])) == ["a b"]


def test_nothing_said_is_an_error() -> None:
    with pytest.raises(CaptionError, match="No valid transcriptions found in response"):
        srt(body([], transcript=""))
    with pytest.raises(CaptionError, match="No valid transcriptions found in response"):
        srt({"metadata": {}, "results": {"channels": []}})


def test_text_without_words_is_an_error() -> None:
    with pytest.raises(CaptionError, match="No transcript data found"):
        webvtt(body([]))


def test_a_word_without_a_time_is_an_error_that_says_so() -> None:
    said = body([word("a", 0, 1)])
    said["results"]["channels"][0]["alternatives"][0]["words"][0]["start"] = "soon"
    with pytest.raises(CaptionError, match="start"):
        srt(said)


@pytest.mark.parametrize("raw", [b"", b"[]", b"no json"])
def test_other_bytes_are_an_error_that_says_so(raw: bytes) -> None:
    with pytest.raises(CaptionError, match="not the JSON of a transcript"):
        srt(raw)


@pytest.mark.parametrize("length", [0, -1])
def test_line_length_must_be_positive(length: int) -> None:
    with pytest.raises(ValueError, match="must be 1 or more"):
        srt(body(counted(1)), length)


def test_other_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="get_lines"):
        webvtt(SimpleNamespace())  # type: ignore[arg-type]


class Mine:
    """A converter of one's own, with words as mappings and as objects."""

    def get_lines(self, line_length: int) -> list[list[Any]]:
        assert line_length == 8
        return [
            [word("a", 0, 1, speaker="A")],
            [],
            [SimpleNamespace(word="b", start=1, end=2.25, speaker="B")],
        ]


class Noted(Mine):
    def get_headers(self) -> list[str]:
        return ["NOTE", "mine"]


def test_a_converter_needs_only_lines() -> None:
    cues = "00:00:00.000 --> 00:00:01.000\n<v Speaker A>a\n\n00:00:01.000 --> 00:00:02.250\n<v Speaker B>b\n"
    assert webvtt(Mine()) == "WEBVTT\n\n" + cues
    assert webvtt(Noted()) == "WEBVTT\n\nNOTE\nmine\n\n" + cues
    assert srt(Mine()).count("[speaker") == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00:00.000"), (59.9999, "00:01:00.000"), (0.0005, "00:00:00.001"), (86_400, "24:00:00.000"),
     (360_000.5, "100:00:00.500"), (-0.1, "00:00:00.000")],
)  # fmt: skip
def test_times_are_rounded_and_go_on_past_a_day(seconds: float, text: str) -> None:
    assert timestamp(seconds, ".") == text


@st.composite
def spoken(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Words in order that do not overlap, with or without speakers."""
    labelled = draw(st.booleans())
    now, words = 0.0, list[dict[str, Any]]()
    for pause, length in draw(st.lists(st.tuples(st.floats(0, 9_999), st.floats(0, 9)), min_size=1, max_size=40)):
        more = {"speaker": draw(st.integers(0, 3))} if labelled else {}
        words.append(word(f"w{len(words)}", now + pause, now + pause + length, **more))
        now += pause + length
    return words


TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)[,.](\d{3})"


def times(text: str) -> list[tuple[int, int]]:
    found = re.findall(f"^{TIME} --> {TIME}$", text, re.MULTILINE)
    return [(_ms(*cue[:4]), _ms(*cue[4:])) for cue in found]


def _ms(hour: str, minute: str, second: str, milli: str) -> int:
    return ((int(hour) * 60 + int(minute)) * 60 + int(second)) * 1000 + int(milli)


@given(spoken(), st.integers(1, 12))
def test_cues_keep_every_word_and_never_overlap(words: list[dict[str, Any]], length: int) -> None:
    said = body(words)
    vtt, sub = times(webvtt(said, length)), times(srt(said, length))
    assert vtt == sub
    assert all(start <= end for start, end in vtt)
    assert all(before[1] <= after[0] for before, after in pairwise(vtt))
    assert " ".join(texts(said, length)).split() == [item["word"] for item in words]
    assert all(len(text.split()) <= length for text in texts(said, length))


@given(spoken(), st.integers(1, 12))
def test_srt_blocks_are_numbered_and_whole(words: list[dict[str, Any]], length: int) -> None:
    blocks = srt(body(words), length).rstrip("\n").split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == [str(n) for n in range(1, len(blocks) + 1)]
    assert all(re.fullmatch(f"{TIME} --> {TIME}", block.split("\n")[1]) for block in blocks)
    assert all(3 <= len(block.split("\n")) <= 4 for block in blocks)
