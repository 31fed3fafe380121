"""Signs that are neither English letters nor digits: said by name, or left out where no voice knows them."""

import re
import unicodedata
from collections.abc import Collection, Mapping

import emoji

MARK = 0xF0000
"""From here on, private signs stand for what was marked in a text; see `composer.py`."""
_LAST_MARK = 0xFFFFD
_NAMED = {
    "\u2192": " to ", "\u2190": " from ", "\u2248": " approximately ", "\u2264": " is at most ",
    "\u2265": " is at least ", "\u2260": " is not equal to ", "\u00f7": " divided by ", "\u00b1": " plus or minus ",
    "\u221a": " the square root of ", "\u221e": " infinity ", "\u00b2": " squared ", "\u00b3": " cubed ",
    "\u2022": ", ", "\u00b7": ", ", "\u2026": "... ", "\u2013": " - ", "\u2014": " \u2014 ", "\u2015": " \u2014 ",
    "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'",
    "\u201a": ",", "\u2011": "-", "\u2010": "-", "\u00a7": " section ", "\u00b6": " ", "\u2122": " ", "\u00ae": " ",
    "\u00a9": " copyright ", "\u3002": ". ", "\u3001": ", ", "\uff0c": ", ", "\u00bf": " ", "\u00a1": " ",
}  # fmt: skip
_SIGNS = {sign: said for sign, said in _NAMED.items() if not any(map(str.isalpha, said))}
"""Those that are no words of English."""
_KEPT = frozenset(" \n.,;:!?'\"()-\u2014%$\u20ac\u00a3&@#/+=\u00b0<>")
"""Beside letters and digits."""
_PLAIN = {
    "\u00df": "ss", "\u00e6": "ae", "\u00c6": "Ae", "\u0153": "oe", "\u0152": "Oe", "\u00f8": "o", "\u00d8": "O",
    "\u0142": "l", "\u0141": "L", "\u0111": "d", "\u0110": "D", "\u00f0": "th", "\u00d0": "Th", "\u00fe": "th",
    "\u00de": "Th", "\u0131": "i",
}  # fmt: skip
_GREEK = re.compile(r"(?<!\w)[\u0391-\u03c9](?!\w)")


def say_letters(text: str, letters: Collection[str] = (), words: Mapping[str, str] | None = None) -> tuple[str, bool]:
    """Text in signs that voices know, and whether some were left out that somebody would miss.

    Args:
        text: of a sentence.
        letters: that the voice knows beside those of English.
        words: for signs, where the voice's language is not English.
    """
    named = _NAMED if words is None else {**_SIGNS, **words}
    text = _compose("".join(named.get(sign, sign) for sign in text))
    text = _GREEK.sub(_say_greek, text) if words is None else text
    said: list[str] = []
    skipped = False
    for sign in text:
        if sign in _KEPT or sign in letters or (sign.isascii() and sign.isalnum()) or is_mark(sign):
            said.append(sign)
        else:
            plain = _say_sign(sign)
            skipped = skipped or (not plain and unicodedata.category(sign)[0] in "LN")
            said.append(plain or (" " if sign.isspace() or not unicodedata.combining(sign) else ""))
    return "".join(said), skipped


def _compose(text: str) -> str:
    """Ligatures, wide and ornate letters as plain ones; our marks stay."""
    return unicodedata.normalize("NFKC", text).replace("\u2044", "/")


def _say_sign(sign: str) -> str:
    """A letter of the Latin script without its accent, a digit of any script as ours; empty for others."""
    if sign in _PLAIN:
        return _PLAIN[sign]
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    first = unicodedata.normalize("NFD", sign)[0]
    return first if first.isascii() and first.isalnum() else ""


def _say_greek(letter: re.Match[str]) -> str:
    return unicodedata.name(letter[0], "").split()[-1].lower()


def is_mark(sign: str) -> bool:
    """Whether a sign stands for something marked."""
    return MARK <= ord(sign) <= _LAST_MARK


def drop_private(text: str) -> str:
    """Text without signs that mean nothing between strangers, control characters and halves of characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in _UNHEARD)


_UNHEARD = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def drop_emoji(text: str) -> str:
    """Text without its emoji."""
    return text if text.isascii() else emoji.replace_emoji(text, " ")


def name_emoji(text: str, language: str = "en") -> str:
    """The names of the emoji in a text, each once; empty if it has none."""
    found = dict.fromkeys(match["emoji"] for match in emoji.emoji_list(text))
    names = (emoji.demojize(sign, language=language).strip(":").replace("_", " ") for sign in found)
    return ", ".join(names)
