"""A live session that loses its connection loses nothing else."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from counting import SLOT_BYTES, counting_audio, wav_header
from faultproxy import Fault, FaultProxy, random_faults
from faults.livetalk import QUICK, both_flavours, both_versions, check_told, in_chunks, open_live, send_all, tell
from faults.server import FaultServer, answer
from sonant.client.errors import ApiError, ConfigError, StreamLost
from sonant.client.events import AudioLost, Closed, Reconnected, Reconnecting
from sonant.contract.listen import LiveResults, TurnInfo, TurnWarning
from speaking import Script, SpeakingServer

SLOTS = 80
AUDIO = counting_audio(SLOTS / 4)


@both_flavours
@both_versions
@pytest.mark.parametrize("kind", ["cut", "reset", "half-close"])
def test_a_connection_cut_at_twenty_random_points_costs_no_word(flavour: str, version: str, kind: Any) -> None:
    faults = random_faults(20, len(AUDIO), seed=5, kinds=(kind,))
    with SpeakingServer(Script()) as server, FaultProxy(server.port, *faults) as proxy:
        tale = tell(flavour, version, proxy.url, AUDIO, attempts=30)
    check_told(tale, SLOTS)
    assert len(proxy.struck) == 20
    assert tale.stats.reconnects == len(tale.connections) == tale.connections[-1]


@both_flavours
@both_versions
@pytest.mark.parametrize("kind", ["stall", "swallow", "corrupt"])
def test_a_connection_that_goes_bad_silently_costs_no_word(flavour: str, version: str, kind: Any) -> None:
    with SpeakingServer(Script()) as server, FaultProxy(server.port, Fault(kind, len(AUDIO) // 2)) as proxy:
        tale = tell(flavour, version, proxy.url, AUDIO)
    check_told(tale, SLOTS)
    assert tale.connections


@both_flavours
@both_versions
def test_five_deaths_between_audio_and_final_cost_no_word(flavour: str, version: str) -> None:
    deaths = [Script(die_after=n * SLOT_BYTES - 1, final_every=1.1) for n in (3, 4, 5, 7, 9)]
    with SpeakingServer(*deaths, Script(final_every=1.1)) as server:
        tale = tell(flavour, version, server.url, AUDIO, speak=in_chunks(1001))
    check_told(tale, SLOTS)
    assert tale.connections == [1, 2, 3, 4, 5]


@both_flavours
@both_versions
@pytest.mark.parametrize("code", [1001, 1005, 1006, 1011, 1012, 1013])
def test_a_close_by_surprise_is_mended(flavour: str, version: str, code: int) -> None:
    with SpeakingServer(Script(die_after=10 * SLOT_BYTES, die_code=code, die_reason="why"), Script()) as server:
        tale = tell(flavour, version, server.url, AUDIO)
    check_told(tale, SLOTS)
    assert len(server.heard) == 2
    assert server.heard[0].query == server.heard[1].query
    assert server.heard[1].headers["authorization"] == "Token key"
    assert [event.connection for event in tale.of(LiveResults) + tale.of(TurnInfo)][-1] == 1
    assert tale.stats.replayed_seconds == pytest.approx(sum(e.replayed_seconds for e in tale.of(Reconnected)))


@both_flavours
@both_versions
@pytest.mark.parametrize("code", [1000, 1002, 1003, 1007, 1008])
def test_a_close_for_good_is_told_and_not_retried(flavour: str, version: str, code: int) -> None:
    with SpeakingServer(Script(die_after=10 * SLOT_BYTES, die_code=code, die_reason="DATA-0000"), Script()) as server:
        tale = tell(flavour, version, server.url, AUDIO, speak=_and_wait)
        assert len(server.heard) == 1
    assert isinstance(tale.raised, StreamLost)
    assert tale.raised.close_code == code
    assert "DATA-0000" in str(tale.raised)
    assert not tale.of(Reconnecting)
    assert tale.ledger.final.bytes + tale.ledger.lost.bytes == tale.ledger.total.bytes
    assert sum(event.bytes for event in tale.of(AudioLost)) == tale.ledger.lost.bytes > 0


@both_flavours
@both_versions
@pytest.mark.parametrize("status", [400, 401, 402, 403])
def test_a_refused_handshake_is_told_in_full_and_not_retried(flavour: str, version: str, status: int) -> None:
    with SpeakingServer(Script(refuse=status)) as server:
        with pytest.raises(ApiError) as caught, open_live(flavour, version, server.url):
            pass
        assert len(server.heard) == 1
    assert (caught.value.status, caught.value.request_id) == (status, "r-scripted")
    assert "Refused by script." in str(caught.value)


@both_flavours
@pytest.mark.parametrize("status", [400, 401, 402, 403])
def test_a_refused_reconnection_ends_the_session(flavour: str, status: int) -> None:
    with SpeakingServer(Script(die_after=4000), Script(refuse=status)) as server:
        tale = tell(flavour, "v1", server.url, AUDIO, speak=_and_wait)
        assert len(server.heard) == 2
    assert isinstance(tale.raised, ApiError)
    assert tale.raised.status == status


@both_flavours
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_when_it_said(flavour: str, status: int) -> None:
    scripts = [Script(refuse=status, retry_after=1), Script(die_after=4000), Script(refuse=status, retry_after=1)]
    with SpeakingServer(*scripts, Script()) as server:
        tale = tell(flavour, "v1", server.url, AUDIO)
    check_told(tale, SLOTS)
    times = [heard.when for heard in server.heard]
    assert len(times) == 4
    assert times[1] - times[0] >= 1
    assert times[3] - times[2] >= 1


@both_flavours
def test_attempts_end_and_the_error_says_what_is_lost(flavour: str) -> None:
    with SpeakingServer(Script(die_after=6000), Script(refuse=503)) as server:
        tale = tell(flavour, "v1", server.url, AUDIO[:8000], attempts=3, speak=_and_wait)
        assert len(server.heard) == 4
    assert isinstance(tale.raised, (StreamLost, ApiError))
    assert tale.ledger.lost.bytes == tale.ledger.total.bytes == 8000
    assert [(event.start, event.end, event.bytes) for event in tale.of(AudioLost)] == [(0.0, 0.5, 8000)]


@both_flavours
def test_a_service_that_only_ever_opens_uses_up_the_attempts(flavour: str) -> None:
    with SpeakingServer(Script(die_after=1)) as server:
        tale = tell(flavour, "v1", server.url, AUDIO[:SLOT_BYTES], attempts=3, speak=_and_wait)
        assert len(server.heard) == 4
    assert isinstance(tale.raised, StreamLost)
    assert tale.ledger.lost.bytes == SLOT_BYTES


def _and_wait(live: Any, audio: bytes) -> None:
    """Send, and leave closing to the end of the session."""
    send_all(live, audio)
    while live.connection_state() != "closed":
        time.sleep(0.01)


@both_flavours
def test_without_reconnection_the_loss_is_raised(flavour: str) -> None:
    with SpeakingServer(Script(die_after=6000)) as server:
        tale = tell(flavour, "v1", server.url, AUDIO[:8000], reconnect=False)
        assert len(server.heard) == 1
    assert isinstance(tale.raised, StreamLost)
    assert tale.ledger.lost.bytes == 8000


@both_flavours
def test_a_container_is_told_from_its_header_again(flavour: str) -> None:
    options = {"model": "nova-3", "interim_results": True}
    with SpeakingServer(Script(die_after=20 * SLOT_BYTES), Script()) as server:
        tale = tell(flavour, "v1", server.url, wav_header() + AUDIO, speak=in_chunks(999), options=options)
    assert [word for word, _, _ in tale.words()] == [f"w{n}" for n in range(SLOTS)]
    assert server.heard[1].audio.startswith(wav_header())
    assert tale.words()[-1][1] == pytest.approx(SLOTS / 4 - 0.2, abs=0.05)


@both_flavours
@both_versions
def test_what_was_configured_is_configured_again(flavour: str, version: str) -> None:
    with SpeakingServer(Script(die_after=8 * SLOT_BYTES), Script()) as server:
        with open_live(flavour, version, server.url, **QUICK) as live:
            live.configure(keyterms=["sonant"])
            send_all(live, AUDIO)
            live.request_close()
            list(live)
    first, second = (heard.texts[0] for heard in server.heard)
    assert first == second
    assert '"sonant"' in first
    assert isinstance(server.heard[1].arrivals[0][1], str), "before any audio"


@both_flavours
@both_versions
def test_a_planned_rotation_amid_speech_costs_no_word(
    flavour: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonant.client.rotation._NO_PAUSE", 0.1)
    with SpeakingServer(Script()) as server:
        tale = tell(flavour, version, server.url, AUDIO, speak=in_chunks(SLOT_BYTES, 0.02), max_session=0.3)
    check_told(tale, SLOTS)
    assert any(event.planned for event in tale.of(Reconnecting))
    assert len(server.heard) >= 3


@both_flavours
@both_versions
@pytest.mark.parametrize("at", [0.3, 0.5, 0.7])
def test_a_wished_reconnection_amid_a_word_does_not_change_it(flavour: str, version: str, at: float) -> None:
    """The word is only heard as a whole: neither connection may say for good what it made of a part."""
    cut = 8 * SLOT_BYTES + int(SLOT_BYTES * at) // 2 * 2

    def speak(live: Any, audio: bytes) -> None:
        live.send(audio[:cut])
        server.wait(lambda: server.heard[0].bytes == cut)
        live.reconnect()
        server.wait(lambda: len(server.heard) == 2)
        send_all(live, audio[cut:])

    with SpeakingServer(Script(final_every=5.0)) as server:
        tale = tell(flavour, version, server.url, AUDIO, speak=speak)
    check_told(tale, SLOTS)
    assert [event.planned for event in tale.of(Reconnecting)] == [True]
    assert tale.stats.replayed_seconds > 0


@both_flavours
@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("there", ["https://elsewhere.example/v1/listen", "ws://127.0.0.1:1/v1/listen", "/v1/listen/"])
def test_a_redirected_handshake_is_told_and_not_followed(flavour: str, status: int, there: str) -> None:
    with FaultServer(answer(status, b"", {"Location": there})) as server:
        with pytest.raises(ApiError) as caught, open_live(flavour, "v1", server.url):
            pass
        assert server.attempts == 1
    assert caught.value.status == status
    assert f"{status}: a redirect to {there}" in str(caught.value)
    assert "base_url" in caught.value.hint


@both_flavours
def test_a_socks_proxy_names_the_package_that_it_needs(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_socks", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://user:secret@127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "socks5://user:secret@127.0.0.1:9")
    with pytest.raises(ConfigError) as caught, open_live(flavour, "v1", "http://127.0.0.1:1"):
        pass
    assert "python-socks" in caught.value.message
    assert "pip install" in caught.value.hint
    assert "secret" not in str(caught.value)


@both_flavours
def test_a_source_that_ends_between_turns_warns_of_nothing(flavour: str) -> None:
    with SpeakingServer() as server, open_live(flavour, "v2", server.url, **QUICK) as talk:
        told = list(talk.stream(bytes(SLOT_BYTES * 8), speed=None))
        assert "ForceEndTurn" in str(server.heard[0].texts)
    assert not [event for event in told if isinstance(event, TurnWarning)]
    assert any(isinstance(event, Closed) for event in told)
