"""One suite for both clients: a session carries a call out and gives its reply, whichever client it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sonant import AsyncDeepgramClient, DeepgramClient

KEY = "canary-key"
Use = Callable[[Any], Any]


class SyncSession:
    """A `DeepgramClient`."""

    def __init__(self, url: str, **options: Any) -> None:
        self.client = DeepgramClient(KEY, base_url=url, **options)

    def run(self, use: Use) -> Any:
        """The reply of a call."""
        return use(self.client)

    def close(self) -> None:
        self.client.close()


class AsyncSession:
    """An `AsyncDeepgramClient` with an event loop of its own."""

    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self.client = AsyncDeepgramClient(KEY, base_url=url, **options)

    def run(self, use: Use) -> Any:
        """The reply of a call."""
        return self._runner.run(self._use(use))

    async def _use(self, use: Use) -> Any:
        return await use(self.client)

    def close(self) -> None:
        self._runner.run(self.client.close())
        self._runner.close()


Session = SyncSession | AsyncSession
Connect = Callable[..., Session]


def list_models(client: Any) -> Any:
    """A small GET."""
    return client.models.get_all()


def transcribe_url(client: Any) -> Any:
    """A POST with a small JSON body."""
    return client.listen.prerecorded.transcribe_url("https://example.com/talk.wav")


def transcribe_file(client: Any) -> Any:
    """A POST with an upload."""
    return client.listen.prerecorded.transcribe_file(b"RIFF" * 1000)


def transcribe(source: Any, **options: Any) -> Use:
    """A POST with an upload of your own."""
    return lambda client: client.listen.prerecorded.transcribe_file(source, **options)
