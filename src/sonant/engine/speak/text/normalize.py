"""A sentence as it is written becomes a line as it is said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sonant.engine.speak.text import links, numbers, spanish
from sonant.engine.speak.text.letters import drop_emoji, is_mark, name_emoji, say_letters
from sonant.engine.speak.text.markup import strip_markdown

_RUNS = re.compile(r"([.!?,;:'\"()=#@&/+%-])\1+|\u2014[\u2014\s-]*")
_SHARP = re.compile(r"(?<![\w#])([A-Za-z])[#\u266f](?![\w#])")
_PLUS_PLUS = re.compile(r"(?<=\w)\+\+(?!\+)")
_LONELY = re.compile(r"(?<!\S)[#@&/+=<>'\"()%-]+(?!\S)")
_ALONE = {"&": "and", "+": "plus", "=": "equals", "<": "is less than", ">": "is greater than", "@": "at", "-": "\u2014"}
"""Signs that are words where they stand alone."""
_STRANDED = re.compile(r"\s+([.,;:!?])")
_REPEATED = re.compile(r"[,;:]\s*(?=[.!?,;:])")
_BLANKS = re.compile(r"\s+")
_LONGEST_WORD = 60
"""Letters that a word may have before it is cut."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence comes to."""

    text: str
    """Empty if there is nothing to say."""
    skipped: bool
    """Whether words were left out that no voice here can say."""


def normalize(text: str, language: str = "en") -> Said:
    """Make a sentence speakable: addresses, numbers, signs and emoji in words, without what cannot be said.

    Args:
        text: of the sentence.
        language: two-letter code of the words for them: `en` or `es`.
    """
    if not text.isascii():
        plain = drop_emoji(text)
        text = plain if any(map(str.isalnum, plain)) else f"{plain} {name_emoji(text, language)}"
    text = strip_markdown(text)
    if language == "es":
        text = _say_names(links.say_links(text, spanish.LINKS), spanish.SHARP, spanish.PLUS_PLUS)
        said, skipped = say_letters(spanish.say_numbers(text), spanish.LETTERS, spanish.NAMED)
        return Said(_tidy(said, spanish.ALONE), skipped)
    text = _say_names(links.say_links(text), "sharp", "plus plus")
    said, skipped = say_letters(numbers.say_numbers(text))
    return Said(_tidy(said, _ALONE), skipped)


def _say_names(text: str, sharp: str, plus_plus: str) -> str:
    """Text with the signs in names such as `C#` and `C++` in words."""
    text = _SHARP.sub(rf"\1 {sharp}", text) if "#" in text or "\u266f" in text else text
    return _PLUS_PLUS.sub(f" {plus_plus} ", text) if "++" in text else text


def _tidy(text: str, alone: Mapping[str, str]) -> str:
    """One line, whose punctuation stands alone and behind words."""
    text = _BLANKS.sub(" ", text.replace("\n", ", "))
    text = _LONELY.sub(lambda sign: alone.get(sign[0], " "), text)
    text = _RUNS.sub(lambda run: run[1] or " \u2014 ", text)
    text = _REPEATED.sub("", _STRANDED.sub(r"\1", text))
    text = _BLANKS.sub(" ", text).strip(" \u2014-")
    text = text.lstrip(".!?,;:)\u2014- ").rstrip("(\"' ")
    if not any(sign.isalnum() or is_mark(sign) for sign in text):
        return ""
    return _cut_endless(text)


def _cut_endless(text: str) -> str:
    """Text whose endless words are cut, so that they can be divided between two lines."""
    words = text.split(" ")
    if all(len(word) <= _LONGEST_WORD for word in words):
        return text
    pieces = (word[at : at + _LONGEST_WORD] for word in words for at in range(0, len(word), _LONGEST_WORD))
    return " ".join(pieces)
