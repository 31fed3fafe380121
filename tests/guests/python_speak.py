"""deepgram-sdk 7.17.0 speaks, from a thread and on an event loop, unchanged but for the URL."""

import asyncio
from base64 import b64encode
from typing import Any

from guests.python_live import environment, plain


def speak(url: str, key: str, job: dict[str, Any]) -> dict[str, Any]:
    """What a job gave, in this thread."""
    from deepgram import DeepgramClient

    client = DeepgramClient(api_key=key, environment=environment(url))
    return (_request if job["way"] == "request" else _live)(getattr(client.speak, job["version"]), job)


def _request(speak: Any, job: dict[str, Any]) -> dict[str, Any]:
    with speak.audio.with_raw_response.generate(text=job["text"], **job["options"]) as response:
        return _answer(b"".join(response.data), response.headers)


def _answer(audio: bytes, headers: Any) -> dict[str, Any]:
    return {"audio": b64encode(audio).decode(), "type": headers["content-type"], "model": headers["dg-model-name"]}


def _messages(version: str, texts: list[str]) -> list[tuple[str, Any]]:
    from deepgram.speak.v1.types import SpeakV1Close, SpeakV1Flush, SpeakV1Text
    from deepgram.speak.v2.types import SpeakV2Close, SpeakV2Flush, SpeakV2Speak

    if version == "v1":
        said = [("send_text", SpeakV1Text(type="Speak", text=text)) for text in texts]
        return [*said, ("send_flush", SpeakV1Flush(type="Flush")), ("send_close", SpeakV1Close(type="Close"))]
    said = [("send_speak", SpeakV2Speak(type="Speak", text=text)) for text in texts]
    return [*said, ("send_flush", SpeakV2Flush(type="Flush")), ("send_close", SpeakV2Close(type="Close"))]


def _live(speak: Any, job: dict[str, Any]) -> dict[str, Any]:
    with speak.connect(**job["options"]) as socket:
        for name, message in _messages(job["version"], job["texts"]):
            getattr(socket, name)(message)
        return _told(list(socket), socket._websocket.protocol.close_code)


def _told(messages: list[Any], code: int) -> dict[str, Any]:
    audio = b"".join(message for message in messages if isinstance(message, bytes))
    told = [plain(message) for message in messages if not isinstance(message, bytes)]
    return {"audio": b64encode(audio).decode(), "messages": told, "code": code}


def speak_async(url: str, key: str, job: dict[str, Any]) -> dict[str, Any]:
    """What a job gave, on an event loop."""
    return asyncio.run(asyncio.wait_for(_speak(url, key, job), 60))


async def _speak(url: str, key: str, job: dict[str, Any]) -> dict[str, Any]:
    from deepgram import AsyncDeepgramClient

    client = AsyncDeepgramClient(api_key=key, environment=environment(url))
    speak: Any = getattr(client.speak, job["version"])
    if job["way"] == "request":
        async with speak.audio.with_raw_response.generate(text=job["text"], **job["options"]) as response:
            return _answer(b"".join([piece async for piece in response.data]), response.headers)
    async with speak.connect(**job["options"]) as socket:
        for name, message in _messages(job["version"], job["texts"]):
            await getattr(socket, name)(message)
        return _told([message async for message in socket], socket._websocket.close_code)
