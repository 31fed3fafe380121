"""Who answers: the hosted service, another one, or an engine on this machine."""

import os
from urllib.parse import urlsplit

from sonant.cli.talk import Mistyped, note
from sonant.client import DeepgramClient

KEYS = ("DEEPGRAM_ACCESS_TOKEN", "DEEPGRAM_API_KEY")
"""Where the client looks for a credential."""


OURS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts where an engine without keys may be."""


def has_key() -> bool:
    """Whether the environment has a credential."""
    return any(os.environ.get(name) for name in KEYS)


def connect(base_url: str | None, *, local: bool) -> DeepgramClient:
    """A client of the service that was asked for; without a key, of an engine on this machine, which it tells.

    Raises:
        Mistyped: two services were asked for.
    """
    if local and base_url:
        raise Mistyped("--local is an engine that is started for this, --base-url another service: leave one out.")
    if local:
        return DeepgramClient.local()
    if base_url and urlsplit(base_url).hostname in OURS and not has_key():
        return DeepgramClient("none", base_url=base_url)
    if base_url:
        return DeepgramClient(base_url=base_url)
    if has_key():
        return DeepgramClient()
    note("No key in the environment: using the engine on this machine.")
    return DeepgramClient.local()
