"""Which models there are, under which names they answer, and how they are loaded."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sonant.contract.faults import MODEL_NOT_ALLOWED, NO_SUCH_MODEL
from sonant.contract.models import Model
from sonant.engine.models.entries import PACKAGED, SERVED, TURN_END, TURN_END_INSTALL, VOICE, Entry
from sonant.engine.models.loading import FolderWeights, JoinedWeights, LoadError, find_weights, name_hub
from sonant.engine.models.ports import Recognizer, TurnEnd, VoiceActivity
from sonant.engine.refusals import Refusal

if TYPE_CHECKING:
    from sonant.engine.models.smartturn import SmartTurn

log = logging.getLogger(__name__)

MULTI = "multi"
"""The language of a recording that changes languages."""


def find_entry(name: str) -> Entry:
    """The model that an operator names: one of ours, a folder, or `owner/name` (and `@revision`) on the model hub."""
    for entry in PACKAGED:
        if name in {entry.name, entry.canonical_name}:
            return entry
    folder, hub = Path(name).expanduser(), name_hub(name)
    if folder.is_dir() or hub is None:
        return Entry(folder.name, f"whisper-{folder.name}", "whisper", "local", FolderWeights(folder))
    return Entry(hub.name.rpartition("/")[2], hub.name, "whisper", hub.revision or "hub", hub)


def find_installed() -> list[Entry]:
    """The packaged models whose packages are here, beside the engine's own."""
    return [entry for entry in PACKAGED if isinstance(entry.weights, JoinedWeights) and entry.weights.installed]


def load_voice_activity(cache: Path) -> VoiceActivity:
    """Load what tells speech from other sounds.

    Raises:
        LoadError: weights are absent or damaged.
    """
    from sonant.engine.models.silero import FILE, SileroVoice

    return SileroVoice(find_weights(VOICE, cache) / FILE)


def load_turn_end(path: Path | None, cache: Path) -> TurnEnd | None:
    """Load what hears whether a turn is over, as `open_turn_end`; installed weights that are damaged are left alone.

    Raises:
        LoadError: the file that was named cannot be used.
    """
    try:
        model = open_turn_end(path, cache)
    except LoadError as error:
        if path is not None:
            raise
        log.warning("turns are told without Smart Turn", extra={"reason": str(error)})
        return None
    if model is None:
        log.info("turns are told without Smart Turn", extra={"reason": "not installed", "remedy": TURN_END_INSTALL})
    else:
        log.info("turns are told with Smart Turn", extra={"model": str(model.path)})
    return model


def open_turn_end(path: Path | None, cache: Path, *, fresh: bool = False) -> "SmartTurn | None":
    """What hears whether a turn is over: from a file, or where its package is installed; else there is none.

    Args:
        path: SONANT_TURN_MODEL.
        cache: as for `find_weights`.
        fresh: as for `find_weights`.

    Raises:
        LoadError: the file that was named, or the weights that are installed, cannot be used.
    """
    from sonant.engine.models.smartturn import FILE, SmartTurn

    if path is not None:
        try:
            return SmartTurn(path)
        except LoadError as error:
            raise LoadError(f"SONANT_TURN_MODEL: {error}, or leave the setting out") from error
    if find_spec(TURN_END.package) is None or find_spec("onnxruntime") is None:
        return None
    return SmartTurn(find_weights(TURN_END, cache, fresh=fresh) / FILE)


def load_recognizer(entry: Entry, *, workers: int, cache: Path) -> Recognizer:
    """Load a model. Takes a second or so.

    Raises:
        LoadError: weights are absent or damaged.
    """
    from sonant.engine.models.whisper import Whisper

    return Whisper(find_weights(entry.weights, cache), workers=workers)


@dataclass(frozen=True, slots=True)
class Choice:
    """The model for a request."""

    entry: Entry
    language: str
    """Two-letter code of the language to listen for; MULTI where it changes within a recording."""


class Catalog:
    """The models that this engine serves, and the names they answer to.

    Args:
        entries: the default first; the languages of each are known.
        aliases: which model answers to names of a pattern (`nova-3*`), before all other rules; a model of no name
            keeps them closed.
    """

    def __init__(self, entries: Sequence[Entry], aliases: Mapping[str, str] | None = None) -> None:
        self.entries = tuple(entries)
        self._aliases = {
            pattern.lower(): self._find(pattern, name) if name else None for pattern, name in (aliases or {}).items()
        }

    def _find(self, pattern: str, name: str) -> Entry:
        for entry in self.entries:
            if name in {entry.name, entry.canonical_name}:
                return entry
        known = ", ".join(entry.name for entry in self.entries)
        raise LoadError(f"the alias {pattern} leads to {name}, which is not among the models ({known})")

    def resolve(self, name: str, version: str, language: str, *, detect: bool = False) -> Choice:
        """The model for a request: the first that answers to the name and knows the language.

        Args:
            name: of the model.
            version: of the model, or `latest`.
            language: BCP-47 code, or `multi`.
            detect: whether the language is to be found out; a model that can goes before one that cannot.

        Raises:
            Refusal: no such model, version or language, or one that is closed.
        """
        code = language.lower().partition("-")[0]
        many = detect or code == MULTI
        named = [entry for entry in self._named(name.lower()) if version in {"latest", entry.version}]
        able = [entry for entry in named if entry.is_multilingual or not many]
        if detect and not able:
            able, many = named, False
        fit = [entry for entry in able if many or code in (entry.languages or ())]
        if not fit:
            raise Refusal(NO_SUCH_MODEL)
        return Choice(fit[0], code)

    def _named(self, name: str) -> Sequence[Entry]:
        for pattern, entry in self._aliases.items():
            if fnmatchcase(name, pattern):
                if entry is None:
                    raise Refusal(MODEL_NOT_ALLOWED)
                return [entry]
        own = [entry for entry in self.entries if entry.is_called(name)]
        return own or (self.entries if SERVED.fullmatch(name) else ())

    def cards(self) -> list[Model]:
        """All models, as the model list shows them."""
        return [
            Model(
                name=entry.name,
                canonical_name=entry.canonical_name,
                architecture=entry.architecture,
                version=entry.version,
                uuid=entry.uuid,
                languages=sorted(entry.languages or ()),
                batch=True,
                streaming=True,
                formatted_output=True,
            )
            for entry in self.entries
        ]
