"""What options ask for becomes a plan; what does not go together is refused in the service's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from sonant.contract.faults import BAD_QUERY, UNSUPPORTED_FORMAT
from sonant.contract.speak import (
    AURA,
    FLUX,
    BadControl,
    BadFormat,
    Choice,
    Container,
    Format,
    SpeakFluxOptions,
    SpeakLiveOptions,
    SpeakOptions,
    SpeakTurnOptions,
    SpeechEncoding,
    check_expressivity,
    check_speed,
    choose_format,
)
from sonant.engine.models.casting import VoiceCatalog
from sonant.engine.models.personas import DEFAULT_VOICE
from sonant.engine.models.ports import Manner
from sonant.engine.models.voices import VoiceEntry
from sonant.engine.refusals import Refusal

_LIVELINESS = {-2: 0.6, -1: 0.8, 0: 1.0, 1: 1.25, 2: 1.5}
"""By expressivity: how far the pitch moves, as a factor."""


@dataclass(frozen=True, slots=True)
class SpeakPlan:
    """How to speak a text."""

    voice: VoiceEntry
    form: Format
    manner: Manner


def plan_aura(options: SpeakOptions, catalog: VoiceCatalog) -> SpeakPlan:
    """A plan for `POST /v1/speak`.

    Raises:
        Refusal: no such voice, or no such format.
    """
    form = _form(
        AURA,
        options.get("encoding", "mp3"),
        options.get("container"),
        options.get("sample_rate"),
        options.get("bit_rate"),
    )
    voice = catalog.resolve(options.get("model", DEFAULT_VOICE), "aura")
    return SpeakPlan(voice, form, Manner(options.get("speed", 1.0)))


def plan_flux(options: SpeakFluxOptions, catalog: VoiceCatalog) -> SpeakPlan:
    """A plan for `POST /v2/speak`.

    Raises:
        Refusal: no such voice, format, speed or expressivity; or what cannot wait has a priority.
    """
    if "priority" in options and "callback" not in options:
        raise Refusal(BAD_QUERY, "`priority` is for requests with a `callback`")
    form = _form(
        FLUX,
        options.get("encoding", "mp3"),
        options.get("container"),
        options.get("sample_rate"),
        options.get("bit_rate"),
    )
    return SpeakPlan(_flux_voice(options, catalog), form, _manner(options))


def plan_live(options: SpeakLiveOptions, catalog: VoiceCatalog) -> SpeakPlan:
    """A plan for the WebSocket `/v1/speak`.

    Raises:
        Refusal: no such voice, or no such format.
    """
    form = _form(AURA, options.get("encoding", "linear16"), "none", options.get("sample_rate"))
    voice = catalog.resolve(options.get("model", DEFAULT_VOICE), "aura")
    return SpeakPlan(voice, form, Manner(options.get("speed", 1.0)))


def plan_turns(options: SpeakTurnOptions, catalog: VoiceCatalog) -> SpeakPlan:
    """A plan for the WebSocket `/v2/speak`.

    Raises:
        Refusal: no such voice, format, speed or expressivity.
    """
    form = _form(FLUX, options.get("encoding", "linear16"), "none", options.get("sample_rate"))
    return SpeakPlan(_flux_voice(options, catalog), form, _manner(options))


def _form(
    choices: Mapping[SpeechEncoding, Choice],
    encoding: SpeechEncoding,
    container: Container | None,
    sample_rate: int | None,
    bit_rate: int | None = None,
) -> Format:
    try:
        return choose_format(choices, encoding, container, sample_rate, bit_rate)
    except BadFormat as error:
        raise Refusal(UNSUPPORTED_FORMAT, str(error)) from None


def _flux_voice(options: SpeakFluxOptions | SpeakTurnOptions, catalog: VoiceCatalog) -> VoiceEntry:
    if "model" not in options:
        raise Refusal(BAD_QUERY, "missing field `model`")
    return catalog.resolve(options["model"], "flux")


def _manner(options: SpeakFluxOptions | SpeakTurnOptions) -> Manner:
    speed, expressivity = options.get("speed", 1.0), options.get("expressivity", 0)
    try:
        check_speed(speed)
        check_expressivity(expressivity)
    except BadControl as error:
        raise Refusal(error.fault, error.detail) from None
    return Manner(speed, _LIVELINESS[int(expressivity)])
