"""From words as they were heard to words as they are read: the rules that a caller asked for, in their order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sonant.engine.listen.text.dictation import write_commands
from sonant.engine.listen.text.fillers import drop_fillers, spell_fillers
from sonant.engine.listen.text.keyterms import correct_terms
from sonant.engine.listen.text.measurements import abbreviate_units
from sonant.engine.listen.text.numerals import NUMERAL_LANGUAGES, write_numerals
from sonant.engine.listen.text.profanity import PROFANITY_LANGUAGES, mask_profanity
from sonant.engine.listen.text.replace import Replacement, replace_terms
from sonant.engine.listen.text.smart import format_smart
from sonant.engine.models.ports import HeardWord

LANGUAGES: Mapping[str, Collection[str]] = {
    "dictation": {"en"},
    "filler_words": {"en"},
    "measurements": {"en"},
    "numerals": NUMERAL_LANGUAGES,
    "profanity_filter": PROFANITY_LANGUAGES,
    "smart_format": NUMERAL_LANGUAGES,
}
"""The languages that a rule knows; the others know all."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a transcript is to read."""

    punctuate: bool
    paragraphs: bool
    smart_format: bool
    numerals: bool
    dictation: bool
    measurements: bool
    profanity_filter: bool
    filler_words: bool
    terms: Sequence[str]
    """Phrases to expect, in their spelling."""
    replacements: Sequence[Replacement]


def spell(words: Sequence[HeardWord], writing: Writing, language: str) -> list[HeardWord]:
    """The words that were said: fillers kept or left out, expected terms in their spelling."""
    spoken = list(words)
    if language == "en":
        spoken = spell_fillers(spoken) if writing.filler_words else drop_fillers(spoken)
    return correct_terms(spoken, writing.terms) if writing.terms else spoken


def format_words(words: Sequence[HeardWord], writing: Writing, language: str) -> list[HeardWord]:
    """The words as they are to be read: signs, figures, units, replacements, masks."""
    formatted = list(words)
    english = language == "en"
    if writing.dictation and english:
        formatted = write_commands(formatted)
    if writing.smart_format:
        formatted = format_smart(formatted, language)
    elif writing.numerals:
        formatted = write_numerals(formatted, language)
    if writing.measurements and english:
        formatted = abbreviate_units(formatted)
    if writing.replacements:
        formatted = replace_terms(formatted, writing.replacements)
    return mask_profanity(formatted, language) if writing.profanity_filter else formatted
