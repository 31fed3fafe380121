import pytest

from sonant.contract.faults import BAD_QUERY, DIARIZE_TWICE, NO_SUCH_MODEL, SUMMARIZE_V1, Fault
from sonant.contract.listen import TranscribeOptions
from sonant.contract.query import options_of
from sonant.engine.audio.decode import RawFormat
from sonant.engine.listen.plan import APPROXIMATED, FOLLOWED, Plan, follow_header, make_plan
from sonant.engine.models.catalog import TINY_EN, Catalog
from sonant.engine.refusals import Refusal

CATALOG = Catalog(TINY_EN, frozenset({"en"}))


def plan(unknown: tuple[str, ...] = (), /, **options: object) -> Plan:
    return make_plan(options, unknown, CATALOG)  # type: ignore[arg-type]


def warned(made: Plan) -> dict[str, str]:
    return {warning.parameter: warning.type for warning in made.warnings}


def test_nothing_asked() -> None:
    made = plan()
    assert (made.punctuate, made.paragraphs, made.utterances, made.multichannel) == (False,) * 4
    assert (made.language, made.utt_split, made.raw, made.extra, made.tags) == ("en", 0.8, None, None, None)
    assert made.warnings == ()


def test_smart_format_implies_and_says_what_it_lacks() -> None:
    made = plan(smart_format=True)
    assert made.punctuate
    assert made.paragraphs
    assert warned(made) == {"smart_format": "approximated_parameter"}


def test_paragraphs_imply_punctuation() -> None:
    assert plan(paragraphs=True).punctuate


ASKED = {
    "alternatives": 2, "custom_intent": ["a"], "custom_intent_mode": "strict", "custom_topic": ["a"],
    "custom_topic_mode": "strict", "detect_entities": True, "detect_language": ["en"], "detect_topics": True,
    "diarize": True, "diarize_model": "latest", "diarize_version": "1", "dictation": True, "filler_words": True,
    "intents": True, "keyterm": ["a"], "keywords": ["a:2"], "language_hint": ["en"], "measurements": True,
    "numerals": True, "profanity_filter": True, "redact": ["pci"], "replace": ["a:b"], "search": ["a"],
    "sentiment": True, "summarize": True, "tier": "nova", "topics": True,
}  # fmt: skip


def test_every_option_of_the_contract_is_followed_or_warned_of() -> None:
    assert set(ASKED) == set(options_of(TranscribeOptions)) - (FOLLOWED - {"alternatives"})
    assert set(APPROXIMATED) <= FOLLOWED


@pytest.mark.parametrize("name", ASKED)
def test_what_does_not_work_yet_is_said(name: str) -> None:
    assert warned(plan(**{name: ASKED[name]})) == {name: "unsupported_parameter"}


@pytest.mark.parametrize("name", [name for name, value in ASKED.items() if value is True])
def test_false_asks_for_nothing(name: str) -> None:
    assert warned(plan(**{name: False})) == {}


@pytest.mark.parametrize(
    "options", [{"utt_split": 1.0}, {"sample_rate": 8000}, {"channels": 2}, {"callback_method": "PUT"}]
)
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
