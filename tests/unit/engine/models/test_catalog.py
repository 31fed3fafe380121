from pathlib import Path

import pytest

from sonant.contract.faults import MODEL_NOT_ALLOWED, NO_SUCH_MODEL
from sonant.engine.models import catalog
from sonant.engine.models.catalog import Catalog, Choice, find_entry, load_turn_end
from sonant.engine.models.entries import BASE, TINY_EN, TURN_END_INSTALL, Entry
from sonant.engine.models.loading import FolderWeights, HubWeights, LoadError
from sonant.engine.refusals import Refusal

CATALOG = Catalog([TINY_EN])
BOTH = Catalog([TINY_EN, BASE])


@pytest.mark.parametrize(
    "name",
    ["nova-3", "nova-3-medical", "nova-2", "nova-2-phonecall", "nova", "enhanced", "enhanced-meeting", "base",
     "base-general", "general", "whisper", "whisper-large", "Nova-3", "tiny.en", "whisper-tiny.en", TINY_EN.uuid],
)  # fmt: skip
def test_the_apis_names_are_served(name: str) -> None:
    assert CATALOG.resolve(name, "latest", "en") == Choice(TINY_EN, "en")


@pytest.mark.parametrize(
    ("name", "version", "language"),
    [("flux-general-en", "latest", "en"), ("nova-9", "latest", "en"), ("", "latest", "en"),
     ("whisper-x", "latest", "en"), ("nova-3", "2021-01-01.0", "en"), ("nova-3", "latest", "de"),
     ("nova-3", "latest", "multi")],
)  # fmt: skip
def test_what_is_not_there_is_refused(name: str, version: str, language: str) -> None:
    with pytest.raises(Refusal) as caught:
        CATALOG.resolve(name, version, language)
    assert caught.value.fault is NO_SUCH_MODEL


@pytest.mark.parametrize("language", ["en", "en-US", "EN-gb"])
def test_any_english_is_english(language: str) -> None:
    assert CATALOG.resolve("base", TINY_EN.version, language).language == "en"


def test_ids_are_the_same_everywhere() -> None:
    assert TINY_EN.uuid == "e34772dc-70c4-518b-9438-2138ad67b364"


def test_operators_may_name_other_models(tmp_path: Path) -> None:
    assert find_entry("whisper-tiny.en") is TINY_EN
    assert find_entry(str(tmp_path)).weights == FolderWeights(tmp_path)
    assert find_entry("owner/some-model").weights == HubWeights("owner/some-model")
    assert find_entry("owner/some-model").name == "some-model"
    pinned = find_entry("owner/some-model@0a1b")
    assert (pinned.weights, pinned.version) == (HubWeights("owner/some-model", "0a1b"), "0a1b")
    assert pinned.canonical_name == "owner/some-model"


@pytest.mark.parametrize(
    ("name", "language", "entry"),
    [("nova-3", "en", TINY_EN), ("nova-3", "de-AT", BASE), ("nova-3", "multi", BASE), ("base", "en", TINY_EN),
     ("whisper-base", "en", BASE), ("whisper-large", "fr", BASE)],
)  # fmt: skip
def test_the_first_model_that_knows_the_language_answers(name: str, language: str, entry: Entry) -> None:
    assert BOTH.resolve(name, "latest", language).entry is entry


def test_detection_wants_a_model_of_several_languages() -> None:
    assert BOTH.resolve("nova-3", "latest", "en", detect=True).entry is BASE
    assert CATALOG.resolve("nova-3", "latest", "en", detect=True).entry is TINY_EN
    assert BOTH.resolve("tiny.en", "latest", "en", detect=True).entry is TINY_EN


def test_operators_say_which_model_answers_to_a_name() -> None:
    catalog = Catalog([TINY_EN, BASE], {"Nova-3*": "base", "nova-2-medical": "", "my-model": "whisper-tiny.en"})
    assert catalog.resolve("nova-3-medical", "latest", "en").entry is BASE
    assert catalog.resolve("my-model", "latest", "en").entry is TINY_EN
    assert catalog.resolve("nova-2", "latest", "en").entry is TINY_EN
    with pytest.raises(Refusal) as caught:
        catalog.resolve("nova-2-medical", "latest", "en")
    assert caught.value.fault is MODEL_NOT_ALLOWED


def test_an_alias_that_leads_nowhere_is_told_at_once() -> None:
    with pytest.raises(LoadError, match=r"nova-3.*large.*tiny\.en"):
        Catalog([TINY_EN], {"nova-3": "large"})


def test_all_models_are_listed() -> None:
    cards = BOTH.cards()
    assert [card.canonical_name for card in cards] == ["whisper-tiny.en", "whisper-base"]
    assert cards[0].languages == ["en"]
    assert len(cards[1].languages) == 99


def test_a_turn_model_that_is_not_there_is_told_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"SONANT_TURN_MODEL: there is no file .*gone\.onnx.* or leave the setting out"):
        load_turn_end(tmp_path / "gone.onnx", tmp_path)


def test_an_engine_without_a_turn_model_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(catalog, "find_spec", lambda name: None)
    with caplog.at_level("INFO", "sonant"):
        assert load_turn_end(None, tmp_path) is None
    (line,) = caplog.records
    assert (line.message, vars(line)["remedy"]) == ("turns are told without Smart Turn", TURN_END_INSTALL)


def test_turn_weights_that_are_damaged_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def damaged(*_: object, **__: object) -> Path:
        raise LoadError("its SHA-256 differs")

    monkeypatch.setattr(catalog, "find_spec", lambda name: name)
    monkeypatch.setattr(catalog, "find_weights", damaged)
    assert load_turn_end(None, tmp_path) is None
    assert vars(caplog.records[0])["reason"] == "its SHA-256 differs"
