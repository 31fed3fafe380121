"""A live voice, driven by hand with a written clock."""

from typing import Any

import pytest

from sonant import pronounce
from sonant.client.drafts import Draft
from sonant.client.errors import BadOptionValue, SourceError, StreamLost
from sonant.client.events import Closed, Reconnected
from sonant.client.saying import audio_of, sentences_of
from sonant.client.session import Session
from sonant.client.settings import SessionOptions
from sonant.client.speechevents import Audio, AudioCut, TextLost, TextReplayed
from sonant.client.speechfollowing import VoiceFollower, VoiceTurnFollower
from sonant.client.steps import Dial, HangUp, Ping, Sleep, Write
from sonant.client.textentries import Nudge
from sonant.client.textfeed import TextFeed
from sonant.contract.codec import encode
from sonant.contract.speak import (
    Clear,
    ControlsApplied,
    Flush,
    Interrupt,
    PlaybackOffset,
    SpeakCleared,
    SpeakConfigure,
    SpeakFlushed,
    SpeakTurnWarning,
    SpeakWarning,
    SpeechBegan,
    SpeechFacts,
    SpeechInterrupted,
    SpeechMetadata,
)

SECOND = b"\x00\x40" * 24_000
SPEAK, FLUSH, CLEAR, CLOSE = '{"type":"Speak","text":"%s"}', '{"type":"Flush"}', '{"type":"Clear"}', '{"type":"Close"}'


def voice(*, turns: bool = False, options: dict[str, Any] | None = None, opened: bool = True, **more: Any) -> Session:
    settings = SessionOptions(**{"stall_timeout": 30.0, **more})
    feed = TextFeed(options or {}, settings, turns=turns)
    given = Session(feed, VoiceTurnFollower(feed) if turns else VoiceFollower(feed), settings)
    if opened:
        assert given.next_step(0) == Dial()
        given.opened("r-0", 0)
    return given


def written(given: Session, now: float) -> list[str | bytes]:
    payloads: list[str | bytes] = []
    while isinstance(step := given.next_step(now), Write):
        payloads.append(step.payload)
        given.wrote()
    return payloads


def hear(given: Session, message: Any, now: float = 1.0) -> None:
    given.received(given.read(message if isinstance(message, bytes) else encode(message).decode()), now)


@pytest.mark.parametrize("turns", [False, True])
def test_half_a_surrogate_pair_is_refused_and_not_kept(turns: bool) -> None:
    given = voice(turns=turns)
    with pytest.raises(SourceError, match="surrogate"):
        given.accept("\ud800")
    assert given.feed.unspoken == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (5, "5 cannot be said. Give a text, or an iterable of texts."),
        (None, "None cannot be said"),
        (b"audio", "b'audio' cannot be said"),
        ({"text": "Hi."}, "cannot be said"),
        (["Hello. ", None], "None is no part of a text"),
        ([b"Hi."], "b'Hi.' is no part of a text"),
    ],
)
def test_what_cannot_be_said_is_named(texts: Any, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        list(sentences_of(texts, Draft()))


def test_a_pronunciation_is_said_among_texts() -> None:
    assert list(sentences_of(["Take ", pronounce("tea", "ti"), " now. And"], Draft())) == [
        'Take \\{"word":"tea","pronounce":"ti"\\} now. ', "And",
    ]  # fmt: skip


TEA = str(pronounce("tea", "ti"))


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('Take \\{"word":"tea"\\} now.', "Invalid pronunciation"),
        ("Wait \\{pause:soon\\} now.", "pause"),
        ('Take \\{"word":"","pronounce":"ti"\\} now.', "word"),
    ],
)
def test_a_control_that_is_not_written_as_it_should_be_is_refused_and_not_kept(
    turns: bool, text: str, says: str
) -> None:
    given = voice(turns=turns)
    with pytest.raises(BadOptionValue, match=says):
        given.accept(text)
    assert (feed_of(given).unspoken, written(given, 0)) == ("", [])
    given.accept("Hello.")
    given.say(Flush())
    assert len(written(given, 0)) == 2


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_control_may_lie_over_several_pieces(turns: bool, size: int) -> None:
    given = voice(turns=turns)
    text = f"A nice {TEA} for {TEA}."
    for at in range(0, len(text), size):
        given.accept(text[at : at + size])
    given.say(Flush())
    assert feed_of(given).unspoken == text
    given.accept('\\{"word":')
    with pytest.raises(BadOptionValue):
        given.accept("1\\}")
    given.accept('"tea","pronounce":"ti"\\}')
    given.say(Flush())


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize(
    "text",
    ["{", "\\", "a {b} c", "\\{hello\\}", "{paused: x}", 'He said {"word"}', "C:\\{x", "50 % {pause", "\\}", "{{}}"],
)
def test_what_only_looks_like_a_control_is_said(turns: bool, text: str) -> None:
    given = voice(turns=turns)
    given.accept(text)
    given.say(Flush())
    assert feed_of(given).unspoken == text


@pytest.mark.parametrize("turns", [False, True])
def test_no_flush_comes_within_a_control(turns: bool) -> None:
    given = voice(turns=turns)
    given.accept('Take \\{"word":')
    with pytest.raises(BadOptionValue):
        given.say(Flush())
    given.say(Interrupt() if turns else Clear())
    given.accept("Hello.")
    given.say(Flush())
    assert feed_of(given).unspoken == "Hello."


def test_what_lies_between_two_flushes_has_the_limits_of_a_request() -> None:
    given = voice(flushes_per_minute=9)
    for _ in range(8):
        given.accept("Wait \\{pause:500ms\\} now. ")
    with pytest.raises(BadOptionValue, match="8"):
        given.accept("Wait \\{pause:500ms\\} now. ")
    with pytest.raises(BadOptionValue, match="pauses"):
        given.accept(f"A {TEA}.")
    given.say(Nudge())
    given.accept(f"A {TEA}. ")
    given.say(Nudge())
    assert [message for message in written(given, 0) if message == FLUSH] == [FLUSH] * 2, "neither is left out"
    fast = voice(options={"speed": 1.2})
    with pytest.raises(BadOptionValue, match="speed"):
        fast.accept(f"A {TEA}.")
    turn = voice(turns=True)
    with pytest.raises(BadOptionValue, match="speak.request_flux"):
        turn.accept("Wait \\{pause:500ms\\} now. ")


def test_a_turn_of_a_pronunciation_alone_is_a_turn() -> None:
    given = voice(turns=True)
    given.accept(TEA)
    given.say(Flush())
    assert len(written(given, 0)) == 2
    hear(given, SpeechMetadata("s-1", 500, 3, 3))
    assert feed_of(given).unspoken == ""


def test_what_was_taken_from_a_writer_and_not_handed_over_is_held() -> None:
    draft = Draft()
    first, second = draft.add("One is here. Two is here. Three ")
    assert (draft.held, draft.has_begun) == ("One is here. Two is here. Three ", False)
    draft.release(first)
    draft.release("something else")
    assert (draft.held, draft.has_begun) == ("Two is here. Three ", True)
    draft.release(second)
    assert (draft.add("is "), draft.pause(), draft.held) == ([], [], "Three is ")
    assert (draft.finish(), draft.held) == (["Three is "], "Three is ")


def test_the_last_part_of_a_text_is_known_as_such_once_nothing_more_comes() -> None:
    draft = Draft()
    first, second = draft.add("One is here. Two is here. Three")
    assert not draft.is_last(second)
    (third,) = draft.finish()
    for part in (first, second):
        assert not draft.is_last(third)
        assert not draft.is_last(part)
        draft.release(part)
    assert draft.is_last(third)
    whole = Draft()
    *_, last = sentences_of("One is here. Two is here. ", whole)
    assert (last, whole.is_last(last)) == ("Two is here. ", False), "the first one did not go yet"


@pytest.mark.parametrize("turns", [False, True])
def test_what_is_written_is_unspoken_once_whether_it_was_handed_over_or_not(turns: bool) -> None:
    given = voice(turns=turns)
    feed = feed_of(given)
    feed.draft = Draft()
    (sentence,) = feed.draft.add("One is here. Two ")
    assert feed.unspoken == "One is here. Two "
    given.accept(sentence)
    assert feed.unspoken == "One is here. Two "
    given.abandon(1000, "gone")
    assert feed.unspoken == "One is here. Two "
    (lost,) = events(given, TextLost)
    assert lost.text == "One is here. Two "
    assert feed.draft.add("is here. ") == ["Two is here. "]
    assert feed.unspoken == "One is here. Two is here. "


def events(given: Session, kind: type[Any]) -> list[Any]:
    return [event for event in given.events if isinstance(event, kind)]


def audio(given: Session) -> bytes:
    return b"".join(event.data for event in events(given, Audio))


def feed_of(given: Session) -> TextFeed:
    assert isinstance(given.feed, TextFeed)
    return given.feed


def break_off(given: Session, now: float) -> None:
    """Lose the connection, and have another one."""
    given.lost(1006, "", now)
    assert given.next_step(now + 10) == Dial()
    given.opened("r-1", now + 10)


def test_text_is_sent_and_is_spoken_when_its_flush_is_answered() -> None:
    given = voice()
    given.accept("Hello ")
    given.accept("there.")
    given.say(Flush())
    assert written(given, 0) == [SPEAK % "Hello ", SPEAK % "there.", FLUSH]
    hear(given, SECOND)
    assert feed_of(given).unspoken == "Hello there."
    hear(given, SpeakFlushed(0))
    assert feed_of(given).unspoken == ""
    assert [event.start for event in events(given, Audio)] == [0.0]
    assert events(given, SpeakFlushed)[0].sent_at == 0
    assert given.stats.first_audio == given.stats.first_sound == 1.0


def test_audio_comes_in_whole_samples_and_apart_from_texts() -> None:
    given = voice()
    for chunk in (b"\x01", b"\x02\x03", b"\x04\x05\x06\x07", b"\x08"):
        hear(given, chunk)
    pieces = [event.data for event in events(given, Audio)]
    assert pieces == [b"\x01\x02", b"\x03\x04\x05\x06", b"\x07\x08"]
    assert [event.start for event in events(given, Audio)] == [0, 1 / 24_000, 3 / 24_000]


def test_half_a_sample_at_the_end_of_a_text_is_told_of_and_not_joined_with_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = voice()
    for number in range(2):
        given.accept("Hello.")
        given.say(Flush())
        written(given, 0)
        hear(given, b"\x01\x02\x03")
        hear(given, SpeakFlushed(number))
    assert audio(given) == b"\x01\x02\x01\x02"
    told = [event for event in given.events if isinstance(event, (AudioCut, SpeakFlushed))]
    assert [type(event) for event in told] == [AudioCut, SpeakFlushed] * 2
    assert events(given, AudioCut) == [AudioCut(1, 1 / 24_000), AudioCut(1, 2 / 24_000)]
    assert list(audio_of(events(given, AudioCut))) == []
    assert "ended within a sample: 1 bytes" in caplog.text


def test_half_a_sample_of_a_turn_and_of_the_end_is_told_of() -> None:
    given = voice(turns=True)
    given.accept("Hello.")
    given.say(Flush())
    written(given, 0)
    hear(given, SpeechBegan("s-1"))
    hear(given, b"\x01")
    hear(given, SpeechMetadata("s-1", 0, 6, 6, ControlsApplied(0, 0, 0)))
    hear(given, b"\x02\x03\x04")
    given.lost(1008, "", 2)
    assert events(given, AudioCut) == [AudioCut(1, 0), AudioCut(1, 1 / 24_000)]
    assert isinstance(given.events[-1], Closed)


def test_half_a_sample_of_what_was_given_up_is_not_missed() -> None:
    given = voice()
    given.accept("Hello.")
    given.say(Flush())
    written(given, 0)
    hear(given, b"\x01\x02\x03")
    given.say(Clear())
    written(given, 0)
    hear(given, SpeakCleared(0))
    given.lost(1008, "", 2)
    assert (audio(given), events(given, AudioCut)) == (b"\x01\x02", [])


def test_codes_of_one_byte_are_whole_as_they_come() -> None:
    given = voice(options={"encoding": "mulaw"})
    hear(given, b"\x01")
    hear(given, b"\x02" * 7999)
    hear(given, b"\x03")
    assert [event.start for event in events(given, Audio)] == [0, 1 / 8000, 1.0]


def test_a_header_appears_once_over_all_connections() -> None:
    header = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\xc0]\0\0\x80\xbb\0\0\x02\0\x10\0data\xff\xff\xff\xff"
    given = voice()
    hear(given, header[:20])
    hear(given, header[20:] + b"\x01\x02")
    break_off(given, 2)
    hear(given, header + b"\x03\x04")
    assert audio(given) == header + b"\x01\x02\x03\x04"


def test_what_is_not_spoken_is_sent_again_and_told_of() -> None:
    given = voice()
    for text in ("One. ", "Two. "):
        given.accept(text)
        given.say(Flush())
    written(given, 0)
    hear(given, SECOND)
    hear(given, SpeakFlushed(0))
    hear(given, SECOND[:24_001])
    given.accept("Three. ")
    break_off(given, 2)
    assert written(given, 12) == [SPEAK % "Two. ", FLUSH, SPEAK % "Three. "]
    assert events(given, TextReplayed) == [TextReplayed("Two. ", 0.5)]
    assert events(given, Reconnected)[0].connection == 1
    hear(given, SECOND, 13)
    hear(given, SpeakFlushed(0), 14)
    assert [event.sequence_id for event in events(given, SpeakFlushed)] == [0, 1]
    assert events(given, Audio)[-1].start == 1.5
    assert feed_of(given).unspoken == "Three. "


def test_a_session_that_ends_with_unspoken_text_says_so() -> None:
    given = voice()
    given.accept("Never heard.")
    written(given, 0)
    given.lost(1008, "DATA-0001", 1)
    assert isinstance(given.error, StreamLost)
    assert "DATA-0001" in given.error.message
    assert events(given, TextLost) == [TextLost("Never heard.", 0.0, "DATA-0001")]
    assert events(given, Closed)[0].code == 1008


def test_a_message_too_large_is_not_sent_again() -> None:
    given = voice()
    given.lost(1009, "BIG-0000", 1)
    assert given.is_closed


def test_closing_waits_until_all_is_spoken() -> None:
    given = voice()
    given.accept("Bye.")
    given.close(0)
    assert written(given, 0) == [SPEAK % "Bye.", FLUSH]
    for second in range(1, 30):  # longer than close_timeout: audio still comes
        hear(given, SECOND, second)
        assert not written(given, second)
    hear(given, SpeakFlushed(0), 30)
    assert written(given, 30) == [CLOSE]
    given.lost(1000, "", 30)
    assert (given.is_closed, given.error) == (True, None)
    assert not events(given, TextLost)


def test_a_close_that_the_service_does_not_wait_for_is_a_loss() -> None:
    given = voice()
    given.accept("Bye.")
    given.close(0)
    written(given, 0)
    given.lost(1000, "", 1)
    assert isinstance(given.error, StreamLost)
    assert events(given, TextLost)


def test_a_break_while_closing_is_mended() -> None:
    given = voice()
    given.accept("Bye.")
    given.close(0)
    written(given, 0)
    given.lost(1011, "NET-0000", 1)
    assert given.next_step(5) == Dial()
    given.opened("r-1", 5)
    assert written(given, 5) == [SPEAK % "Bye.", FLUSH]


def test_what_was_cleared_is_not_heard_any_more() -> None:
    given = voice()
    given.accept("Long story.")
    given.say(Flush())
    written(given, 0)
    hear(given, SECOND)
    given.say(Clear())
    assert feed_of(given).unspoken == ""
    given.accept("Short.")
    given.say(Flush())
    assert written(given, 1) == [CLEAR, SPEAK % "Short.", FLUSH]
    hear(given, SECOND)  # was on its way
    hear(given, SpeakFlushed(0))  # of the story
    assert feed_of(given).unspoken == "Short."
    hear(given, SpeakCleared(0))
    hear(given, b"\x01\x02")
    hear(given, SpeakFlushed(1))
    assert feed_of(given).unspoken == ""
    assert [(len(event.data), event.clears) for event in events(given, Audio)] == [(48_000, 0), (2, 1)]


def test_a_clear_that_a_break_answered_is_told() -> None:
    given = voice()
    given.accept("Long story.")
    written(given, 0)
    given.say(Clear())
    break_off(given, 1)
    assert written(given, 11) == []
    assert events(given, SpeakCleared) == [SpeakCleared(0)]
    hear(given, b"\x01\x02", 12)
    assert audio(given) == b"\x01\x02"


def test_more_flushes_than_are_allowed_wait_in_their_place() -> None:
    given = voice(flushes_per_minute=2)
    for text in "abc":
        given.accept(text)
        given.say(Flush())
    assert written(given, 0) == [SPEAK % "a", FLUSH, SPEAK % "b", FLUSH, SPEAK % "c"]
    step = given.next_step(1)
    assert isinstance(step, Sleep)
    assert step.seconds == pytest.approx(0.02)
    for number, second in enumerate((2, 3)):
        hear(given, SpeakFlushed(number), second)
    hear(given, SECOND, 59)
    assert written(given, 59) == []
    assert written(given, 60) == [FLUSH]


def test_a_nudge_is_left_out_where_flushes_are_scarce_but_the_text_is_not() -> None:
    given = voice(flushes_per_minute=9)
    for text in "ab":
        given.accept(text)
        given.say(Nudge())
    assert written(given, 0) == [SPEAK % "a", FLUSH, SPEAK % "b"]
    hear(given, SpeakFlushed(0))
    given.close(1)
    assert written(given, 1) == [FLUSH]


def test_text_goes_no_faster_than_is_allowed_and_closing_waits_for_it() -> None:
    given = voice(characters_per_minute=100, close_timeout=5.0)
    for _ in range(2):
        given.accept("x" * 90)
        given.say(Flush())
    given.close(0)
    assert len(written(given, 0)) == 2
    hear(given, SECOND, 1)
    hear(given, SpeakFlushed(0), 1)
    for second in range(2, 60):
        given.ponged(second)
        assert not written(given, second)
        assert not given.is_closed
    assert len(written(given, 60)) == 2


def test_a_flush_that_was_refused_is_asked_for_again() -> None:
    given = voice()
    given.accept("a")
    given.say(Flush())
    written(given, 0)
    hear(given, SpeakWarning(warn_code="EXCESSIVE_FLUSH", warn_msg="Later."), 1)
    assert events(given, SpeakWarning)[0].code == "EXCESSIVE_FLUSH"
    assert written(given, 2) == []
    assert written(given, 40) == [FLUSH]
    hear(given, SpeakFlushed(0), 41)
    assert feed_of(given).unspoken == ""


def test_a_flush_that_was_refused_rests_where_no_limit_was_set() -> None:
    given = voice(flushes_per_minute=None)
    given.accept("a")
    given.say(Flush())
    written(given, 0)
    for second in (1, 6, 11):
        hear(given, SpeakWarning(warn_code="EXCESSIVE_FLUSH", warn_msg="Later."), second)
        assert written(given, second + 3) == []
        assert written(given, second + 4) == [FLUSH]
    given.accept("b")
    given.say(Nudge())
    assert written(given, 16) == [SPEAK % "b", FLUSH]
    hear(given, SpeakWarning(warn_code="EXCESSIVE_FLUSH", warn_msg="Later."), 17)
    given.accept("c")
    given.say(Nudge())
    assert written(given, 18) == [SPEAK % "c"]


def test_more_text_than_the_service_takes_is_refused_here() -> None:
    given = voice()
    given.accept("x" * 1500)
    with pytest.raises(BadOptionValue, match="2000 characters"):
        given.accept("x" * 501)
    given.say(Flush())
    given.accept("x" * 501)
    with pytest.raises(SourceError):
        given.accept(b"audio")
    given.accept("")


def test_a_service_that_owes_audio_and_says_nothing_is_left() -> None:
    given = voice(stall_timeout=10.0)
    given.accept("Hello.")
    given.say(Flush())
    written(given, 0)
    for second in range(1, 10):
        given.ponged(second)
        assert not isinstance(given.next_step(second), HangUp)
    assert given.next_step(10) == HangUp()


def test_who_only_listens_is_heard_of_all_the_same() -> None:
    given = voice()
    pings = 0
    for second in range(1, 60):
        hear(given, SECOND, second)
        pings += given.next_step(second) == Ping()
        given.ponged(second)
    assert pings == 2


def test_a_turn_is_spoken_when_it_ends() -> None:
    given = voice(turns=True)
    given.accept("Hello.")
    given.say(Flush())
    given.say(Flush())  # nothing to end: the service only warns
    assert written(given, 0) == [SPEAK % "Hello.", FLUSH, FLUSH]
    hear(given, SpeechBegan("dg_sp_1"))
    hear(given, SECOND)
    hear(given, SpeakTurnWarning("NO_ACTIVE_SPEECH", ""))
    hear(given, SpeechMetadata("dg_sp_1", 1000, 6, 6))
    assert feed_of(given).unspoken == ""
    assert events(given, Audio)[0].speech_id == "dg_sp_1"
    given.close(2)
    assert written(given, 2) == [CLOSE]


def test_an_interrupted_turn_is_not_heard_any_more_and_offsets_are_those_of_the_stream() -> None:
    given = voice(turns=True)
    given.accept("One.")
    given.say(Flush())
    written(given, 0)
    hear(given, SpeechBegan("a"))
    hear(given, SECOND)
    break_off(given, 1)
    written(given, 11)
    hear(given, SpeechBegan("b"), 12)
    hear(given, SECOND, 12)
    given.say(Interrupt(PlaybackOffset(1500)))
    assert written(given, 13) == ['{"type":"Interrupt","playback_offset":{"value":500,"type":"time_ms"}}']
    hear(given, SECOND, 13)
    hear(given, SpeechInterrupted(500, SpeechFacts("b", 1000, 4, 4)), 13)
    assert events(given, SpeechInterrupted)[0].audio_played_ms == 1500
    assert len(audio(given)) == 2 * len(SECOND)
    assert feed_of(given).unspoken == ""
    given.accept("Two.")
    given.say(Flush())
    written(given, 14)
    hear(given, SpeechBegan("c"), 14)
    hear(given, b"\x01\x02", 14)
    assert events(given, Audio)[-1].clears == 1
    given.say(Interrupt())
    assert written(given, 15) == ['{"type":"Interrupt"}']


def test_what_was_played_only_grows_and_is_no_more_than_came() -> None:
    given = voice(turns=True)
    given.accept("One.")
    written(given, 0)
    hear(given, SpeechBegan("a"))
    hear(given, SECOND)
    for milliseconds, says in ((1001, "1.001 seconds.*1.000 seconds of audio came"), (-1, "-0.001 seconds")):
        with pytest.raises(BadOptionValue, match=says):
            given.say(Interrupt(PlaybackOffset(milliseconds)))
    hear(given, SECOND)
    assert (feed_of(given).unspoken, len(audio(given))) == ("One.", 2 * len(SECOND))  # nothing was given up
    given.say(Interrupt(PlaybackOffset(1500)))
    with pytest.raises(BadOptionValue, match=r"1.4 seconds.*at the last interrupt it was 1.5"):
        given.say(Interrupt(PlaybackOffset(1400)))
    assert written(given, 1) == ['{"type":"Interrupt","playback_offset":{"value":1500,"type":"time_ms"}}']


def test_where_nothing_was_played_since_the_service_is_told_the_least_that_it_takes() -> None:
    given = voice(turns=True)
    for at, text in enumerate(("One.", "Two.", "Three.")):
        given.accept(text)
        written(given, at)
        hear(given, SpeechBegan(text))
        hear(given, SECOND)
        given.say(Interrupt(PlaybackOffset(900)))
        assert f'"value":{900 + at}' in written(given, at)[0]
        hear(given, SpeechInterrupted(900 + at, SpeechFacts(text, 1000, 4, 4)))


def test_nothing_of_a_connection_was_played_if_less_was_played_than_before_it() -> None:
    given = voice(turns=True)
    given.accept("One.")
    written(given, 0)
    hear(given, SpeechBegan("a"))
    hear(given, SECOND)
    break_off(given, 1)
    written(given, 11)
    hear(given, SpeechBegan("b"), 12)
    hear(given, SECOND, 12)
    given.say(Interrupt(PlaybackOffset(500)))
    assert written(given, 13) == ['{"type":"Interrupt","playback_offset":{"value":0,"type":"time_ms"}}']


@pytest.mark.parametrize("code", ["INVALID_INTERRUPT_OFFSET", "NO_AUDIO_GENERATED"])
def test_a_turn_that_goes_on_is_still_not_heard(code: str) -> None:
    given = voice(turns=True)
    given.accept("One.")
    given.say(Flush())
    written(given, 0)
    hear(given, SpeechBegan("a"))
    hear(given, b"\x01\x02" * 240)
    given.say(Interrupt(PlaybackOffset(5)))
    given.accept("Two.")
    given.say(Flush())
    written(given, 1)
    hear(given, SpeakTurnWarning(code, ""))
    hear(given, SECOND)
    hear(given, SpeechMetadata("a", 1000, 4, 4))
    assert feed_of(given).unspoken == "Two."
    hear(given, SpeechBegan("b"))
    hear(given, b"\x01\x02")
    assert audio(given) == b"\x01\x02" * 241


INTERRUPT = '{"type":"Interrupt"}'


def interrupted(*texts: str) -> Session:
    """A voice that was interrupted before its first audio; each text but the last one is a turn."""
    given = voice(turns=True)
    for at, text in enumerate(texts):
        if at:
            given.say(Flush())
        given.accept(text)
    written(given, 0)
    given.say(Interrupt())
    given.accept("Beta.")
    given.say(Flush())
    assert written(given, 1) == [INTERRUPT]
    assert feed_of(given).is_paced
    return given


def hear_turn(given: Session, name: str, data: bytes, now: float) -> None:
    hear(given, SpeechBegan(name), now)
    hear(given, data, now)
    hear(given, SpeechMetadata(name, 0, 4, 4), now)


def test_text_after_an_interrupt_that_was_ignored_is_a_turn_of_its_own() -> None:
    given = interrupted("Alpha goes on. ")
    hear(given, SpeechBegan("a"))
    hear(given, SpeakTurnWarning("NO_AUDIO_GENERATED", ""), 1)
    assert written(given, 1) == [FLUSH, SPEAK % "Beta.", FLUSH]
    hear(given, SECOND, 2)
    hear(given, SpeechMetadata("a", 1000, 4, 4), 2)
    assert (audio(given), feed_of(given).unspoken) == (b"", "Beta.")
    hear_turn(given, "b", b"\x01\x02", 3)
    assert (audio(given), feed_of(given).unspoken) == (b"\x01\x02", "")
    assert events(given, Audio)[0].clears == 1


def test_all_turns_that_waited_are_given_up_where_an_interrupt_was_ignored() -> None:
    given = interrupted("One.", "Two.", "Three.")
    hear(given, SpeakTurnWarning("NO_AUDIO_GENERATED", ""), 1)
    assert written(given, 1) == [FLUSH, SPEAK % "Beta.", FLUSH]
    for name in "abc":
        hear_turn(given, name, SECOND, 2)
    assert (audio(given), feed_of(given).unspoken) == (b"", "Beta.")
    hear_turn(given, "d", b"\x01\x02", 3)
    assert (audio(given), feed_of(given).unspoken) == (b"\x01\x02", "")


def test_no_flush_is_added_where_the_turn_that_goes_on_has_one_or_there_is_none() -> None:
    for texts in ((), ("Alpha.", "")):
        given = interrupted(*texts)
        hear(given, SpeakTurnWarning("NO_AUDIO_GENERATED", ""), 1)
        assert written(given, 1) == [SPEAK % "Beta.", FLUSH]


def test_text_waits_for_the_answer_to_the_last_interrupt() -> None:
    given = interrupted("Alpha goes on. ")
    given.say(Interrupt())
    given.accept("Gamma.")
    assert written(given, 1) == [INTERRUPT]
    hear(given, SpeakTurnWarning("NO_AUDIO_GENERATED", ""), 1)
    assert written(given, 1) == []
    hear(given, SpeechInterrupted(0, SpeechFacts("a", 0, 4, 4)), 1)
    assert written(given, 1) == [SPEAK % "Gamma."]
    hear(given, b"\x01\x02")
    assert audio(given) == b"\x01\x02"


def test_a_turn_that_goes_on_can_be_interrupted_once_more() -> None:
    given = interrupted("Alpha goes on. ")
    hear(given, SpeakTurnWarning("NO_AUDIO_GENERATED", ""), 1)
    given.say(Interrupt())  # before the flush of the first one went out
    given.accept("Gamma.")
    given.say(Flush())
    assert written(given, 1) == [INTERRUPT]
    hear(given, SpeakTurnWarning("NO_AUDIO_GENERATED", ""), 1)
    assert written(given, 1) == [FLUSH, SPEAK % "Gamma.", FLUSH]
    hear_turn(given, "a", SECOND, 2)
    hear_turn(given, "b", b"\x01\x02", 3)
    assert (audio(given), feed_of(given).unspoken) == (b"\x01\x02", "")


def test_an_interrupt_without_an_answer_is_waited_for_two_seconds() -> None:
    given = interrupted("Alpha goes on. ")
    assert written(given, 2.9) == []
    assert written(given, 3) == [FLUSH, SPEAK % "Beta.", FLUSH]
    hear(given, SECOND, 3)
    hear(given, SpeechInterrupted(0, SpeechFacts("a", 0, 4, 4)), 4)  # too late, and true all the same
    hear_turn(given, "b", b"\x01\x02", 5)
    assert (audio(given), feed_of(given).unspoken) == (b"\x01\x02", "")


def test_an_interrupt_is_not_waited_for_on_another_connection() -> None:
    given = interrupted("Alpha goes on. ")
    break_off(given, 1)
    assert written(given, 11) == [SPEAK % "Beta.", FLUSH]
    hear_turn(given, "a", b"\x01\x02", 12)
    assert (audio(given), feed_of(given).unspoken) == (b"\x01\x02", "")


def test_settings_are_made_again_on_another_connection() -> None:
    given = voice(turns=True)
    given.say(SpeakConfigure(1.5))
    assert written(given, 0) == ['{"type":"Configure","speed":1.5}']
    given.accept("Fast.")
    break_off(given, 1)
    assert written(given, 11) == ['{"type":"Configure","speed":1.5}', SPEAK % "Fast."]
    with pytest.raises(BadOptionValue, match="speed"):
        given.accept('Fast \\{"word":"x","pronounce":"ɛks"\\}')
    with pytest.raises(BadOptionValue, match="request_flux"):
        given.accept("Slow \\{pause:500ms\\} down")
