"""Units after numbers, abbreviated: `ten milligrams` becomes `10 mg`. English."""

import re
from collections.abc import Sequence

from sonant.engine.listen.text.numerals import find_numbers
from sonant.engine.listen.text.spans import core, is_parted, merge
from sonant.engine.models.ports import HeardWord

_PREFIXES = {"milli": "m", "centi": "c", "": "", "kilo": "k"}
_BASES = {"gram": "g", "liter": "l", "litre": "l", "meter": "m", "metre": "m"}
UNITS = {
    f"{prefix}{base}{plural}": short + letter
    for prefix, short in _PREFIXES.items()
    for base, letter in _BASES.items()
    for plural in ("", "s")
}
_FIGURES = re.compile(r"\d[\d.,]*")


def abbreviate_units(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Units that follow a number; a number in words that has a unit is written in figures."""
    measured = {n.end: n for n in find_numbers(words, "en") if n.end < len(words) and core(words[n.end]) in UNITS}
    written: list[HeardWord] = []
    for index, word in enumerate(words):
        if index in measured:
            number = measured[index]
            written[-(number.end - number.start) :] = [merge(words[number.start : number.end], number.text)]
        follows = (
            bool(written) and bool(_FIGURES.fullmatch(core(written[-1]))) and not is_parted(words[index - 1], word)
        )
        unit = UNITS.get(core(word), "") if follows else ""
        written.append(merge([word], unit) if unit else word)
    return written
