"""Options become a plan: which model, what to do, what follows from it, and what cannot be done.

No option is passed over in silence. Each one asked for either shapes the answer, is echoed in it, is refused, or has
an entry in the answer's `metadata.warnings`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sonant.contract.audio import FIXED_SAMPLE_RATES
from sonant.contract.faults import BAD_QUERY, DIARIZE_TWICE, SUMMARIZE_V1
from sonant.contract.listen import ParameterWarning, TranscribeOptions
from sonant.engine.audio.decode import HEADERLESS, RawFormat
from sonant.engine.models.catalog import Catalog, Entry
from sonant.engine.refusals import Refusal

DEFAULT_MODEL = "base-general"
DEFAULT_LANGUAGE = "en"
DEFAULT_UTT_SPLIT = 0.8
SLOWEST, FASTEST = 4_000, 192_000
"""Sample rates of headerless audio, in Hz."""

FOLLOWED = frozenset(
    {
        "alternatives", "callback", "callback_method", "channels", "encoding", "extra", "language", "mip_opt_out",
        "model", "multichannel", "paragraphs", "punctuate", "sample_rate", "smart_format", "tag", "utt_split",
        "utterances", "version",
    }
)  # fmt: skip
"""Options that do what they say; `mip_opt_out` because nothing is ever kept."""

APPROXIMATED = {
    "smart_format": "Punctuation and paragraphs were applied; numbers, dates and the like are as the model wrote them."
}
"""Options that are followed in part, and how."""

_NEEDS = {
    "callback_method": "callback",
    "channels": "encoding",
    "sample_rate": "encoding",
    "utt_split": "utterances",
}
"""Options that mean nothing without another."""

_HOMES = {"en": "US"}
"""Regions whose spelling a model of the bare language writes; elsewhere the one of the same name, as in de-DE."""

_DESCRIBING = ("encoding", "sample_rate", "channels")
"""Options that say how a headerless recording is coded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a recording."""

    model: Entry
    language: str
    """Two-letter code."""
    punctuate: bool
    paragraphs: bool
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
    model, language = catalog.resolve(
        options.get("model", DEFAULT_MODEL),
        options.get("version", "latest"),
        options.get("language", DEFAULT_LANGUAGE),
    )
    smart = options.get("smart_format", False)
    paragraphs = smart or options.get("paragraphs", False)
    return Plan(
        model=model,
        language=language,
        punctuate=paragraphs or options.get("punctuate", False),
        paragraphs=paragraphs,
        utterances=options.get("utterances", False),
        utt_split=options.get("utt_split", DEFAULT_UTT_SPLIT),
        multichannel=options.get("multichannel", False),
        raw=_raw_format(options),
        described=tuple(name for name in _DESCRIBING if name in options),
        extra=_mapping(options.get("extra")),
        tags=_list(options.get("tag")),
        warnings=(*_warn(options, unknown), *_warn_repeated(repeated), *_warn_substituted(options, model)),
    )


def _refuse_contradictions(options: TranscribeOptions) -> None:
    if "diarize_model" in options and (options.get("diarize") or "diarize_version" in options):
        raise Refusal(DIARIZE_TWICE)
    if options.get("summarize") == "v1":
        raise Refusal(SUMMARIZE_V1)


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
    return dict(extra) if extra else None


def _list(tags: Any) -> list[str] | None:
    given = [tags] if isinstance(tags, str) else tags or ()
    return [tag for tag in given if tag] or None


def _warn(options: TranscribeOptions, unknown: Iterable[str]) -> Iterator[ParameterWarning]:
    asked = {name for name, value in options.items() if _asks(name, value)}
    for name in options:
        if name not in asked:
            continue
        if name in APPROXIMATED:
            yield ParameterWarning(name, "approximated_parameter", APPROXIMATED[name])
        elif name not in FOLLOWED or name == "alternatives":
            yield ParameterWarning(name, "unsupported_parameter", f"`{name}` is not supported yet; it had no effect.")
        elif _NEEDS.get(name, name) not in asked:
            message = f"`{name}` has no effect without `{_NEEDS[name]}`."
            yield ParameterWarning(name, "unused_parameter", message)
        elif name in _DESCRIBING and (reason := _why_undescribed(name, options)):
            yield ParameterWarning(name, "unused_parameter", reason)
    for name in unknown:
        yield ParameterWarning(name, "unknown_parameter", f"There is no parameter `{name}`; it had no effect.")


def _why_undescribed(name: str, options: TranscribeOptions) -> str:
    """Why a description of the recording has no effect, or nothing if it has."""
    encoding = options.get("encoding", "")
    if encoding not in HEADERLESS:
        return f"`{name}` had no effect: {encoding} comes in a container, which says how it is coded."
    fixed = {"sample_rate": FIXED_SAMPLE_RATES.get(encoding), "channels": 1}
    if encoding in FIXED_SAMPLE_RATES and name in fixed and options.get(name) != fixed[name]:
        return f"`{name}` had no effect: with encoding={encoding} it is always {fixed[name]}."
    return ""


def _warn_repeated(names: Iterable[str]) -> Iterator[ParameterWarning]:
    for name in names:
        message = f"`{name}` takes one value and was given several; the last one was followed."
        yield ParameterWarning(name, "repeated_parameter", message)


def _warn_substituted(options: TranscribeOptions, model: Entry) -> Iterator[ParameterWarning]:
    """Where a name was answered by what is nearest to it."""
    name, language = options.get("model"), options.get("language", DEFAULT_LANGUAGE)
    if name is not None and not model.is_called(name):
        message = f"`{name}` is not installed here; the recording was transcribed by `{model.canonical_name}`."
        yield ParameterWarning("model", "substituted_model", message)
    code, _, region = language.partition("-")
    if region and region.upper() != _HOMES.get(code.lower(), code.upper()):
        message = f"The model knows `{code.lower()}` without its regions; spellings may differ from `{language}`."
        yield ParameterWarning("language", "approximated_parameter", message)


def _asks(name: str, value: Any) -> bool:
    """Whether a value asks for something that would not be so without it."""
    return value is not False and value != [] and not (name == "alternatives" and value == 1)


def follow_header(plan: Plan) -> Plan:
    """The plan for a recording that was called headerless but has a header, which knows better."""
    message = "`{}` had no effect: the recording has a header of its own, which was followed."
    others = [warning for warning in plan.warnings if warning.parameter not in plan.described]
    found = [ParameterWarning(name, "unused_parameter", message.format(name)) for name in plan.described]
    return replace(plan, raw=None, warnings=(*others, *found))
