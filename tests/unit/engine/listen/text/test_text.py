import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.contract.listen import Word
from sonant.engine.listen.text.paragraphs import ends_sentence, group_paragraphs
from sonant.engine.listen.text.utterances import split_utterances
from sonant.engine.listen.text.words import join_words, mean_confidence, median_confidence, strip_word, write_word
from unit.engine.fakes import heard


@pytest.mark.parametrize(
    ("text", "bare"),
    [("Yeah,", "yeah"), ("it's", "it's"), ("all-female", "all-female"), ("“Quoted!”", "quoted"), ("$25.50", "$25.50"),
     ("100%", "100%"), ("(well)", "well"), ("'tis", "tis"), ("...", "..."), ("C#", "c#")],
)  # fmt: skip
def test_bare_words(text: str, bare: str) -> None:
    assert strip_word(text) == bare


def words(*texts: str, gap: float = 0.0, step: float = 0.5) -> list[Word]:
    return [
        write_word(heard((text, i * (step + gap), i * (step + gap) + step, 0.5 + i / 100))[0], punctuate=True)
        for i, text in enumerate(texts)
    ]


def test_punctuated_words_only_where_asked() -> None:
    (word,) = heard(("Hi.", 0.12345, 0.5, 1.5))
    assert write_word(word, punctuate=False) == Word("hi", 0.123, 0.5, 1.0)
    assert write_word(word, punctuate=True).punctuated_word == "Hi."


def test_confidences() -> None:
    four = words("a", "b", "c", "d")
    assert median_confidence(four) == four[1].confidence  # the lower median
    assert median_confidence(four[:3]) == four[1].confidence
    assert median_confidence([]) == 0.0
    assert mean_confidence(four) == pytest.approx(0.515)


@pytest.mark.parametrize(
    ("text", "ends"),
    [("end.", True), ('end."', True), ("Mr.", False), ("what?", True), ("well,", False), ("3.5", False)],
)
def test_ends_of_sentences(text: str, ends: bool) -> None:
    assert ends_sentence(text) is ends


def test_paragraphs_have_the_wires_shape() -> None:
    paragraphs = group_paragraphs(words("Yeah.", "As", "much."))
    assert paragraphs.transcript == "\nYeah. As much."
    (paragraph,) = paragraphs.paragraphs
    assert [(s.text, s.start, s.end) for s in paragraph.sentences] == [("Yeah.", 0.0, 0.5), ("As much.", 0.5, 1.5)]
    assert (paragraph.num_words, paragraph.start, paragraph.end) == (3, 0.0, 1.5)


def test_a_long_pause_parts_paragraphs() -> None:
    assert group_paragraphs(words("One.", "Two.", gap=2.5)).transcript == "\nOne.\n\nTwo."


def test_paragraphs_do_not_grow_without_end() -> None:
    assert len(group_paragraphs(words(*["So."] * 12)).paragraphs) == 3


def test_nothing_said_has_no_paragraphs() -> None:
    assert group_paragraphs([]).paragraphs == []
    assert group_paragraphs([]).transcript == ""


def test_utterances_part_at_pauses() -> None:
    three = words("One", "two", "three", gap=0.8, step=0.4)
    assert [u.transcript for u in split_utterances(three, 1, 0.79)] == ["One", "two", "three"]
    (utterance,) = split_utterances(three, 1, 0.9)
    assert (utterance.channel, utterance.start, utterance.end) == (1, 0.0, 2.8)
    assert utterance.confidence == mean_confidence(three)
    assert utterance.words == three
    assert len(utterance.id) == 36
    assert split_utterances([], 0, 0.8) == []


def test_a_word_that_ran_into_a_pause_may_have_ended_sooner() -> None:
    bounded = words("One", "two", gap=0.5, step=0.5)
    assert len(split_utterances(bounded, 0, 0.8)) == 2
    assert len(split_utterances(bounded, 0, 1.0)) == 1
    known = words("One", "two", gap=0.5, step=0.49)
    assert len(split_utterances(known, 0, 0.8)) == 1


def test_words_that_touch_are_never_parted() -> None:
    assert len(split_utterances(words("One", "two", "three", gap=0.05, step=0.5), 0, 0.1)) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.02, 0.5)), max_size=20), st.floats(0, 3), st.floats(0, 3))
def test_a_longer_pause_never_parts_more(spans: list[tuple[float, float]], one: float, other: float) -> None:
    spoken, now = [], 0.0
    for gap, length in spans:
        spoken += heard(("word", now + gap, now + gap + length))
        now += gap + length
    written = [write_word(word, punctuate=False) for word in spoken]
    fewer, more = (len(split_utterances(written, 0, pause)) for pause in (max(one, other), min(one, other)))
    assert fewer <= more


def test_joining() -> None:
    assert join_words([]) == ""
