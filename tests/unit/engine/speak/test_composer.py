"""From written text to the lines that a voice says."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonant.contract.speak import BadControl
from sonant.engine.models.ports import Sounded
from sonant.engine.speak.composer import FOREIGN, LONG_IPA, MARKUP, ODD_IPA, SKIPPED, Chunk, Composer
from sonant.engine.speak.sentences import LONGEST
from sonant.engine.speak.text.tongues import is_foreign

LONG = (
    "The quick brown fox jumps over the lazy dog, and she sells sea shells by the sea shore while the sun goes down "
    "behind the hills far away from here, and so on and so forth until nobody knows anything."
)


def compose(*texts: str) -> tuple[Composer, list[Chunk]]:
    composer = Composer()
    chunks = [chunk for text in texts for chunk in composer.feed(text)]
    return composer, [*chunks, *composer.finish()]


def lines(*texts: str) -> list[str]:
    return ["".join(part if isinstance(part, str) else part.word for part in c.line) for c in compose(*texts)[1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello there. How are you, my friend?", ["Hello there.", "How are you, my friend?"]),
        ("I am Dr. Smith, of 3.5 Main St. and so on.", ["I am Dr. Smith, of 3.5 Main St. and so on."]),
        ("It works e.g. like this... And then.", ["It works e.g. like this.", "And then."]),
        ("One\n\nTwo", ["One", "Two"]),
        ("1. First\n2. Second", ["1. First", "2. Second"]),
        (
            LONG,
            [LONG[:44], LONG[45:]],
        ),
    ],
)
def test_where_a_text_is_cut(text: str, said: list[str]) -> None:
    assert lines(text) == said


def test_a_sentence_is_said_as_soon_as_it_is_sure_to_be_one() -> None:
    composer = Composer()
    assert composer.feed("I paid 3.") == []
    assert composer.feed("50 dollars.") == []
    assert [chunk.line for chunk in composer.feed(" Then")] == [("I paid 3.50 dollars.",)]
    assert [chunk.line for chunk in composer.finish()] == [("Then",)]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Hello there. ", True), ("Really?\n", True), ('"No!" ', True), ("And so… ", True), ("A title\n", True),
        ("Hello there.", True), ("I paid 3.", False), ("So I met Dr. ", False), ("1. ", False), ("e.g. ", False),
        ("And ", False), (" ", False), ("", False),
    ],
)  # fmt: skip
def test_a_whole_sentence_is_known_before_the_next_word(text: str, whole: bool) -> None:
    composer = Composer()
    assert composer.feed(text) == []
    assert composer.holds_whole is whole


SENTENCES = st.lists(st.sampled_from(["Hello. ", "Is it Dr. Smith? ", "No, 3.5! ", "Yes…  ", f"{LONG} ", "A title\n"]))


@given(SENTENCES, st.integers(0, 5))
@settings(deadline=None, max_examples=100)
def test_what_is_said_early_is_said_as_it_would_be_later(sentences: list[str], every: int) -> None:
    composer, chunks = Composer(), list[Chunk]()
    for number, sentence in enumerate(sentences):
        chunks += composer.feed(sentence)
        if number >= every and composer.holds_whole:
            chunks += composer.settle()
    chunks += composer.finish()
    whole = compose("".join(sentences))[1]
    assert [(chunk.line, chunk.ending, chunk.start) for chunk in chunks] == [
        (chunk.line, chunk.ending, chunk.start) for chunk in whole
    ]


def test_no_line_is_endless() -> None:
    for text in ("word " * 20_000, "a" * 100_000, "1" * 5_000, "no stop, " * 10_000, "é" * 1_000):
        assert lines(text)
        assert max(map(len, lines(text))) <= LONGEST


PIECES = st.lists(
    st.sampled_from(
        ["Hello", " ", ". ", ", ", "Dr. ", "? ", "\n", "3.14", " and ", "<b>", "</p>", "&amp;", "word " * 30, "🎉",
         "\\",
         r"\{pause:500ms\}", r'\{"word":"tea","pronounce":"ti"\}', "{", "http://a.example/b. ", "x" * 70, "…", "。"]
    ),
    max_size=30,
)  # fmt: skip


@given(PIECES, st.integers(1, 40))
@settings(deadline=None, max_examples=200)
def test_the_cuts_do_not_depend_on_how_the_text_arrives(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    try:
        whole = compose(text)
    except BadControl:
        with pytest.raises(BadControl):
            compose(*(text[at : at + size] for at in range(0, len(text), size)))
        return
    parts = compose(*(text[at : at + size] for at in range(0, len(text), size)))
    assert parts[1] == whole[1]
    assert parts[0].plain == whole[0].plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Visit https://www.example.com/help?x=1&copy=2.",
            ["Visit example dot com slash help question mark x equals 1 and copy equals 2."],
        ),
        ("See example.com?q=a%20b#top now", ["See example dot com question mark q equals a b hash top now"]),
        (f"See https://a.com/x?token={'a1' * 30}.", ["See a dot com slash x."]),
        ("Is it example.com? Yes.", ["Is it example dot com?", "Yes."]),
        ("I write C#, F# and C++.", ["I write C sharp, F sharp and C plus plus."]),
        ("C++17, i++ and https://a.com/c#", ["C plus plus 17, i plus plus and a dot com slash c"]),
        ("#1 and a#b stay", ["#1 and a#b stay"]),
        ("\x1b[1;31mError\x1b[0m: it \x1b[2Kfailed", ["Error: it failed"]),
        ("\x1b]0;a title\x07Done \x9b3mhere\x1b[", ["Done here"]),
        ("See sonant.io, or b.co.uk!", ["See sonant dot I O, or b dot co dot U K!"]),
        ("Mail john.doe_1@mail.example.org", ["Mail john dot doe underscore 1 at mail dot example dot org"]),
        ("<p>Hello <b>world</b> &amp; all</p><br/>Next", ["Hello world and all", "Next"]),
        ("<speak>Hi <break time='500ms'/> there</speak>", ["Hi there"]),
        ("# Title\n\n- **bold** and `code`\n- [link](http://x.example/y)", ["Title", "bold and code", "link"]),
        ("Great job 🎉!", ["Great job!"]),
        ("🎉🎉", ["party popper"]),
        ("Call +1 (555) 123-4567.", ["Call plus one, five five five, one two three, four five six seven."]),
        ("Card 4111 1111 1111 1111", ["Card four one one one, one one one one, one one one one, one one one one"]),
        ("Order 12345678, agent 007", ["Order one two three four, five six seven eight, agent zero zero seven"]),
        ("CHF 35 and 20 € and ¥500", ["35 Swiss francs and 20 euros and 500 yen"]),
        ("3 \u00d7 4 = 12", ["3 times 4 equals 12"]),
        ("v1.2.3 at 192.168.1.1", ["v1 point 2 point 3 at 192 dot 168 dot 1 dot 1"]),
        ("Müller\u2019s café \u2013 naïve", ["Muller's cafe — naive"]),
        ("fullwidth: \uff21\uff11", ["fullwidth: A1"]),
        ("!!! ... ???", []),
        ("  \n\t ", []),
        ("\x00\x01hello\x07\u202e", ["hello"]),
        ("\u03b1 and π", ["alpha and pi"]),
    ],
)
def test_what_is_written_is_said_sensibly(text: str, said: list[str]) -> None:
    assert lines(text) == said


@pytest.mark.parametrize("text", ["日本語です", "Привет мир", "שלום עולם", "مرحبا"])
def test_other_scripts_are_left_out_and_it_is_said_so(text: str) -> None:
    composer, chunks = compose(text)
    assert chunks == []
    assert composer.take_remarks() == [SKIPPED]
    assert lines(f"Hello {text} there") == ["Hello there"]


def test_markup_is_remarked_on_once() -> None:
    composer, _ = compose("<b>a</b> <i>b</i>")
    assert composer.take_remarks() == [MARKUP]
    assert composer.take_remarks() == []


def test_an_escape_may_come_in_pieces() -> None:
    assert lines("Red \x1b", "[3", "1mline\x1b[", "0m. \x1b]0;ti", "tle\x1b", "\\Then") == ["Red line.", "Then"]


def test_controls() -> None:
    composer, chunks = compose(r'Take \{"word":"tea","pro', r'nounce":"tiː"\} now \{pause:1', r".5s\} then rest.")
    assert [chunk.line for chunk in chunks] == [("Take ", Sounded("tea", "tiː"), " now"), (), ("then rest.",)]
    assert [chunk.pause for chunk in chunks] == [0, 1.5, 0]
    assert (composer.pronunciations, composer.pauses, composer.warnings) == (1, 1, 0)
    assert composer.text_between(0, None) == "Take tea now  then rest."
    assert composer.billable == len("Take tea now  then rest.")


@pytest.mark.parametrize(
    ("ipa", "applied", "remark"), [("t☃iː", 1, ODD_IPA), ("☃", 0, ODD_IPA), ("i" * 31, 0, LONG_IPA)]
)
def test_odd_pronunciations(ipa: str, applied: int, remark: str) -> None:
    composer, chunks = compose(rf'A \{{"word":"tea","pronounce":"{ipa}"\}}')
    assert (composer.pronunciations, composer.warnings, composer.take_remarks()) == (applied, 1, [remark])
    assert chunks[0].line == (("A ", Sounded("tea", ipa)) if applied else ("A tea",))


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=300)
def test_whatever_is_written_becomes_lines_of_known_signs(text: str) -> None:
    try:
        said = lines(text)
    except BadControl:
        return
    assert all(line.isascii() or set(line) - set("—$€£°") <= set(map(chr, range(128))) for line in said)
    assert all(any(map(str.isalnum, line)) and len(line) <= LONGEST for line in said)


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("Ich habe heute leider keine Zeit für dich.", "en", True),
        ("Le train part à huit heures.", "en", True),
        ("Los niños juegan en el jardín.", "en", True),
        ("Non so dove sono le chiavi.", "en", True),
        ("Eu não sei onde ele está.", "en", True),
        ("De trein vertrekt om acht uur.", "en", True),
        ("The train leaves at eight in the morning.", "en", False),
        ("Guten Tag.", "en", False),
        ("Juan de la Cruz lives in El Paso.", "en", False),
        ("I ordered crème brûlée and a café au lait.", "en", False),
        ("Die hard, or die another day.", "en", False),
        ("Beyoncé, Zoë, Chloë, Renée and Müller met.", "en", False),
        ("Привет, мой старый друг.", "en", False),
        ("Jag heter Anna och jag bor i Sverige", "en", True),
        ("Hvad hedder du, og hvor kommer du fra?", "en", True),
        ("Dzień dobry, jak się masz", "en", True),
        ("A la carte menu, du jour, en route, en masse.", "en", False),
        ("per se et al ad hoc", "en", False),
        ("01a218da-6d71-7149-9e30-7e33acf200c9", "en", False),
        ("3de0a1e5-de1a-4e5e-ae0d-ade0ade0ae1e", "en", False),
        (
            "H\u0338\u0321o\u0301\u0336w\u0337 a\u0300\u0338r\u0301e\u0338 y\u0308\u0336o\u0303u\u0301\u0337?",
            "en",
            False,
        ),
        ("E\u0301l ni\u0303n\u0303o esta\u0301 en el jardi\u0301n, como siempre.", "en", True),
        ("La señora Muñoz vive en la calle mayor.", "es", False),
        ("El perro de mi hermano está en la casa.", "es", False),
        ("The dog is in the house of my brother.", "es", True),
        ("Der Hund ist nicht in dem Haus.", "es", True),
    ],
)
def test_whether_a_text_is_in_another_language(text: str, language: str, foreign: bool) -> None:
    assert is_foreign(text, language) is foreign


def test_no_english_sentence_of_the_benchmark_seems_foreign() -> None:
    sentences = (Path(__file__).parents[4] / "benchmarks/sentences.txt").read_text().splitlines()
    assert len(sentences) == 50
    assert [sentence for sentence in sentences if is_foreign(sentence, "en")] == []


def test_a_language_that_the_voice_does_not_speak_is_warned_of_once() -> None:
    german = "Das ist ein Satz. Und das ist noch ein Satz."
    composer, chunks = compose(f"This is English. {german}")
    assert len(chunks) == 3
    assert composer.take_remarks() == [FOREIGN]
    assert compose("Das ist. Nicht gut. Und das. Auch nicht.")[0].take_remarks() == [FOREIGN]
    assert compose("The sign said Ausfahrt, and we left.")[0].take_remarks() == []
    own = Composer("de")
    own.feed(german)
    own.finish()
    assert own.take_remarks() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("¿Qué tal, señor Muñoz?", "Qué tal, señor Muñoz?"),
        ("Son 1.234,5 euros y 20 €.", "Son mil doscientos treinta y cuatro coma cinco euros y veinte euros."),
        ("Cuesta $3, o el 5%.", "Cuesta tres dólares, o el cinco por ciento."),
        ("A las 7:30 del 3/5/2026", "A las siete y treinta del tres del cinco de dos mil veintiséis"),
        ("Código 007 y -4", "Código cero cero siete y menos cuatro"),
        ("Vea https://ejemplo.com/ayuda", "Vea ejemplo punto com barra ayuda"),
        ("Escriba a ana@ejemplo.com", "Escriba a ana arroba ejemplo punto com"),
        ("Tú & yo 🎉", "Tú y yo"),
        ("🎉", "cañón de confeti"),
        ("Straße © Łódź", "Strasse Lódz"),
    ],
)
def test_spanish_is_said_in_spanish(text: str, said: str) -> None:
    pytest.importorskip("num2words")
    composer = Composer("es")
    chunks = [*composer.feed(text), *composer.finish()]
    assert "".join(str(part) for chunk in chunks for part in chunk.line) == said
    assert FOREIGN not in composer.take_remarks()


def test_a_spanish_voice_warns_of_english() -> None:
    composer = Composer("es")
    composer.feed("I have no time for you today.")
    composer.finish()
    assert composer.take_remarks() == [FOREIGN]
