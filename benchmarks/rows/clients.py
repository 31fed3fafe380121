"""The clients under comparison, each made in its own way for the same address."""

from __future__ import annotations

from typing import Any

KEY = "not-a-key"


def official(url: str, *, asynchronous: bool = False, **options: Any) -> Any:
    """The official client."""
    from deepgram import AsyncDeepgramClient, DeepgramClient
    from deepgram.environment import DeepgramClientEnvironment

    sockets = url.replace("http", "ws", 1)
    environment = DeepgramClientEnvironment(base=url, production=sockets, agent=sockets, agent_rest=url)
    make = AsyncDeepgramClient if asynchronous else DeepgramClient
    return make(api_key=KEY, environment=environment, **options)


def ours(url: str, *, asynchronous: bool = False, **options: Any) -> Any:
    """This project's client."""
    from sonant import AsyncDeepgramClient, DeepgramClient

    make = AsyncDeepgramClient if asynchronous else DeepgramClient
    return make(KEY, base_url=url, **options)
