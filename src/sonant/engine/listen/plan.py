"""Options become a plan: which model, what to do, and what follows from it. What cannot be done is told by `advice`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sonant.contract.audio import FIXED_SAMPLE_RATES
from sonant.contract.faults import BAD_QUERY, DIARIZE_TWICE, KEYTERM_LIMIT, SUMMARIZE_V1
from sonant.contract.listen import ParameterWarning, TranscribeOptions
from sonant.engine.audio.decode import HEADERLESS, RawFormat
from sonant.engine.listen.advice import (
    DESCRIBING,
    MOST_ALTERNATIVES,
    warn_detection,
    warn_repeated,
    warn_substituted,
    warn_unfollowed,
)
from sonant.engine.listen.text.keyterms import parse_keywords
from sonant.engine.listen.text.replace import parse_replacements
from sonant.engine.listen.writing import Writing
from sonant.engine.models.catalog import MULTI, Catalog, Choice
from sonant.engine.models.entries import Entry
from sonant.engine.models.ports import Listening
from sonant.engine.refusals import Refusal

DEFAULT_MODEL = "base-general"
DEFAULT_LANGUAGE = "en"
DEFAULT_UTT_SPLIT = 0.8
SLOWEST, FASTEST = 4_000, 192_000
"""Sample rates of headerless audio, in Hz."""

DETECTED = ("es", "en", "hi", "ja", "ru", "uk", "sv", "zh", "pt", "nl", "tr", "fr", "de", "id", "ko", "it")
"""The languages that `detect_language=true` chooses from."""
MIXED = ("en", "es", "fr", "de", "hi", "ru", "pt", "ja", "it", "nl")
"""The languages that `language=multi` chooses from."""
_KEYTERM_TOKENS = 500
_LONGEST_EXTRA = 2048
_UNREDACTABLE = frozenset({"cardinal", "ordinal", "percent"})
_FILLERS = "Um, yes, uh, I think so."
_COMMANDS = "Comma, period, colon, question mark, exclamation mark, new line, new paragraph."


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a recording."""

    model: Entry
    language: str
    """Two-letter code; MULTI where it changes within the recording."""
    detect_language: bool
    """Whether to find out the language of each channel."""
    possible: Sequence[str]
    """The languages to choose from, where there is a choice."""
    hinted: Sequence[str]
    """Those of them that the caller expects."""
    prompt: str
    """Text to listen with, as if it had gone before."""
    english_prompt: str
    """The same, where English is spoken."""
    avoided: tuple[str, ...]
    """Words not to hear, if possible."""
    alternatives: int
    writing: Writing
    search: Sequence[str]
    utterances: bool
    utt_split: float
    """Seconds."""
    multichannel: bool
    raw: RawFormat | None
    """How the recording is coded, if it is headerless."""
    described: tuple[str, ...]
    """Those of `encoding`, `sample_rate` and `channels` that were given."""
    extra: dict[str, str] | None
    tags: list[str] | None
    warnings: tuple[ParameterWarning, ...]

    def listening(self, language: str) -> Listening:
        """How to listen to a piece in a language."""
        prompt = f"{self.english_prompt} {self.prompt}" if language == "en" else self.prompt
        return Listening(language, prompt.strip(), self.avoided, self.alternatives)


def make_plan(
    options: TranscribeOptions, unknown: Iterable[str], catalog: Catalog, *, repeated: Iterable[str] = ()
) -> Plan:
    """What options ask for.

    Args:
        options: as the contract reads them.
        unknown: names that the contract lacks.
        catalog: the models there are.
        repeated: options of one value that were given several times.

    Raises:
        Refusal: options that contradict one another, or a model, version or language that is not there.
    """
    _refuse_contradictions(options)
    asked, detect = options.get("language", DEFAULT_LANGUAGE), bool(options.get("detect_language"))
    choice = catalog.resolve(
        options.get("model", DEFAULT_MODEL), options.get("version", "latest"), asked, detect=detect
    )
    model = choice.entry
    keywords = _keywords(options)
    writing = _writing(options)
    return Plan(
        model=model,
        language=choice.language,
        detect_language=detect and model.is_multilingual,
        possible=_possible(options, choice),
        hinted=_hinted(options, choice),
        prompt=prompt_of([*writing.terms, *(word for word, intensifier in keywords if intensifier > 0)]),
        english_prompt=_english_prompt(writing),
        avoided=tuple(word.lower() for word, intensifier in keywords if intensifier < 0),
        alternatives=min(options.get("alternatives", 1), MOST_ALTERNATIVES),
        writing=writing,
        search=_list(options.get("search")),
        utterances=options.get("utterances", False),
        utt_split=options.get("utt_split", DEFAULT_UTT_SPLIT),
        multichannel=options.get("multichannel", False),
        raw=_raw_format(options),
        described=tuple(name for name in DESCRIBING if name in options),
        extra=_mapping(options.get("extra")),
        tags=_list(options.get("tag")) or None,
        warnings=(
            *warn_unfollowed(options, unknown),
            *warn_repeated(repeated),
            *warn_substituted(options, model, asked),
            *warn_detection(options, model, choice.language),
        ),
    )


def _refuse_contradictions(options: TranscribeOptions) -> None:
    if "diarize_model" in options and (options.get("diarize") or "diarize_version" in options):
        raise Refusal(DIARIZE_TWICE)
    if options.get("summarize") == "v1":
        raise Refusal(SUMMARIZE_V1)
    if options.get("keywords") and options.get("model", "").startswith("nova-3"):
        raise Refusal(BAD_QUERY, "keywords: nova-3 takes keyterm instead")
    redact = options.get("redact")
    if bad := _UNREDACTABLE.intersection([] if isinstance(redact, bool) else _list(redact)):
        raise Refusal(BAD_QUERY, f"redact: {', '.join(sorted(bad))} cannot be redacted")
    if not fits_keyterms(_list(options.get("keyterm"))):
        raise Refusal(KEYTERM_LIMIT)


def fits_keyterms(terms: Sequence[str]) -> bool:
    """Whether there are not too many."""
    return sum(map(_count_tokens, terms)) <= _KEYTERM_TOKENS


def _count_tokens(term: str) -> int:
    """About as many as a model makes of a text."""
    return len(re.findall(r"\w{1,6}|[^\w\s]", term))


def _writing(options: TranscribeOptions) -> Writing:
    smart = options.get("smart_format", False)
    paragraphs = smart or options.get("paragraphs", False)
    punctuate = paragraphs or options.get("punctuate", False)
    return Writing(
        punctuate=punctuate,
        paragraphs=paragraphs,
        smart_format=smart,
        numerals=options.get("numerals", False),
        dictation=punctuate and options.get("dictation", False),
        measurements=options.get("measurements", False),
        profanity_filter=options.get("profanity_filter", False),
        filler_words=options.get("filler_words", False),
        terms=_list(options.get("keyterm")),
        replacements=parse_replacements(_list(options.get("replace"))),
    )


def prompt_of(terms: Sequence[str]) -> str:
    """Text to listen with, so that terms are expected."""
    return f"{', '.join(terms)}." if terms else ""


def _english_prompt(writing: Writing) -> str:
    """What makes the model likelier to write down what it would leave out."""
    said = {_FILLERS: writing.filler_words, _COMMANDS: writing.dictation}
    return " ".join(text for text, wanted in said.items() if wanted)


def _keywords(options: TranscribeOptions) -> list[tuple[str, float]]:
    """Words and their intensifiers, the strongest first."""
    try:
        pairs = parse_keywords(_list(options.get("keywords")))
    except ValueError as error:
        raise Refusal(BAD_QUERY, f"keywords: {error}") from None
    return sorted(pairs, key=lambda pair: -pair[1])


def _hinted(options: TranscribeOptions, choice: Choice) -> Sequence[str]:
    codes = _codes(options.get("language_hint"))
    if choice.language == MULTI:
        _check_known("language_hint", codes, choice.entry)
    return codes


def _codes(given: Any) -> list[str]:
    """Two-letter codes of languages."""
    return [code.lower().partition("-")[0] for code in _list(given)]


def _check_known(name: str, codes: Sequence[str], model: Entry) -> None:
    if lacking := [code for code in codes if code not in (model.languages or ())]:
        raise Refusal(BAD_QUERY, f"{name}: the model does not know {', '.join(lacking)}")


def _possible(options: TranscribeOptions, choice: Choice) -> Sequence[str]:
    if choice.language == MULTI:
        return MIXED
    asked = options.get("detect_language", False)
    if isinstance(asked, bool):
        return DETECTED
    codes = [code for code in _codes(asked) if code != "true"]
    if choice.entry.is_multilingual:
        _check_known("detect_language", codes, choice.entry)
    return codes


def _raw_format(options: TranscribeOptions) -> RawFormat | None:
    encoding = options.get("encoding")
    if encoding not in HEADERLESS:
        return None
    if encoding in FIXED_SAMPLE_RATES:
        return RawFormat(encoding, FIXED_SAMPLE_RATES[encoding], 1)
    rate = options.get("sample_rate")
    if rate is None:
        raise Refusal(BAD_QUERY, f"sample_rate: needed with encoding={encoding}")
    if not SLOWEST <= rate <= FASTEST:
        raise Refusal(BAD_QUERY, f"sample_rate: {rate} is not from {SLOWEST} to {FASTEST} Hz")
    return RawFormat(encoding, rate, options.get("channels", 1))


def _mapping(extra: Any) -> dict[str, str] | None:
    if not extra:
        return None
    if "" in extra or sum(len(name) + len(value) for name, value in extra.items()) > _LONGEST_EXTRA:
        raise Refusal(BAD_QUERY, f"extra: wants key:value, of {_LONGEST_EXTRA} characters at most in all")
    return dict(extra)


def _list(given: Any) -> list[str]:
    return [text for text in ([given] if isinstance(given, str) else given or ()) if text]


def follow_header(plan: Plan) -> Plan:
    """The plan for a recording that was called headerless but has a header, which knows better."""
    message = "`{}` had no effect: the recording has a header of its own, which was followed."
    others = [warning for warning in plan.warnings if warning.parameter not in plan.described]
    found = [ParameterWarning(name, "unused_parameter", message.format(name)) for name in plan.described]
    return replace(plan, raw=None, warnings=(*others, *found))
