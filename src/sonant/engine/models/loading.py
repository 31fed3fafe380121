"""Where weights come from, and whether they are the right ones.

Three places: a Python package that ships weights as data (found, never imported), a folder, or the model hub.
"""

import hashlib
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

log = logging.getLogger(__name__)

NOTES = "verified.json"
MODEL = "model.bin"


class LoadError(RuntimeError):
    """Weights that are absent or not what they should be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """Weights inside an installed Python package."""

    package: str
    """Import name; the package is looked up but not imported."""
    distribution: str
    """What to install, in case it is absent."""
    folder: str = "."
    """Where in the package the weights are."""
    digests: Mapping[str, str] = field(default_factory=lambda: {})
    """SHA-256 in hex, by file name."""
    extra: str = "engine"
    """The extra of ours that installs it."""


@dataclass(frozen=True, slots=True)
class JoinedWeights:
    """Weights that several Python packages bring in parts, joined in the cache on first use."""

    parts: tuple[PackagedWeights, ...]
    digest: str
    """SHA-256 of the joined file, in hex."""
    file: str = MODEL
    """Name of the joined file."""
    pattern: str = f"{MODEL}.part*"
    """Names of its parts; the packages' other files stay as they are."""

    @property
    def installed(self) -> bool:
        """Whether all parts are."""
        return all(find_spec(part.package) is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class FolderWeights:
    """Weights in a folder of this machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class HubWeights:
    """Weights on the model hub."""

    name: str
    """`owner/name`."""
    revision: str | None = None
    """Commit, tag or branch; None for the newest."""

    @property
    def call(self) -> str:
        """The name that it is asked for by, with its revision."""
        return f"{self.name}@{self.revision}" if self.revision else self.name


def name_hub(name: str) -> HubWeights | None:
    """What `owner/name` or `owner/name@revision` names on the model hub; None for a name of another form."""
    found = re.fullmatch(r"([\w.-]+/[\w.-]+)(?:@([\w.-]+))?", name)
    return HubWeights(found[1], found[2]) if found else None


Weights = PackagedWeights | JoinedWeights | FolderWeights | HubWeights


def find_weights(weights: Weights, cache: Path, *, fresh: bool = False) -> Path:
    """The folder that holds the weights, verified where their digests are known.

    Args:
        weights: which.
        cache: where it is noted what was verified before.
        fresh: whether to read every byte again, whatever was noted.

    Raises:
        LoadError: they are absent, or differ from what they should be.
    """
    if isinstance(weights, PackagedWeights):
        return _find_packaged(weights, cache, fresh=fresh)
    if isinstance(weights, JoinedWeights):
        return _find_joined(weights, cache, fresh=fresh)
    if isinstance(weights, FolderWeights):
        return _find_folder(weights.path)
    return _find_folder(fetch_from_hub(weights, _WANTED, cache, fresh=fresh))


def _find_packaged(weights: PackagedWeights, cache: Path, *, fresh: bool) -> Path:
    spec = find_spec(weights.package)
    if spec is None or not spec.submodule_search_locations:
        extra = weights.extra
        raise LoadError(f"the weights of {weights.distribution} are not installed: pip install 'sonant[{extra}]'")
    folder = Path(spec.submodule_search_locations[0], weights.folder)
    verify(folder, weights.digests, cache, fresh=fresh)
    return folder


def _find_joined(weights: JoinedWeights, cache: Path, *, fresh: bool) -> Path:
    folder = cache / "joined" / weights.digest[:16]
    if not (folder / weights.file).is_file():
        _join(weights, [_find_packaged(part, cache, fresh=fresh) for part in weights.parts], folder)
    verify(folder, {weights.file: weights.digest}, cache, fresh=fresh, remedy=f"remove {folder}")
    return folder


def _join(weights: JoinedWeights, sources: Sequence[Path], folder: Path) -> None:
    """Make a folder of all files, with one of them out of its parts; it appears whole or not at all."""
    files = [path for source in sources for path in sorted(source.iterdir()) if path.is_file() and path.suffix != ".py"]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as place:
            draft = Path(place) / "draft"
            draft.mkdir()
            with (draft / weights.file).open("wb") as joined:
                for part in (path for path in files if path.match(weights.pattern)):
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, joined)
            for path in (path for path in files if not path.match(weights.pattern)):
                shutil.copyfile(path, draft / path.name)
            draft.rename(folder)
    except OSError as error:
        if not (folder / weights.file).is_file():  # else another process was faster
            raise LoadError(f"the weights cannot be joined in {folder}: {error.strerror}") from error


def _find_folder(path: Path) -> Path:
    if not (path / MODEL).is_file():
        raise LoadError(f"{path} is not a CTranslate2 model: it has no {MODEL}")
    return path


_WANTED = ("config.json", MODEL, "tokenizer.json", "vocabulary.*", "preprocessor_config.json")


def fetch_from_hub(
    weights: HubWeights, wanted: Sequence[str], cache: Path, *, fresh: bool = False, offline: bool = False
) -> Path:
    """The folder into which the hub's own loader fetched the files that match the patterns, verified.

    Args:
        weights: what to fetch.
        wanted: patterns of names of files.
        cache: where it is noted what was verified before.
        fresh: whether to read every byte again, whatever was noted.
        offline: whether to take only what was fetched before.

    Raises:
        LoadError: there is no such loader, it could not fetch them, or they are not what they should be.
    """
    if find_spec("huggingface_hub") is None:
        raise LoadError(f"to fetch {weights.call} from the model hub: pip install huggingface_hub")
    hub: Any = import_module("huggingface_hub")
    try:
        found = hub.snapshot_download(
            weights.name, revision=weights.revision, allow_patterns=list(wanted), local_files_only=offline
        )
    except (OSError, ValueError) as error:
        reason = _why_unfetched(error, offline=offline)
        raise LoadError(f"{weights.call} could not be fetched from the model hub: {reason}") from error
    _verify_fetched(Path(found), cache, fresh=fresh)
    return Path(found)


_REASONS = {
    "GatedRepoError": "its owner has not let you in yet; ask there, and give your token as HF_TOKEN",
    "RepositoryNotFoundError": "there is no such model, or it is not open to you",
    "RevisionNotFoundError": "it has no such revision",
    "HFValidationError": "that is not the name of a model",
}
"""By the name of the loader's error, which has a base of each kind."""


def _why_unfetched(error: Exception, *, offline: bool) -> str:
    """A loader's error in a few words; its own are about arguments and caches that nobody here knows."""
    names = [kind.__name__ for kind in type(error).__mro__]
    if known := next((_REASONS[name] for name in names if name in _REASONS), None):
        return known
    if "LocalEntryNotFoundError" in names:
        return "it was not fetched before" if offline else "the hub cannot be reached"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"the hub answered with status {status}"
    return getattr(error, "strerror", None) or type(error).__name__


def _verify_fetched(folder: Path, cache: Path, *, fresh: bool) -> None:
    """The loader keeps a large file under the name of its SHA-256, which the hub told; the folder has links to it."""
    for blob in (path.resolve() for path in folder.rglob("*") if path.is_file()):
        if re.fullmatch(r"[0-9a-f]{64}", blob.name):
            verify(blob.parent, {blob.name: blob.name}, cache, fresh=fresh, remedy=f"remove {blob} and fetch it again")


class _Note(msgspec.Struct, frozen=True):
    """A file as it was when its digest was last computed."""

    stamp: tuple[int, int, int, int]
    """Inode, size, and the times of the last changes of content and of anything, in nanoseconds. The last cannot be
    set back, so a file that was altered is noticed even if its date was restored."""
    digest: str


def verify(folder: Path, digests: Mapping[str, str], cache: Path, *, fresh: bool = False, remedy: str = "") -> None:
    """Check files against their digests. A file unchanged since it was last read is not read again, unless `fresh`.

    Raises:
        LoadError: a file is absent or its digest differs.
    """
    notes = _read_notes(cache / NOTES)
    found = dict(notes)
    for name, digest in digests.items():
        path = folder / name
        note = _note_of(path, None if fresh else notes.get(str(path)))
        if note.digest != digest:
            advice = remedy or "install its package again"
            raise LoadError(f"{path} is not what it should be (its SHA-256 differs): {advice}")
        found[str(path)] = note
    if found != notes:
        _write_notes(cache / NOTES, found)


def _note_of(path: Path, known: _Note | None) -> _Note:
    try:
        stat = path.stat()
        stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if known and known.stamp == stamp:
            return known
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}") from error
    return _Note(stamp, digest)


def _read_notes(path: Path) -> dict[str, _Note]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Note])
    except (OSError, msgspec.DecodeError):
        return {}


def _write_notes(path: Path, notes: Mapping[str, _Note]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(notes))
        draft.replace(path)
    except OSError as error:  # a read-only home costs a tenth of a second at each start, no more
        log.info("verified weights not noted", extra={"reason": error.strerror})
