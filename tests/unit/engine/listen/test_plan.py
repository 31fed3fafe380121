import pytest

from sonant.contract.faults import BAD_QUERY, DIARIZE_TWICE, KEYTERM_LIMIT, NO_SUCH_MODEL, SUMMARIZE_V1, Fault
from sonant.contract.listen import TranscribeOptions
from sonant.contract.query import options_of
from sonant.engine.audio.decode import RawFormat
from sonant.engine.listen.advice import APPROXIMATED, FOLLOWED
from sonant.engine.listen.plan import DETECTED, MIXED, Plan, follow_header, make_plan
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import BASE, TINY_EN
from sonant.engine.refusals import Refusal

CATALOG = Catalog([TINY_EN])
BOTH = Catalog([TINY_EN, BASE])


def plan(unknown: tuple[str, ...] = (), catalog: Catalog = CATALOG, /, **options: object) -> Plan:
    return make_plan(options, unknown, catalog)  # type: ignore[arg-type]


def warned(made: Plan) -> dict[str, str]:
    return {warning.parameter: warning.type for warning in made.warnings}


def test_nothing_asked() -> None:
    made = plan()
    assert not any(getattr(made.writing, name) for name in made.writing.__slots__)
    assert (made.utterances, made.multichannel, made.prompt, made.alternatives) == (False, False, "", 1)
    assert (made.language, made.utt_split, made.raw, made.extra, made.tags) == ("en", 0.8, None, None, None)
    assert made.warnings == ()


@pytest.mark.parametrize("name", ["smart_format", "paragraphs"])
def test_what_implies_punctuation_and_paragraphs(name: str) -> None:
    made = plan(**{name: True})
    assert made.writing.punctuate
    assert made.writing.paragraphs
    assert made.warnings == ()


LATER = {
    "custom_intent": ["a"], "custom_intent_mode": "strict", "custom_topic": ["a"], "custom_topic_mode": "strict",
    "detect_entities": True, "detect_topics": True, "diarize": True, "diarize_model": "latest",
    "diarize_version": "1", "intents": True, "redact": ["pci"], "sentiment": True, "summarize": True, "tier": "nova",
    "topics": True,
}  # fmt: skip


def test_every_option_of_the_contract_is_followed_or_warned_of() -> None:
    assert set(LATER) == set(options_of(TranscribeOptions)) - FOLLOWED
    assert set(APPROXIMATED) <= FOLLOWED


@pytest.mark.parametrize("name", LATER)
def test_what_does_not_work_yet_is_said(name: str) -> None:
    assert warned(plan(**{name: LATER[name]})) == {name: "unsupported_parameter"}


@pytest.mark.parametrize("name", [name for name, value in LATER.items() if value is True])
def test_false_asks_for_nothing(name: str) -> None:
    assert warned(plan(**{name: False})) == {}


@pytest.mark.parametrize(
    "options",
    [{"utt_split": 1.0}, {"sample_rate": 8000}, {"channels": 2}, {"callback_method": "PUT"}, {"dictation": True},
     {"language_hint": ["en"]}],
)  # fmt: skip
def test_what_means_nothing_by_itself_is_said(options: dict[str, object]) -> None:
    assert set(warned(plan(**options)).values()) == {"unused_parameter"}


def test_unknown_parameters_are_said() -> None:
    assert warned(plan(("colour",))) == {"colour": "unknown_parameter"}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"diarize": True, "diarize_model": "v2"}, DIARIZE_TWICE),
        ({"diarize_version": "1", "diarize_model": "v2"}, DIARIZE_TWICE),
        ({"summarize": "v1"}, SUMMARIZE_V1),
        ({"model": "flux-general-en"}, NO_SUCH_MODEL),
        ({"language": "fr"}, NO_SUCH_MODEL),
        ({"version": "7"}, NO_SUCH_MODEL),
        ({"encoding": "linear16"}, BAD_QUERY),
        ({"keywords": ["a"], "model": "nova-3"}, BAD_QUERY),
        ({"keywords": ["a:loud"]}, BAD_QUERY),
        ({"keyterm": ["antidisestablishmentarianism"] * 101}, KEYTERM_LIMIT),
    ],
)
def test_refusals(options: dict[str, object], fault: Fault) -> None:
    with pytest.raises(Refusal) as caught:
        plan(**options)
    assert caught.value.fault is fault


def test_headerless_audio() -> None:
    assert plan(encoding="mulaw", sample_rate=8000, channels=2).raw == RawFormat("mulaw", 8000, 2)
    assert plan(encoding="amr-nb").raw == RawFormat("amr-nb", 8000, 1)
    assert warned(plan(encoding="mulaw", sample_rate=8000, channels=2)) == {}


def test_a_header_is_followed_and_said() -> None:
    made = follow_header(plan(encoding="mulaw", sample_rate=8000))
    assert made.raw is None
    assert warned(made) == {"encoding": "unused_parameter", "sample_rate": "unused_parameter"}
    assert [w.parameter for w in follow_header(plan(encoding="amr-nb", channels=2)).warnings] == [
        "encoding",
        "channels",
    ]


@pytest.mark.parametrize("encoding", ["flac", "opus", "ogg-opus", "speex"])
def test_what_a_container_says_itself_is_not_asked_of_the_caller(encoding: str) -> None:
    made = plan(encoding=encoding, sample_rate=8000, channels=2)
    assert made.raw is None
    assert warned(made) == dict.fromkeys(("encoding", "sample_rate", "channels"), "unused_parameter")


def test_rates_that_an_encoding_fixes() -> None:
    assert warned(plan(encoding="amr-wb", sample_rate=16000, channels=1)) == {}
    made = plan(encoding="amr-wb", sample_rate=8000, channels=2)
    assert made.raw == RawFormat("amr-wb", 16000, 1)
    assert set(warned(made)) == {"sample_rate", "channels"}


@pytest.mark.parametrize("rate", [0, 3999, 192_001, 2**31 - 1])
def test_sample_rates_have_their_limits(rate: int) -> None:
    with pytest.raises(Refusal) as caught:
        plan(encoding="linear16", sample_rate=rate)
    assert caught.value.fault is BAD_QUERY
    assert "4000 to 192000" in caught.value.detail


@pytest.mark.parametrize("name", ["nova-3", "whisper-large", "general"])
def test_another_model_than_asked_for_is_said(name: str) -> None:
    made = plan(model=name)
    assert warned(made) == {"model": "substituted_model"}
    assert "whisper-tiny.en" in made.warnings[0].message


@pytest.mark.parametrize("name", ["tiny.en", "Whisper-Tiny.en", TINY_EN.uuid])
def test_its_own_name_is_no_substitute(name: str) -> None:
    assert warned(plan(model=name)) == {}


@pytest.mark.parametrize(("language", "lost"), [("en", False), ("en-US", False), ("EN-us", False), ("en-GB", True)])
def test_a_region_that_is_lost_is_said(language: str, lost: bool) -> None:
    assert warned(plan(language=language)) == ({"language": "approximated_parameter"} if lost else {})


def test_repeated_options_are_said() -> None:
    made = make_plan({"punctuate": True}, (), CATALOG, repeated=["punctuate"])
    assert warned(made) == {"punctuate": "repeated_parameter"}


def test_an_empty_tag_is_none() -> None:
    assert plan(tag=[""]).tags is None
    assert plan(tag=["", "x"]).tags == ["x"]


def test_notes_are_kept() -> None:
    made = plan(extra={"a": "1"}, tag=["x", "y"])
    assert (made.extra, made.tags) == ({"a": "1"}, ["x", "y"])
    assert plan(tag="x").tags == ["x"]


def test_terms_become_a_prompt_and_words_not_to_hear() -> None:
    made = plan(keywords=["snuffle:1", "Grue:5", "moon:-2"])
    assert made.prompt == "Grue, snuffle."
    assert made.avoided == ("moon",)
    assert plan(keyterm=["Ada Lovelace"]).prompt == "Ada Lovelace."
    assert plan(keyterm=["Ada Lovelace"]).writing.terms == ["Ada Lovelace"]


def test_so_many_alternatives_and_no_more() -> None:
    assert plan(alternatives=3).alternatives == 3
    made = plan(alternatives=50)
    assert made.alternatives == 10
    assert warned(made) == {"alternatives": "approximated_parameter"}


def test_a_language_is_found_out_by_a_model_that_can() -> None:
    made = plan((), BOTH, detect_language=True)
    assert (made.model, made.detect_language, made.possible) == (BASE, True, DETECTED)
    assert plan((), BOTH, detect_language=["de", "fr-CA"]).possible == ["de", "fr"]
    with pytest.raises(Refusal, match="does not know xx"):
        plan((), BOTH, detect_language=["xx"])


def test_a_model_of_one_language_finds_nothing_out() -> None:
    made = plan(detect_language=True)
    assert not made.detect_language
    assert warned(made) == {"detect_language": "unsupported_parameter"}
    assert "sonant[multilingual]" in made.warnings[0].message


def test_recordings_of_several_languages() -> None:
    made = plan((), BOTH, language="multi", language_hint=["es", "en"])
    assert (made.model, made.language, made.possible, made.hinted) == (BASE, "multi", MIXED, ["es", "en"])
    assert warned(made) == {}


@pytest.mark.parametrize(
    "options",
    [{"language": "multi", "language_hint": ["xx"]}, {"extra": {"k": "x" * 2048}}, {"extra": {"": "v"}},
     {"redact": ["cardinal"]}, {"redact": "percent"}],
)  # fmt: skip
def test_bad_values_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(Refusal) as caught:
        plan((), BOTH, **options)
    assert caught.value.fault is BAD_QUERY
    assert next(reversed(options)) in caught.value.detail


@pytest.mark.parametrize("options", [{"search": [""]}, {"replace": ["a:b", ":x"]}, {"keyterm": ""}, {"tag": ["x", ""]}])
def test_empty_values_are_said(options: dict[str, object]) -> None:
    assert set(warned(plan(**options)).values()) == {"unused_parameter"}


def test_english_manners_are_asked_of_english_only() -> None:
    made = plan((), BOTH, language="de", filler_words=True, dictation=True, punctuate=True, keyterm=["Zug"])
    assert made.listening("de").prompt == "Zug."
    assert made.listening("en").prompt.startswith("Um, yes")
