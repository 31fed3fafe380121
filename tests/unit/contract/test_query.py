import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonant.contract import query
from sonant.contract.listen import TranscribeOptions, TurnOptions
from sonant.contract.models import ModelListOptions
from sonant.contract.query import BadOption

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
KEY = TEXT.filter(lambda text: ":" not in text)
NOT_BOOL = TEXT.filter(lambda text: text.lower() not in {"true", "false"})

VALUES = {
    "bool": st.booleans(),
    "str": TEXT,
    "int": st.integers(1, 20),
    "float": st.floats(0, 86400),
    "list": st.lists(NOT_BOOL, min_size=1, max_size=5),
    "dict": st.dictionaries(KEY, TEXT, min_size=1, max_size=4),
}
CLOSED = {
    "encoding": ["linear16", "linear32", "flac", "alaw", "mulaw", "amr-nb", "amr-wb", "opus", "ogg-opus", "speex"],
    "callback_method": ["POST", "PUT"],
    "diarize_model": ["latest", "v1", "v2"],
    "custom_topic_mode": ["extended", "strict"],
    "custom_intent_mode": ["extended", "strict"],
}


def values_of(name: str, option: query.Option) -> st.SearchStrategy[object]:
    """Values in canonical form, of every kind that the option's type allows."""
    if name in CLOSED:
        return st.sampled_from(CLOSED[name])
    if name == "summarize":
        return st.sampled_from([True, False, "v1", "v2"])
    kinds = {getattr(member, "__name__", "") for member in query._members(option.type)}
    kinds |= {"list"} if option.repeats and not option.pairs else set()
    kinds = {"dict"} if option.pairs else kinds - {"str"} if option.repeats else kinds
    return st.one_of([VALUES[kind] for kind in sorted(kinds & set(VALUES))])


OPTIONS = query.options_of(TranscribeOptions)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_comes_back_as_it_went(name: str) -> None:
    @given(values_of(name, OPTIONS[name]))
    def check(value: object) -> None:
        text = query.build({name: value}, TranscribeOptions)
        assert query.parse(text, TranscribeOptions) == ({name: value}, [])

    check()


@given(st.fixed_dictionaries({}, optional={name: values_of(name, option) for name, option in OPTIONS.items()}))
def test_all_options_together_come_back(options: dict[str, object]) -> None:
    assert query.parse(query.build(options, TranscribeOptions), TranscribeOptions) == (options, [])


def test_writes_what_the_wire_expects() -> None:
    text = query.build(
        {"model": "nova-3", "punctuate": True, "numerals": False, "search": ["a b", "c&d"], "utt_split": 0.8},
        TranscribeOptions,
    )
    assert text == "model=nova-3&punctuate=true&numerals=false&search=a+b&search=c%26d&utt_split=0.8"


def test_pairs_are_written_with_a_colon_and_split_at_the_first() -> None:
    text = query.build({"extra": {"call": "a:b"}}, TranscribeOptions)
    assert text == "extra=call%3Aa%3Ab"
    assert query.parse(text, TranscribeOptions)[0] == {"extra": {"call": "a:b"}}
    assert query.check({"extra": ["k:v", "k:w", "lone"]}, TranscribeOptions) == {"extra": {"k": "w", "lone": ""}}


def test_none_means_left_out() -> None:
    assert query.build({"model": None, "punctuate": True}, TranscribeOptions) == "punctuate=true"


@pytest.mark.parametrize("text", ["True", "TRUE", "true"])
def test_reads_booleans_of_any_case(text: str) -> None:
    assert query.parse(f"punctuate={text}", TranscribeOptions)[0] == {"punctuate": True}


def test_numbers_may_be_text() -> None:
    assert query.check({"utt_split": "0.5", "sample_rate": "8000"}, TranscribeOptions) == {
        "utt_split": 0.5,
        "sample_rate": 8000,
    }


def test_a_single_term_becomes_a_list() -> None:
    assert query.check({"keyterm": "Kyiv", "detect_language": "es"}, TranscribeOptions) == {
        "keyterm": ["Kyiv"],
        "detect_language": ["es"],
    }


def test_names_unknown_parameters_without_dropping_the_others() -> None:
    assert query.parse("foo=1&punctuate=true&foo=2", TranscribeOptions) == ({"punctuate": True}, ["foo"])


def test_names_are_shown_on_one_line() -> None:
    assert query.list_names(["a", "日本", "a\r\nX: 1\0", "x" * 300]) == f"a, 日本, a\\r\\nX: 1\\x00, {'x' * 80}…"


def test_a_misspelt_option_names_the_nearest() -> None:
    with pytest.raises(BadOption, match="did you mean `punctuate`") as caught:
        query.check({"punctuat": True}, TranscribeOptions)
    assert caught.value.unknown


def test_a_foreign_option_names_the_way_out() -> None:
    with pytest.raises(BadOption, match="extra_query="):
        query.check({"zzz": True}, TranscribeOptions)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"encoding": "mp2"}, "linear16"),
        ({"utt_split": -1}, "-1 is not a number of at least 0"),
        ({"utt_split": "soon"}, "'soon' is not a number"),
        ({"punctuate": "perhaps"}, "'perhaps' is not true or false"),
        ({"sample_rate": 0}, "0 is not a whole number of at least 1"),
        ({"channels": 21}, "a whole number of at most 20"),
        ({"search": ["x" * 10_000] * 51}, "'xxxxxx.*… is not a list no longer than 50"),
        ({"tag": "x" * 129}, "is not a text no longer than 128$"),
        ({"redact": 5.5}, "5.5 is not true or false, or a text, or a list"),
        ({"search": [str(n) for n in range(51)]}, "50"),
        ({"tag": ["x" * 129]}, "128"),
        ({"model": ["a"]}, "is not a text"),
        ({"extra": {"a:b": "c"}}, "colon"),
    ],
)
def test_a_value_that_cannot_be_says_why(options: dict[str, object], says: str) -> None:
    with pytest.raises(BadOption, match=says) as caught:
        query.build(options, TranscribeOptions)
    assert caught.value.name == next(iter(options))
    assert not caught.value.unknown


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_are_finite(value: float) -> None:
    with pytest.raises(BadOption):
        query.check({"utt_split": value}, TranscribeOptions)


def test_other_operations_have_other_options() -> None:
    assert query.build({"include_outdated": True}, ModelListOptions) == "include_outdated=true"
    with pytest.raises(BadOption):
        query.check({"punctuate": True}, ModelListOptions)


def test_a_required_option_is_checked_like_any_other() -> None:
    assert query.check({"model": "flux-general-en"}, TurnOptions) == {"model": "flux-general-en"}
    with pytest.raises(BadOption, match="model"):
        query.check({"model": 7}, TurnOptions)
