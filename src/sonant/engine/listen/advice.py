"""What is said of parameters that did less than asked: the entries of an answer's `metadata.warnings`.

No option is passed over in silence. Each one asked for either shapes the answer, is echoed in it, is refused, or is
warned of here.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sonant.contract.audio import FIXED_SAMPLE_RATES
from sonant.contract.listen import ParameterWarning, TranscribeOptions
from sonant.engine.audio.decode import HEADERLESS
from sonant.engine.listen.writing import LANGUAGES, Writing
from sonant.engine.models.catalog import MULTI
from sonant.engine.models.entries import Entry

FOLLOWED = frozenset(
    {
        "alternatives", "callback", "callback_method", "channels", "detect_language", "dictation", "encoding", "extra",
        "filler_words", "keyterm", "keywords", "language", "language_hint", "measurements", "mip_opt_out", "model",
        "multichannel", "numerals", "paragraphs", "profanity_filter", "punctuate", "replace", "sample_rate", "search",
        "smart_format", "tag", "utt_split", "utterances", "version",
    }
)  # fmt: skip
"""Options that do what they say; `mip_opt_out` because nothing is ever kept."""

APPROXIMATED = {
    "alternatives": "Other readings come piece by piece from the model's beam, at most 10; where a piece has no other "
    "reading, its best stands again. The first may differ from what is heard without the option.",
    "dictation": "Commands are found in the text, so a command that was meant as a word is written as its sign.",
    "filler_words": "The model is told to expect them, yet leaves some out.",
    "keyterm": "The first 200 tokens of all terms are given to the model as text that went before; then words it was "
    "unsure of that sound like a term are written as the term.",
    "keywords": "As `keyterm`, those of higher intensifiers first; where one is negative, the best of the model's five "
    "readings of a piece that lacks the word is taken, if there is any.",
    "language_hint": "A language hinted at counts twice when the language of each piece is found out.",
    "numerals": "Without it, numbers are as the model writes them, which may be digits.",
    "search": "The words of the transcript are compared with the term, by letters and by sound, not the sound itself.",
    "smart_format": "Numbers, dates, times, sums, phone numbers, emails and web addresses are found by rules in "
    "English; in other languages only numbers are.",
    "utt_split": "Where a word lasts as long as one can, it ran into a pause; the pause then counts from where the "
    "word can have ended at the earliest.",
}
"""Options that are followed in another way than the service's, and how."""

MOST_ALTERNATIVES = 10

_NEEDS = {
    "callback_method": {"callback"},
    "channels": {"encoding"},
    "dictation": {"punctuate", "smart_format", "paragraphs"},
    "sample_rate": {"encoding"},
    "utt_split": {"utterances"},
}
"""Options that mean nothing without one of others."""

_EMPTY = frozenset({"keyterm", "keywords", "language_hint", "replace", "search", "tag"})
"""Options whose values may be empty by mistake."""

_HOMES = {"en": "US"}
"""Regions whose spelling a model of the bare language writes; elsewhere the one of the same name, as in de-DE."""

DESCRIBING = ("encoding", "sample_rate", "channels")
"""Options that say how a headerless recording is coded."""


def warn_unfollowed(options: TranscribeOptions, unknown: Iterable[str]) -> Iterator[ParameterWarning]:
    """Options that had no effect, for their own sake or for that of others."""
    asked = {name for name, value in options.items() if _asks(name, value)}
    for name in options:
        if name not in asked:
            continue
        if name not in FOLLOWED:
            yield ParameterWarning(name, "unsupported_parameter", f"`{name}` is not supported yet; it had no effect.")
        elif name in _NEEDS and not _NEEDS[name] & asked:
            needed = " or ".join(f"`{each}`" for each in sorted(_NEEDS[name]))
            yield ParameterWarning(name, "unused_parameter", f"`{name}` has no effect without {needed}.")
        elif name in DESCRIBING and (reason := _why_undescribed(name, options)):
            yield ParameterWarning(name, "unused_parameter", reason)
    for name, value in options.items():
        if name in _EMPTY and any(map(_is_empty, _texts(value))):
            yield ParameterWarning(name, "unused_parameter", f"An empty `{name}` had no effect.")
    for name in unknown:
        yield ParameterWarning(name, "unknown_parameter", f"There is no parameter `{name}`; it had no effect.")


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _is_empty(text: str) -> bool:
    """Whether nothing stands before the first colon."""
    return not text.partition(":")[0].strip()


def _asks(name: str, value: Any) -> bool:
    """Whether a value asks for something that would not be so without it."""
    return value is not False and value != [] and not (name == "alternatives" and value == 1)


def _why_undescribed(name: str, options: TranscribeOptions) -> str:
    """Why a description of the recording has no effect, or nothing if it has."""
    encoding = options.get("encoding", "")
    if encoding not in HEADERLESS:
        return f"`{name}` had no effect: {encoding} comes in a container, which says how it is coded."
    fixed = {"sample_rate": FIXED_SAMPLE_RATES.get(encoding), "channels": 1}
    if encoding in FIXED_SAMPLE_RATES and name in fixed and options.get(name) != fixed[name]:
        return f"`{name}` had no effect: with encoding={encoding} it is always {fixed[name]}."
    return ""


def warn_repeated(names: Iterable[str]) -> Iterator[ParameterWarning]:
    """Options of one value that were given several."""
    for name in names:
        message = f"`{name}` takes one value and was given several; the last one was followed."
        yield ParameterWarning(name, "repeated_parameter", message)


def warn_substituted(options: TranscribeOptions, model: Entry, language: str) -> Iterator[ParameterWarning]:
    """Where a name was answered by what is nearest to it."""
    name = options.get("model")
    if name is not None and not model.is_called(name):
        message = f"`{name}` is not installed here; the recording was transcribed by `{model.canonical_name}`."
        yield ParameterWarning("model", "substituted_model", message)
    code, _, region = options.get("language", language).partition("-")
    if region and region.upper() != _HOMES.get(code.lower(), code.upper()):
        message = f"The model knows `{code.lower()}` without its regions; spellings may differ from `{code}-{region}`."
        yield ParameterWarning("language", "approximated_parameter", message)


def warn_detection(options: TranscribeOptions, model: Entry, language: str) -> Iterator[ParameterWarning]:
    """Where the language could not be found out, or was not to be."""
    if options.get("detect_language") and not model.is_multilingual:
        message = (
            f"`{model.canonical_name}` knows one language; the recording was taken to be in it. Another model is "
            "needed: pip install 'sonant[multilingual]'."
        )
        yield ParameterWarning("detect_language", "unsupported_parameter", message)
    elif options.get("detect_language") and "language" in options:
        yield ParameterWarning("language", "unused_parameter", "`language` has no effect with `detect_language`.")
    if options.get("language_hint") and language != MULTI:
        yield ParameterWarning(
            "language_hint", "unused_parameter", "`language_hint` has no effect without `language=multi`."
        )
    if options.get("alternatives", 1) > MOST_ALTERNATIVES:
        message = f"At most {MOST_ALTERNATIVES} alternatives are found."
        yield ParameterWarning("alternatives", "approximated_parameter", message)


def warn_languages(writing: Writing, languages: Iterable[str]) -> Iterator[ParameterWarning]:
    """Rules of writing that were wanted and do not know a language that was spoken."""
    spoken = sorted(set(languages))
    for name, known in LANGUAGES.items():
        lacking = [language for language in spoken if language not in known]
        if getattr(writing, name) and lacking:
            message = f"`{name}` does not know the language {', '.join(lacking)}."
            yield ParameterWarning(name, "unsupported_language", message)
