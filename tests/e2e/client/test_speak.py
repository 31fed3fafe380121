"""The client's speech on the embedded engine, heard back by another decoder and by the engine's own ear."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from struct import unpack
from typing import Any

import av
import jiwer
import pytest

from flavours import FLAVOURS, local_client
from sonant import AsyncDeepgramClient, BadOptionValue, BadRequest, DeepgramClient, SpeechMetadata, pause, pronounce
from sonant.client.speechevents import Audio
from sonant.contract.speak import SpeechInterrupted

pytestmark = pytest.mark.engine

SENTENCE = "The old lighthouse stood on the cliff above the sea."
STORY = (
    f"{SENTENCE} Every evening the keeper climbed the stairs and lit the lamp. Ships far out saw its light "
    "and turned away from the rocks. In the morning he came down again, drank his coffee, and went to bed. Nobody ever "
    "wrote to him, but once a month a boat brought bread, oil, and the newspapers of last week."
)


@pytest.fixture(scope="module")
def client() -> Iterator[DeepgramClient]:
    with DeepgramClient.local() as client:
        yield client


def words(text: str) -> str:
    return " ".join("".join(letter for letter in word if letter.isalnum()) for word in text.lower().split())


def error_rate(client: DeepgramClient, audio: Any, text: str) -> float:
    heard = client.listen.prerecorded.transcribe_file(audio).transcript
    return float(jiwer.wer(words(text), words(heard)))


def seconds(path: Path) -> float:
    """How long a file is, by its samples."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    return sum(frame.samples / frame.sample_rate for frame in frames)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_is_spoken_is_understood(flavour: str) -> None:
    with local_client(flavour) as client:
        speech = client.speak.request(SENTENCE, encoding="linear16")
        assert speech.char_count == len(SENTENCE)
        audio = speech.read() if flavour == "sync" else client.wait(speech.read())
        heard = client.listen.prerecorded.transcribe_file(audio).transcript
    assert jiwer.wer(words(SENTENCE), words(heard)) <= 0.1


@pytest.mark.parametrize("encoding", ["linear16", "mulaw", "mp3", "opus", "aac"])
def test_a_long_text_is_one_file_that_others_can_read(client: DeepgramClient, tmp_path: Path, encoding: Any) -> None:
    steps: list[tuple[int, int]] = []
    speech = client.speak.long(STORY, limit=130, encoding=encoding, progress=lambda *step: steps.append(step))
    target = tmp_path / "story"
    speech.stream_to_file(target)
    assert len(speech.texts) == len(speech.answers) == len(steps) >= 3
    assert steps[-1][0] == steps[-1][1]
    parts = [client.speak.request(text, encoding="linear16", container="none").read() for text in speech.texts]
    assert seconds(target) == pytest.approx(sum(map(len, parts)) / 48_000, abs=0.4)
    assert error_rate(client, target, STORY) <= 0.1


def test_a_long_text_may_have_a_line_without_words(client: DeepgramClient) -> None:
    text = f"{SENTENCE}\n\n* * *\n\n{SENTENCE}"
    speech = client.speak.long(text, limit=len(SENTENCE), encoding="linear16")
    assert error_rate(client, speech.read(), f"{SENTENCE} {SENTENCE}") <= 0.1
    assert (speech.texts, speech.warnings) == ([SENTENCE] * 2, ["WORDLESS_TEXT_SKIPPED"])


def test_a_long_text_may_have_more_pauses_than_one_request(client: DeepgramClient) -> None:
    text = [
        piece
        for word in "one two three four five six seven eight nine ten eleven".split()
        for piece in (word, pause(0.5))
    ]
    speech = client.speak.long(text, model="flux-kit-en", encoding="linear16")
    assert len(speech.read()) / 48_000 > 11 * 0.5
    assert [answer.breaks_applied for answer in speech.answers] == [8, 3]


def test_the_joints_of_a_long_text_do_not_click(client: DeepgramClient) -> None:
    options: Any = {"encoding": "linear16", "container": "none"}
    speech = client.speak.long(STORY, limit=130, **options)
    whole = speech.read()
    alone = client.speak.request(speech.texts[0], **options).read()
    assert _steepest(whole) <= _steepest(alone) * 1.5


def _steepest(audio: bytes) -> int:
    return max(abs(a - b) for a, b in pairwise(unpack(f"<{len(audio) // 2}h", audio)))


def test_what_a_text_says_about_itself_is_followed(client: DeepgramClient) -> None:
    plain = client.speak.request_flux("Wait. Now go.", model="flux-kit-en", encoding="linear16").read()
    slow = client.speak.request_flux(["Wait.", pause(2.0), "Now go."], model="flux-kit-en", encoding="linear16")
    assert len(slow.read()) / 48_000 > len(plain) / 48_000 + 1.2
    assert slow.breaks_applied == 1
    said = client.speak.request_flux(["Say", pronounce("tomato", "təˈmɑːtoʊ")], model="flux-kit-en")
    assert said.read()
    assert said.pronunciations_applied == 1


def test_a_refusal_comes_with_its_reason(client: DeepgramClient) -> None:
    with pytest.raises(BadRequest):
        client.speak.request("Hi.", model="no-such-voice")


def test_a_text_is_spoken_while_it_is_written(client: DeepgramClient) -> None:
    pieces = (word + " " for word in STORY.split())
    with client.speak.live() as live:
        audio = b"".join(live.say(pieces))
        again = b"".join(live.say(SENTENCE))
        assert live.unspoken == ""
    assert len(audio) > 3 * len(again) > 0
    options: Any = {"encoding": "linear16", "sample_rate": 24_000}
    assert _heard(client, audio, options, STORY) <= 0.1
    assert _heard(client, again, options, SENTENCE) <= 0.1


def test_a_pause_alone_is_silence_where_the_stream_knows_pauses(client: DeepgramClient) -> None:
    with client.speak.live() as live:
        assert len(b"".join(live.say([pause(1.0)]))) == 48_000
    with client.speak.turns(model="flux-kit-en") as talk:
        with pytest.raises(BadOptionValue, match="speak.request_flux"):
            list(talk.say([pause(1.0)]))
        assert b"".join(talk.say([pronounce("tea", "ti")]))
        assert talk.unspoken == ""


def _heard(client: DeepgramClient, audio: bytes, options: Any, text: str) -> float:
    heard = client.listen.prerecorded.transcribe_file(audio, **options).transcript
    return float(jiwer.wer(words(text), words(heard)))


def test_turns_are_spoken_and_cut_short(client: DeepgramClient) -> None:
    with client.speak.turns(model="flux-kit-en") as talk:
        first = b"".join(talk.say(SENTENCE))
        talk.send_text(STORY)
        talk.flush()
        heard = 0
        for event in talk:
            heard += len(event.data) if isinstance(event, Audio) else 0
            if heard > 24_000:
                break
        talk.interrupt(len(first) / 48_000 + 0.25)
        for event in talk:
            if isinstance(event, (SpeechInterrupted, SpeechMetadata)):
                break
        assert talk.unspoken == ""
        last = b"".join(talk.say("Short."))
    assert 0 < len(last) < len(first)
    assert isinstance(event, (SpeechInterrupted, SpeechMetadata))


async def test_the_same_on_an_event_loop() -> None:
    async with AsyncDeepgramClient.local() as client, client.speak.live() as live:
        audio = b"".join([chunk async for chunk in live.say(SENTENCE)])
        reply = await client.listen.prerecorded.transcribe_file(audio, encoding="linear16", sample_rate=24_000)
    assert jiwer.wer(words(SENTENCE), words(reply.transcript)) <= 0.1
