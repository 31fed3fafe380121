"""Who reads a live session's connection, and what becomes of it where threads meet, leave or are interrupted."""

from __future__ import annotations

import os
import signal
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest

from counting import SLOT_BYTES, counting_audio
from faultproxy import FaultProxy, random_faults
from faults.livetalk import QUICK, Tale, both_flavours, both_versions, check_told, in_chunks, open_live, send_all, tell
from faults.server import FaultServer, Peer, Seen
from sonant import LiveTranscriptionEvents, StreamLost
from sonant.client.carriers.live_sync import LiveCarrier
from sonant.client.events import Reconnecting
from speaking import Script, SpeakingServer

SLOTS = 40
AUDIO = counting_audio(SLOTS / 4)
WORDS = [f"w{n}" for n in range(SLOTS)]
Authority = tuple[ssl.SSLContext, str]


def words(events: list[Any]) -> list[str]:
    return [word for word, _, _ in Tale(events).words()]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _agree_and_leave(peer: Peer, seen: Seen) -> bool:
    """Answer the handshake, and close in the same breath."""
    _agree(peer, seen)
    return False


def _agree(peer: Peer, seen: Seen, then: bytes = b"") -> None:
    key = seen.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accepted = b64encode(sha1(key.encode(), usedforsecurity=False).digest()).decode()
    lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    peer.send("\r\n".join([*lines, f"Sec-WebSocket-Accept: {accepted}", "", ""]).encode() + then)


@both_flavours
def test_a_service_that_leaves_with_its_handshake_is_known_to_be_gone(flavour: str) -> None:
    for _ in range(30):
        with FaultServer(_agree_and_leave) as server:
            with pytest.raises(StreamLost), open_live(flavour, "v1", server.url, attempts=2, **QUICK) as live:
                list(live)
            assert server.attempts == 3


@both_flavours
@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (b"\x88\x0a" + (1011).to_bytes(2) + b"NET-0000", "closed with 1011 NET-0000"),
        (b"\xc1\x01a", "reserved bits"),
        (b"\x81\x7f" + b"\xff" * 8, "message too big"),
    ],
    ids=["closed", "broken", "endless"],
)
def test_a_service_that_closes_and_holds_the_line_is_known_to_be_gone(
    flavour: str, is_late: bool, last: bytes, reason: str
) -> None:
    def stay(peer: Peer, seen: Seen) -> bool:
        _agree(peer, seen, b"" if is_late else last)
        if is_late:
            peer.pause(0.1)
            peer.send(last)
        peer.pause()
        return False

    with FaultServer(stay) as server:
        told: list[Any] = []
        with pytest.raises(StreamLost), open_live(flavour, "v1", server.url, attempts=2, **QUICK) as live:
            told.extend(live)  # those before the error, too
        reasons = [event.reason for event in told if isinstance(event, Reconnecting)]
        assert [each for each in reasons if reason not in each] == []
        assert reasons


@both_flavours
@both_versions
def test_all_is_the_same_over_tls(flavour: str, version: str, authority: Authority) -> None:
    context, ca_file = authority
    told: list[Any] = []
    with SpeakingServer(Script(die_after=8 * SLOT_BYTES), Script(), tls=context) as server:
        tale = tell(flavour, version, server.url, AUDIO, ca_file=ca_file)
        with open_live(flavour, version, server.url, ca_file=ca_file, **QUICK) as live:
            live.on("Results" if version == "v1" else "TurnInfo", told.append)
            send_all(live, AUDIO)
    check_told(tale, SLOTS)
    assert tale.connections == [1]
    assert words(told) == WORDS


@both_flavours
@both_versions
def test_a_tls_connection_that_breaks_within_its_records_costs_no_word(
    flavour: str, version: str, authority: Authority
) -> None:
    context, ca_file = authority
    faults = random_faults(8, len(AUDIO), seed=3, kinds=("cut", "reset", "half-close", "stall"))
    with SpeakingServer(tls=context) as server, FaultProxy(server.port, *faults) as proxy:
        there = f"https://127.0.0.1:{proxy.port}"
        tale = tell(flavour, version, there, AUDIO, ca_file=ca_file, attempts=30)
        assert len(proxy.struck) == len(faults)
    check_told(tale, SLOTS)


@both_versions
def test_threads_that_iterate_at_once_share_the_events(version: str) -> None:
    """Each event goes to one of them, and all of them come to the end."""
    shares: list[list[Any]] = [[], [], []]
    with SpeakingServer(Script(die_after=10 * SLOT_BYTES), Script()) as server:
        with open_live("sync", version, server.url, **QUICK) as live:
            readers = [in_thread(lambda share=share: share.extend(live)) for share in shares]
            for at in range(0, len(AUDIO), SLOT_BYTES):
                live.send(AUDIO[at : at + SLOT_BYTES])
                time.sleep(0.01)
            live.request_close()
            for reader in readers:
                reader.join(10)
    assert not any(reader.is_alive() for reader in readers)
    events = [event for share in shares for event in share]
    assert len({id(event) for event in events}) == len(events)
    if version == "v1":
        assert sorted(words(events), key=lambda word: int(word[1:])) == WORDS


def test_one_of_two_readers_may_leave() -> None:
    rest: list[Any] = []
    with SpeakingServer(Script(interim_every=0.25)) as server:
        with open_live("sync", "v1", server.url, **QUICK) as live:
            first = iter(live)
            live.send(AUDIO[: 8 * SLOT_BYTES])
            seen = [next(first) for _ in range(3)]
            reader = in_thread(lambda: rest.extend(live))
            first.close()
            send_all(live, AUDIO[8 * SLOT_BYTES :])
            live.request_close()
            reader.join(10)
    assert not reader.is_alive()
    assert words(seen + rest) == WORDS


def test_a_handler_may_iterate() -> None:
    """It takes its thread with it to the end of the session, and holds nobody else."""
    seen: list[Any] = []
    begun = threading.Event()
    with SpeakingServer(Script()) as server:
        with open_live("sync", "v1", server.url, **QUICK) as live:

            def iterate(_: Any) -> None:
                begun.set()
                seen.extend(live)

            live.on(LiveTranscriptionEvents.OPEN, iterate)
            assert begun.wait(5)
            while not live._carrier.inbox.is_read:
                time.sleep(0.001)
            send_all(live, AUDIO)
    assert words(seen) == WORDS


@both_versions
@pytest.mark.parametrize("how", ["disconnect", "request_close", "reconnect"])
def test_what_another_thread_does_reaches_who_iterates(version: str, how: str) -> None:
    with SpeakingServer() as server:
        with open_live("sync", version, server.url, **QUICK) as live:
            seen: list[Any] = []
            reader = in_thread(lambda: seen.extend(live))
            live.send(bytes(SLOT_BYTES))
            time.sleep(0.1)  # until it waits for the socket
            began = time.monotonic()
            getattr(live, how)()
            if how == "reconnect":
                server.wait(lambda: len(server.heard) == 2, 5)
                send_all(live, AUDIO)
                live.request_close()
            reader.join(10)
            assert not reader.is_alive()
            assert time.monotonic() - began < 5


def test_leaving_while_another_thread_iterates_ends_both() -> None:
    seen: list[Any] = []
    with SpeakingServer() as server:
        with open_live("sync", "v1", server.url, **QUICK) as live:
            reader = in_thread(lambda: seen.extend(live))
            send_all(live, AUDIO)
        reader.join(5)
    assert not reader.is_alive()
    assert words(seen) == WORDS


@both_flavours
@pytest.mark.parametrize("secured", [False, True])
def test_a_peer_that_reads_again_gets_the_rest_of_a_message(
    flavour: str, authority: Authority, *, secured: bool
) -> None:
    context, ca_file = authority
    audio = counting_audio(900.0)  # more than what the buffers of two sockets hold
    slots = len(audio) // SLOT_BYTES
    settings: dict[str, Any] = {"send_timeout": 20.0, "stall_timeout": 20.0, "buffer_seconds": 1000.0}
    with SpeakingServer(Script(deaf_after=8000, deaf_for=1.0), tls=context if secured else None) as server:
        tale = tell(flavour, "v1", server.url, audio, speak=in_chunks(32_000), every=50, ca_file=ca_file, **settings)
        assert len(server.heard) == 1
    check_told(tale, slots)


def test_an_interrupt_amid_a_message_that_cannot_get_out_loses_nothing() -> None:
    """Half of it is out then: it is sent again over another connection, and the sender is not stuck."""
    audio = counting_audio(400.0)  # more than what the buffers of two sockets hold
    slots = len(audio) // SLOT_BYTES
    settings: dict[str, Any] = {**QUICK, "send_timeout": 2.0, "buffer_seconds": 10.0, "replay_seconds": 1000.0}
    with SpeakingServer(Script(deaf_after=8000), Script()) as server:
        tale = Tale()
        with open_live("sync", "v1", server.url, **settings) as live:
            reader = in_thread(lambda: tale.events.extend(live))
            sent = _send_until_interrupted(live, audio)
            live.send(audio[sent:])
            live.request_close()
            reader.join(20)
        tale.note(live.ledger)
    check_told(tale, slots)
    assert len(server.heard) == 2


def _send_until_interrupted(live: Any, audio: bytes) -> int:
    """Send until nothing moves and Ctrl-C is pressed; how many bytes the session took."""
    main = threading.main_thread().ident
    assert main is not None
    moved = [time.monotonic()]

    def press() -> None:
        while time.monotonic() - moved[0] < 0.5:
            time.sleep(0.05)
        signal.pthread_kill(main, signal.SIGINT)

    pressing = in_thread(press)
    with pytest.raises(KeyboardInterrupt):
        _send_and_note(live, audio, moved)
    pressing.join()
    return int(live.ledger.total.bytes)


def _send_and_note(live: Any, audio: bytes, moved: list[float]) -> None:
    for at in range(0, len(audio), 32_000):
        live.send(audio[at : at + 32_000])
        moved[0] = time.monotonic()


def test_an_interrupt_between_two_messages_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    perform = LiveCarrier._perform
    calls: list[int] = []

    def interrupt(carrier: LiveCarrier, *args: Any, **kwargs: Any) -> bool:
        is_done = perform(carrier, *args, **kwargs)
        if threading.current_thread() is threading.main_thread():
            calls.append(1)
            if len(calls) == 10:
                raise KeyboardInterrupt
        return is_done

    monkeypatch.setattr(LiveCarrier, "_perform", interrupt)
    events: list[Any] = []
    with SpeakingServer() as server, open_live("sync", "v1", server.url, **QUICK) as live:
        with pytest.raises(KeyboardInterrupt):
            send_all(live, AUDIO)
        sent = live.ledger.total.bytes
        send_all(live, AUDIO[sent:])
        live.request_close()
        events.extend(live)
    assert words(events) == WORDS


@pytest.mark.parametrize("name", ["_publish", "_perform", "_begin_work"])
def test_an_interrupt_at_any_step_leaves_nobody_busy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    step = getattr(LiveCarrier, name)
    calls: list[int] = []

    def interrupt(carrier: LiveCarrier, *args: Any, **kwargs: Any) -> Any:
        result = step(carrier, *args, **kwargs)
        if threading.current_thread() is threading.main_thread() and carrier._worker == threading.get_ident():
            calls.append(1)
            if len(calls) == 5:
                raise KeyboardInterrupt
        return result

    events: list[Any] = []
    with SpeakingServer() as server, open_live("sync", "v1", server.url, **QUICK) as live:
        monkeypatch.setattr(LiveCarrier, name, interrupt)
        with pytest.raises(KeyboardInterrupt):
            send_all(live, AUDIO)
        monkeypatch.undo()
        send_all(live, AUDIO[live.ledger.total.bytes :])
        live.request_close()
        events.extend(live)
    assert words(events) == WORDS


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_leaves_the_session_to_its_parent() -> None:
    events: list[Any] = []
    with SpeakingServer() as server, open_live("sync", "v1", server.url, **QUICK) as live:
        reader = in_thread(lambda: events.extend(live))
        send_all(live, AUDIO[: len(AUDIO) // 2])
        child = os.fork()
        if not child:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        send_all(live, AUDIO[len(AUDIO) // 2 :])
        live.request_close()
        reader.join(10)
        assert len(server.heard) == 1
    assert words(events) == WORDS
