"""From the text of a request or a turn, which may come in pieces, to the lines that a voice says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sonant.contract.speak import Pause, Pronunciation, parse_controls
from sonant.contract.speak.controls import MOST_PRONUNCIATIONS, Piece
from sonant.engine.models.ipa import is_known, read_ipa
from sonant.engine.models.ports import Sounded
from sonant.engine.speak.sentences import LONGEST, Cut, Ending, cut, is_whole
from sonant.engine.speak.text.letters import MARK, drop_private
from sonant.engine.speak.text.markup import OPEN_ESCAPE, strip_escapes, strip_tags
from sonant.engine.speak.text.normalize import normalize
from sonant.engine.speak.text.tongues import is_foreign

_OPEN = re.compile(
    r"(?:\\(?:\{(?:[^\\]|\\(?!\}))*\\?)?|\{\s*(?:p|pa|pau|paus|pause[^{}]*(?:\{[^{}]*\}?)?)?|<(?:[A-Za-z/!?][^<>]*)?|&#?\w{0,30}"
    rf"|{OPEN_ESCAPE})$"
)
"""A control, a tag, an entity or a terminal's escape that is not complete yet."""
_LONGEST_CONTROL = 600
"""Characters for whose end we wait."""

_LONGEST_GUESS = 2000
"""Characters of which the language is guessed."""

MARKUP = "INPUT_MARKUP_STRIPPED"
SKIPPED = "UNSPEAKABLE_TEXT_SKIPPED"
FOREIGN = "TEXT_IN_OTHER_LANGUAGE"
ODD_IPA = "PRONUNCIATION_WARNINGS"
LONG_IPA = "PRONUNCIATION_TOO_LONG"
MANY_IPA = "PRONUNCIATIONS_LIMIT_EXCEEDED"
REMARKS = {
    MARKUP: "Markup in the text was left out.",
    SKIPPED: "Parts of the text were left out: the voice does not know their script.",
    FOREIGN: "The text seems to be in a language that the voice does not speak, and is read by the rules of another.",
    ODD_IPA: "A pronunciation has signs that are not of the International Phonetic Alphabet; they were left out.",
    LONG_IPA: "A pronunciation is too long; its word was spoken as it is written.",
    MANY_IPA: f"Only {MOST_PRONUNCIATIONS} pronunciations are followed.",
}
"""What is to be said about a text, by code."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a voice says at once."""

    line: tuple[str | Sounded, ...]
    ending: Ending
    pause: float
    """Seconds of silence that were asked for behind it."""
    start: int
    end: int
    """Where it lies in the composer's `plain` text."""


class Composer:
    """The text of one request or turn.

    Args:
        language: two-letter code of what the voice speaks.

    Attributes:
        characters: as they came.
        plain: the text without controls and markup.
        remarks: codes of `REMARKS` about the text.
        pronunciations: that are followed.
        warnings: pronunciations about which there was something to say.
        pauses: that are followed.
        pieces: the text and its controls, as they came.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self.characters = self.pronunciations = self.warnings = self.pauses = 0
        self.plain = ""
        self.pieces: list[Piece] = []
        self.remarks: list[str] = []
        self.controlled = False
        self._raw = ""
        self._rest = ""
        self._marks: dict[str, Pause | Sounded] = {}
        self._behind = 0
        """Characters of `plain` that lie behind `_rest`."""
        self._is_first = True
        self._is_foreign = False

    def feed(self, text: str) -> list[Chunk]:
        """What can be said now.

        Raises:
            BadControl: a control is not written as it should be.
        """
        self.characters += len(text)
        self._raw += text
        held = _OPEN.search(self._raw, max(0, len(self._raw) - _LONGEST_CONTROL))
        end = held.start() if held else len(self._raw)
        ready, self._raw = self._raw[:end], self._raw[end:]
        return list(self._compose(ready, final=False))

    @property
    def holds_whole(self) -> bool:
        """Whether whole sentences are held back, of which only what follows would show whether they go on."""
        return is_whole(self._rest)

    def settle(self) -> list[Chunk]:
        """What is held back: the next word does not come soon enough to wait for it. More text may come."""
        return list(self._cut(final=True))

    def finish(self) -> list[Chunk]:
        """All that is left; afterwards another text may begin.

        Raises:
            BadControl: a control is not written as it should be.
        """
        ready, self._raw = self._raw, ""
        chunks = list(self._compose(ready, final=True))
        self._check_language(self.plain[:_LONGEST_GUESS])
        self._is_first = True
        return chunks

    @property
    def billable(self) -> int:
        """Characters without what was stripped, never more than came; a pronounced word counts as it is written."""
        return min(self.characters, sum(len(self._word(sign)) for sign in self.plain))

    @property
    def unsaid(self) -> int:
        """Characters that are in no chunk yet."""
        return len(self._raw) + len(self._rest)

    def take_remarks(self) -> list[str]:
        """Codes of what there is to say about the text that came since this was asked."""
        remarks, self.remarks = self.remarks, []
        return remarks

    def text_between(self, start: int, end: int | None) -> str:
        """A part of the plain text, its words as they are written; without an end, all that came."""
        rest = self._raw if end is None else ""
        return "".join(self._word(sign) for sign in self.plain[start:end]) + rest

    def word_before(self, place: int, start: int) -> int:
        """Where the word that a place of the plain text lies in begins, but not before `start`."""
        return max(start, self.plain.rfind(" ", 0, place) + 1)

    def _word(self, sign: str) -> str:
        marked = self._marks.get(sign)
        if marked is None:
            return sign
        return marked.word if isinstance(marked, Sounded) else ""

    def _compose(self, text: str, *, final: bool) -> Iterator[Chunk]:
        pieces = parse_controls(text)
        self.pieces += pieces
        for piece in pieces:
            marked = self._read(piece)
            self.plain += marked
            self._rest += marked
        while (pause := self._next_pause()) >= 0:
            yield from self._before_pause(pause)
        yield from self._cut(final=final)

    def _next_pause(self) -> int:
        if not self.pauses:
            return -1
        places = (at for at, sign in enumerate(self._rest) if isinstance(self._marks.get(sign), Pause))
        return next(places, -1)

    def _before_pause(self, at: int) -> Iterator[Chunk]:
        """What comes before a pause; the last of it is followed by silence."""
        mark, after = self._rest[at], self._rest[at + 1 :]
        self._rest = self._rest[:at]
        self._behind = len(after) + 1
        chunks = list(self._cut(final=True))
        self._rest, self._behind = after, 0
        end = len(self.plain) - len(after)
        marked = self._marks[mark]
        seconds = marked.milliseconds / 1000 if isinstance(marked, Pause) else 0.0
        yield from chunks
        yield Chunk((), "sentence", seconds, end - 1, end)

    def _cut(self, *, final: bool) -> Iterator[Chunk]:
        while rest := self._rest.lstrip():
            self._rest = rest
            start = len(self.plain) - len(self._rest) - self._behind
            found, self._rest = cut(self._rest, first=self._is_first, final=final)
            if found is None:
                return
            self._is_first = False
            yield from self._make_chunks(found, start, len(self.plain) - len(self._rest) - self._behind)

    def _make_chunks(self, piece: Cut, start: int, end: int) -> Iterator[Chunk]:
        self._check_language(piece.text)
        said = normalize(piece.text, self._language)
        if said.skipped:
            self._remark(SKIPPED)
        text = said.text if piece.ending != "sentence" else said.text.rstrip(",;: ")
        while text:
            found, text = _cut_short(text, piece.ending)
            yield Chunk(tuple(self._line(found.text)), found.ending, 0.0, start, end)
            start = end  # numbers in words may fill several lines: the first stands for all

    def _line(self, text: str) -> Iterator[str | Sounded]:
        for part in _MARKS.split(text):
            marked = self._marks.get(part)
            if isinstance(marked, Sounded):
                yield marked
            elif part:
                yield part

    def _read(self, piece: str | Pause | Pronunciation) -> str:
        """A piece as it stands in the plain text; controls as marks."""
        if isinstance(piece, str):
            text, stripped = strip_tags(strip_escapes(piece))
            if stripped:
                self._remark(MARKUP)
            return drop_private(text)
        self.controlled = True
        if isinstance(piece, Pause):
            self.pauses += 1
            return self._add_mark(piece)
        return self._read_pronunciation(piece)

    def _read_pronunciation(self, piece: Pronunciation) -> str:
        word = drop_private(piece.word).replace("[", "").replace("]", "")
        if self.pronunciations >= MOST_PRONUNCIATIONS or piece.is_too_long or not read_ipa(piece.ipa):
            self.warnings += 1
            self._remark(
                MANY_IPA if self.pronunciations >= MOST_PRONUNCIATIONS else LONG_IPA if piece.is_too_long else ODD_IPA
            )
            return word
        if not is_known(piece.ipa):
            self.warnings += 1
            self._remark(ODD_IPA)
        self.pronunciations += 1
        return self._add_mark(Sounded(word, piece.ipa))

    def _add_mark(self, marked: Pause | Sounded) -> str:
        mark = chr(MARK + len(self._marks))
        self._marks[mark] = marked
        return mark

    def _check_language(self, text: str) -> None:
        """Sentences are looked at one by one, and the whole in case they are all short."""
        if not self._is_foreign and is_foreign(text, self._language):
            self._is_foreign = True
            self._remark(FOREIGN)

    def _remark(self, code: str) -> None:
        if code not in self.remarks:
            self.remarks.append(code)


_MARKS = re.compile(f"([{chr(MARK)}-\U000ffffd])")


def _cut_short(text: str, ending: Ending) -> tuple[Cut, str]:
    """A line no longer than a voice can say at once, and the rest; the last ends as the sentence does."""
    if len(text) <= LONGEST:
        return Cut(text, ending), ""
    found, rest = cut(text, first=False, final=True)
    assert found is not None  # noqa: S101 - a text that is final is always cut
    return (found, rest.lstrip()) if rest.strip() else (Cut(found.text, ending), "")
