"""Which voice speaks for which name."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from zlib import crc32

from sonant.contract.faults import MODEL_NOT_ALLOWED, NO_SUCH_MODEL, NO_VOICE
from sonant.contract.models import Model
from sonant.engine.models.loading import LoadError
from sonant.engine.models.personas import PERSONAS, Persona, family_of, language_of
from sonant.engine.models.voices import VoiceEntry
from sonant.engine.refusals import Refusal

_FAMILIES = ("aura-", "flux-")


class VoiceCatalog:
    """The voices that this engine has, and the names they answer to.

    Args:
        entries: the default first.
        answering: names of those that answer to the API's names; none: the quick ones.
        aliases: which voice answers to names of a pattern (`aura-2-*`), before all other rules; a voice of no name
            keeps them closed.
    """

    def __init__(
        self, entries: Sequence[VoiceEntry], answering: Sequence[str] = (), aliases: Mapping[str, str] | None = None
    ) -> None:
        self.entries = tuple(entries)
        self._answering = [self.find(name) for name in answering] or [each for each in entries if each.is_quick]
        self._aliases = {
            pattern.lower(): self.find(name) if name else None for pattern, name in (aliases or {}).items()
        }

    def find(self, name: str) -> VoiceEntry:
        """A voice by a name of its own.

        Raises:
            LoadError: there is none of that name.
        """
        for entry in self.entries:
            if name.lower() in {entry.name, entry.canonical_name, entry.uuid}:
                return entry
        known = ", ".join(entry.name for entry in self.entries)
        raise LoadError(f"{name} is not among the voices ({known})")

    def resolve(self, name: str, family: str) -> VoiceEntry:
        """The voice for a request.

        Args:
            name: one of the API's, or a voice's own.
            family: `aura` or `flux`: the API's names that are served here.

        Raises:
            Refusal: no such voice, one that is closed, or none that speaks the language.
        """
        name = name.lower()
        if name.startswith(_FAMILIES) and not name.startswith(f"{family}-"):
            raise Refusal(NO_SUCH_MODEL)  # whatever an alias says: families never cross
        for pattern, entry in self._aliases.items():
            if fnmatchcase(name, pattern):
                if entry is None:
                    raise Refusal(MODEL_NOT_ALLOWED)
                return entry
        if not family_of(name):
            return self._own(name)
        if language_of(name) not in {entry.language_code for entry in self.entries}:
            raise Refusal(NO_VOICE, language_of(name))
        if name not in PERSONAS:
            raise Refusal(NO_SUCH_MODEL)
        return self._nearest(name, PERSONAS[name])

    def _own(self, name: str) -> VoiceEntry:
        try:
            return self.find(name)
        except LoadError:
            raise Refusal(NO_SUCH_MODEL) from None

    def _nearest(self, name: str, wanted: Persona) -> VoiceEntry:
        """The most similar voice of its language; where several are equally so, always the same of them for a name."""
        able = self._able(self._answering, name) or self._able(self.entries, name)
        likeness = {entry.uuid: _likeness(entry.persona, wanted) for entry in able}
        best = max(likeness.values())
        alike = [entry for entry in able if likeness[entry.uuid] == best]
        return alike[crc32(name.encode()) % len(alike)]

    def _able(self, entries: Sequence[VoiceEntry], name: str) -> list[VoiceEntry]:
        return [entry for entry in entries if entry.language_code == language_of(name)]

    def cards(self) -> list[Model]:
        """All voices, as the model list shows them."""
        return [entry.card for entry in self.entries]


def _likeness(one: Persona, other: Persona) -> int:
    """Who a listener takes it for counts most, then where they are from, then how old they are."""
    return 4 * (one.gender == other.gender) + 2 * (one.accent == other.accent) + (one.age == other.age)
