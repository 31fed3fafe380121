"""Where a text can be cut so that it sounds well: at the end of a sentence, else of a clause, else of a word.

What is cut does not depend on how the text arrives: the same cuts come of one message and of a hundred.
"""

import re
from typing import Literal, NamedTuple

LONGEST = 200
"""Characters of a cut."""
_QUICK = 60
"""A first sentence longer than this is cut at a clause, to be heard sooner."""
_FIRST_CLAUSE = 20
"""Characters that such a clause has at least."""
_AHEAD = 16
"""Characters beyond a cut that may decide whether it is one."""

Ending = Literal["sentence", "clause", "word"]

_SENTENCE = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s+\S)|[\u3002\uff01\uff1f]|\n(?=\s*\S)")
_CLAUSE = re.compile(r"[,;:][\"'\u201d\u2019)\]]*(?=\s+\S)|\s[\u2013\u2014-](?=\s+\S)|\u2014")
_JOINT = re.compile(r"\s(?=(?:and|but|or|so|because|which|that|when|while|if|where|with|for)\s)", re.IGNORECASE)
_BLANK = re.compile(r"\s+(?=\S)")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\"'])(?:Mr|Mrs|Ms|Dr|Sra|Dra|Uds?|Prof|St|Mt|Gen|Gov|Sen|Rep|Capt|Lt|Col|Sgt|Rev|Hon|Jr|Sr|vs|etc|approx|No|Fig|vol|"
    r"e\.g|i\.e|a\.m|p\.m|[A-Z]|(?:[A-Za-z]\.)+[A-Za-z])$"
)
_WHOLE = re.compile(r"(?:[.!?\u2026]+[\"'\u201d\u2019)\]]*|\n)\s*\Z")
"""The end of a text that ends with a sentence."""
_NUMBERED = re.compile(r"(?:^|\n)\s*\d{1,3}$")


class Cut(NamedTuple):
    """A piece of a text."""

    text: str
    ending: Ending


def cut(text: str, *, first: bool, final: bool) -> tuple[Cut | None, str]:
    """The next piece of a text, and what is left of it; None while more text may change the cut.

    Args:
        text: what was not cut yet.
        first: whether nothing was cut before, so that somebody waits for it.
        final: whether nothing more will come.
    """
    text = text.lstrip()
    whole = final or len(text) >= LONGEST + _AHEAD
    end = _end_of_sentence(text[: LONGEST + _AHEAD])
    if first and (end is None or end > _QUICK):
        if not final and len(text) < _QUICK + _AHEAD:
            return None, text
        if len(text) > _QUICK and (clause := _first_clause(text)) is not None:
            return _take(text, clause, "clause")
    if end is not None:
        return _take(text, end, "sentence")
    if len(text) > LONGEST and whole:
        return _take(text, *_end_within(text[: LONGEST + _AHEAD]))
    if final and text:
        return Cut(text.rstrip(), "sentence"), ""
    return None, text


def is_whole(text: str) -> bool:
    """Whether a text ends with what looks like a sentence, though the next letters might show that it goes on."""
    found = _WHOLE.search(text)
    if found is None:
        return False
    before = text[: found.start()]
    if not before[-1:].isalpha() and not found[0][-1].isspace():  # a number may go on
        return False
    return not (found[0].startswith((".", "\u2026")) and _goes_on(before))


def _take(text: str, end: int, ending: Ending) -> tuple[Cut, str]:
    return Cut(text[:end].rstrip(), ending), text[end:]


def _end_of_sentence(window: str) -> int | None:
    """Where the first sentence ends."""
    for found in _SENTENCE.finditer(window):
        if found.end() > LONGEST:
            return None
        after = window[found.end() :].lstrip()
        if found[0].startswith((".", "\u2026")) and (_goes_on(window[: found.start()]) or after[:1].islower()):
            continue
        return found.end()
    return None


def _goes_on(before: str) -> bool:
    """Whether a full stop after these words ends an abbreviation or a number in a list, and not a sentence."""
    return bool(_ABBREVIATED.search(before) or _NUMBERED.search(before))


def _first_clause(text: str) -> int | None:
    """Where a long first sentence can be cut soon."""
    window = text[: _QUICK + _AHEAD]
    for pattern in (_CLAUSE, _JOINT):
        for found in pattern.finditer(window, _FIRST_CLAUSE, _QUICK + 1):
            if len(window[: found.end()].split()) >= 3:
                return found.end()
    return None


def _end_within(window: str) -> tuple[int, Ending]:
    """Where a text without an end of a sentence is cut: as late as possible."""
    clauses = [found.end() for found in _CLAUSE.finditer(window) if LONGEST // 3 < found.end() <= LONGEST]
    if clauses:
        return clauses[-1], "clause"
    blanks = [found.start() for found in _BLANK.finditer(window) if 0 < found.start() <= LONGEST]
    return (blanks[-1], "word") if blanks else (LONGEST, "word")
