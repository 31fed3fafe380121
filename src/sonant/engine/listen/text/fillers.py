"""Fillers: `uh` and `um` left out, or all of them kept in one spelling. English."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sonant.engine.listen.text.spans import capitalize, core, is_parted, merge, part
from sonant.engine.models.ports import HeardWord

_DROPPED = re.compile(r"u+h+|u+h*m+|u+hm+")
_SPELLINGS = {
    "uh": re.compile(r"u+h+"),
    "um": re.compile(r"u+h*m+"),
    "mhmm": re.compile(r"m+-?h+m+"),
    "mm-mm": re.compile(r"m{2,}-m{2,}"),
    "uh-uh": re.compile(r"u+h+-u+h+"),
    "uh-huh": re.compile(r"u+h+-h+u+h+"),
    "nuh-uh": re.compile(r"n+u+h+-u+h+"),
}
_ENDS = (".", "?", "!")


def drop_fillers(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Without `uh` and `um`; the ends and beginnings of sentences stay."""
    kept: list[HeardWord] = []
    capital = False
    for word in words:
        if _DROPPED.fullmatch(core(word)):
            capital = capital or word.text[:1].isupper()
            _pass_end_on(kept, part(word.text)[2])
        else:
            kept.append(replace(word, text=capitalize(word.text)) if capital else word)
            capital = False
    return kept


def _pass_end_on(kept: list[HeardWord], end: str) -> None:
    """A sentence that ended with a filler ends with the word before it."""
    if kept and end.endswith(_ENDS) and not kept[-1].text.endswith(_ENDS):
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(",;:") + end)


def spell_fillers(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Fillers in the wire's spellings; those that were written as two words are one."""
    spelt: list[HeardWord] = []
    for word in words:
        if spelt and (joined := _spelling(f"{core(spelt[-1])}-{core(word)}")) and not is_parted(spelt[-1], word):
            spelt[-1] = merge([spelt[-1], word], _as(spelt[-1], joined))
        elif spelling := _spelling(core(word)):
            spelt.append(merge([word], _as(word, spelling)))
        else:
            spelt.append(word)
    return spelt


def _spelling(text: str) -> str:
    return next((name for name, pattern in _SPELLINGS.items() if pattern.fullmatch(text)), "")


def _as(word: HeardWord, spelling: str) -> str:
    return spelling.capitalize() if part(word.text)[1][:1].isupper() else spelling
