"""The rules of writing, each on a line of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.engine.listen.text.dictation import write_commands
from sonant.engine.listen.text.fillers import drop_fillers, spell_fillers
from sonant.engine.listen.text.keyterms import correct_terms, parse_keywords
from sonant.engine.listen.text.measurements import UNITS, abbreviate_units
from sonant.engine.listen.text.numerals import NUMERAL_LANGUAGES, write_numerals
from sonant.engine.listen.text.profanity import PROFANITY_LANGUAGES, mask_profanity
from sonant.engine.listen.text.replace import parse_replacements, replace_terms
from sonant.engine.listen.text.search import MOST_HITS, find_terms
from sonant.engine.listen.text.smart import format_smart
from sonant.engine.models.ports import HeardWord
from unit.engine.fakes import heard

EACH = 0.5


def words(text: str, confidence: float = 0.9) -> list[HeardWord]:
    """A word every half second."""
    return heard(*((word, i * EACH, (i + 1) * EACH, confidence) for i, word in enumerate(text.split())))


def text_of(written: list[HeardWord]) -> str:
    return " ".join(word.text for word in written)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("Um, I was, uh, thinking um. Uhm, yes.", "I was, thinking. Yes."),
        ("Uh", ""),
        ("umbrella uh-huh mhmm", "umbrella uh-huh mhmm"),
    ],
)
def test_fillers_are_dropped(spoken: str, written: str) -> None:
    assert text_of(drop_fillers(words(spoken))) == written


def test_fillers_have_one_spelling() -> None:
    spelt = spell_fillers(words("Uh huh, mm-hmm, umm. Uhh no, uh, huh mm-mm nuh uh"))
    assert text_of(spelt) == "Uh-huh, mhmm, um. Uh no, uh, huh mm-mm nuh-uh"


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("dear Anna comma new line thank you period", "dear Anna, <\\n> Thank you."),
        ("a letter, period, new paragraph, kind regards", "a letter. <\\n\\n> Kind regards"),
        ("is it question mark yes exclamation mark", "is it? Yes!"),
        ("note colon three", "note: three"),
        ("comma comes first", "comma comes first"),
        ("a new linen question", "a new linen question"),
    ],
)
def test_commands_become_signs(spoken: str, written: str) -> None:
    assert text_of(write_commands(words(spoken))) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("nine hundred", "900"),
        ("I have two hundred and ten cats, twenty first of them", "I have 210 cats, 21st of them"),
        ("2 hundred and 25 thousand", "200 and 25000"),
        ("five five five one two three four", "5551234"),
        ("five, five, five", "5, 5, 5"),
        ("2.5 million people", "2.5 million people"),
        ("one of them, no one", "one of them, no one"),
    ],
)
def test_numbers_become_figures(spoken: str, written: str) -> None:
    assert text_of(write_numerals(words(spoken), "en")) == written


@pytest.mark.parametrize(
    ("language", "spoken", "written"),
    [("de", "neunhundert Leute", "900 Leute"), ("fr", "quatre-vingt-dix ans", "90 ans"), ("es", "treinta y dos", "32"),
     ("ja", "nine hundred", "nine hundred")],
)  # fmt: skip
def test_numbers_of_other_languages(language: str, spoken: str, written: str) -> None:
    assert text_of(write_numerals(words(spoken), language)) == written


def test_a_number_takes_the_time_of_its_words() -> None:
    (number,) = write_numerals(words("nine hundred."), "en")
    assert (number.text, number.start, number.end) == ("900.", 0.0, 2 * EACH)


def test_a_pause_parts_two_numbers() -> None:
    apart = heard(("twenty", 0.0, 0.5), ("five", 2.0, 2.5))
    assert text_of(write_numerals(apart, "en")) == "20 5"


def test_units_follow_numbers() -> None:
    spoken = "ten milligrams of salt, 5 kilometers and twenty three litres. Grams of it, a meter"
    assert text_of(abbreviate_units(words(spoken))) == "10 mg of salt, 5 km and 23 l. Grams of it, a meter"


@pytest.mark.parametrize(
    ("unit", "short"),
    [("centigram", "cg"), ("grams", "g"), ("kilograms", "kg"), ("milliliters", "ml"), ("kiloliter", "kl"),
     ("millimeter", "mm"), ("centimeters", "cm"), ("meters", "m")],
)  # fmt: skip
def test_each_unit(unit: str, short: str) -> None:
    assert UNITS[unit] == short


def test_profane_words_are_masked_whole() -> None:
    masked = mask_profanity(words("Shit, what a class act in Scunthorpe, fucking cockpit!"), "en")
    assert text_of(masked) == "****, what a class act in Scunthorpe, ******* cockpit!"


@pytest.mark.parametrize("language", sorted(PROFANITY_LANGUAGES))
def test_profanity_has_a_list_for_each_language(language: str) -> None:
    assert text_of(mask_profanity(words("hello"), language)) == "hello"


@pytest.mark.parametrize(
    ("rules", "written"),
    [
        (["aaron:Erin"], "The Erin, said Erin errand."),
        (["aaron:Erin", "Aaron:ERIN"], "The ERIN, said Erin errand."),
        (["said"], "The Aaron, aaron errand."),
        (["said:"], "The Aaron, aaron errand."),
        (["aaron errand:Mr Aron E"], "The Aaron, said Mr Aron E."),
        (["AARON:x"], "The Aaron, said aaron errand."),
        (["a:b:c", ":x", ""], "The Aaron, said aaron errand."),
    ],
)
def test_terms_are_replaced(rules: list[str], written: str) -> None:
    assert text_of(replace_terms(words("The Aaron, said aaron errand."), parse_replacements(rules))) == written


def test_replacements_share_the_time() -> None:
    first, second = replace_terms(words("one"), parse_replacements(["one:a b"]))
    assert (first.start, first.end, second.start, second.end) == (0.0, 0.25, 0.25, 0.5)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("I paid twenty five dollars and fifty cents", "I paid $25.50"),
        ("on March third twenty twenty six.", "on March 3, 2026."),
        ("on March 3rd, 2026", "on March 3, 2026"),
        ("at four thirty p m.", "at 4:30 PM."),
        ("at 4.30 pm or 7 am", "at 4:30 PM or 7 AM"),
        ("It was $25 and 50 cents", "It was $25.50"),
        ("ten euros or five percent", "€10 or 5%"),
        ("call five five five one two three four five six seven now", "call 555-123-4567 now"),
        ("call 555 123 4567", "call 555-123-4567"),
        ("call 1 800 555 1234", "call 1-800-555-1234"),
        ("write to john dot smith at example dot com.", "write to john.smith@example.com."),
        ("see example dot com slash docs slash new", "see example.com/docs/new"),
        ("in 2025 2026 and 1999", "in 2025 2026 and 1999"),
        ("a dot on the map", "a dot on the map"),
        ("may 5 people come", "may 5 people come"),
    ],
)
def test_smart_spans(spoken: str, written: str) -> None:
    assert text_of(format_smart(words(spoken), "en")) == written


def test_terms_are_found_by_letters_and_sound() -> None:
    spoken = words("we met the lighthouse keeper in the light house near the lightning")
    exact, near, *_ = find_terms(spoken, ["lighthouse"])[0].hits
    assert (exact.confidence, exact.start, exact.end) == (0.9, 1.5, 2.0)
    assert (near.start, near.end) == (3.5, 4.5)
    assert exact.confidence > near.confidence
    assert exact.snippet == "we met the lighthouse keeper in the"


def test_each_term_has_its_entry_in_order() -> None:
    found = find_terms(words("the mountain and the sky"), ["xylophone", "sky"])
    assert [(entry.query, len(entry.hits)) for entry in found] == [("xylophone", 0), ("sky", 1)]
    assert find_terms([], ["sky"])[0].hits == []
    assert len(find_terms(words("sky " * 50), ["sky"])[0].hits) == MOST_HITS


def test_unsure_words_become_the_term_they_sound_like() -> None:
    assert text_of(correct_terms(words("the Cubanites cluster.", 0.5), ["Kubernetes"])) == "the Kubernetes cluster."
    assert text_of(correct_terms(words("the Cubanites cluster.", 0.95), ["Kubernetes"])) == "the Cubanites cluster."
    assert text_of(correct_terms(words("uses kubernetes.", 0.95), ["Kubernetes"])) == "uses Kubernetes."


def test_distractors_are_not_put_in() -> None:
    terms = ["Kubernetes", "Nakamura", "Brightwell", "Xenops", "Quillfeather"]
    spoken = "the keeper climbed up to light the lamp before sunset and never asked for company"
    assert text_of(correct_terms(words(spoken, 0.4), terms)) == spoken


def test_keywords_and_their_intensifiers() -> None:
    assert parse_keywords(["a", "b:2.5", "c:-10"]) == [("a", 1.0), ("b", 2.5), ("c", -10.0)]


@pytest.mark.parametrize("text", ["a:loud", ":2", " ", "a:nan", "a:inf"])
def test_bad_keywords_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="word and a number"):
        parse_keywords([text])


TRICKY = (
    "Um uh, twenty five hundred. dot at com slash percent dollars and 50 cents period new line comma March 3 p m "
    "milligrams fuck aaron \u00e9t\u00e9 \U0001f600 ... -- $ 1.5 . \u4eca\u65e5"
)
LINES = st.lists(
    st.sampled_from(TRICKY.split()) | st.text(min_size=1, max_size=8).filter(lambda text: bool(text.strip())),
    max_size=30,
)


@given(LINES)
def test_no_rule_disturbs_the_order_of_time(line: list[str]) -> None:
    spoken = heard(*((word, i * EACH, (i + 1) * EACH) for i, word in enumerate(line)))
    rules = parse_replacements(["aaron:b c", "um"])
    for written in (
        drop_fillers(spoken), spell_fillers(spoken), write_commands(spoken), abbreviate_units(spoken),
        format_smart(spoken, "en"), replace_terms(spoken, rules), mask_profanity(spoken, "en"),
        correct_terms(spoken, ["Aaron", "New Line"]), *(write_numerals(spoken, each) for each in NUMERAL_LANGUAGES),
    ):  # fmt: skip
        edges = [edge for word in written for edge in (word.start, word.end)]
        assert edges == sorted(edges)
        assert all(word.text for word in written)
        assert all(0 <= edge <= len(line) * EACH for edge in edges)
