"""A small REST call on a kept connection: in a thread, or 1 or 16 in flight on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import clients
import measure

WARM_UP = 64
HEADERS = {"Accept": "application/json", "Authorization": f"Token {clients.KEY}", "User-Agent": "floor"}
Fetch = Callable[[], Any]


def names_in(reply: Any) -> str:
    """What the answer said: the names of its models."""
    return " ".join(model.name for model in [*reply.stt, *reply.tts])


def fetcher(impl: str, url: str, *, asynchronous: bool) -> Fetch:
    """What makes one call."""
    if impl == "official":
        return clients.official(url, asynchronous=asynchronous).manage.v1.models.list
    if impl == "ours":
        return clients.ours(url, asynchronous=asynchronous).models.get_all
    return _bare_async(url) if asynchronous else _bare(url)


def _bare(url: str) -> Fetch:
    """The least that does the job: the same library sends a key, reads the headers, and the body becomes objects.

    Without those few microseconds between two calls the library's thread never falls asleep, which flatters it.
    """
    from pyreqwest.client import SyncClientBuilder

    client, decode = SyncClientBuilder().build(), _decoder()

    def fetch() -> Any:
        answer = client.get(f"{url}/v1/models").headers(HEADERS).build().send()
        dict(answer.headers.items())
        return decode(answer.bytes().to_bytes())

    return fetch


def _bare_async(url: str) -> Callable[[], Awaitable[Any]]:
    """The same on an event loop."""
    from pyreqwest.client import ClientBuilder

    client, decode = ClientBuilder().build(), _decoder()

    async def fetch() -> Any:
        answer = await client.get(f"{url}/v1/models").headers(HEADERS).build().send()
        dict(answer.headers.items())
        return decode((await answer.bytes()).to_bytes())

    return fetch


def _decoder() -> Callable[[bytes], Any]:
    import msgspec

    from sonant.contract.models import ModelList

    return msgspec.json.Decoder(ModelList).decode


def run_sync(fetch: Fetch, count: int) -> None:
    """Call one after another."""
    for _ in range(WARM_UP):
        fetch()
    with measure.Watch() as watch:
        for _ in range(count):
            reply = fetch()
    report(watch, count, reply)


async def run_async(impl: str, url: str, count: int, in_flight: int) -> None:
    """Call with so many in flight."""
    fetch = fetcher(impl, url, asynchronous=True)
    await _calls(fetch, WARM_UP, in_flight)
    with measure.Watch() as watch:
        reply = await _calls(fetch, count, in_flight)
    report(watch, count, reply)


async def _calls(fetch: Fetch, count: int, in_flight: int) -> Any:
    async def some() -> Any:
        for _ in range(count // in_flight):
            reply = await fetch()
        return reply

    return (await asyncio.gather(*(some() for _ in range(in_flight))))[0]


def report(watch: measure.Watch, count: int, reply: Any) -> None:
    """Print the line."""
    measure.emit(n=count, wall=watch.wall, cpu=watch.cpu, hwm=measure.memory(), check=names_in(reply))


def main() -> None:
    """Run the variant."""
    given = measure.arguments()
    count = 480 if given["impl"] == "official" else 4800
    if given["variant"] == "sync":
        run_sync(fetcher(given["impl"], given["url"], asynchronous=False), count)
    else:
        asyncio.run(run_async(given["impl"], given["url"], count, int(given["variant"].removeprefix("async-"))))


main()
