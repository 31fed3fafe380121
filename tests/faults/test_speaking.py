"""The scripted service and the proxy do what the tests of the session trust them to do."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from counting import SLOT_BYTES, Ear, counting_audio, said_in
from faultproxy import KINDS, Fault, FaultProxy, random_faults
from speaking import Script, SpeakingServer

LIVE = "/v1/listen?encoding=linear16&sample_rate=8000&interim_results=true"
TURNS = "/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=8000"


def reach(target: SpeakingServer | FaultProxy, path: str = LIVE) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{target.port}{path}", compression=None, proxy=None, close_timeout=1)


def messages(connection: ClientConnection) -> Iterator[dict[str, Any]]:
    return map(json.loads, connection)


def words_of(results: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    heard = [w for r in results if r.get("is_final") for w in r["channel"]["alternatives"][0]["words"]]
    return [(w["word"], w["start"], w["end"]) for w in heard]


def flood(connection: ClientConnection, audio: bytes) -> None:
    """Send until it fails, or until an end comes where an answer should."""
    for _ in range(1000):
        connection.send(audio)
    while True:
        connection.recv(timeout=5)


def truth(slots: int) -> list[tuple[str, float, float]]:
    return [(said.word, said.start, said.end) for said in said_in(slots)]


@pytest.mark.parametrize("size", [1, 999, 4000, 100_000])
def test_an_ear_hears_each_number_once_however_the_bytes_are_cut(size: int) -> None:
    ear, audio, heard = Ear(), counting_audio(3.0), []
    for at in range(0, len(audio), size):
        ear.feed(audio[at : at + size])
        while (until := ear.pause_after(ear.start + 0.6)) is not None:
            heard += ear.settle(until)[2]
    heard += ear.settle()[2]
    assert heard == said_in(12)


@pytest.mark.parametrize("chunk", [701, SLOT_BYTES, 40_000])
def test_live_audio_comes_back_as_its_words(chunk: int) -> None:
    audio = counting_audio(10)
    with SpeakingServer(Script(final_every=1.1)) as server, reach(server) as connection:
        for at in range(0, len(audio), chunk):
            connection.send(audio[at : at + chunk])
        connection.send('{"type":"CloseStream"}')
        heard = list(messages(connection))
    finals = [m for m in heard if m.get("is_final")]
    assert words_of(heard) == truth(40)
    assert [f["start"] for f in finals[1:]] == pytest.approx([f["start"] + f["duration"] for f in finals[:-1]])
    assert (heard[-1]["type"], heard[-1]["duration"]) == ("Metadata", 10)
    assert chunk > 20_000 or any(not m.get("is_final", True) for m in heard)
    assert connection.close_code == 1000


def test_finalize_settles_what_came_and_keep_alive_says_nothing() -> None:
    with SpeakingServer(Script()) as server, reach(server) as connection:
        connection.send(counting_audio(0.25))
        connection.send('{"type":"KeepAlive"}')
        connection.send('{"type":"Finalize"}')
        final = next(messages(connection))
    assert (final["from_finalize"], words_of([final])) == (True, truth(1))
    assert server.heard[0].texts[0] == '{"type":"KeepAlive"}'


def test_turns_begin_grow_and_end() -> None:
    with SpeakingServer(Script(final_every=1.0, interim_every=0.5)) as server, reach(server, TURNS) as connection:
        for at in range(0, len(audio := counting_audio(2.5)), SLOT_BYTES):
            connection.send(audio[at : at + SLOT_BYTES])
        connection.send('{"type":"CloseStream"}')
        heard = list(messages(connection))
    assert heard[0]["type"] == "Connected"
    assert [m["sequence_id"] for m in heard] == list(range(len(heard)))
    ended = [m for m in heard if m.get("event") == "EndOfTurn"]
    assert [(m["turn_index"], m["audio_window_start"]) for m in ended] == [(0, 0), (1, pytest.approx(1.0, abs=0.3))]
    assert heard[-1]["event"] == "Update"
    assert [w["word"] for w in heard[-1]["words"]][-1] == "w9"


@pytest.mark.parametrize("code", [1000, 1001, 1005, 1006, 1011, 1012, 1013, 1008])
def test_a_connection_dies_with_its_code(code: int) -> None:
    with SpeakingServer(Script(die_after=8000, die_code=code), Script()) as server:
        with reach(server) as connection, pytest.raises(ConnectionClosed):
            flood(connection, counting_audio(0.25))
        assert connection.close_code == code
        assert server.heard[0].bytes == 8000


def test_a_handshake_is_refused_with_its_reasons() -> None:
    with SpeakingServer(Script(refuse=503, retry_after=2), Script()) as server:
        with pytest.raises(InvalidStatus) as caught:
            reach(server)
        assert caught.value.response.headers["Retry-After"] == "2"
        assert caught.value.response.status_code == 503
        with reach(server) as connection:
            assert connection.response.status_code == 101


def test_a_mute_service_reads_on_and_a_deaf_one_does_not() -> None:
    with SpeakingServer(Script(mute_after=0), Script(deaf_after=0)) as server:
        with reach(server) as connection:
            connection.send(counting_audio(5))
            assert connection.ping().wait(5)
            with pytest.raises(TimeoutError):
                connection.recv(timeout=0.2)
        with reach(server) as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 200_000))
            with pytest.raises((BlockingIOError, ConnectionClosed)):
                flood(connection, counting_audio(5))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_strikes_at_its_byte_and_the_next_connection_is_sound(kind: str) -> None:
    at = 40_000
    with SpeakingServer(Script()) as server, FaultProxy(server.port, Fault(kind, at)) as proxy:  # type: ignore[arg-type]
        with reach(proxy) as connection:
            broken = _talk_until_broken(connection)
        assert broken
        assert proxy.struck == [kind]
        assert server.heard[0].bytes <= at or kind == "corrupt"
        with reach(proxy) as connection:
            connection.send(counting_audio(1))
            connection.send('{"type":"CloseStream"}')
            assert words_of(list(messages(connection))) == truth(4)


def _talk_until_broken(connection: ClientConnection) -> bool:
    """Whether fewer answers came than to a sound connection."""
    finals = 0
    try:
        for _ in range(5):
            connection.send(counting_audio(1))
        while True:
            finals += bool(json.loads(connection.recv(timeout=0.3)).get("is_final"))
    except (ConnectionClosed, TimeoutError, UnicodeDecodeError, OSError):
        return finals < 5


def test_random_faults_are_the_same_for_a_seed_and_of_all_kinds() -> None:
    faults = random_faults(50, 10_000_000, seed=3)
    assert faults == random_faults(50, 10_000_000, seed=3) != random_faults(50, 10_000_000, seed=4)
    assert {fault.kind for fault in faults} == set(KINDS)
