"""What both sides say on the WebSocket `/v2/speak`, which speaks turn by turn.

A turn's text begins with a `Speak` and ends with a `Flush`; its audio lies between `SpeechStarted` and
`SpeechMetadata`, or `SpeechInterrupted`. Durations are whole milliseconds.
"""

from typing import Literal

from msgspec import field

from sonant.contract.speak.live import Close, Flush, Speak
from sonant.contract.wire import Event, Message, Part


class PlaybackOffset(Part, frozen=True):
    """How much of the session's audio was played, from its start."""

    value: int
    type: Literal["time_ms"] = field(default_factory=lambda: "time_ms")


class Interrupt(Message, frozen=True):
    """Give up the turn that is spoken and those that wait behind it."""

    playback_offset: PlaybackOffset | None = None
    """Without it the answer cannot say which words were heard."""


class SpeakConfigure(Message, frozen=True, tag="Configure", forbid_unknown_fields=True):
    """Change how later text is spoken. A setting that is none is refused, as it would pass unnoticed."""

    speed: float | None = None


SpeakTurnControl = Speak | Flush | Interrupt | SpeakConfigure | Close
"""What a client says."""


class ControlsApplied(Part, frozen=True):
    """How many inline controls were followed."""

    pronunciations_applied: int = field(default_factory=int)
    breaks_applied: int = field(default_factory=int)
    """Always 0 here: pauses are for `POST /v2/speak`."""
    pronunciation_warnings: int = field(default_factory=int)


class SpeechFacts(Part, frozen=True):
    """What a turn came to."""

    speech_id: str
    audio_duration_ms: int
    """Of the audio made for it."""
    input_character_count: int
    billable_character_count: int
    """Without what was stripped from the text."""
    controls_applied: ControlsApplied = field(default_factory=ControlsApplied)


class SpeakConnected(Event, frozen=True, tag="Connected"):
    """Who speaks; the first message."""

    request_id: str
    model_name: str
    model_version: str
    model_uuids: list[str]


class SpeechBegan(Event, frozen=True, tag="SpeechStarted"):
    """The audio of a turn follows."""

    speech_id: str


class SpeechFlushed(Event, frozen=True, tag="Flushed"):
    """All text of a turn is in the making; audio may still follow."""

    speech_id: str


class SpeechMetadata(Event, frozen=True):
    """A turn was spoken to its end; the fields are those of `SpeechFacts`."""

    speech_id: str
    audio_duration_ms: int
    input_character_count: int
    billable_character_count: int
    controls_applied: ControlsApplied = field(default_factory=ControlsApplied)


class SpeechInterrupted(Event, frozen=True):
    """A turn was given up; no `SpeechMetadata` follows."""

    audio_played_ms: int
    """Of the session: as the client said, else all that was made."""
    metadata: SpeechFacts
    text_spoken: str | None = None
    text_remaining: str | None = None


class Applied(Part, frozen=True):
    """The settings that hold now, as far as they were set."""

    speed: float | None = None


class SpeakConfigured(Event, frozen=True, tag="ConfigureSuccess"):
    """The new settings were taken; they hold from the next segment on."""

    applied: Applied


class SpeakConfigureFailure(Event, frozen=True, tag="ConfigureFailure"):
    """The new settings were not taken."""

    code: str
    description: str
    field: str | None = None
    value: float | None = None


class SessionMetadata(Event, frozen=True):
    """What all turns came to; the last message."""

    total_audio_duration_ms: int
    """An `Interrupt` counts what was played."""
    total_input_character_count: int
    total_billable_character_count: int


class SpeakTurnWarning(Event, frozen=True, tag="Warning"):
    """Something was asked that could not be done."""

    code: str
    description: str


class SpeakError(Event, frozen=True, tag="Error"):
    """The session ends, for this reason."""

    code: str
    description: str


SpeakTurnMessage = (
    SpeakConnected
    | SpeechBegan
    | SpeechFlushed
    | SpeechMetadata
    | SpeechInterrupted
    | SpeakConfigured
    | SpeakConfigureFailure
    | SessionMetadata
    | SpeakTurnWarning
    | SpeakError
)
"""What a server says, beside audio."""
