"""Options become a plan: which model, what to do, what follows from it, and what cannot be done.

No option is passed over in silence. Each one asked for either shapes the answer, is echoed in it, is refused, or has
an entry in the answer's `metadata.warnings`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sonant.contract.audio import FIXED_SAMPLE_RATES, SAMPLE_BYTES
from sonant.contract.faults import BAD_QUERY, DIARIZE_TWICE, SUMMARIZE_V1
from sonant.contract.listen import ParameterWarning, TranscribeOptions
from sonant.engine.audio.decode import RawFormat
from sonant.engine.models.catalog import Catalog, Entry
from sonant.engine.refusals import Refusal

DEFAULT_MODEL = "base-general"
DEFAULT_LANGUAGE = "en"
DEFAULT_UTT_SPLIT = 0.8

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
    extra: dict[str, str] | None
    tags: list[str] | None
    warnings: tuple[ParameterWarning, ...]


def make_plan(options: TranscribeOptions, unknown: Iterable[str], catalog: Catalog) -> Plan:
    """What options ask for; `unknown` are the names that the contract lacks.

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
        extra=_mapping(options.get("extra")),
        tags=_list(options.get("tag")),
        warnings=tuple(_warn(options, unknown)),
    )


def _refuse_contradictions(options: TranscribeOptions) -> None:
    if "diarize_model" in options and (options.get("diarize") or "diarize_version" in options):
        raise Refusal(DIARIZE_TWICE)
    if options.get("summarize") == "v1":
        raise Refusal(SUMMARIZE_V1)


def _raw_format(options: TranscribeOptions) -> RawFormat | None:
    encoding = options.get("encoding")
    if encoding is None:
        return None
    rate = options.get("sample_rate", FIXED_SAMPLE_RATES.get(encoding))
    if rate is None and encoding in SAMPLE_BYTES:
        raise Refusal(BAD_QUERY, f"sample_rate: needed with encoding={encoding}")
    return RawFormat(encoding, rate or 0, options.get("channels", 1))


def _mapping(extra: Any) -> dict[str, str] | None:
    return dict(extra) if extra else None


def _list(tags: Any) -> list[str] | None:
    return [tags] if isinstance(tags, str) else list(tags) if tags else None


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
    for name in unknown:
        yield ParameterWarning(name, "unknown_parameter", f"There is no parameter `{name}`; it had no effect.")


def _asks(name: str, value: Any) -> bool:
    """Whether a value asks for something that would not be so without it."""
    return value is not False and value != [] and not (name == "alternatives" and value == 1)


def follow_header(plan: Plan) -> Plan:
    """The plan for a recording that was called headerless but has a header, which knows better."""
    message = "The recording has a header of its own, which was followed."
    return replace(plan, raw=None, warnings=(*plan.warnings, ParameterWarning("encoding", "unused_parameter", message)))
