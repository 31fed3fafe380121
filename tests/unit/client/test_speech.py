"""The pure parts of speech: sentences, parts and their joints, samples, what a text says of itself, and calls."""

import random
import struct
from itertools import pairwise
from typing import Any

import pytest

from sonant import BadOptionValue, DeepgramClient, Pause, Pronunciation, SourceError, UnknownOption, pause, pronounce
from sonant.client.joining import FADE, choose_joiner
from sonant.client.oggs import Page, checksum
from sonant.client.pcm import OneHeader, WholeSamples, find_samples, mend_header
from sonant.client.sentences import Sentences, join_wordless, split_text
from sonant.client.speak import Speak
from sonant.client.wording import compose, read_source
from sonant.contract.speak import TextSource

HEADER = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\xc0]\0\0\x80\xbb\0\0\x02\0\x10\0data\xff\xff\xff\xff"

STORY = (
    'Dr. Smith paid 3.50 for it. "Why?" she asked... Nobody knew! See e.g. page 5. 你好。再见。 And so on\n\nA title '
    "without a stop\n\nThe end"
)
PARTS = [
    "Dr. Smith paid 3.50 for it. ",
    '"Why?" ',
    "she asked... ",
    "Nobody knew! ",
    "See e.g. page 5. ",
    "你好。",
    "再见。 ",
    "And so on\n\n",
    "A title without a stop\n\n",
]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_sentences_come_as_they_are_complete_whatever_the_pieces(size: int) -> None:
    sentences = Sentences()
    found = [one for at in range(0, len(STORY), size) for one in sentences.feed(STORY[at : at + size])]
    assert "".join(found) + sentences.finish() == STORY
    if size == 1000:
        assert found == PARTS


def test_a_sentence_is_not_held_back_for_the_next_one() -> None:
    sentences = Sentences()
    assert list(sentences.feed("Hello there.")) == []
    assert list(sentences.feed(" ")) == ["Hello there. "]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("I met Dr. Smith.", True), ("Really?", True), ('"No!"', True), ("Well…", True), ("(So it is.)", True),
        ("I met Dr.", False), ("It costs 3.", False), ("Hello", False), ("", False), ("...", True),
        (r"Take \{pause:1.", False),
    ],
)  # fmt: skip
def test_what_looks_like_a_whole_sentence(text: str, whole: bool) -> None:
    sentences = Sentences()
    assert list(sentences.feed(text)) == []
    assert sentences.is_whole is whole


@pytest.mark.parametrize("limit", [20, 60, 250, 2000])
def test_parts_are_within_their_limit_and_lose_nothing(limit: int) -> None:
    chance = random.Random(limit)
    words = ["a", "word,", "sentence.", "longer", "x" * 15, "ja!", "\\{pause:500ms\\}", "über"]
    text = " ".join(chance.choice(words) for _ in range(800))
    parts = split_text(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.count("\\{") == part.count("\\}") for part in parts)


def test_a_text_without_any_place_to_cut_is_cut_all_the_same() -> None:
    assert split_text("x" * 45, 20) == ["x" * 20, "x" * 20, "x" * 5]
    assert split_text("  \n ", 20) == []


def test_no_part_has_more_pauses_than_the_service_takes() -> None:
    pause_ = r"\{pause:500ms\}"
    sentence = f"one {pause_} " * 20
    for text in (sentence, "Hello. ".join([f"a {pause_} b. "] * 20), f"{sentence}. " * 3):
        parts = split_text(text, 2000)
        assert max(part.count("pause") for part in parts) == 8
        assert "".join("".join(parts).split()) == "".join(text.split())
        for part in parts:
            Speak.request_flux.build(part, model="flux-kit-en")


TEA = r'\{"word":"tea","pronounce":"ti"\}'


@pytest.mark.parametrize(
    ("parts", "kept", "skipped"),
    [
        (["Hello there.", "* * *", "And on."], ["Hello there. * * *", "And on."], []),
        (["* * *", "Hello there."], ["* * * Hello there."], []),
        (["So many words of it, all of them.", "…", "* * *"], ["So many words of it, all of them."], ["… * * *"]),
        (["So many words of it, all of them.", "* * *", "On."], ["So many words of it, all of them.", "* * * On."], []),
        (["* * *", "?!"], ["* * *", "?!"], []),
        ([TEA, "🎉", r"\{pause:1s\}"], [TEA], [r"🎉 \{pause:1s\}"]),
        (["a " + r"\{pause:1s\}" * 8, r"\{pause:1s\}"], ["a " + r"\{pause:1s\}" * 8], [r"\{pause:1s\}"]),
    ],
)
def test_what_has_no_words_goes_with_what_has(parts: list[str], kept: list[str], skipped: list[str]) -> None:
    assert join_wordless(parts, max(35, *map(len, parts))) == (kept, skipped)


def test_samples_stay_whole() -> None:
    whole = WholeSamples(2)
    assert [whole.take(data) for data in (b"a", b"bc", b"d", b"", b"efg")] == [b"", b"ab", b"cd", b"", b"ef"]


def test_one_header_of_several_stays() -> None:
    once = OneHeader()
    out = b""
    for part in (b"one", b"two"):
        once.begin()
        for byte in HEADER + part:
            out += once.take(bytes([byte]))
    assert out == HEADER + b"onetwo"
    once.begin()
    assert once.take(b"RI") + once.finish() == b"RI"


@pytest.mark.parametrize("size", [1000, 4096, 70_000])
def test_a_header_goes_whatever_comes_with_it(size: int) -> None:
    once = OneHeader()
    parts = [once.take(HEADER + b"one")]
    once.begin()
    parts.append(once.take(HEADER + bytes(size)))
    assert b"".join(parts) == HEADER + b"one" + bytes(size)


def test_what_only_begins_like_a_header_stays() -> None:
    once = OneHeader()
    once.take(HEADER)
    once.begin()
    assert once.take(b"RIFF" + b"x" * 5000) == b"RIFF" + b"x" * 5000


def test_a_header_is_mended_and_all_else_left_alone() -> None:
    mended = mend_header(HEADER + b"ab", 1044)
    assert struct.unpack_from("<I", mended, 4) == (1036,)
    assert struct.unpack_from("<I", mended, 40) == (1000,)
    assert mended[44:] == b"ab"
    for other in (b"ID3whatever", b"", HEADER[:30]):
        assert mend_header(other, 1000) == other
    assert find_samples(HEADER) == 44


def join(options: dict[str, Any], *parts: bytes, size: int = 7) -> bytes:
    joiner = choose_joiner(options)
    out = b""
    for number, part in enumerate(parts):
        joiner.begin()
        for at in range(0, len(part), size):
            out += joiner.take(part[at : at + size])
        out += joiner.finish(last=number == len(parts) - 1)
    return out


@pytest.mark.parametrize("header", [b"", HEADER])
def test_samples_are_joined_without_a_step(header: bytes) -> None:
    loud = struct.pack("<h", 12_000) * 2400
    soft = struct.pack("<h", -9_000) * 2400
    out = join({"encoding": "linear16"}, header + loud, header + soft, header + loud)
    assert out.startswith(header)
    samples = struct.unpack(f"<{(len(out) - len(header)) // 2}h", out[len(header) :])
    assert len(samples) == 7200
    assert max(abs(a - b) for a, b in pairwise(samples)) <= 12_000 / (FADE * 24_000) + 1
    assert (samples[0], samples[-1], samples[1200]) == (12_000, 12_000, 12_000)
    assert join({"encoding": "linear16"}, loud) == loud


@pytest.mark.parametrize(("encoding", "silence"), [("mulaw", 0x7F), ("alaw", 0x55)])
def test_codes_fade_too(encoding: str, silence: int) -> None:
    loud = bytes([0x80 ^ silence ^ 0x70]) * 400
    out = join({"encoding": encoding}, loud, loud)
    sizes = [(code & 0x7F) ^ (silence & 0x7F) for code in out]
    assert len(out) == 800
    assert min(sizes[395:405]) == 0
    assert max(abs(a - b) for a, b in pairwise(sizes)) <= 127 // 40 + 1


def test_frames_are_joined_without_tags_and_without_the_one_that_counts() -> None:
    frame = b"\xff\xf3\x64\xc4" + bytes(range(140))  # 48 kbit/s at 24,000 Hz: 144 bytes
    info = b"\xff\xf3\x64\xc4" + bytes(13) + b"Info" + bytes(123)
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x05hello"
    assert join({"encoding": "mp3"}, tag + info + frame * 2, info + frame, frame) == frame * 4
    assert join({}, b"short") == b"short"
    adts = b"\xff\xf1\x5c\x40" + bytes(100)
    assert join({"encoding": "aac"}, adts, adts) == adts * 2


def pages(serial: int, count: int, samples: int) -> bytes:
    made = [Page(2, 0, serial, 0, b"\x08", b"OpusHead"), Page(0, 0, serial, 1, b"\x08", b"OpusTags")]
    for number in range(count):
        last = number == count - 1
        made.append(Page(4 * last, samples * (number + 1), serial, number + 2, b"\x03", b"abc"))
    return b"".join(page.encode() for page in made)


def test_pages_become_those_of_one_stream() -> None:
    out = join({"encoding": "opus"}, pages(7, 2, 960), pages(9, 3, 960))
    found: list[tuple[Any, ...]] = []
    at = 0
    while at < len(out):
        _, _, flags, granule, serial, sequence, check, count = struct.unpack_from("<4sBBqIIIB", out, at)
        size = 27 + count + sum(out[at + 27 : at + 27 + count])
        assert checksum(out[at : at + 22] + bytes(4) + out[at + 26 : at + size]) == check
        found.append((flags, granule, serial, sequence))
        at += size
    assert found == [
        (2, 0, 7, 0), (0, 0, 7, 1), (0, 960, 7, 2), (0, 1920, 7, 3), (0, 2880, 7, 4), (0, 3840, 7, 5), (4, 4800, 7, 6),
    ]  # fmt: skip


def test_flac_cannot_be_joined() -> None:
    with pytest.raises(BadOptionValue, match="flac"):
        choose_joiner({"encoding": "flac"})


def test_a_text_is_composed_of_its_parts() -> None:
    text = compose(["Take", pronounce("azathioprine", "ˌæzəˈθaɪəpriːn"), "once", pause(0.5), "a day", "."])
    assert text == (
        r'Take \{"word":"azathioprine","pronounce":"ˌæzəˈθaɪəpriːn"\} once \{pause:500ms\} a day.'
    )  # fmt: skip
    assert compose("as it is") == "as it is"
    assert (pause(1.5), pronounce("a", "b")) == (Pause(1500), Pronunciation("a", "b"))


@pytest.mark.parametrize("seconds", [0.4, 3.1, 0.55, -1])
def test_a_pause_has_its_limits(seconds: float) -> None:
    with pytest.raises(BadOptionValue, match="pause"):
        pause(seconds)


def test_a_pronunciation_has_its_limits() -> None:
    with pytest.raises(BadOptionValue, match="more than the service takes"):
        pronounce("ab", "x" * 21)
    with pytest.raises(BadOptionValue, match="needs a word"):
        pronounce("", "x")


@pytest.mark.parametrize("given", [(5, "a"), ("a", None), (b"a", "a")])
def test_a_pronunciation_takes_two_texts(given: Any) -> None:
    with pytest.raises(BadOptionValue, match=f"takes two texts, not {given[0]!r} and {given[1]!r}"):
        pronounce(*given)


@pytest.mark.parametrize("limit", [None, "5", 1.5, True, 0, 2001])
def test_the_limit_of_a_part_is_a_whole_number_of_characters(limit: Any) -> None:
    with DeepgramClient("key") as client:
        with pytest.raises(BadOptionValue, match=f"limit is {limit!r}; a part has 1 to 2,000 characters"):
            client.speak.long("Hello there.", limit=limit)


def test_a_limit_below_a_pronunciation_is_what_is_wrong() -> None:
    text = ["Take", pronounce("tea", "ti"), "now."]
    long = str(text[1])
    with DeepgramClient("key") as client:
        with pytest.raises(BadOptionValue, match=f"limit is 10, but .* has {len(long)} .* at least {len(long)}"):
            client.speak.long(text, limit=10, model="flux-kit-en")
        speech = client.speak.long(text, limit=len(long), model="flux-kit-en")
    assert list(speech.texts) == ["Take", long, "now."]


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("Hi.", TextSource(text="Hi.")),
        ({"text": "Hi."}, TextSource(text="Hi.")),
        ({"url": "https://x/a.txt"}, TextSource(url="https://x/a.txt")),
        (TextSource(text="Hi."), TextSource(text="Hi.")),
        (["Hi", "there."], TextSource(text="Hi there.")),
    ],
)
def test_a_source_is_a_text_or_a_url(source: Any, body: TextSource) -> None:
    assert read_source(source) == body


@pytest.mark.parametrize("source", [{}, {"text": "a", "url": "https://x"}, 5, None, b"text", [5], {"buffer": b""}])
def test_all_else_is_no_source(source: Any) -> None:
    with pytest.raises(SourceError, match="Unknown source type"):
        Speak.request.build(source)


@pytest.mark.parametrize("source", ["", "  \n", {"text": ""}, "half \ud800 a pair", {"url": "ftp://x"}])
def test_nothing_to_speak_is_said_before_anything_is_sent(source: Any) -> None:
    with pytest.raises(SourceError):
        Speak.request.build(source)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"encoding": "mp3", "sample_rate": 8000}, "`sample_rate` is not applicable"),
        ({"encoding": "linear16", "container": "ogg"}, "`container=ogg` is invalid"),
        ({"encoding": "mp3", "bit_rate": 8000}, "`bit_rate` must be 32000 or 48000"),
        ({"encoding": "opus", "bit_rate": 1}, "`bit_rate` must be between"),
        ({"speed": 2.0}, "speed"),
        ({"encoding": "mp4"}, "mp4"),
        ({"model": "flux-kit-en"}, "Flux voice"),
    ],
)
def test_a_format_that_cannot_be_is_refused_here(options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadOptionValue, match=says):
        Speak.request.build("Hi.", **options)


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("Hi.", {"model": "aura-2-thalia-en"}, "Flux voice must be named"),
        ("Hi.", {"speed": 0.51}, "increments"),
        ("Hi.", {"speed": 1.6}, "between"),
        ("Hi.", {"expressivity": 3}, "between"),
        ("Hi.", {"expressivity": 0.5}, "expressivity"),
        ("Hi.", {"priority": "low"}, "callback"),
        (r"a \{pause:500ms\} b", {"speed": 1.2}, "pause"),
        (r"a \{pause:250ms\} b", {}, "between"),
        (["a", Pause(500), Pause(500), "b"], {}, "between two pauses"),
        (["a", *[Pause(500), "b"] * 9], {}, "at most 8"),
    ],
)
def test_what_flux_does_not_know_is_refused_here(text: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadOptionValue, match=says):
        Speak.request_flux.build(text, **{"model": "flux-kit-en", **options})


@pytest.mark.parametrize("text", [r"\{pause:1s\} Hi.", r"Hi. \{pause:1s\}", [Pause(500), "Hi.", Pause(500)]])
def test_a_pause_may_come_before_the_first_word_and_after_the_last(text: Any) -> None:
    call = Speak.request_flux.build(text, model="flux-kit-en")
    assert isinstance(call.body, bytes)
    assert call.body.count(b"pause") == compose(text).count("pause") > 0


def test_a_callback_is_no_option_of_a_request() -> None:
    with pytest.raises(UnknownOption, match="request_callback"):
        Speak.request.build("Hi.", callback="https://me/cb")
    call = Speak.request_callback.build("Hi.", "https://me/cb", callback_method="PUT")
    assert call.query == "callback_method=PUT&callback=https%3A%2F%2Fme%2Fcb"
    with pytest.raises(BadOptionValue):
        Speak.request_callback.build("Hi.", "dpgr.am/callback")


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), "1"])
def test_a_pause_takes_a_number_of_seconds(seconds: Any) -> None:
    with pytest.raises(BadOptionValue, match="takes a number of seconds"):
        pause(seconds)
