"""What mypy and pyright must accept, in strict mode, with these types."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import assert_type

from sonant import (
    Accepted,
    AsyncDeepgramClient,
    CallbackUrl,
    DeepgramClient,
    LiveResults,
    LiveTranscriptionEvents,
    Model,
    ModelList,
    TranscribeOptions,
    Transcript,
    Word,
    create_client,
)

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


def hear(results: LiveResults) -> None:
    print(results.transcript)


async def ahear(results: LiveResults) -> None:
    print(results.transcript)


client.listen.live().on(LiveTranscriptionEvents.TRANSCRIPT, hear)
client.listen.live().on("Results", ahear)


async def chunks() -> AsyncIterator[bytes]:
    yield b"RIFF"


async def fetch_token() -> str:
    return "token"


async def main() -> None:
    async with AsyncDeepgramClient(access_token=fetch_token) as aclient:
        areply = await aclient.listen.prerecorded.transcribe_file(chunks(), model="nova-3")
        assert_type(areply, Transcript)
        assert_type(await aclient.models.get_all(), ModelList)
    async with AsyncDeepgramClient.local() as local:
        assert_type(await local.listen.prerecorded.transcribe_url("https://x/a.wav"), Transcript)
