from pathlib import Path

import pytest

from sonant.contract.faults import NO_SUCH_MODEL
from sonant.engine.models.catalog import TINY_EN, Catalog, find_entry
from sonant.engine.models.loading import FolderWeights, HubWeights
from sonant.engine.refusals import Refusal

CATALOG = Catalog(TINY_EN, frozenset({"en"}))


@pytest.mark.parametrize(
    "name",
    ["nova-3", "nova-3-medical", "nova-2", "nova-2-phonecall", "nova", "enhanced", "enhanced-meeting", "base",
     "base-general", "general", "whisper", "whisper-large", "Nova-3", "tiny.en", "whisper-tiny.en", TINY_EN.uuid],
)  # fmt: skip
def test_the_apis_names_are_served(name: str) -> None:
    assert CATALOG.resolve(name, "latest", "en") == (TINY_EN, "en")


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
    assert CATALOG.resolve("base", TINY_EN.version, language)[1] == "en"


def test_ids_are_the_same_everywhere() -> None:
    assert TINY_EN.uuid == "e34772dc-70c4-518b-9438-2138ad67b364"


def test_operators_may_name_other_models(tmp_path: Path) -> None:
    assert find_entry("whisper-tiny.en") is TINY_EN
    assert find_entry(str(tmp_path)).weights == FolderWeights(tmp_path)
    assert find_entry("owner/some-model").weights == HubWeights("owner/some-model")
    assert find_entry("owner/some-model").name == "some-model"
