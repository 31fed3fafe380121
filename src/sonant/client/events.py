"""What a live session tells beside the service's own messages, and the names under which handlers are registered."""

from __future__ import annotations

from enum import StrEnum
from types import UnionType
from typing import get_args

from msgspec import Struct

from sonant.client.errors import SonantError
from sonant.contract.codec import Unknown
from sonant.contract.listen import (
    Connected,
    LiveMessage,
    TurnConfigured,
    TurnConfigureFailure,
    TurnError,
    TurnInfo,
    TurnWarning,
)


class LiveTranscriptionEvents(StrEnum):
    """The JavaScript SDK's names of events, and those of the session itself."""

    OPEN = "open"
    CLOSE = "close"
    ERROR = "error"
    TRANSCRIPT = "Results"
    METADATA = "Metadata"
    UTTERANCE_END = "UtteranceEnd"
    SPEECH_STARTED = "SpeechStarted"
    UNHANDLED = "Unhandled"
    RECONNECTING = "reconnecting"
    RECONNECTED = "reconnected"
    AUDIO_LOST = "audio_lost"
    CONNECTED = "Connected"
    TURN = "TurnInfo"


class Opened(Struct, frozen=True):
    """The first connection is there."""

    request_id: str | None


class Reconnecting(Struct, frozen=True):
    """The connection is gone, and another one is on its way."""

    reason: str
    attempt: int
    """From 1."""
    delay: float
    """Seconds until then."""
    planned: bool = False
    """Whether it was for `max_session` or `reconnect()`, and nothing went wrong."""


class Reconnected(Struct, frozen=True):
    """Another connection is there, and what was not final is sent again."""

    connection: int
    """Its number; the first connection is 0."""
    request_id: str | None
    replayed_seconds: float
    """Audio that is sent again, with the pause before it in which the connection begins: 0.3 s at most."""
    lost_seconds: float
    """Audio that could not be, because its copy was given up (`replay_seconds`)."""


class AudioLost(Struct, frozen=True):
    """Audio that will not be transcribed."""

    start: float
    """Seconds from the start of the stream."""
    end: float
    bytes: int
    reason: str


class Closed(Struct, frozen=True):
    """The session is over; the last event."""

    code: int
    """WebSocket close code; 1006 without one."""
    reason: str


SessionEvent = Opened | Reconnecting | Reconnected | AudioLost | Closed
LiveEvent = LiveMessage | Unknown | SessionEvent
"""What a live transcription yields."""
TurnEvents = (
    Connected | TurnInfo | TurnConfigured | TurnConfigureFailure | TurnWarning | TurnError | Unknown | SessionEvent
)
"""What a conversation of turns yields."""

_NAMES = {
    "Opened": "open",
    "Closed": "close",
    "LiveError": "error",
    "TurnError": "error",
    "Reconnecting": "reconnecting",
    "Reconnected": "reconnected",
    "AudioLost": "audio_lost",
    "SpeakError": "error",
    "TextReplayed": "text_replayed",
    "TextLost": "text_lost",
    "AudioCut": "audio_cut",
    "Unknown": "Unhandled",
}


def name_of(event: object) -> str:
    """The name under which an event's handlers are registered."""
    return "error" if isinstance(event, SonantError) else _name_of_type(type(event))


def names_of(union: UnionType) -> frozenset[str]:
    """The names of all events of a kind of stream; `error` among them, for the error that ends one."""
    return frozenset({"error", *map(_name_of_type, get_args(union))})


def _name_of_type(kind: type) -> str:
    known = _NAMES.get(kind.__name__)
    return known or str(getattr(kind, "__struct_config__").tag or kind.__name__)  # noqa: B009
