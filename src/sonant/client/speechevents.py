"""What a live voice tells beside the service's own messages, and the names under which handlers are registered."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sonant.client.events import Closed, Opened, Reconnected, Reconnecting
from sonant.contract.codec import Unknown
from sonant.contract.speak import SpeakMessage, SpeakTurnMessage
from sonant.contract.wire import Event


class LiveTTSEvents(StrEnum):
    """The JavaScript SDK's names of events, and those of turns and of the session itself."""

    OPEN = "open"
    CLOSE = "close"
    ERROR = "error"
    METADATA = "Metadata"
    FLUSHED = "Flushed"
    CLEARED = "Cleared"
    WARNING = "Warning"
    AUDIO = "Audio"
    UNHANDLED = "Unhandled"
    RECONNECTING = "reconnecting"
    RECONNECTED = "reconnected"
    TEXT_REPLAYED = "text_replayed"
    TEXT_LOST = "text_lost"
    AUDIO_CUT = "audio_cut"
    CONNECTED = "Connected"
    SPEECH_STARTED = "SpeechStarted"
    SPEECH_METADATA = "SpeechMetadata"
    SPEECH_INTERRUPTED = "SpeechInterrupted"
    CONFIGURE_SUCCESS = "ConfigureSuccess"
    CONFIGURE_FAILURE = "ConfigureFailure"
    SESSION_METADATA = "SessionMetadata"


class Audio(Event, frozen=True):
    """Audio: whole samples, as soon as they came."""

    data: bytes
    start: float
    """Seconds of audio that came before it, over all connections."""
    speech_id: str | None = None
    """The turn it belongs to; None on `/v1/speak`, which has none."""
    clears: int = 0
    """How many `clear` or `interrupt` came before it."""

    def __bytes__(self) -> bytes:
        return self.data


class TextReplayed(Struct, frozen=True):
    """The connection was lost before a text was spoken: it is sent again, on the new one, from its beginning."""

    text: str
    heard_seconds: float
    """Audio of it that came before, and is heard again unless so much of what follows is left out."""


class TextLost(Struct, frozen=True):
    """Text that will not be spoken."""

    text: str
    heard_seconds: float
    """Audio of it that came."""
    reason: str


class AudioCut(Struct, frozen=True):
    """The audio of a text, or of all, ended within a sample: what came of the sample is not handed over."""

    bytes: int
    start: float
    """Seconds of audio that came before it, over all connections."""


SpeechEvent = Opened | Reconnecting | Reconnected | TextReplayed | TextLost | AudioCut | Closed
SpeakEvents = Audio | SpeakMessage | Unknown | SpeechEvent
"""What a live voice yields."""
SpeakTurnEvents = Audio | SpeakTurnMessage | Unknown | SpeechEvent
"""What a voice that speaks in turns yields."""
