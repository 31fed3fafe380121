"""Who is told what by handlers, over real sockets: both flavours."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from counting import SLOT_BYTES, counting_audio
from faults.livetalk import OPTIONS, QUICK, both_flavours, open_live, send_all
from sonant import ConfigError, DeepgramClient, LiveTranscriptionEvents, StreamLost
from sonant.client.events import Opened
from speaking import Script, SpeakingServer

AUDIO = counting_audio(5.0)


@both_flavours
def test_an_error_handler_is_told_why_the_stream_ended(flavour: str) -> None:
    told: list[Any] = []
    with SpeakingServer(Script(die_after=4000, die_code=1008)) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            live.on(LiveTranscriptionEvents.ERROR, told.append)
            live.on(LiveTranscriptionEvents.CLOSE, told.append)
            live.send(AUDIO[:4000])
            server.wait(lambda: live.connection_state() == "closed", 5)
    assert isinstance(told[0], StreamLost)
    assert told[0].close_code == told[1].code == 1008


@both_flavours
def test_handlers_that_come_late_miss_nothing(flavour: str) -> None:
    told: list[Any] = []
    opened: list[Any] = []
    with SpeakingServer(Script()) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            send_all(live, AUDIO[: 4 * SLOT_BYTES])
            server.wait(lambda: len(server.heard[0].audio) >= 4 * SLOT_BYTES, 5)
            live.on(LiveTranscriptionEvents.TRANSCRIPT, told.append)
            live.on(LiveTranscriptionEvents.OPEN, opened.append)
            send_all(live, AUDIO[4 * SLOT_BYTES : 8 * SLOT_BYTES])
    words = [word.text for result in told if result.is_final for word in result.best.words]
    assert words == [f"w{number}" for number in range(8)]
    assert [type(event) for event in opened] == [Opened]


def test_a_coroutine_function_is_a_handler_of_the_sync_client_too() -> None:
    told: list[Any] = []
    threads: set[str] = set()

    async def hear(event: Any) -> None:
        told.append(event)
        threads.add(threading.current_thread().name)

    with SpeakingServer(Script()) as server:
        with open_live("sync", "v1", server.url, **QUICK) as live:
            live.on(LiveTranscriptionEvents.TRANSCRIPT, hear)
            send_all(live, AUDIO)
    assert sum(event.is_final for event in told) == 5
    assert threads == {"sonant-handlers"}


@both_flavours
def test_an_event_that_does_not_exist_is_refused(flavour: str) -> None:
    with SpeakingServer(Script()) as server, open_live(flavour, "v1", server.url, **QUICK) as live:
        with pytest.raises(ConfigError, match="Nonsense"):
            live.on("Nonsense", print)


@both_flavours
def test_a_stream_is_used_once(flavour: str) -> None:
    with SpeakingServer(Script()) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            with pytest.raises(ConfigError, match="once"):
                live.start()
            live.request_close()
            server.wait(lambda: live.connection_state() == "closed", 5)
            with pytest.raises(StreamLost):
                live.stream(AUDIO)
            with pytest.raises(StreamLost):
                live.reconnect()


async def test_the_other_flavours_with_is_refused_with_the_way_out() -> None:
    with SpeakingServer(Script()) as server, DeepgramClient("key", base_url=server.url) as client:
        with pytest.raises(ConfigError, match="sync client"):
            async with client.listen.live(**OPTIONS["v1"]):
                pass
