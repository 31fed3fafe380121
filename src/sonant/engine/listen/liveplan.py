"""The options of a live stream become a plan; what a stream cannot do is refused, in the service's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sonant.contract.faults import FEATURE_NOT_ALLOWED, KEYTERM_LIMIT, NO_SUCH_MODEL, SUMMARIZE_STREAM
from sonant.contract.listen import LiveOptions, TranscribeOptions
from sonant.contract.query import options_of
from sonant.engine.listen.plan import Plan, fits_keyterms, make_plan, prompt_of
from sonant.engine.models.catalog import Catalog
from sonant.engine.refusals import Refusal

_REFUSED = ("detect_entities", "diarize", "diarize_model", "diarize_version", "redact", "topics", "detect_topics",
            "intents", "sentiment")  # fmt: skip
"""Features that no stream of this engine has."""
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
    common = make_plan(cast("TranscribeOptions", shared), unknown, catalog, repeated=repeated)
    interim = options.get("interim_results", False)
    wait = options.get("utterance_end_ms")
    return LivePlan(
        common=replace(common, writing=replace(common.writing, paragraphs=False), alternatives=1),
        request_id=request_id,
        created=created,
        interim_results=interim,
        endpointing=_endpointing(options.get("endpointing", _ENDPOINTING)),
        utterance_end=wait / 1000 if wait and interim else None,
        vad_events=options.get("vad_events", False),
    )


def _endpointing(given: bool | int) -> float | None:
    if isinstance(given, bool):
        return _ENDPOINTING if given else None
    return float(given)


def _refuse(options: LiveOptions, unknown: Mapping[str, str]) -> None:
    asked: dict[str, Any] = {**unknown, **options}
    if str(asked.get("summarize", "false")).lower() != "false":
        raise Refusal(SUMMARIZE_STREAM)
    refused = [name for name in _REFUSED if asked.get(name) not in {None, False, "false", ""}] if asked else []
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
    if not fits_keyterms(terms):
        raise Refusal(KEYTERM_LIMIT)
    writing = replace(plan.common.writing, terms=list(terms))
    return replace(plan, common=replace(plan.common, writing=writing, prompt=prompt_of(terms)))
