"""Formats, inline controls and messages of text to speech."""

import msgspec
import pytest

from sonant.contract import codec
from sonant.contract.speak import (
    AURA,
    FLUX,
    BadControl,
    BadFormat,
    Format,
    Interrupt,
    Pause,
    PlaybackOffset,
    Pronunciation,
    SpeakMessage,
    SpeakTurnControl,
    SpeakWarning,
    check_controls,
    check_expressivity,
    check_speed,
    choose_format,
    parse_controls,
    plain_text,
)


@pytest.mark.parametrize(
    ("encoding", "made", "content_type"),
    [
        ("linear16", Format("linear16", 24000, "wav"), "audio/wav"),
        ("mulaw", Format("mulaw", 8000, "wav"), "audio/wav"),
        ("alaw", Format("alaw", 8000, "wav"), "audio/wav"),
        ("mp3", Format("mp3", 22050, None, 48000), "audio/mpeg"),
        ("opus", Format("opus", 48000, "ogg", 12000), "audio/ogg;codecs=opus"),
        ("flac", Format("flac", 48000), "audio/flac"),
        ("aac", Format("aac", 22050, None, 48000), "audio/aac"),
    ],
)
def test_defaults_of_an_encoding(encoding: str, made: Format, content_type: str) -> None:
    assert choose_format(AURA, encoding) == choose_format(FLUX, encoding) == made  # type: ignore[arg-type]
    assert made.content_type == content_type


@pytest.mark.parametrize(("encoding", "name"), [("linear16", "l16"), ("mulaw", "mulaw"), ("alaw", "alaw")])
def test_headerless_audio_names_its_rate(encoding: str, name: str) -> None:
    made = choose_format(AURA, encoding, "none", 16000)  # type: ignore[arg-type]
    assert made.content_type == f"audio/{name};rate=16000"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"encoding": "mp3", "container": "wav"}, "`container` is not applicable when `encoding=mp3`"),
        ({"encoding": "flac", "container": "none"}, "`container` is not applicable when `encoding=flac`"),
        ({"encoding": "opus", "container": "wav"}, "`container=wav` is invalid when `encoding=opus`"),
        ({"encoding": "linear16", "container": "ogg"}, "`container=ogg` is invalid when `encoding=linear16`"),
        ({"encoding": "mp3", "sample_rate": 22050}, "`sample_rate` is not applicable when `encoding=mp3`"),
        ({"encoding": "mulaw", "sample_rate": 24000}, "`sample_rate` must be 8000 or 16000 when `encoding=mulaw`"),
        (
            {"encoding": "linear16", "sample_rate": 44100},
            "`sample_rate` must be 8000, 16000, 24000, 32000 or 48000 when `encoding=linear16`",
        ),
        ({"encoding": "flac", "bit_rate": 48000}, "`bit_rate` is not applicable when `encoding=flac`"),
        ({"encoding": "mp3", "bit_rate": 8000}, "`bit_rate` must be 32000 or 48000 when `encoding=mp3`"),
        (
            {"encoding": "opus", "bit_rate": 3999},
            "`bit_rate` must be between 4000 and 650000 when `encoding=opus`",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(asked: dict[str, object], message: str) -> None:
    with pytest.raises(BadFormat) as caught:
        choose_format(AURA, **asked)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_flux_writes_more() -> None:
    assert choose_format(FLUX, "linear16", sample_rate=44100).sample_rate == 44100
    assert choose_format(FLUX, "mp3", bit_rate=8000).bit_rate == 8000


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        (r"a \{pause:500ms\} b", 500),
        (r"a \{pause:500\} b", 500),
        (r"a \{pause:1.5s\} b", 1500),
        ("a {pause:{duration_ms:3000}} b", 3000),
    ],
)
def test_pauses_in_every_spelling(text: str, milliseconds: int) -> None:
    assert parse_controls(text) == ["a ", Pause(milliseconds), " b"]


def test_pronunciations() -> None:
    asked = Pronunciation('"dupi"', "duːˈpɪl")
    assert parse_controls(f"Take {asked}.") == ["Take ", asked, "."]
    assert plain_text(parse_controls(f"Take {asked}.")) == 'Take "dupi".'
    assert not asked.is_too_long
    assert Pronunciation("a", "x" * 16).is_too_long
    assert Pronunciation("a" * 40, "x" * 129).is_too_long


@pytest.mark.parametrize(
    "text", ["", "plain", "{curly}", "a } b {", "\\ {pause", "{pause here}", '{"a": 1}', "\\{x\\}"]
)
def test_other_text_is_left_alone(text: str) -> None:
    assert parse_controls(text) == ([text] if text else [])


@pytest.mark.parametrize(
    ("text", "speed", "code"),
    [
        (r"a \{pause:400ms\} b", 1, "BREAK_OUT_OF_RANGE"),
        (r"a \{pause:3100\} b", 1, "BREAK_OUT_OF_RANGE"),
        (r"a \{pause:550ms\} b", 1, "BREAK_INCREMENT_INVALID"),
        (r"a \{pause:long\} b", 1, "BREAK_SYNTAX_INVALID"),
        ("a {pause:500} b", 1, "BREAK_SYNTAX_INVALID"),
        (r"a \{pause:500\} \{pause:500\} b", 1, "BREAK_SYNTAX_INVALID"),
        (r"a \{pause:500\} " * 9, 1, "BREAKS_LIMIT_EXCEEDED"),
        (r"a \{pause:500\} b", 1.2, "PAUSE_SPEED_CAP_EXCEEDED"),
        (str(Pronunciation("a", "a")) + str(Pause(500)), 1, "CONTROL_COMBINATION_INVALID"),
        (str(Pronunciation("a", "a")), 0.9, "CONTROL_COMBINATION_INVALID"),
        (str(Pronunciation("a", "a")) * 501, 1, "PRONUNCIATIONS_LIMIT_EXCEEDED"),
        (r'\{"word":"a"\}', 1, "PRONUNCIATION_SYNTAX_INVALID"),
        (r'\{"word":"a","pronounce":"\ud800"\}', 1, "PRONUNCIATION_SYNTAX_INVALID"),
    ],
)
def test_wrong_controls_have_their_code(text: str, speed: float, code: str) -> None:
    with pytest.raises(BadControl) as caught:
        check_controls(parse_controls(text), speed)
    assert caught.value.fault.code == code


@pytest.mark.parametrize("speed", [0.5, 0.55, 1, 1.15, 1.5])
def test_speeds_that_flux_knows(speed: float) -> None:
    check_speed(speed)


@pytest.mark.parametrize(
    ("speed", "message"),
    [
        (0.45, "'speed' must be between 0.5 and 1.5"),
        (float("nan"), "'speed' must be between 0.5 and 1.5"),
        (1.01, "'speed' must be provided in increments of 0.05"),
    ],
)
def test_speeds_that_flux_refuses(speed: float, message: str) -> None:
    with pytest.raises(BadControl, match=message):
        check_speed(speed)


@pytest.mark.parametrize(
    ("expressivity", "code"), [(3, "EXPRESSIVITY_OUT_OF_RANGE"), (0.5, "EXPRESSIVITY_INCREMENT_INVALID")]
)
def test_expressivities_that_flux_refuses(expressivity: float, code: str) -> None:
    with pytest.raises(BadControl) as caught:
        check_expressivity(expressivity)
    assert caught.value.fault.code == code


@pytest.mark.parametrize("names", [("code", "description"), ("warn_code", "warn_msg")])
def test_a_warning_is_read_in_both_spellings_and_written_in_both(names: tuple[str, str]) -> None:
    read = codec.decode_message(f'{{"type":"Warning","{names[0]}":"A","{names[1]}":"b"}}', SpeakMessage)
    assert read == SpeakWarning("A", "b", "A", "b")
    assert msgspec.json.decode(codec.encode(read)) == {
        "type": "Warning",
        "code": "A",
        "description": "b",
        "warn_code": "A",
        "warn_msg": "b",
    }


def test_an_interrupt_says_how_it_counts() -> None:
    said = codec.encode(Interrupt(PlaybackOffset(1200)))
    assert msgspec.json.decode(said)["playback_offset"] == {"type": "time_ms", "value": 1200}
    assert codec.decode_message('{"type":"Interrupt"}', SpeakTurnControl) == Interrupt()
