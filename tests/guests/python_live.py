"""deepgram-sdk 7.17.0 streams, from a thread and on an event loop, unchanged but for the URL."""

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any


def environment(url: str) -> Any:
    """Where this client looks for everything."""
    from deepgram.environment import DeepgramClientEnvironment

    sockets = url.replace("http", "ws", 1)
    return DeepgramClientEnvironment(base=url, production=sockets, agent=sockets, agent_rest=url)


def pieces(job: dict[str, Any]) -> list[bytes]:
    """The job's audio in chunks."""
    audio, size = Path(job["path"]).read_bytes(), job["chunk"]
    return [audio[at : at + size] for at in range(0, len(audio), size)]


def plain(message: Any) -> dict[str, Any]:
    """A message as it came, as far as this client kept it."""
    return json.loads(message.json(exclude_none=True))


def stream(url: str, key: str, job: dict[str, Any]) -> dict[str, Any]:
    """Send from a second thread, and hear in this one."""
    from deepgram import DeepgramClient

    client = DeepgramClient(api_key=key, environment=environment(url))
    with getattr(client.listen, job["version"]).connect(**job["options"]) as socket:

        def send() -> None:
            for piece in pieces(job):
                socket.send_media(piece)
                time.sleep(job["every"] / 1000)
            if job["version"] == "v2":
                socket.send_force_end_turn()
            socket.send_close_stream()

        sender = threading.Thread(target=send)
        sender.start()
        messages = [plain(message) for message in socket]
        sender.join(10)
        return {"messages": messages, "code": socket._websocket.protocol.close_code}


def stream_async(url: str, key: str, job: dict[str, Any]) -> dict[str, Any]:
    """Send from one task and hear in another."""
    return asyncio.run(asyncio.wait_for(_stream(url, key, job), 60))


async def _stream(url: str, key: str, job: dict[str, Any]) -> dict[str, Any]:
    from deepgram import AsyncDeepgramClient

    client = AsyncDeepgramClient(api_key=key, environment=environment(url))
    async with getattr(client.listen, job["version"]).connect(**job["options"]) as socket:

        async def send() -> None:
            for piece in pieces(job):
                await socket.send_media(piece)
                await asyncio.sleep(job["every"] / 1000)
            if job["version"] == "v2":
                await socket.send_force_end_turn()
            await socket.send_close_stream()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(send())
            messages = [plain(message) async for message in socket]
        return {"messages": messages, "code": socket._websocket.close_code}
