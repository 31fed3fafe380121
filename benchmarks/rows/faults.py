"""One call in trouble: prints in words what the caller got, and when."""

from __future__ import annotations

import gc
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import clients
import measure

BIG = 200_000_000
TALK = bytes(3_000_000)


def made(given: dict[str, str]) -> Any:
    """A client with these limits, each in its own way: the official one has a single number."""
    limits = json.loads(given["limits"])
    if given["impl"] == "official":
        return clients.official(given["url"], **({"timeout": max(limits.values())} if limits else {}))
    return clients.ours(given["url"], **({"timeout": limits} if limits else {}))


def doer(impl: str, client: Any) -> tuple[Callable[[], Any], Callable[[str], Any], Callable[[Any], Any]]:
    """How to list models, transcribe a URL, transcribe an upload."""
    if impl == "official":
        media = client.listen.v1.media
        return (
            client.manage.v1.models.list,
            lambda url: media.transcribe_url(url=url),
            lambda source: media.transcribe_file(request=source),
        )
    prerecorded = client.listen.prerecorded
    return client.models.get_all, prerecorded.transcribe_url, prerecorded.transcribe_file


def pieces() -> Iterator[bytes]:
    """A recording as it comes."""
    for _ in range(3):
        yield TALK[:1_000_000]


def perform(impl: str, call: str, client: Any) -> Any:
    """The call; its reply."""
    models, url, file = doer(impl, client)
    if call == "twice":
        models()
        time.sleep(0.3)
    if call in {"models", "twice", "dropped"}:
        reply = models()
        if call == "dropped" and hasattr(client, "close"):
            client.close()
        return reply
    if call == "url":
        return url("https://example.com/talk.wav")
    return file({"big": bytes(BIG), "bytes": TALK, "file": io.BytesIO(TALK), "generator": pieces()}[call])


def told(reply: Any) -> str:
    """What a reply says about odd values, if it can."""
    oddities = getattr(reply, "oddities", ())
    return f"reply, odd: {oddities[0]}" if oddities else "reply"


def name_of(error: BaseException) -> str:
    """An exception's class, its package if it is a foreign one, and its phase if it knows one."""
    package = type(error).__module__.split(".")[0]
    prefix = "" if package in {"deepgram", "sonant"} else f"{package}."
    facts = [str(fact) for fact in (getattr(error, "phase", None), getattr(error, "status_code", None)) if fact]
    return f"{prefix}{type(error).__name__}" + (f" ({', '.join(facts)})" if facts else "")


def main() -> None:
    """Call, tell."""
    given = measure.arguments()
    client = made(given)
    began = time.monotonic()
    try:
        outcome = told(perform(given["impl"], given["call"], client))
    except Exception as error:
        outcome = name_of(error)
    print(f"{outcome} after {time.monotonic() - began:.1f} s")
    del client
    gc.collect()


main()
