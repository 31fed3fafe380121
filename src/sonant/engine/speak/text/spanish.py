"""A sentence in Spanish as it is written becomes a line as it is said."""

import re
from importlib import import_module
from typing import Any

LINKS = {
    ".": "punto", "/": "barra", "-": "guion", "_": "guion bajo", "+": "más", "%": "por ciento", "~": "tilde",
    "@": "arroba", ":": "puerto", "?": "signo de interrogación", "=": "igual a", "&": "y", "#": "almohadilla",
}  # fmt: skip
"""The words for the signs of addresses."""
SHARP, PLUS_PLUS = "sharp", "más más"
"""What is said behind a letter for `#`, as in `C#`, and for `++`."""
ALONE = {
    "&": "y",
    "+": "más",
    "=": "es igual a",
    "<": "es menor que",
    ">": "es mayor que",
    "@": "arroba",
    "-": "\u2014",
}
"""Signs that are words where they stand alone."""
LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑ")
NAMED = {"\u20ac": " euros ", "\u00a3": " libras ", "$": " dólares ", "\u00b0": " grados ", "%": " por ciento "}
"""Signs that are words wherever they stand."""

_MONEY = re.compile(r"([\u20ac\u00a3$])\s?(\d[\d.,]*)")
_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)?")
_MINUS = re.compile(r"(?<![\w)])[\u2212-](?=\d)")
_MOST_DIGITS = 12
"""Digits of a number that is read as one."""


def say_numbers(text: str) -> str:
    """Text with its numbers in words."""
    if not any(map(str.isdecimal, text)):
        return text
    text = _MONEY.sub(lambda found: f"{found[2].rstrip('.,')} {found[1]}{found[2][len(found[2].rstrip('.,')) :]}", text)
    text = _DATE.sub(r"\1 del \2 de \3", text)
    text = _TIME.sub(lambda found: found[1] if found[2] == "00" else f"{found[1]} y {found[2]}", text)
    return _NUMBER.sub(_say_number, _MINUS.sub(" menos ", text))


def _say_number(found: re.Match[str]) -> str:
    written = found[0]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", written):
        written = written.replace(".", "")
    whole, _, rest = written.replace(".", ",").partition(",")
    spelled = len(whole) > _MOST_DIGITS or (len(whole) > 1 and whole.startswith("0"))
    said = " ".join(map(_in_words, whole)) if spelled else _in_words(whole)
    return f" {said} coma {' '.join(map(_in_words, rest))} " if rest else f" {said} "


def _in_words(digits: str) -> str:
    library: Any = import_module("num2words")  # which is there where a Spanish voice is
    return str(library.num2words(int(digits), lang="es"))
