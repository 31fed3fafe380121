"""A live session, driven by hand with a written clock."""

from typing import Any

import pytest

from sonant.client.audiofeed import AudioFeed
from sonant.client.errors import (
    BadRequest,
    BufferFull,
    ConnectFailed,
    RateLimited,
    SourceError,
    StreamLost,
    TimedOut,
)
from sonant.client.events import AudioLost, Closed, Opened, Reconnected, Reconnecting
from sonant.client.following import LiveFollower, TurnFollower
from sonant.client.ledger import Ledger, Tape
from sonant.client.session import Session
from sonant.client.settings import SessionOptions
from sonant.client.steps import Dial, HangUp, Ping, Sleep, Write
from sonant.client.tracks import RawTrack
from sonant.contract.codec import encode
from sonant.contract.listen import (
    Alternative,
    Channel,
    Finalize,
    KeepAlive,
    LiveInfo,
    LiveMetadata,
    LiveResults,
    ModelInfo,
    SpeechStarted,
    TurnInfo,
    TurnWarning,
    TurnWord,
    UtteranceEnd,
    Word,
)
from unit.client.test_tracks import fed, made

RAW: dict[str, Any] = {"encoding": "linear16", "sample_rate": 1000}
INFO = LiveInfo("r", ModelInfo("m", "1", "a"), "u")
SECOND = b"\x00\x40" * 1000
"""A second of something loud."""


def results(start: float, end: float, *words: tuple[str, float, float], final: bool = True, channel: int = 0) -> bytes:
    spoken = [Word(text, begin, stop, 0.9) for text, begin, stop in words]
    alternative = Alternative(" ".join(word.word for word in spoken), 0.9, spoken)
    return encode(LiveResults([channel, 1], end - start, start, final, final, Channel([alternative]), INFO))


def _spoken(word: str, start: float, end: float) -> Channel:
    return Channel([Alternative(word, 0.9, [Word(word, start, end, 0.9)])])


def unopened(options: dict[str, Any] = RAW, follows: Any = LiveFollower, **settings: Any) -> Session:
    feed = AudioFeed(options, SessionOptions(**settings), keeps_alive=follows is LiveFollower)
    return Session(feed, follows(feed), SessionOptions(**settings))


def ledger_of(given: Session) -> Ledger:
    feed = given.feed
    assert isinstance(feed, AudioFeed)
    return feed.ledger


def session(**settings: Any) -> Session:
    given = unopened(**settings)
    assert given.next_step(0) == Dial()
    given.opened("r-0", 0)
    return given


def written(given: Session, now: float) -> list[str | bytes]:
    """All that is written at a moment."""
    payloads: list[str | bytes] = []
    while isinstance(step := given.next_step(now), Write):
        payloads.append(step.payload)
        given.wrote()
    return payloads


def audio(payloads: list[str | bytes]) -> bytes:
    return b"".join(payload for payload in payloads if isinstance(payload, bytes))


def events(given: Session, kind: type[Any]) -> list[Any]:
    return [event for event in given.events if isinstance(event, kind)]


def balance(given: Session) -> None:
    total, *parts = (amount.bytes for amount in ledger_of(given))
    assert total == sum(parts)


def test_audio_is_sent_waits_and_becomes_final() -> None:
    given = unopened()
    given.accept(SECOND)
    assert ledger_of(given).waiting.bytes == 2000
    assert given.next_step(0) == Dial()
    given.opened("r", 0)
    assert audio(written(given, 0)) == SECOND
    assert ledger_of(given).sent.seconds == 1
    given.received(given.read(results(0, 0.75, ("hello", 0.1, 0.5))), 1)
    assert (ledger_of(given).final.seconds, ledger_of(given).sent.seconds) == (0.75, 0.25)
    balance(given)


def test_what_is_not_final_is_sent_again_on_the_same_timeline() -> None:
    given = session(replay_speed=None)
    given.accept(SECOND * 3)
    written(given, 0)
    given.received(given.read(results(0, 1, ("one", 0.2, 0.98))), 1)
    given.lost(1006, "", 2)
    assert events(given, Reconnecting)
    assert given.next_step(20) == Dial()
    given.opened("r-1", 20)
    assert audio(written(given, 20)) == SECOND * 2
    (mended,) = events(given, Reconnected)
    assert (mended.replayed_seconds, mended.lost_seconds) == (2.0, 0.0)
    given.received(given.read(results(0, 1, ("two", 0.2, 0.8))), 21)
    last = events(given, LiveResults)[-1]
    assert (last.start, last.end, last.connection) == (1.0, 2.0, 1)
    assert (last.best.words[0].start, last.best.words[0].end) == pytest.approx((1.2, 1.8))
    assert ledger_of(given).final.seconds == 2


@pytest.mark.parametrize("code", [1001, 1005, 1006, 1011, 1012, 1013])
def test_a_surprise_is_mended(code: int) -> None:
    given = session()
    given.lost(code, "", 1)
    assert not given.is_closed
    assert given.next_step(100) == Dial()


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1007, 1008])
def test_other_ends_are_ends_and_say_what_is_lost(code: int) -> None:
    given = session()
    given.accept(SECOND)
    written(given, 0)
    given.lost(code, "DATA-0000", 1)
    assert given.is_closed
    assert isinstance(given.error, StreamLost)
    assert given.error.close_code == code
    assert events(given, AudioLost)[0].bytes == 2000
    assert ledger_of(given).lost.bytes == 2000
    balance(given)


def test_a_refusal_ends_and_a_busy_service_is_waited_for() -> None:
    busy = RateLimited("429", status=429)
    busy.retry_after = 7.0
    given = unopened()
    assert given.next_step(0) == Dial()
    given.refused(busy, 0)
    assert given.next_step(0) == Sleep(7.0)
    assert given.next_step(7) == Dial()
    given.refused(BadRequest("400", status=400), 7)
    assert given.is_closed
    assert isinstance(given.error, BadRequest)


def test_keepalive_only_where_no_audio_flows() -> None:
    given = session(keepalive=5.0)
    for second in range(1, 20):
        given.received(given.read(results(0, 0.1, final=False)), second)
        given.accept(SECOND)
        assert all(isinstance(payload, bytes) for payload in written(given, second))
    assert not written(given, 23)
    given.received(given.read(results(0, 0.1, final=False)), 23)
    assert written(given, 24.1) == ['{"type":"KeepAlive"}']
    assert given.stats.keepalives == 1


def test_nothing_is_kept_alive_that_was_told_of_the_end() -> None:
    given = session(keepalive=5.0, stall_timeout=90.0)
    given.accept(SECOND)
    given.say(KeepAlive())
    given.close(1)
    given.say(KeepAlive())
    assert written(given, 1) == [SECOND, '{"type":"KeepAlive"}', '{"type":"CloseStream"}']
    given.received(given.read(results(0, 1)), 1)  # all is final, and the service closes late
    for second in range(2, 10):
        given.say(KeepAlive())
        assert not written(given, second)
        given.ponged(second)
    given.lost(1000, "", 10)
    assert given.error is None
    assert given.stats.keepalives == 0


def test_a_connection_that_is_exchanged_is_not_kept_alive_nor_waited_for_without_end() -> None:
    given = session(keepalive=5.0, stall_timeout=20.0)
    given.rotate(1)
    assert written(given, 1) == ['{"type":"CloseStream"}']
    for second in range(2, 21):
        given.ponged(second)
        assert not written(given, second)
        assert given.next_step(second) != Sleep(0.0), "or it would turn without a rest"
    assert given.next_step(21) == HangUp()
    given.lost(1006, "", 21)
    assert events(given, Reconnecting)[0].planned
    assert given.next_step(21) == Dial()


def garble(given: Session, now: float, *payloads: str | bytes) -> None:
    """A message that is none comes, perhaps several, and the connection is dropped."""
    for payload in payloads:
        given.received(given.read(payload), now)
    assert given.next_step(now) == HangUp()
    given.lost(1006, "", now)


@pytest.mark.parametrize("junk", ["<html>no such service</html>", b"\x00\xff" * 1000, ""])
def test_a_service_that_speaks_something_else_is_left_soon_and_quoted(junk: str | bytes) -> None:
    given = session()
    given.accept(SECOND)
    for number in (1, 2):
        garble(given, 10 * number, junk, junk, junk)
        assert not given.is_closed
        assert given.next_step(10 * number + 9) == Dial()
        given.opened(None, 10 * number + 9)
    garble(given, 30, junk)
    assert isinstance(given.error, StreamLost)
    assert "base_url" in given.error.hint
    assert repr(junk)[:40] in given.error.message
    assert len(given.error.message) < 200
    assert given.error.body == (junk if isinstance(junk, bytes) else junk.encode())
    assert ledger_of(given).lost.bytes == 2000
    balance(given)


def test_a_connection_that_is_spoiled_now_and_then_is_made_again() -> None:
    given = session(attempts=20, retry_seconds=1000.0)
    for second in range(10, 100, 10):
        given.received(given.read(results(0, 0.1, final=False)), second)
        garble(given, second, "?")
        assert given.next_step(second + 9) == Dial()
        given.opened(None, second + 9)
    assert not given.is_closed


def test_what_comes_after_the_end_is_not_told() -> None:
    given = session()
    given.accept(SECOND)
    written(given, 0)
    given.abandon(1000, "")
    given.received(given.read(results(0, 1, ("late", 0.1, 0.9))), 1)
    assert isinstance(given.events[-1], Closed)
    balance(given)


def test_a_peer_that_is_silent_is_pinged_and_then_dropped() -> None:
    given = session(keepalive=None)
    assert given.next_step(4) == Ping()
    assert isinstance(given.next_step(8.9), Sleep)
    assert given.next_step(9) == HangUp()
    given.lost(1006, "", 9)
    assert "ping" in events(given, Reconnecting)[0].reason


def test_a_send_without_progress_is_noticed() -> None:
    given = session(send_timeout=5.0)
    given.accept(SECOND)
    assert isinstance(given.next_step(1), Write)
    assert not given.is_stalled(5.9)
    assert given.is_stalled(6)


def test_speech_without_an_answer_is_noticed() -> None:
    given = session(stall_timeout=10.0)
    for second in range(1, 12):
        given.ponged(second)
        given.accept(SECOND)
        written(given, second)
    assert given.is_stalled(11.5)


def test_a_service_that_is_silent_after_the_end_is_noticed() -> None:
    given = session(stall_timeout=2.0)
    given.accept(SECOND)
    given.close(1)
    written(given, 1)
    assert not given.is_stalled(2.9)
    assert given.is_stalled(3)


def test_controls_keep_their_place_within_the_audio() -> None:
    given = session()
    given.accept(SECOND)
    given.say(Finalize())
    given.accept(SECOND)
    assert written(given, 0) == [SECOND, '{"type":"Finalize"}', SECOND]


def test_a_full_buffer_refuses_or_drops_the_oldest() -> None:
    strict = unopened(buffer_seconds=2.0, when_full="error")
    strict.accept(SECOND * 2)
    with pytest.raises(BufferFull):
        strict.accept(SECOND)
    assert ledger_of(strict).total.seconds == 2
    loose = unopened(buffer_seconds=2.0, when_full="drop_oldest")
    loose.accept(SECOND * 2)
    loose.accept(SECOND)
    assert events(loose, AudioLost)
    assert ledger_of(loose).waiting.seconds <= 2
    balance(loose)


def test_a_gate_keeps_audio_back_and_times_stay_true() -> None:
    given = session(gate=lambda chunk: not any(chunk))
    given.accept(SECOND)
    given.accept(bytes(4000))
    given.accept(SECOND)
    assert audio(written(given, 0)) == SECOND * 2
    assert ledger_of(given).gated.seconds == 2
    given.received(given.read(results(0, 2, ("late", 1.2, 1.8))), 1)
    word = events(given, LiveResults)[0].best.words[0]
    assert (word.start, word.end) == pytest.approx((3.2, 3.8))
    balance(given)


def test_closing_waits_for_the_rest_and_ends_in_order() -> None:
    given = session()
    given.accept(SECOND)
    given.close(1)
    assert written(given, 1) == [SECOND, '{"type":"CloseStream"}']
    given.received(given.read(results(0, 1, ("bye", 0.1, 0.9))), 1.5)
    given.received(given.read(encode(LiveMetadata("r", "incomplete", "now", 1.0, 1))), 1.6)
    given.lost(1000, "", 1.7)
    assert given.error is None
    assert events(given, Closed)
    assert ledger_of(given).final.seconds == 1


def test_closing_ends_in_any_case() -> None:
    given = session(close_timeout=3.0)
    given.accept(SECOND)
    given.close(1)
    written(given, 1)
    assert given.next_step(4) == HangUp()
    assert given.is_closed
    assert ledger_of(given).lost.seconds == 1
    assert isinstance(given.error, StreamLost)


def test_what_is_sent_again_at_the_end_has_its_time() -> None:
    given = session(close_timeout=3.0, replay_speed=1.25)
    given.accept(SECOND * 10)
    written(given, 0)
    given.lost(1006, "", 1)
    given.close(1)
    given.next_step(3)
    given.opened("r-1", 3)
    assert not given.is_closed
    assert isinstance(given.next_step(13.9), Write), "ten seconds at 1.25 take eight, and three more are for results"
    assert given.next_step(14.1) == HangUp()


def test_a_connection_lost_at_the_end_is_made_again_within_its_own_limit() -> None:
    given = session(close_timeout=3.0, retry_seconds=60.0)
    given.accept(SECOND)
    written(given, 0)
    given.close(1)
    given.lost(1006, "", 2)
    given.next_step(30)
    assert not given.is_closed
    given.next_step(62)
    assert given.is_closed
    assert ledger_of(given).lost.seconds == 1


@pytest.mark.parametrize(
    ("error", "settings", "again"),
    [
        (TimedOut("no answer", phase="connect"), {}, False),
        (ConnectFailed("refused"), {}, True),
        (ConnectFailed("refused"), {"reconnect": False}, False),
        (RateLimited("429", status=429), {"reconnect": False}, True),
    ],
)
def test_the_first_connection_is_tried_again_where_that_may_help(error: Any, settings: Any, *, again: bool) -> None:
    given = unopened(**settings)
    given.next_step(0)
    given.refused(error, 1)
    assert given.is_closed is not again


def test_a_service_that_says_why_it_closes_gives_a_hint() -> None:
    given = session()
    given.lost(1008, "DATA-0000", 1)
    assert given.error is not None
    assert "encoding" in given.error.hint


def test_a_service_that_gets_on_at_the_end_is_waited_for() -> None:
    given = session(close_timeout=3.0)
    given.accept(SECOND * 10)
    given.close(0)
    written(given, 0)
    for end in range(1, 10):
        given.received(given.read(results(end - 1, end, ("on", end - 0.5, end - 0.2))), 2.0 * end)
        written(given, 2.0 * end)
        assert not given.is_closed
    assert given.next_step(21.1) == HangUp()


def test_a_pause_is_silence_that_is_not_final_too() -> None:
    given = session(max_session=10.0)
    given.accept(SECOND + bytes(2000))
    written(given, 1)
    given.received(given.read(results(0, 1, ("one", 0.1, 0.9))), 11)
    assert written(given, 11.1) == ['{"type":"CloseStream"}']


def test_a_connection_grown_old_is_exchanged_in_a_pause() -> None:
    given = session(max_session=10.0, replay_speed=None)
    given.accept(SECOND)
    assert audio(written(given, 1)) == SECOND
    assert '{"type":"CloseStream"}' not in written(given, 10.5)
    given.received(given.read(results(0, 1, ("one", 0.1, 0.9))), 11)
    assert '{"type":"CloseStream"}' in written(given, 11.1)
    given.accept(SECOND)
    assert not written(given, 11.2)
    given.lost(1000, "", 11.3)
    assert events(given, Reconnecting)[0].planned
    assert given.next_step(11.3) == Dial()
    given.opened("r-1", 11.4)
    assert audio(written(given, 11.4)) == SECOND[1900:] + SECOND  # with the end of the pause
    assert not given.stats.lost_seconds


def test_bare_samples_without_a_description_are_refused_at_once() -> None:
    given = unopened({})
    with pytest.raises(SourceError, match="encoding"):
        given.accept(SECOND)
    assert not ledger_of(given).total.bytes


def test_every_byte_is_accounted_for_while_the_first_are_looked_at() -> None:
    given = session()
    for count in range(1, 20):
        given.accept(b"\1")
        assert ledger_of(given).total.bytes == count
        assert ledger_of(given).waiting.bytes == count
        balance(given)
    assert audio(written(given, 0)) == b"\1" * 19


def test_what_was_looked_at_and_refused_is_told_of_as_lost() -> None:
    given = unopened({})
    given.accept(bytes(8))
    with pytest.raises(SourceError, match="described"):
        given.accept(bytes(8))
    assert (ledger_of(given).lost.bytes, ledger_of(given).total.bytes) == (8, 8), "the second was not taken"
    assert events(given, AudioLost)[0].bytes == 8
    given.accept(bytes(8))
    given.close(1)
    assert ledger_of(given).lost.bytes == 16, "the end does not raise, and says it all the same"
    balance(given)


def test_what_was_looked_at_when_the_service_left_is_told_of_as_lost() -> None:
    given = session()
    given.accept(bytes(8))
    given.lost(1008, "DATA-0000", 1)
    assert ledger_of(given).lost.bytes == 8
    assert events(given, AudioLost)
    balance(given)


def test_an_mp4_without_an_index_in_front_is_refused_before_anything_is_sent() -> None:
    given = unopened({})
    given.next_step(0)
    given.opened("r", 0)
    with pytest.raises(SourceError, match="transcribe_file"):
        given.accept(b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\0\0\x10\0mdat" + bytes(100))
    assert not audio(written(given, 0))
    assert not ledger_of(given).total.bytes


def test_a_container_is_entered_behind_its_header_after_a_loss() -> None:
    frame = b"\x3c" + bytes(31)  # of AMR: 20 ms
    given = unopened({}, replay_speed=None)
    given.next_step(0)
    given.opened("r", 0)
    given.accept(b"#!AMR\n" + frame * 100)
    written(given, 0)
    given.received(given.read(results(0, 1, ("one", 0.1, 0.9))), 1)
    given.lost(1006, "", 2)
    given.next_step(20)
    given.opened("r-1", 20)
    again = audio(written(given, 20))
    assert again.startswith(b"#!AMR\n" + frame)
    (mended,) = events(given, Reconnected)
    assert 1.0 <= mended.replayed_seconds < 1.3
    assert len(again) == pytest.approx(6 + mended.replayed_seconds / 0.02 * 32, abs=10)
    assert ledger_of(given).total.seconds == pytest.approx(2.0)
    balance(given)


def test_packets_are_never_joined_not_even_the_first() -> None:
    given = unopened({"encoding": "opus", "sample_rate": 48_000})
    given.next_step(0)
    given.opened("r", 0)
    for packet in (b"\xf8", b"\xf8\xff\xfe", bytes(60)):
        given.accept(packet)
    assert written(given, 0) == [b"\xf8", b"\xf8\xff\xfe", bytes(60)]
    assert ledger_of(given).total.seconds == pytest.approx(0.06)


def test_turns_are_counted_through_all_connections() -> None:
    given = unopened(follows=TurnFollower, replay_speed=None)
    given.opened("r", 0)
    given.accept(SECOND * 3)
    written(given, 0)

    given.received(given.read(turn("EndOfTurn", 0, 1.0, ("Yes.", 0.1, 0.7))), 1)
    given.lost(1006, "", 2)
    given.opened("r-1", 3)
    assert len(audio(written(given, 3))) == pytest.approx(len(SECOND) * 2.25, abs=2)
    given.received(given.read(turn("StartOfTurn", 0, 0.2)), 4)
    given.received(given.read(turn("Update", 0, 0.75, ("Yes.", 0.0, 0.1), ("No.", 0.35, 0.75))), 4)
    given.received(given.read(turn("EndOfTurn", 0, 1.0, ("No.", 0.35, 0.75))), 4)
    began, went_on, ended = events(given, TurnInfo)[-3:]
    assert (began.turn_index, began.audio_window_start, began.audio_window_end) == (1, 1.0, 1.0)
    assert (went_on.audio_window_start, went_on.audio_window_end, went_on.transcript) == (1.0, 1.5, "No.")
    assert (ended.transcript, ended.words[0].start, ended.audio_window_end) == ("No.", 1.1, 1.75)
    assert events(given, Opened)
    balance(given)


def turn(event: Any, index: int, end: float, *words: tuple[str, float, float]) -> bytes:
    said = [TurnWord(word, 0.9, start, end) for word, start, end in words]
    return encode(TurnInfo("r", 1, event, index, 0.0, end, " ".join(word.word for word in said), said, 0.9))


def test_another_connection_begins_at_the_end_of_a_turn_whose_words_have_no_times() -> None:
    given = unopened(follows=TurnFollower, replay_speed=None)
    given.opened("r", 0)
    given.accept(SECOND * 3)
    written(given, 0)
    timeless = encode(TurnInfo("r", 1, "EndOfTurn", 0, 0.0, 1.0, "Yes.", [TurnWord("Yes.", 0.9)], 0.9))
    given.received(given.read(timeless), 1)
    given.lost(1006, "", 2)
    given.opened("r-1", 3)
    assert audio(written(given, 3)) == SECOND * 2


@pytest.mark.parametrize(("callback", "stalls"), [({}, True), ({"callback": "ws://receiver/x"}, False)])
def test_a_service_whose_results_go_elsewhere_is_not_taken_for_dead(callback: dict[str, str], stalls: bool) -> None:
    given = unopened({**RAW, **callback}, stall_timeout=5.0)
    assert given.next_step(0) == Dial()
    given.opened("r", 0)
    for tenths in range(120):
        given.accept(SECOND[:200])
        while isinstance(step := given.next_step(tenths / 10), Write | Ping):
            given.wrote() if isinstance(step, Write) else given.ponged(tenths / 10)
    assert given.is_stalled(12) == stalls


@pytest.mark.parametrize(("callback", "final"), [({}, 0), ({"callback": "ws://receiver/x"}, 1)])
def test_what_a_service_had_not_told_when_it_gave_up_is_sent_again(callback: dict[str, str], final: int) -> None:
    given = unopened({**RAW, **callback}, replay_speed=None)
    assert given.next_step(0) == Dial()
    given.opened("r-0", 0)
    given.accept(SECOND * 3)
    written(given, 0)
    given.received(given.read(encode(LiveMetadata("r", "incomplete", "now", 1.0, 1))), 1)
    assert ledger_of(given).final.seconds == final
    given.lost(1011, "CALLBACK_LOST", 1)
    assert given.next_step(9) == Dial()
    given.opened("r-1", 9)
    assert audio(written(given, 9)) == SECOND * (3 - final)
    balance(given)


@pytest.mark.parametrize(("heard_to", "lost"), [(2.9, 0.0), (1.0, 3.0)])
def test_a_conversation_closed_before_its_end_was_heard_is_not_final(heard_to: float, lost: float) -> None:
    """Its last turn need not end; but the last update has to reach the end."""
    given = unopened(follows=TurnFollower)
    given.opened("r", 0)
    given.accept(SECOND * 3)
    given.close(0)
    written(given, 0)
    words = [TurnWord("Yes.", 0.9, 0.1, 0.4)]
    given.received(given.read(encode(TurnInfo("r", 1, "Update", 0, 0.0, heard_to, "Yes.", words, 0.1))), 1)
    given.lost(1000, "", 2)
    assert (given.is_closed, given.error) == (True, None)
    assert ledger_of(given).lost.seconds == lost
    balance(given)


def test_copies_are_bounded_where_the_results_go_elsewhere() -> None:
    given = unopened({**RAW, "callback": "ws://receiver/x"}, replay_seconds=5.0, replay_speed=None)
    assert given.next_step(0) == Dial()
    given.opened("r-0", 0)
    for second in range(20):
        given.accept(SECOND)
        written(given, second / 10)
    feed = given.feed
    assert isinstance(feed, AudioFeed)
    assert len(feed.tape.unsettled()) == 5 * len(SECOND)
    given.lost(1006, "", 2)
    assert given.next_step(30) == Dial()
    given.opened("r-1", 30)
    assert audio(written(given, 30)) == SECOND * 5
    assert given.stats.lost_seconds == 15
    balance(given)


def test_a_warning_is_told_to_who_asked_for_it() -> None:
    """A source that ends has the turn ended, if there is one."""
    for asked_by_itself in (False, True):
        given = unopened(follows=TurnFollower)
        given.opened("r", 0)
        assert isinstance(given.feed, AudioFeed)
        given.feed.said_last_words = asked_by_itself
        given.received(given.read(encode(TurnWarning("r", 1, "FORCE_END_TURN_NO_ACTIVE_TURN", "No turn."))), 1)
        given.received(given.read(encode(TurnWarning("r", 2, "OTHER", "Something else."))), 1)
        assert len(events(given, TurnWarning)) == 2 - asked_by_itself


def test_figures_show_themselves() -> None:
    given = session(replay_speed=None)
    given.stats.note_final(0.25)
    shown = repr(given.stats)
    assert shown.startswith("Stats(")
    assert "first_interim=None" in shown
    assert "lost_seconds=0.000" in shown
    assert "end_of_speech_to_final=[1]" in shown


def test_a_pause_is_no_silence_of_the_service() -> None:
    given = session(stall_timeout=10.0)
    given.accept(SECOND)
    written(given, 0)
    given.received(given.read(results(0, 1, ("one", 0.1, 0.9))), 1)
    for second in range(2, 16):
        given.ponged(second)
        written(given, second)
    for second in range(16, 24):
        given.accept(SECOND)
        given.ponged(second)
        written(given, second)
    assert not given.is_stalled(24)
    given.accept(SECOND)
    written(given, 26)
    assert given.is_stalled(27)


def test_a_container_is_exchanged_where_a_server_can_begin() -> None:
    data = made("webm")
    given = unopened({}, replay_speed=None)
    assert given.next_step(0) == Dial()
    given.opened("r-0", 0)
    given.accept(data[: len(data) * 2 // 3])
    written(given, 0)
    seconds = ledger_of(given).total.seconds / 2
    given.received(given.read(results(0, seconds, ("one", 0.1, seconds - 0.1))), 1)
    given.rotate(2)
    assert given.next_step(2) == HangUp()
    given.lost(1006, "", 2)
    assert given.next_step(3) == Dial()
    given.opened("r-1", 3)
    again = audio(written(given, 3))
    track = fed(data, 10**6)
    assert again.startswith(track.header)
    start = track.entry(seconds)
    assert 0 < start < len(data) // 2
    assert again[len(track.header) :] == data[start : len(data) * 2 // 3]
    balance(given)


def test_a_change_amid_a_word_leaves_the_word_to_the_new_connection() -> None:
    """A service that is told of the end would say for good what it made of half of it."""
    given = session(replay_speed=None)
    given.accept(SECOND * 3)
    written(given, 0)
    given.received(given.read(results(0, 1, ("one", 0.2, 0.98))), 1)
    given.rotate(2)
    assert given.next_step(2) == HangUp()
    assert isinstance(given.next_step(2), Sleep)
    given.lost(1006, "", 2)
    (planned,) = events(given, Reconnecting)
    assert (planned.planned, planned.delay) == (True, 0.0)
    assert given.next_step(2) == Dial()
    given.opened("r-1", 3)
    assert audio(written(given, 3)) == SECOND * 2
    assert not given.stats.lost_seconds
    balance(given)


@pytest.mark.parametrize(
    ("options", "settings"), [({"callback": "ws://receiver/x"}, {}), ({}, {"replay_seconds": 1.0})]
)
def test_a_change_where_words_cannot_be_sent_again_has_them_finished(options: Any, settings: Any) -> None:
    given = unopened({**RAW, **options}, **settings)
    assert given.next_step(0) == Dial()
    given.opened("r-0", 0)
    given.accept(SECOND * 3)
    written(given, 0)
    given.received(given.read(results(0, 0.5, ("one", 0.2, 0.4))), 1)
    given.rotate(2)
    assert written(given, 2) == ['{"type":"CloseStream"}']


@pytest.mark.parametrize(
    ("said", "is_pause"),
    [
        (results(0, 2.0, ("one", 0.2, 1.9)), True),
        (encode(LiveResults([0, 1], 2.0, 0.0, True, False, Channel([]), INFO)), True),
        (encode(UtteranceEnd([0, 1], 0.9)), True),
        (encode(SpeechStarted([0, 1], 1.5)), False),
        (results(0, 2.0, ("one", 0.2, 1.9), final=False), False),
        (encode(LiveResults([0, 1], 2.0, 0.0, True, False, _spoken("one", 0.2, 1.9), INFO)), False),
        (encode(LiveResults([0, 1], 2.0, 0.0, True, False, _spoken("one", 0.2, 1.6), INFO)), True),
    ],
    ids=["speech_final", "nothing", "utterance", "began", "interim", "amid", "gap"],
)
def test_the_services_word_of_a_pause_is_taken(said: bytes, is_pause: bool) -> None:
    """Where the samples cannot be looked at, as here: all of these are loud."""
    given = session(max_session=10.0)
    given.accept(SECOND * 2 + SECOND[:600])
    written(given, 1)
    given.received(given.read(results(0, 1.9, ("on", 0.5, 1.8), final=False)), 2)
    given.received(given.read(said), 11)
    assert given.feed.is_pause() == is_pause
    changes = given.next_step(11) in (HangUp(), Write('{"type":"CloseStream"}'))
    assert changes == is_pause


def test_a_pause_of_which_the_service_spoke_long_ago_is_none_any_more() -> None:
    given = session(max_session=10.0)
    given.accept(SECOND)
    written(given, 1)
    given.received(given.read(results(0, 1, ("one", 0.2, 0.9))), 2)
    assert given.feed.is_pause()
    given.accept(SECOND * 2)
    written(given, 9)
    assert not given.feed.is_pause()


def test_a_turn_that_ended_is_a_pause() -> None:
    given = unopened(follows=TurnFollower, max_session=10.0)
    given.opened("r", 0)
    given.accept(SECOND)
    written(given, 0)
    words = [TurnWord("Yes.", 0.9, 0.1, 0.4)]
    given.received(given.read(encode(TurnInfo("r", 1, "Update", 0, 0.0, 0.9, "Yes.", words, 0.1))), 1)
    assert not given.feed.is_pause()
    given.received(given.read(encode(TurnInfo("r", 2, "EndOfTurn", 0, 0.0, 0.9, "Yes.", words, 0.9))), 1)
    assert given.feed.is_pause()


def _told_of_the_end(data: bytes, *messages: bytes) -> Session:
    given = session()
    given.accept(data)
    given.close(0)
    written(given, 0)
    for message in messages:
        given.received(given.read(message), 1)
    given.lost(1000, "", 2)
    assert given.is_closed
    assert given.error is None
    balance(given)
    return given


def metadata(duration: float) -> bytes:
    return encode(LiveMetadata("r", "incomplete", "now", duration, 1))


@pytest.mark.parametrize(
    ("tail", "said", "final"),
    [
        (SECOND * 2, [], 1.0),
        (bytes(4000), [], 3.0),
        (SECOND * 2, [metadata(3.0)], 3.0),
        (SECOND * 2, [metadata(2.8)], 3.0),
        (SECOND * 2, [metadata(1.5)], 1.5),
        (SECOND * 2, [results(1, 3, ("two", 1.2, 1.9))], 3.0),
    ],
    ids=["speech", "silence", "metadata", "rounded", "short", "results"],
)
def test_what_the_service_closed_without_a_word_on_is_not_final(tail: bytes, said: list[bytes], final: float) -> None:
    """It need not say anything about silence, and its last message covers what it says it heard."""
    given = _told_of_the_end(SECOND + tail, results(0, 1, ("one", 0.2, 0.9)), *said)
    assert ledger_of(given).final.seconds == pytest.approx(final)
    assert ledger_of(given).lost.seconds == pytest.approx(3.0 - final)
    assert [event.end - event.start for event in events(given, AudioLost)] == pytest.approx([3.0 - final][: final < 3])


def test_what_is_settled_within_a_sample_leaves_no_gap_behind_it() -> None:
    tape = Tape()
    tape.track = RawTrack(1000, 2)
    tape.accept(bytes(2003))
    tape.take()
    tape.settle(tape.sent)
    tape.accept(bytes(3))
    tape.take()
    assert (tape.final, tape.kept) == (2003, 2003)


def test_a_buffer_stays_bounded_while_the_connection_is_away() -> None:
    given = session(buffer_seconds=2.0, when_full="drop_oldest", replay_speed=None)
    given.accept(SECOND)
    written(given, 0)
    given.lost(1006, "", 1)
    for _ in range(200):
        given.accept(SECOND[:200])
    assert ledger_of(given).waiting.seconds <= 2
    assert ledger_of(given).lost.seconds == pytest.approx(18, abs=0.2)
    assert sum(event.bytes for event in events(given, AudioLost)) == ledger_of(given).lost.bytes
    balance(given)
    assert given.next_step(100) == Dial()
    given.opened("r-1", 100)
    assert audio(written(given, 100)) == SECOND + SECOND[:200] * (ledger_of(given).sent.bytes // 200 - 10)
    balance(given)


@pytest.mark.parametrize("size", [32_767, 32_768, 32_769, 100_000])
def test_a_long_chunk_is_sent_in_parts_and_again_from_within(size: int) -> None:
    audio = bytes(range(250)) * (size // 250 + 1)
    tape = Tape()
    tape.track = RawTrack(1000, 2)
    tape.accept(audio[:size])
    parts = [tape.take()[1] for _ in range(4)]
    assert b"".join(parts) == audio[:size]
    assert max(map(len, parts)) <= 32_768
    tape.settle(40_000)
    assert tape.unsettled() == audio[40_000:size]
    tape.rewind(tape.final)
    assert b"".join(tape.take()[1] for _ in range(4)) == audio[40_000:size]


def test_what_is_lost_is_not_kept() -> None:
    tape = Tape()
    tape.track = RawTrack(1000, 2)
    for _ in range(10):
        tape.accept(bytes(100))
    tape.take(100)
    assert tape.lose(100, 450) == 350
    assert tape.oldest(100) == (450, 550)
    tape.skip(100, "gated")
    tape.accept(bytes(100))
    tape.lose(450, 950)
    assert tape.oldest(100) == (950, 1150)
    assert sum(len(data) for _, data in tape._chunks) == 300
    assert [tape.take(), tape.take()] == [(950, bytes(50)), (1100, bytes(100))]


@pytest.mark.parametrize(
    ("end", "words", "again"),
    [
        (2.0, [("one", 0.2, 1.2)], 1.7),
        (2.0, [("one", 0.2, 1.8)], 1.85),
        (2.0, [("one", 0.2, 1.99)], 2.0),
        (0.2, [], 0.05),
    ],
)
def test_a_new_connection_begins_in_the_pause_before_the_watermark(end: float, words: Any, again: float) -> None:
    """A recognizer misses a word that its audio begins with."""
    given = session(replay_speed=None)
    given.accept(SECOND * 3)
    written(given, 0)
    given.received(given.read(results(0, end, *words)), 1)
    given.lost(1006, "", 2)
    assert given.next_step(20) == Dial()
    given.opened("r-1", 20)
    assert len(audio(written(given, 20))) / 2000 == pytest.approx(3 - again)
    assert events(given, Reconnected)[0].replayed_seconds == pytest.approx(3 - again)
    assert ledger_of(given).final.seconds == pytest.approx(end)
    balance(given)
    lead = end - again
    known = [("known", 0.0, lead)] if lead else []
    given.received(given.read(results(0, 0.5, *known, ("new", lead, lead + 0.1))), 21)
    told = events(given, LiveResults)[-1]
    assert (told.start, [word.word for word in told.best.words]) == (pytest.approx(end), ["new"])
    assert told.best.words[0].start == pytest.approx(end)


def test_a_new_connection_begins_at_the_watermark_where_the_words_are_not_known() -> None:
    given = session(replay_speed=None)
    given.accept(SECOND * 3)
    written(given, 0)
    silent = LiveResults([0, 1], 2.0, 0.0, True, True, Channel([Alternative("one", 0.9, [])]), INFO)
    given.received(given.read(encode(silent)), 1)
    given.lost(1006, "", 2)
    assert given.next_step(20) == Dial()
    given.opened("r-1", 20)
    assert audio(written(given, 20)) == SECOND


def test_a_stretch_kept_back_before_the_watermark_stays_back() -> None:
    given = session(replay_speed=None, gate=lambda chunk: not any(chunk))
    for chunk in (SECOND, bytes(200), SECOND[:200], SECOND):
        given.accept(chunk)
    written(given, 0)
    given.received(given.read(results(0, 1.1, ("one", 0.2, 0.85))), 1)
    assert ledger_of(given).final.seconds == pytest.approx(1.1)
    given.lost(1006, "", 2)
    assert given.next_step(20) == Dial()
    given.opened("r-1", 20)
    assert audio(written(given, 20)) == SECOND[1800:] + SECOND[:200] + SECOND
    balance(given)


def test_a_stream_that_ends_is_exchanged_as_long_as_not_all_is_final() -> None:
    given = session(replay_speed=None, close_timeout=5.0)
    given.accept(SECOND * 3)
    given.close(1)
    assert audio(written(given, 1)) == SECOND * 3
    given.received(given.read(results(0, 1, ("one", 0.2, 0.98))), 2)
    given.rotate(2)
    assert given.next_step(2) == HangUp()
    given.lost(1006, "", 2)
    assert [event.planned for event in events(given, Reconnecting)] == [True]
    assert given.next_step(2) == Dial()
    given.opened("r-1", 9)
    again = written(given, 9)
    assert (audio(again), again[-1]) == (SECOND * 2, '{"type":"CloseStream"}')
    given.received(given.read(results(0, 2, ("two", 0.2, 1.8))), 10)
    given.rotate(10)
    assert not isinstance(given.next_step(10), HangUp), "all is final"
    given.lost(1000, "", 11)
    assert (given.state, given.error, ledger_of(given).lost.bytes) == ("closed", None, 0)


@pytest.mark.parametrize("speed", [1.25, 20.0])
def test_what_is_sent_again_goes_in_chunks_however_often_it_is_looked_at(speed: float) -> None:
    given = session(replay_speed=speed)
    given.accept(SECOND * 5)
    written(given, 0)
    given.lost(1006, "", 1)
    given.opened("r-1", 2)
    chunks = [chunk for look in range(5000) for chunk in written(given, 2 + look / 1000)]
    assert audio(chunks) == SECOND * 5
    assert sorted(map(len, chunks))[1] >= 0.1 * len(SECOND) - 2


def test_a_service_that_says_again_what_it_has_said_is_given_time_at_the_end() -> None:
    given = session(close_timeout=3.0, replay_speed=None)
    given.accept(SECOND * 5)
    written(given, 0)
    given.received(given.read(results(0, 5, ("one", 0.2, 0.9), final=False)), 1)
    given.lost(1006, "", 1)
    given.opened("r-1", 2)
    written(given, 2)
    given.close(2)
    for second in range(4):
        given.received(given.read(results(0, second + 1, ("one", 0.2, 0.9), final=False)), 4 + second)
    assert not given.is_ended(9.9)
    assert given.is_ended(10)
