"""The options of a live stream become a plan; what a stream cannot do is refused, in the service's words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sonant.contract.faults import BAD_QUERY, FEATURE_NOT_ALLOWED, KEYTERM_LIMIT, NO_SUCH_MODEL, SUMMARIZE_STREAM
from sonant.contract.listen import LiveOptions, ParameterWarning, TranscribeOptions, TurnConfigure, TurnOptions
from sonant.contract.query import options_of
from sonant.engine.listen.plan import Plan, fits_keyterms, make_plan, prompt_of
from sonant.engine.listen.turns import Rules
from sonant.engine.models.catalog import MULTI, Catalog
from sonant.engine.outbound import is_socket
from sonant.engine.refusals import Refusal

_REFUSED = ("detect_entities", "diarize", "diarize_model", "diarize_version", "redact", "topics", "detect_topics",
            "intents")  # fmt: skip
"""Features that no stream of this engine has."""
_RECORDINGS = options_of(TranscribeOptions).keys() - options_of(LiveOptions).keys()
"""What can be asked of recordings only; where it is not refused it has no effect, as with the service."""
_ENDPOINTING = 10


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What to do with a stream."""

    common: Plan
    """What it shares with a recording."""
    request_id: str
    created: str
    interim_results: bool
    endpointing: float | None
    """Milliseconds of silence that end the speech; None: none do."""
    utterance_end: float | None
    """Seconds between two words that end an utterance."""
    vad_events: bool


def make_live_plan(
    options: LiveOptions,
    unknown: Mapping[str, str],
    catalog: Catalog,
    *,
    request_id: str,
    created: str,
    repeated: Iterable[str] = (),
) -> LivePlan:
    """What options ask for.

    Args:
        options: as the contract reads them.
        unknown: what the contract lacks for streams, as written.
        catalog: the models there are.
        request_id: of the stream.
        created: RFC 3339, UTC.
        repeated: options of one value that were given several times.

    Raises:
        Refusal: what cannot be done, or is not there.
    """
    _refuse(options, unknown)
    shared = {name: value for name, value in options.items() if name in options_of(TranscribeOptions)}
    strange = [name for name in unknown if name not in _RECORDINGS]
    common = make_plan(cast("TranscribeOptions", shared), strange, catalog, repeated=repeated)
    warnings = (*common.warnings, *_warn_of_recordings(unknown), *_warn_unused(options))
    interim = options.get("interim_results", False)
    wait = options.get("utterance_end_ms")
    return LivePlan(
        common=replace(common, writing=replace(common.writing, paragraphs=False), alternatives=1, warnings=warnings),
        request_id=request_id,
        created=created,
        interim_results=interim,
        endpointing=_endpointing(options.get("endpointing", _ENDPOINTING)),
        utterance_end=wait / 1000 if wait and interim else None,
        vad_events=options.get("vad_events", False),
    )


def _warn_of_recordings(unknown: Mapping[str, str]) -> Iterator[ParameterWarning]:
    for name in _RECORDINGS.intersection(unknown):
        if unknown[name].lower() != "false":
            message = f"`{name}` is for recordings only; it had no effect on this stream."
            yield ParameterWarning(name, "unsupported_parameter", message)


def _warn_unused(options: LiveOptions) -> Iterator[ParameterWarning]:
    """Options of a stream that have no effect beside the others; the service takes them, so they are not refused."""
    if options.get("alternatives", 1) > 1:
        message = "A stream has one alternative; `alternatives` had no effect."
        yield ParameterWarning("alternatives", "unsupported_parameter", message)
    if "utterance_end_ms" in options and not options.get("interim_results"):
        message = "`utterance_end_ms` has no effect without `interim_results`."
        yield ParameterWarning("utterance_end_ms", "unused_parameter", message)
    if "callback_method" in options and is_socket(options.get("callback", "")):
        message = "`callback_method` has no effect where `callback` is a WebSocket."
        yield ParameterWarning("callback_method", "unused_parameter", message)


def _endpointing(given: bool | int) -> float | None:
    if isinstance(given, bool):
        return _ENDPOINTING if given else None
    return float(given)


def _refuse(options: LiveOptions, unknown: Mapping[str, str]) -> None:
    asked: dict[str, Any] = {**unknown, **options}
    if str(asked.get("summarize", "false")).lower() != "false":
        raise Refusal(SUMMARIZE_STREAM)
    refused = [name for name in _REFUSED if asked.get(name) not in (None, False, "false", "", ["false"])]
    if refused:
        raise Refusal(FEATURE_NOT_ALLOWED, ", ".join(refused))
    if options.get("model", "").startswith("flux"):
        raise Refusal(NO_SUCH_MODEL)


def with_numerals(plan: LivePlan, *, numerals: bool) -> LivePlan:
    """The plan with numbers as digits, or not."""
    return replace(plan, common=replace(plan.common, writing=replace(plan.common.writing, numerals=numerals)))


def with_keyterms(plan: LivePlan, terms: Sequence[str]) -> LivePlan:
    """The plan with other key terms.

    Raises:
        Refusal: they are too many.
    """
    return replace(plan, common=_with_terms(plan.common, terms))


def _with_terms(common: Plan, terms: Sequence[str]) -> Plan:
    if not fits_keyterms(terms):
        raise Refusal(KEYTERM_LIMIT)
    return replace(common, writing=replace(common.writing, terms=list(terms)), prompt=prompt_of(terms))


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """What to do with a conversation."""

    common: Plan
    request_id: str
    rules: Rules


_SAMPLE_RATES = (8000, 16000, 24000, 44100, 48000)
"""Hz that a conversation may have."""
_MODELS = {"flux-general-en": "en", "flux-general-multi": MULTI}


def make_turn_plan(
    options: TurnOptions, catalog: Catalog, *, request_id: str, repeated: Iterable[str] = ()
) -> TurnPlan:
    """What options ask for.

    Args:
        options: as the contract reads them.
        catalog: the models there are.
        request_id: of the conversation.
        repeated: options of one value that were given several times.

    Raises:
        Refusal: what cannot be done, or is not there.
    """
    if "redact" in options:
        raise Refusal(FEATURE_NOT_ALLOWED, "redact")
    if "model" not in options:
        raise Refusal(BAD_QUERY, "missing field `model`")
    language = _MODELS.get(options["model"])
    if language is None or (options.get("language_hint") and language != MULTI):
        raise Refusal(NO_SUCH_MODEL)
    if (rate := options.get("sample_rate", _SAMPLE_RATES[0])) not in _SAMPLE_RATES:
        raise Refusal(BAD_QUERY, f"sample_rate: {rate} is not one of {', '.join(map(str, _SAMPLE_RATES))}")
    shared = {name: value for name, value in options.items() if name in options_of(TranscribeOptions)}
    shared |= {"model": "nova-3", "language": language, "punctuate": True}
    common = make_plan(cast("TranscribeOptions", shared), (), catalog, repeated=repeated)
    # Each model that follows turns here is another's by its name, so of that nobody needs a warning.
    warnings = tuple(warning for warning in common.warnings if warning.parameter != "model" or "model" in repeated)
    common = replace(common, warnings=warnings)
    usual = Rules()
    rules = _check_rules(
        Rules(
            options.get("eot_threshold", usual.threshold),
            options.get("eager_eot_threshold"),
            options.get("eot_timeout_ms", usual.timeout * 1000) / 1000,
        )
    )
    return TurnPlan(common, request_id, rules)


def _check_rules(rules: Rules) -> Rules:
    if not 0.5 <= rules.threshold <= 1.0:
        raise Refusal(BAD_QUERY, f"eot_threshold: {rules.threshold} is not from 0.5 to 1.0")
    if rules.eager is not None and not 0.3 <= rules.eager <= min(0.9, rules.threshold):
        raise Refusal(BAD_QUERY, f"eager_eot_threshold: {rules.eager} is not from 0.3 to 0.9, or above eot_threshold")
    if not 0.5 <= rules.timeout <= 60:
        raise Refusal(BAD_QUERY, f"eot_timeout_ms: {rules.timeout * 1000:g} is not from 500 to 60000")
    return rules


def with_settings(plan: TurnPlan, change: TurnConfigure) -> TurnPlan:
    """The plan with other settings, all of them or none.

    Raises:
        Refusal: one of them cannot be.
    """
    rules, common = plan.rules, plan.common
    if (given := change.thresholds) is not None:
        rules = _check_rules(
            Rules(
                rules.threshold if given.eot_threshold is None else given.eot_threshold,
                rules.eager if given.eager_eot_threshold is None else given.eager_eot_threshold,
                rules.timeout if given.eot_timeout_ms is None else given.eot_timeout_ms / 1000,
            )
        )
    if change.keyterms is not None:
        common = _with_terms(common, change.keyterms)
    if change.language_hints is not None:
        if change.language_hints and common.language != MULTI:
            raise Refusal(BAD_QUERY, "language_hints: only flux-general-multi takes them")
        common = replace(common, hinted=change.language_hints)
    if change.numerals is not None:
        common = replace(common, writing=replace(common.writing, numerals=change.numerals))
    return replace(plan, common=common, rules=rules)
