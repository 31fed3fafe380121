"""A live session notices a peer that is there no more, keeps one that is, and minds its buffers and handlers."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import aclosing, suppress
from typing import Any

import pytest

from counting import RATE, SLOT_BYTES, counting_audio
from faults.livetalk import (
    OPTIONS,
    QUICK,
    Speak,
    Tale,
    both_flavours,
    both_versions,
    check_told,
    in_chunks,
    open_live,
    send_all,
    tell,
)
from sonant import AsyncDeepgramClient, LiveTranscriptionEvents
from sonant.client.carriers.lines_sync import Line
from sonant.client.carriers.live_sync import LiveCarrier
from sonant.client.errors import BufferFull, StreamLost
from sonant.client.events import AudioLost
from sonant.contract.listen import LiveResults, TurnInfo
from speaking import Script, SpeakingServer

SLOTS = 80
AUDIO = counting_audio(SLOTS / 4)
KEEP_ALIVE = '{"type":"KeepAlive"}'


@both_flavours
@both_versions
def test_a_peer_that_stops_reading_is_noticed_in_seconds(flavour: str, version: str) -> None:
    slots = 4 * 900  # more than what the buffers of two sockets hold
    audio = counting_audio(slots / 4)
    settings = {"send_timeout": 0.5, "stall_timeout": 8.0, "buffer_seconds": 1000.0}
    with SpeakingServer(Script(deaf_after=8000), Script()) as server:
        began = time.monotonic()
        tale = tell(
            flavour, version, server.url, audio, speak=in_chunks(32_000), every=50, replay_seconds=1000.0, **settings
        )
        assert server.heard[1].when - began < 10
    check_told(tale, slots)


@both_flavours
@both_versions
def test_silence_of_the_service_under_speech_is_noticed(flavour: str, version: str) -> None:
    with SpeakingServer(Script(mute_after=8000), Script()) as server:
        tale = tell(flavour, version, server.url, AUDIO, speak=in_chunks(SLOT_BYTES, 0.03))
        assert server.heard[1].when - server.heard[0].when < 5
    check_told(tale, SLOTS)


@both_flavours
def test_silence_of_the_service_under_silence_is_not_held_against_it(flavour: str) -> None:
    with SpeakingServer(Script(mute_after=0)) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            for _ in range(60):
                live.send(bytes(SLOT_BYTES))
                time.sleep(0.03)  # three stall_timeouts altogether
            live.disconnect()
        assert len(server.heard) == 1


@both_flavours
def test_an_idle_session_keeps_itself_alive(flavour: str) -> None:
    with SpeakingServer(Script()) as server, open_live(flavour, "v1", server.url, keepalive=0.1):
        server.wait(lambda: server.heard[0].texts.count(KEEP_ALIVE) >= 3, 3)


@both_flavours
def test_flowing_audio_keeps_a_session_alive_by_itself(flavour: str) -> None:
    with SpeakingServer(Script()) as server:
        with open_live(flavour, "v1", server.url, keepalive=0.5) as live:
            for _ in range(30):
                live.send(bytes(800))
                time.sleep(0.03)
        assert KEEP_ALIVE not in server.heard[0].texts


@both_flavours
@pytest.mark.parametrize(("version", "keepalive"), [("v1", None), ("v2", 0.1)])
def test_keep_alive_can_be_off_and_does_not_exist_for_turns(flavour: str, version: str, keepalive: Any) -> None:
    with SpeakingServer(Script()) as server:
        with open_live(flavour, version, server.url, keepalive=keepalive):
            time.sleep(0.5)  # five keepalives long
        assert KEEP_ALIVE not in server.heard[0].texts


@both_flavours
def test_a_handler_that_raises_is_reported_and_stops_nothing(flavour: str, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []

    def fail(event: Any) -> None:
        seen.append(event)
        raise ZeroDivisionError("in the user's handler")

    with SpeakingServer(Script()) as server, caplog.at_level(logging.ERROR):
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            live.on(LiveTranscriptionEvents.TRANSCRIPT, fail)
            send_all(live, AUDIO)
    assert sum(event.is_final for event in seen) == 20
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


@both_flavours
def test_a_slow_handler_delays_neither_reading_nor_keepalive(flavour: str) -> None:
    entered, release = threading.Event(), threading.Event()

    def block(_: Any) -> None:
        entered.set()
        release.wait(20)

    async def ablock(_: Any) -> None:
        entered.set()
        await asyncio.get_running_loop().run_in_executor(None, release.wait, 20)

    with SpeakingServer(Script()) as server:
        with open_live(flavour, "v1", server.url, keepalive=0.1) as live:
            live.on(LiveTranscriptionEvents.TRANSCRIPT, block if flavour == "sync" else ablock)
            live.send(AUDIO[: 8 * SLOT_BYTES])
            assert entered.wait(5)
            try:
                server.wait(lambda: server.heard[0].texts.count(KEEP_ALIVE) >= 3, 3)
            finally:
                release.set()


@both_flavours
@both_versions
def test_a_service_that_speaks_something_else_is_left_after_three_attempts(flavour: str, version: str) -> None:
    with SpeakingServer(Script(junk="220 mail.example.com ready")) as server:
        tale = tell(flavour, version, server.url, AUDIO[:8000], speak=_and_wait)
        assert len(server.heard) == 3
    assert isinstance(tale.raised, StreamLost)
    assert "'220 mail.example.com ready' Check that base_url" in str(tale.raised)
    assert tale.ledger.lost.bytes == tale.ledger.total.bytes


def _and_wait(live: Any, audio: bytes) -> None:
    """Send, and leave closing to the end of the session."""
    live.send(audio)
    while live.connection_state() != "closed":
        time.sleep(0.01)


@both_flavours
def test_a_keep_alive_never_follows_the_end(flavour: str) -> None:
    with SpeakingServer(Script(mute_after=0)) as server:
        with open_live(flavour, "v1", server.url, keepalive=0.1, close_timeout=0.7) as live:
            server.wait(lambda: KEEP_ALIVE in server.heard[0].texts, 5)
            live.request_close()
            with suppress(StreamLost):  # where the service was quick to close
                live.keep_alive()
            server.wait(lambda: '"CloseStream"' in str(server.heard[0].texts), 5)
        assert server.heard[0].texts[-1] == '{"type":"CloseStream"}'


@both_flavours
@both_versions
@pytest.mark.parametrize("code", [1000, 1006, 1011])
def test_leaving_never_raises_because_the_peer_closed_first(flavour: str, version: str, code: int) -> None:
    with SpeakingServer(Script(last_code=code)) as server:
        tale = tell(flavour, version, server.url, AUDIO)
    check_told(tale, SLOTS)


@both_flavours
def test_leaving_waits_for_the_last_words(flavour: str) -> None:
    seen: list[Any] = []
    with SpeakingServer(Script(final_every=3.3)) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            live.on(LiveTranscriptionEvents.TRANSCRIPT, seen.append)
            send_all(live, AUDIO)
    check_words = [word for word, _, _ in Tale(seen).words()]
    assert check_words == [f"w{n}" for n in range(SLOTS)]


@both_flavours
@both_versions
def test_leaving_takes_no_longer_than_it_may(flavour: str, version: str) -> None:
    with SpeakingServer(Script(mute_after=0)) as server:
        began = time.monotonic()
        with open_live(flavour, version, server.url, close_timeout=0.5) as live:
            live.send(AUDIO[:8000])
        assert time.monotonic() - began < 3


@both_flavours
def test_an_abnormal_end_is_not_silent(flavour: str) -> None:
    with SpeakingServer(Script(die_after=4000, die_code=1008)) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            live.send(AUDIO[:4000])
            with pytest.raises(StreamLost):
                list(live.text())


@both_flavours
def test_an_empty_final_keeps_what_was_understood(flavour: str) -> None:
    with SpeakingServer(Script(empty_finals=True)) as server:
        with open_live(flavour, "v1", server.url, **QUICK) as live:
            send_all(live, AUDIO[: 16 * SLOT_BYTES])
            live.request_close()
            utterances = list(live.utterances())
    assert len(utterances) == 4
    assert all(utterance.unconfirmed for utterance in utterances)
    said = " ".join(utterance.transcript for utterance in utterances).split()
    assert said == [f"w{n}" for n in range(16)], "the words of each last interim"


def _outage(server: SpeakingServer, took: list[float]) -> Speak:
    """Send a word, wait until the service is away, send the rest; note how long that took."""

    def speak(live: Any, audio: bytes) -> None:
        live.send(audio[:SLOT_BYTES])
        server.wait(lambda: len(server.heard) == 2)
        began = time.monotonic()
        try:
            send_all(live, audio[SLOT_BYTES:])
        finally:
            took.append(time.monotonic() - began)

    return speak


OUTAGE = (Script(die_after=4000), Script(refuse=503, retry_after=60))
SMALL: dict[str, Any] = {"buffer_seconds": 1.0, "retry_seconds": 90.0}


@both_flavours
@pytest.mark.parametrize(("policy", "least", "most"), [("error", 0, 0.4), ("block", 0.5, 3)])
def test_a_full_buffer_raises_at_once_or_after_a_while(flavour: str, policy: str, least: float, most: float) -> None:
    took: list[float] = []
    with SpeakingServer(*OUTAGE) as server:
        settings = {**SMALL, "when_full": policy, "full_timeout": 0.5}
        tale = tell(flavour, "v1", server.url, AUDIO, speak=_outage(server, took), **settings)
    assert isinstance(tale.error, BufferFull)
    assert least <= took[0] < most
    assert 4 * SLOT_BYTES <= tale.ledger.total.bytes <= 6 * SLOT_BYTES
    assert tale.ledger.lost == tale.ledger.total, "the session was given up"
    assert sum(event.bytes for event in tale.of(AudioLost)) == tale.ledger.lost.bytes


@both_flavours
def test_a_full_buffer_that_drops_says_what_it_dropped(flavour: str) -> None:
    scripts = (Script(die_after=4000), Script(refuse=503, retry_after=1), Script())
    with SpeakingServer(*scripts) as server:
        settings = {**SMALL, "when_full": "drop_oldest"}
        tale = tell(flavour, "v1", server.url, AUDIO, speak=_outage(server, []), **settings)
    lost = tale.of(AudioLost)
    assert (tale.error, tale.raised) == (None, None)
    assert sum(event.bytes for event in lost) == tale.ledger.lost.bytes > 0
    assert tale.stats.lost_seconds == pytest.approx(tale.ledger.lost.seconds)
    assert tale.ledger.final.bytes + tale.ledger.lost.bytes == tale.ledger.total.bytes == len(AUDIO)
    _check_holes(tale, [(event.start, event.end) for event in lost])


def _check_holes(tale: Tale, holes: list[tuple[float, float]]) -> None:
    """What was not lost was heard, at its time."""
    words = tale.words()
    for n in range(SLOTS):
        start, end = n / 4 + 0.05, n / 4 + 0.20
        if any(a < end and start < b for a, b in holes):
            continue
        at = [word_start for word, word_start, _ in words if word == f"w{n}"]
        assert at == [pytest.approx(start, abs=0.05)], f"w{n}"


@both_flavours
def test_reconnecting_tells_why(flavour: str) -> None:
    deaths = [Script(mute_after=4000), Script(die_after=8000, die_code=1011, die_reason="NET-0000")]
    with SpeakingServer(*deaths, Script()) as server:
        reasons = tell(flavour, "v1", server.url, AUDIO, speak=in_chunks(SLOT_BYTES, 0.03)).reasons
    assert len(reasons) == 2
    assert "0.7 s" in reasons[0]
    assert "1011" in reasons[1]
    assert "NET-0000" in reasons[1]


@both_flavours
@both_versions
def test_who_stops_listening_is_heard_for_all_the_same(flavour: str, version: str) -> None:
    with SpeakingServer(Script(interim_every=0.25)) as server:
        with open_live(flavour, version, server.url, **QUICK) as live:
            events = iter(live)
            send_all(live, AUDIO[: len(AUDIO) // 2])
            next(event for event in events if isinstance(event, (LiveResults, TurnInfo)))
            send_all(live, AUDIO[len(AUDIO) // 2 :])
            until = time.monotonic() + 5
            while live.ledger.final.bytes < len(AUDIO) * 0.8:
                assert time.monotonic() < until, "nobody reads"
                time.sleep(0.01)
            live.request_close()
            tale = Tale(list(events))
    assert [word for word, _, _ in tale.words()] == [f"w{n}" for n in range(SLOTS)]


def test_an_interrupt_in_the_midst_of_reading_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Any] = []
    interrupts, is_reading = [KeyboardInterrupt()], threading.Event()
    take, read = LiveCarrier._take, Line.read

    def interrupt(carrier: LiveCarrier, payload: Any) -> None:
        if interrupts and threading.current_thread() is threading.main_thread() and '"is_final":true' in payload:
            raise interrupts.pop()
        take(carrier, payload)

    def tell_and_read(line: Line) -> bool:
        is_reading.set()
        return read(line)

    def speak() -> None:
        is_reading.wait(10)
        send_all(live, AUDIO)

    monkeypatch.setattr(LiveCarrier, "_take", interrupt)
    monkeypatch.setattr(Line, "read", tell_and_read)
    with SpeakingServer(Script(), Script()) as server, open_live("sync", "v1", server.url, **QUICK) as live:
        speaker = threading.Thread(target=speak)
        speaker.start()
        with pytest.raises(KeyboardInterrupt):
            events.extend(live)
        speaker.join(10)
        live.request_close()
        events.extend(live)
    assert [word for word, _, _ in Tale(events).words()] == [f"w{n}" for n in range(SLOTS)]


def test_leaving_a_source_leaves_the_stream_open() -> None:
    events: list[Any] = []
    half = len(AUDIO) // 2
    with SpeakingServer(Script(interim_every=0.25)) as server, open_live("sync", "v1", server.url, **QUICK) as live:
        for event in live.stream(AUDIO[:half] + bytes(RATE * 60), speed=50):
            events.append(event)
            if isinstance(event, LiveResults) and event.is_final:
                break
        rest = AUDIO[half:]
        words = [word.word for word in events[-1].best.words]
        assert live.is_connected()
        events += live.stream(rest, speed=50)
        assert live.ledger.total.bytes < half + RATE * 60 + len(rest)
    heard = [word for word, _, _ in Tale(events).words()]
    assert heard[: len(words)] == words
    assert heard[-1] == f"w{SLOTS - 1}"


async def test_leaving_a_source_leaves_the_stream_open_on_a_loop() -> None:
    half = len(AUDIO) // 2
    with SpeakingServer(Script(interim_every=0.25)) as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            async with client.listen.live(**OPTIONS["v1"], **QUICK) as live:
                async with aclosing(live.stream(AUDIO[:half] + bytes(RATE * 60), speed=50)) as first:
                    async for event in first:
                        if isinstance(event, LiveResults) and event.is_final:
                            break
                assert live.is_connected()
                second = [event async for event in live.stream(AUDIO[half:], speed=50)]
    assert Tale(second).words()[-1][0] == f"w{SLOTS - 1}"


@both_flavours
@pytest.mark.parametrize(("policy", "waits"), [("error", 0.0), ("block", 0.5), ("drop_oldest", None)])
def test_a_full_buffer_is_minded_though_the_peer_does_not_read(flavour: str, policy: str, waits: float | None) -> None:
    """A sender never waits for the socket, so that `when_full` decides, and the end does not wait either."""
    settings: dict[str, Any] = {"buffer_seconds": 5.0, "full_timeout": 0.5, "send_timeout": 30.0, "when_full": policy}
    audio = counting_audio(900)  # more than what the buffers of two sockets hold
    with SpeakingServer(Script(deaf_after=8000)) as server:
        began = time.monotonic()
        with open_live(flavour, "v1", server.url, **settings) as live:
            if waits is None:
                in_chunks(32_000)(live, audio)
            else:
                assert _until_full(live, audio) >= waits
            assert live.ledger.waiting.seconds <= 5.0
            assert bool(live.ledger.lost.bytes) == (policy == "drop_oldest")
            live.disconnect()
        assert time.monotonic() - began < 10


@both_flavours
def test_the_end_has_its_limit_though_the_peer_does_not_read(flavour: str) -> None:
    settings: dict[str, Any] = {"close_timeout": 0.5, "send_timeout": 30.0, "stall_timeout": 30.0}
    with SpeakingServer(Script(deaf_after=8000)) as server:
        with open_live(flavour, "v1", server.url, buffer_seconds=1000.0, **settings) as live:
            in_chunks(32_000)(live, counting_audio(900))
            assert live.ledger.waiting.bytes
            began = time.monotonic()
            with pytest.raises(StreamLost, match="did not finish in time"):
                live.close()
            assert time.monotonic() - began < 5


def _until_full(live: Any, audio: bytes) -> float:
    """Send until there is no room; the seconds that the last attempt took."""
    for at in range(0, len(audio), 32_000):
        began = time.monotonic()
        try:
            live.send(audio[at : at + 32_000])
        except BufferFull:
            return time.monotonic() - began
    raise AssertionError("there was always room")
