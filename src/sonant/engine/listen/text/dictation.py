"""Spoken commands become what they name: `comma` a comma, `new line` a line break. English."""

from collections.abc import Sequence
from dataclasses import replace

from sonant.engine.listen.text.spans import capitalize, core, part
from sonant.engine.models.ports import HeardWord

_SIGNS = {"period": ".", "comma": ",", "colon": ":", "question mark": "?", "exclamation mark": "!"}
_BREAKS = {"new line": "<\\n>", "newline": "<\\n>", "new paragraph": "<\\n\\n>"}
_LONGEST = 2
_ENDS = (".", "?", "!", ">")


def write_commands(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Signs stand at the end of the word before them, line breaks as words of their own."""
    written: list[HeardWord] = []
    index, said = 0, False
    while index < len(words):
        count, sign, line = _command(words, index)
        if sign and written:
            written[-1] = _sign(written[-1], sign, words[index + count - 1].end)
        elif line:
            written.append(replace(words[index], text=line, end=words[index + count - 1].end))
        else:
            count = 1
            written.append(_follow(words[index], written, said=said))
        said = bool(sign or line)
        index += count
    return written


def _command(words: Sequence[HeardWord], index: int) -> tuple[int, str, str]:
    """How many words a command takes, and its sign or its line break."""
    for count in range(_LONGEST, 0, -1):
        span = words[index : index + count]
        spoken = " ".join(map(core, span))
        if spoken in _SIGNS or spoken in _BREAKS:
            return len(span), _SIGNS.get(spoken, ""), _BREAKS.get(spoken, "")
    return 1, "", ""


def _sign(word: HeardWord, sign: str, end: float) -> HeardWord:
    """The sign in the place of what the model had put there."""
    before, middle, after = part(word.text)
    return replace(word, text=f"{before}{middle}{after.rstrip('.,;:?!')}{sign}", end=end)


def _follow(word: HeardWord, written: Sequence[HeardWord], *, said: bool) -> HeardWord:
    """A word after a command: it begins a sentence where one ended."""
    begins = said and bool(written) and written[-1].text.endswith(_ENDS)
    return replace(word, text=capitalize(word.text)) if begins else word
