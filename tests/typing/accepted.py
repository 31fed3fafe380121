"""What mypy and pyright must accept, in strict mode, with these types."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import assert_type

from sonant import (
    Accepted,
    AsyncDeepgramClient,
    Audio,
    CallbackUrl,
    DeepgramClient,
    LiveResults,
    LiveTranscriptionEvents,
    Model,
    ModelList,
    SpeakFlushed,
    SpeakOptions,
    SpeechMetadata,
    TextReplayed,
    TranscribeOptions,
    Transcript,
    Word,
    create_client,
    pause,
    pronounce,
)
from sonant.client.longspeech import AsyncLongSpeech, SyncLongSpeech
from sonant.client.speech import AsyncSpeech, SyncSpeech

client = DeepgramClient("key", base_url="http://localhost:8080", timeout={"connect": 1.0}, max_retries=3)
assert_type(create_client("key", {"global": {"fetch": {"options": {"url": "http://x"}}}}), DeepgramClient)
assert_type(client.with_options(timeout=5.0), DeepgramClient)

prerecorded = client.listen.prerecorded
reply = prerecorded.transcribe_file(Path("talk.wav"), model="nova-3", punctuate=True, search=["a"], utt_split=0.5)
assert_type(reply, Transcript)
assert_type(reply.words[0], Word)
assert_type(reply.words[0].speaker, int | None)
assert_type(reply.transcript, str)
assert_type(reply.raw, bytes)
assert_type(reply.results.channels[0].alternatives[0].confidence, float)
assert_type(prerecorded.transcribe_url({"url": "https://x/a.wav"}, extra_query={"new": 1}, timeout=3), Transcript)
assert_type(prerecorded.transcribe_url_callback("https://x/a.wav", CallbackUrl("https://me/cb")), Accepted)
assert_type(prerecorded.transcribe_file_callback(b"RIFF", "https://me/cb"), Accepted)
assert_type(client.models.get_all(include_outdated=True), ModelList)
assert_type(client.models.get_model("id"), Model)
assert_type(client.manage.get_all_models("project"), ModelList)
assert_type(client.manage.get_model("project", "id"), Model)

options: TranscribeOptions = {"model": "nova-3", "detect_language": ["en", "es"], "extra": {"a": "b"}}
assert_type(prerecorded.transcribe_file(b"RIFF", **options), Transcript)

speech = client.speak.request({"text": "Hello"}, model="aura-2-thalia-en", encoding="mp3", bit_rate=48000, timeout=5)
assert_type(speech, SyncSpeech)
assert_type(speech.read(), bytes)
assert_type(next(iter(speech)), bytes)
assert_type(speech.char_count, int | None)
assert_type(speech.stream_to_file("a.mp3"), int)
assert_type(client.speak.request_callback("Hello", CallbackUrl("https://me/cb")), Accepted)
flux = client.speak.request_flux(["Hello", pause(0.5), pronounce("x", "ɛks")], model="flux-kit-en", expressivity=1)
assert_type(flux, SyncSpeech)
assert_type(client.speak.long("Hello", limit=100, encoding="opus"), SyncLongSpeech)
spoken: SpeakOptions = {"model": "aura-2-thalia-en", "speed": 0.9}
assert_type(client.speak.request("Hello", **spoken), SyncSpeech)

with client.speak.live(encoding="linear16", sample_rate=24000, close_timeout=5) as live:
    live.send_text("Hello")
    assert_type(live.flush(), None)
    live.clear()
    assert_type(live.unspoken, str)
    assert_type([*live.say(word for word in ("a", "b"))], list[bytes])
    for event in live:
        match event:
            case Audio():
                assert_type(event.data, bytes)
            case SpeakFlushed():
                assert_type(event.sequence_id, int)
            case TextReplayed():
                assert_type(event.heard_seconds, float)
            case _:
                pass

with client.speak.turns(model="flux-kit-en", speed=1.1) as talk:
    talk.interrupt(1.5)
    talk.configure(speed=0.9)
    for turn in talk:
        if isinstance(turn, SpeechMetadata):
            assert_type(turn.speech_id, str)


def hear(results: LiveResults) -> None:
    print(results.transcript)


async def ahear(results: LiveResults) -> None:
    print(results.transcript)


client.listen.live().on(LiveTranscriptionEvents.TRANSCRIPT, hear)
client.listen.live().on("Results", ahear)


async def chunks() -> AsyncIterator[bytes]:
    yield b"RIFF"


async def words() -> AsyncIterator[str]:
    yield "Hello."


async def fetch_token() -> str:
    return "token"


async def main() -> None:
    async with AsyncDeepgramClient(access_token=fetch_token) as aclient:
        areply = await aclient.listen.prerecorded.transcribe_file(chunks(), model="nova-3")
        assert_type(areply, Transcript)
        assert_type(await aclient.models.get_all(), ModelList)
        aspeech = await aclient.speak.request("Hello", encoding="mp3")
        assert_type(aspeech, AsyncSpeech)
        assert_type(await aspeech.read(), bytes)
        assert_type([piece async for piece in aspeech], list[bytes])
        assert_type(aclient.speak.long("Hello"), AsyncLongSpeech)
        async with aclient.speak.live() as alive:
            await alive.send_text("Hello")
            assert_type(await alive.flush(), None)
            assert_type([piece async for piece in alive.say(words())], list[bytes])
    async with AsyncDeepgramClient.local() as local:
        assert_type(await local.listen.prerecorded.transcribe_url("https://x/a.wav"), Transcript)
