"""Spanish words to the phonemes that Kokoro reads, by the rules of spelling, with c and z as in Latin America."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sonant.engine.models.ipa import read_ipa
from sonant.engine.models.ports import Line

_NEEDED = ("piper_plus_g2p", "num2words")
_LETTERS = {"rr": "r", "tʃ": "ʧ", "dʒ": "ʤ", "¿": "", "¡": ""}
"""What Kokoro writes in another way than the rules do."""


def has_spanish() -> bool:
    """Whether what reads Spanish is installed."""
    return all(find_spec(package) is not None for package in _NEEDED)


class SpanishPhonemes:
    """Words to phonemes.

    Args:
        number: makes numbers of phonemes, a letter each, with silence at both ends.
    """

    def __init__(self, number: Callable[[str], list[int]]) -> None:
        rules: Any = import_module("piper_plus_g2p.spanish")
        self._rules, self._number = rules.SpanishPhonemizer(), number

    def ids_of(self, line: Line) -> list[list[int]]:
        """The phonemes of a line as numbers, in one list; none if it has no words."""
        said = " ".join(self.read(part) if isinstance(part, str) else read_ipa(part.ipa) for part in line)
        ids = self._number(said.strip())
        return [ids] if len(ids) > 2 else []

    def read(self, text: str) -> str:
        """The phonemes of a text, with its punctuation."""
        sounds: list[str] = self._rules.phonemize(text)
        return "".join(_LETTERS.get(sound, sound) for sound in sounds)
