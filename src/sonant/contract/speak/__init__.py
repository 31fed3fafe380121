"""Text to speech: options, bodies, messages, operations and sockets of `/v1/speak` and `/v2/speak`."""

from sonant.contract.listen import Accepted
from sonant.contract.speak.controls import (
    MOST_PAUSES,
    BadControl,
    Pause,
    Piece,
    Pronunciation,
    check_controls,
    check_expressivity,
    check_speed,
    find_open_control,
    find_pauses,
    parse_controls,
    plain_text,
)
from sonant.contract.speak.formats import (
    AURA,
    FLUX,
    BadFormat,
    Choice,
    Container,
    Format,
    SpeechEncoding,
    StreamEncoding,
    choose_format,
)
from sonant.contract.speak.live import (
    CLOSE_CODES,
    Clear,
    Close,
    Flush,
    Speak,
    SpeakCleared,
    SpeakControl,
    SpeakFlushed,
    SpeakMessage,
    SpeakMetadata,
    SpeakWarning,
)
from sonant.contract.speak.options import (
    AudioOptions,
    SpeakFluxOptions,
    SpeakLiveOptions,
    SpeakOptions,
    SpeakTurnOptions,
)
from sonant.contract.speak.turns import (
    Applied,
    ControlsApplied,
    Interrupt,
    PlaybackOffset,
    SessionMetadata,
    SpeakConfigure,
    SpeakConfigured,
    SpeakConfigureFailure,
    SpeakConnected,
    SpeakError,
    SpeakTurnControl,
    SpeakTurnMessage,
    SpeakTurnWarning,
    SpeechBegan,
    SpeechFacts,
    SpeechFlushed,
    SpeechInterrupted,
    SpeechMetadata,
)
from sonant.contract.wire import Operation, Part, Socket


class TextSource(Part, frozen=True):
    """A text, or the URL of one that the server fetches itself: exactly one of them."""

    text: str | None = None
    url: str | None = None


SPEAK: Operation[SpeakOptions, bytes] = Operation(
    name="speak",
    method="POST",
    path="/v1/speak",
    query=SpeakOptions,
    returns=bytes,
    json=TextSource,
    text=True,
)
"""A text becomes audio, which streams."""

SPEAK_CALLBACK: Operation[SpeakOptions, Accepted] = Operation(
    name="speak_callback",
    method="POST",
    path="/v1/speak",
    query=SpeakOptions,
    returns=Accepted,
    json=TextSource,
    text=True,
)
"""The same with `callback`: accepted at once, the audio is sent to a URL later."""

SPEAK_FLUX: Operation[SpeakFluxOptions, bytes] = Operation(
    name="speak_flux",
    method="POST",
    path="/v2/speak",
    query=SpeakFluxOptions,
    returns=bytes,
    json=TextSource,
    text=True,
    strict_query=True,
)
"""A text becomes audio in a Flux voice, which streams."""

SPEAK_FLUX_CALLBACK: Operation[SpeakFluxOptions, Accepted] = Operation(
    name="speak_flux_callback",
    method="POST",
    path="/v2/speak",
    query=SpeakFluxOptions,
    returns=Accepted,
    json=TextSource,
    text=True,
    strict_query=True,
)
"""The same with `callback`: accepted at once, the audio is sent to a URL later."""

SPEAK_LIVE: Socket[SpeakLiveOptions] = Socket(
    name="speak_live",
    path="/v1/speak",
    query=SpeakLiveOptions,
    says=SpeakControl,
    hears=SpeakMessage,
    hears_audio=True,
)
"""Text becomes audio while it is written."""

SPEAK_TURNS: Socket[SpeakTurnOptions] = Socket(
    name="speak_turns",
    path="/v2/speak",
    query=SpeakTurnOptions,
    says=SpeakTurnControl,
    hears=SpeakTurnMessage,
    strict_query=True,
    hears_audio=True,
)
"""The turns of a conversation become audio while they are written."""

__all__ = [
    "AURA",
    "CLOSE_CODES",
    "FLUX",
    "MOST_PAUSES",
    "SPEAK",
    "SPEAK_CALLBACK",
    "SPEAK_FLUX",
    "SPEAK_FLUX_CALLBACK",
    "SPEAK_LIVE",
    "SPEAK_TURNS",
    "Accepted",
    "Applied",
    "AudioOptions",
    "BadControl",
    "BadFormat",
    "Choice",
    "Clear",
    "Close",
    "Container",
    "ControlsApplied",
    "Flush",
    "Format",
    "Interrupt",
    "Pause",
    "Piece",
    "PlaybackOffset",
    "Pronunciation",
    "SessionMetadata",
    "Speak",
    "SpeakCleared",
    "SpeakConfigure",
    "SpeakConfigureFailure",
    "SpeakConfigured",
    "SpeakConnected",
    "SpeakControl",
    "SpeakError",
    "SpeakFlushed",
    "SpeakFluxOptions",
    "SpeakLiveOptions",
    "SpeakMessage",
    "SpeakMetadata",
    "SpeakOptions",
    "SpeakTurnControl",
    "SpeakTurnMessage",
    "SpeakTurnOptions",
    "SpeakTurnWarning",
    "SpeakWarning",
    "SpeechBegan",
    "SpeechEncoding",
    "SpeechFacts",
    "SpeechFlushed",
    "SpeechInterrupted",
    "SpeechMetadata",
    "StreamEncoding",
    "TextSource",
    "check_controls",
    "check_expressivity",
    "check_speed",
    "choose_format",
    "find_open_control",
    "find_pauses",
    "parse_controls",
    "plain_text",
]
