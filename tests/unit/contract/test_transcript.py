import msgspec
import pytest

from sonant.contract.listen import Transcript, Turn
from sonant.contract.wire import attach, fill_path


def word(text: str, start: float, speaker: int | None = None) -> dict[str, object]:
    return {
        "word": text.lower().strip("."),
        "start": start,
        "end": start + 0.5,
        "confidence": 0.9,
        "punctuated_word": text,
        **({} if speaker is None else {"speaker": speaker}),
    }


def transcript(*channels: list[dict[str, object]]) -> Transcript:
    metadata = {
        "request_id": "body-id",
        "sha256": "",
        "created": "",
        "duration": 1,
        "channels": len(channels),
        "models": [],
        "model_info": {},
    }
    alternatives = [
        [{"transcript": " ".join(str(w["punctuated_word"]) for w in words), "confidence": 0.9, "words": words}]
        for words in channels
    ]
    results = {"channels": [{"alternatives": best} for best in alternatives]}
    return msgspec.convert({"metadata": metadata, "results": results}, Transcript)


def test_turns_change_with_the_speaker() -> None:
    reply = transcript([word("Hello.", 0, 0), word("there.", 1, 0), word("Hi.", 2, 1), word("Well.", 3, 0)])
    assert reply.turns() == [
        Turn(0, 0, 0, 1.5, "Hello. there."),
        Turn(1, 0, 2, 2.5, "Hi."),
        Turn(0, 0, 3, 3.5, "Well."),
    ]


def test_turns_of_two_channels_are_in_order_of_time() -> None:
    reply = transcript([word("One.", 0), word("Three.", 4)], [word("Two.", 2)])
    assert [(turn.channel, turn.text) for turn in reply.turns()] == [(0, "One."), (1, "Two."), (0, "Three.")]


def test_text_and_words_span_the_channels() -> None:
    reply = transcript([word("One.", 0)], [], [word("Two.", 2)])
    assert reply.transcript == "One.\nTwo."
    assert [w.text for w in reply.words] == ["One.", "Two."]
    assert reply.confidence == 0.9


def test_silence_has_no_turns() -> None:
    reply = transcript([])
    assert (reply.transcript, reply.words, reply.turns()) == ("", [], [])


def test_the_request_id_comes_from_the_headers_first() -> None:
    reply = transcript([])
    assert reply.request_id == "body-id"
    attach(reply, headers={"dg-request-id": "head-id"})
    assert reply.request_id == "head-id"


def test_ids_are_escaped_in_paths() -> None:
    assert fill_path("/v1/models/{model_id}", {"model_id": "a/b c@d"}) == "/v1/models/a%2Fb%20c%40d"
    with pytest.raises(ValueError, match="model_id"):
        fill_path("/v1/models/{model_id}", {"model_id": ""})
    with pytest.raises(ValueError, match="lacks"):
        fill_path("/v1/models/{model_id}", {})
