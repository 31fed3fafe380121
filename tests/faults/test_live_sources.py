"""Waiting for events, and sources that fail, end early or meet another one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from typing import Any

import pytest

from counting import RATE, counting_audio
from faults.livetalk import OPTIONS, QUICK, Tale, both_flavours, both_versions, open_live
from sonant import AsyncDeepgramClient, ConfigError, DeepgramClient, SourceError, StreamLost
from speaking import Script, SpeakingServer

SLOTS = 12
AUDIO = counting_audio(SLOTS / 4)
WORDS = [f"w{n}" for n in range(SLOTS)]


def heard(events: list[Any]) -> list[str]:
    return [word for word, _, _ in Tale(events).words()]


async def impatiently(events: AsyncIterator[Any], patience: float) -> list[Any]:
    """All there is to come, waited for over and over."""
    seen: list[Any] = []
    missed = 0
    while True:
        try:
            seen.append(await asyncio.wait_for(anext(events), patience))
        except TimeoutError:
            missed += 1
        except StopAsyncIteration:
            assert missed
            return seen


@pytest.mark.parametrize("patience", [0.0005, 0.005])
async def test_a_wait_that_is_cancelled_ends_no_iteration_and_loses_nothing(patience: float) -> None:
    with SpeakingServer(Script(interim_every=0.25)) as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            async with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
                events = await impatiently(live.stream(AUDIO, speed=20), patience)
            async with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
                sending = asyncio.ensure_future(_send(live))
                words = " ".join(await impatiently(live.text(), patience)).split()
                await sending
            async with client.listen.turns(**OPTIONS["v2"], **QUICK) as talk:
                sending = asyncio.ensure_future(_send(talk))
                turns = await impatiently(talk.turns(), patience)
                await sending
    assert heard(events) == words == [word.word for turn in turns for word in turn.words] == WORDS


async def _send(live: Any) -> None:
    for at in range(0, len(AUDIO), 1000):
        await asyncio.sleep(0.01)
        await live.send(AUDIO[at : at + 1000])
    await live.request_close()


async def test_an_iteration_that_is_closed_leaves_the_rest_to_another() -> None:
    with SpeakingServer() as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            async with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
                async with aclosing(live.finals()) as finals:
                    await _send(live)
                    first = await anext(finals)
                with pytest.raises(StopAsyncIteration):
                    await anext(finals)
                rest = [final async for final in live.finals()]
    assert heard([first, *rest]) == WORDS


def _breaks() -> Iterator[bytes]:
    yield AUDIO
    raise OSError("the device went away")


@both_flavours
@both_versions
def test_a_source_that_fails_is_told_of_once_what_was_sent_is_transcribed(flavour: str, version: str) -> None:
    events: list[Any] = []
    with SpeakingServer() as server, open_live(flavour, version, server.url, **QUICK) as live:
        with pytest.raises(OSError, match="the device went away"):
            _collect(live.stream(_breaks(), speed=None), events)
        assert live.ledger.final.bytes == live.ledger.total.bytes == len(AUDIO)
    assert heard(events) == WORDS


def _collect(stream: Any, events: list[Any]) -> None:
    for event in stream:
        events.append(event)


async def _gather(stream: AsyncIterator[Any], events: list[Any]) -> None:
    async for event in stream:
        events.append(event)


async def test_a_source_that_is_cancelled_ends_the_stream_like_one_that_fails() -> None:
    async def source() -> AsyncIterator[bytes]:
        yield AUDIO
        raise asyncio.CancelledError

    events: list[Any] = []
    with SpeakingServer() as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            async with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
                with pytest.raises(SourceError, match="cancelled"):
                    await _gather(live.stream(source(), speed=None), events)
    assert heard(events) == WORDS


@both_flavours
def test_a_second_source_is_refused_while_the_first_is_sent(flavour: str) -> None:
    with SpeakingServer() as server, open_live(flavour, "v1", server.url, **QUICK) as live:
        late = live.stream(AUDIO, speed=50)
        first = iter(live.stream(AUDIO, speed=50))
        events = [next(first)]
        with pytest.raises(ConfigError, match="already"):
            live.stream(AUDIO)
        with pytest.raises(ConfigError, match="already"):
            next(iter(late))
        events.extend(first)
        assert live.ledger.total.bytes == len(AUDIO)
    assert heard(events) == WORDS


def test_a_piece_on_its_way_when_a_source_is_left_does_not_come_behind_the_next_one() -> None:
    """The first source is in the midst of sending when it is left."""
    held, order = threading.Event(), list[bytes]()
    with SpeakingServer() as server, open_live("sync", "v1", server.url, **QUICK) as live:
        send = live.send

        def slowly(data: bytes) -> None:
            if not order:
                held.set()
                time.sleep(0.2)
            order.append(data)
            send(data)

        live.send = slowly
        first = live.stream(iter([bytes(RATE), bytes(RATE)]), speed=None)
        next(first)
        assert held.wait(5)
        first.close()
        for _ in live.stream(iter([AUDIO[:1000]]), speed=None):
            pass
    assert order[-1] == AUDIO[:1000]
    assert len(order) == 2


async def test_a_loop_that_breaks_off_frees_the_stream_for_another_source() -> None:
    with SpeakingServer(Script(interim_every=0.25)) as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            async with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
                async for _ in live.stream(bytes(RATE * 60)):
                    break
                await asyncio.sleep(0)
                with suppress(StopAsyncIteration):
                    events = [event async for event in live.stream(AUDIO, speed=None)]
    assert set(WORDS) <= set(heard(events))


def test_a_source_that_waits_for_its_time_is_left_when_the_client_is_closed() -> None:
    with SpeakingServer(Script()) as server:
        client = DeepgramClient("key", base_url=server.url)
        live = client.listen.live(**OPTIONS["v1"])
        live.start()
        before = set(threading.enumerate())
        told = live.stream(bytes(16_000), speed=0.001)
        next(told)
        (feeder,) = set(threading.enumerate()) - before
        client.close()
        feeder.join(5)
        assert not feeder.is_alive()
        with pytest.raises(StreamLost):
            list(told)
