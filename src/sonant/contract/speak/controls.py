r"""What can be written into a text beside its words: pauses and pronunciations; and how fast it may be spoken.

A pause is `\{pause:500ms\}`, `\{pause:500\}`, `\{pause:1.5s\}` or `{pause:{duration_ms:500}}`, a pronunciation
`\{"word":"x","pronounce":"<IPA>"\}`.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct

from sonant.contract import faults
from sonant.contract.faults import Fault

MOST_PAUSES = 8
SHORTEST_PAUSE, LONGEST_PAUSE, PAUSE_STEP = 500, 3000, 100
"""In milliseconds."""
MOST_PRONUNCIATIONS = 500
LONGEST_IPA = 128
"""Characters of one pronunciation."""
IPA_FOR_A_LETTER, IPA_FLOOR = 10, 15
"""A pronunciation may have so many characters for each letter of its word, or the floor."""
FASTEST_WITH_PAUSE = 1.15
SLOWEST, FASTEST, SPEED_STEP = 0.5, 1.5, 0.05
"""The speeds of `/v2/speak`."""
MOST_EXPRESSIVE = 2


class Pause(Struct, frozen=True):
    """Silence in a text."""

    milliseconds: int

    def __str__(self) -> str:
        return f"\\{{pause:{self.milliseconds}ms\\}}"


class Pronunciation(Struct, frozen=True):
    """A word, and how it sounds in the International Phonetic Alphabet."""

    word: str
    ipa: str

    def __str__(self) -> str:
        word, ipa = (msgspec.json.encode(text).decode() for text in (self.word, self.ipa))
        return f'\\{{"word":{word},"pronounce":{ipa}\\}}'

    @property
    def is_too_long(self) -> bool:
        """Whether it goes beyond what a pronunciation may have; the word is then spoken as it is written."""
        return len(self.ipa) > min(LONGEST_IPA, max(IPA_FLOOR, IPA_FOR_A_LETTER * len(self.word)))


Piece = str | Pause | Pronunciation
"""A part of a text."""


class BadControl(ValueError):
    """A control that is not written as it should be, or that does not go with the others.

    Attributes:
        fault: the entry of the catalogue; its code is such as `BREAK_OUT_OF_RANGE`.
        detail: fills the gap in the fault's message.
    """

    def __init__(self, fault: Fault, detail: object = "") -> None:
        self.fault, self.detail = fault, str(detail)
        super().__init__(fault.message.replace("{detail}", self.detail))


_START = re.compile(r'\\\{\s*(?:pause\b|")|\{\s*pause\s*:')
_PAUSE = re.compile(
    r"\\\{\s*pause\s*:\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s)?\s*\\\}"
    r"|\{\s*pause\s*:\s*\{\s*\"?duration_ms\"?\s*:\s*(?P<bare>\d+)\s*\}\s*\}"
)
_TEXT = r'"(?:[^"\\]|\\.)*"'
_OPEN = re.compile(r"(?:\\(?:\{(?:[^\\]|\\(?!\}))*)?|\{\s*(?:p|pa|pau|paus|pause\s*(?::\s*(?:\{[^{}]*\}?\s*)?)?)?)\Z")
"""Perhaps a control that goes on behind the text."""
_LONGEST_CONTROL = 600
"""Characters of one whose end may be waited for."""
_PRONUNCIATION = re.compile(rf'\\\{{\s*"word"\s*:\s*(?P<word>{_TEXT})\s*,\s*"pronounce"\s*:\s*(?P<ipa>{_TEXT})\s*\\\}}')


def parse_controls(text: str) -> list[Piece]:
    """A text in pieces, in order; the plain ones are not empty.

    Raises:
        BadControl: something that begins like a control is none.
    """
    pieces: list[Piece] = []
    position = 0
    while found := _START.search(text, position):
        if text[position : found.start()]:
            pieces.append(text[position : found.start()])
        piece, position = _read_control(text, found.start())
        pieces.append(piece)
    return [*pieces, text[position:]] if text[position:] else pieces


def _read_control(text: str, start: int) -> tuple[Pause | Pronunciation, int]:
    if pause := _PAUSE.match(text, start):
        return Pause(_milliseconds(pause)), pause.end()
    if spoken := _PRONUNCIATION.match(text, start):
        try:
            word, ipa = (msgspec.json.decode(spoken[name], type=str) for name in ("word", "ipa"))
        except msgspec.DecodeError:
            raise _unreadable(text, start) from None
        if word.strip() and ipa.strip():
            return Pronunciation(word, ipa), spoken.end()
    raise _unreadable(text, start)


def _unreadable(text: str, start: int) -> BadControl:
    is_pause = "pause" in text[start : start + 12]
    fault = faults.BREAK_SYNTAX_INVALID if is_pause else faults.PRONUNCIATION_SYNTAX_INVALID
    return BadControl(fault, repr(text[start : start + 40]))


def _milliseconds(pause: re.Match[str]) -> int:
    number = float(pause["bare"] or pause["number"])
    if pause["unit"] == "s":
        number *= 1000
    if not SHORTEST_PAUSE <= number <= LONGEST_PAUSE:
        raise BadControl(faults.BREAK_OUT_OF_RANGE, f"{SHORTEST_PAUSE} and {LONGEST_PAUSE}")
    if number % PAUSE_STEP:
        raise BadControl(faults.BREAK_INCREMENT_INVALID, PAUSE_STEP)
    return int(number)


def check_controls(pieces: Sequence[Piece], speed: float = 1.0) -> None:
    """See that the pieces of one request go together.

    Raises:
        BadControl: they do not.
    """
    pauses = sum(isinstance(piece, Pause) for piece in pieces)
    pronunciations = sum(isinstance(piece, Pronunciation) for piece in pieces)
    if pauses > MOST_PAUSES:
        raise BadControl(faults.BREAKS_LIMIT_EXCEEDED, MOST_PAUSES)
    if pronunciations > MOST_PRONUNCIATIONS:
        raise BadControl(faults.PRONUNCIATIONS_LIMIT_EXCEEDED, MOST_PRONUNCIATIONS)
    if pronunciations and pauses:
        raise BadControl(faults.CONTROL_COMBINATION_INVALID, "pauses")
    if pronunciations and speed != 1.0:
        raise BadControl(faults.CONTROL_COMBINATION_INVALID, "a 'speed' other than 1.0")
    if pauses and speed > FASTEST_WITH_PAUSE:
        raise BadControl(faults.PAUSE_SPEED_CAP_EXCEEDED, FASTEST_WITH_PAUSE)
    if any(isinstance(one, Pause) and isinstance(other, Pause) for one, other in pairwise(_without_blanks(pieces))):
        raise BadControl(faults.BREAK_SYNTAX_INVALID, "there are no words between two pauses")


def _without_blanks(pieces: Sequence[Piece]) -> Iterator[Piece]:
    return (piece for piece in pieces if not isinstance(piece, str) or piece.strip())


def find_pauses(text: str) -> list[tuple[int, int]]:
    """Where the pauses of a text begin and end."""
    return [found.span() for found in _PAUSE.finditer(text)]


def find_open_control(text: str) -> int:
    """Where a control begins that may go on behind the text; the text's end if there is none."""
    found = _OPEN.search(text, max(0, len(text) - _LONGEST_CONTROL))
    return found.start() if found else len(text)


def plain_text(pieces: Sequence[Piece]) -> str:
    """The words of the pieces, as they are written: what a service counts."""
    return "".join(
        piece.word if isinstance(piece, Pronunciation) else piece for piece in pieces if not isinstance(piece, Pause)
    )


def check_speed(speed: float) -> None:
    """See that `/v2/speak` knows a speed.

    Raises:
        BadControl: it does not.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise BadControl(faults.SPEED_OUT_OF_RANGE, f"{SLOWEST} and {FASTEST}")
    if abs(speed / SPEED_STEP - round(speed / SPEED_STEP)) > 1e-6:
        raise BadControl(faults.SPEED_INCREMENT_INVALID, SPEED_STEP)


def check_expressivity(expressivity: float) -> None:
    """See that `/v2/speak` knows an expressivity.

    Raises:
        BadControl: it does not.
    """
    if not -MOST_EXPRESSIVE <= expressivity <= MOST_EXPRESSIVE:
        raise BadControl(faults.EXPRESSIVITY_OUT_OF_RANGE, f"-{MOST_EXPRESSIVE} and {MOST_EXPRESSIVE}")
    if expressivity != int(expressivity):
        raise BadControl(faults.EXPRESSIVITY_INCREMENT_INVALID)
