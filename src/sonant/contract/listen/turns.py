"""What both sides say on the WebSocket `/v2/listen`, which tells turns apart. Times are seconds from its start."""

from typing import Literal

from msgspec import UNSET, UnsetType, field

from sonant.contract.listen.live import CloseStream
from sonant.contract.wire import Event, Leaf, Message, Part

TurnEvent = Literal["Update", "StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EndOfTurn"]
Trigger = Literal["model", "manual", "timeout"]


class Thresholds(Part, frozen=True):
    """When a turn has ended; see `TurnOptions`."""

    eot_threshold: float | None = None
    eager_eot_threshold: float | None = None
    eot_timeout_ms: int | None = None


class TurnConfigure(Message, frozen=True, tag="Configure", forbid_unknown_fields=True):
    """Change how later audio is heard: all of it, or nothing if one value cannot be.

    Anything else in it, such as the `features` of v1, is a mistake that must not pass silently.
    """

    thresholds: Thresholds | None = None
    keyterms: list[str] | None = None
    """Replaces the whole list; `[]` clears it."""
    language_hints: list[str] | None = None
    """`[]` clears them."""
    numerals: bool | None = None


class ForceEndTurn(Message, frozen=True):
    """End the turn now."""


TurnControl = TurnConfigure | ForceEndTurn | CloseStream
"""What a client says beside audio."""


class Connected(Event, frozen=True):
    """The stream is open; the first message."""

    request_id: str
    sequence_id: int = field(default_factory=lambda: 0)


class TurnWord(Leaf, frozen=True):
    """One word of a turn, as a reader wants it."""

    word: str
    confidence: float
    start: float | None = None
    end: float | None = None


class TurnInfo(Event, frozen=True):
    """How a turn stands."""

    request_id: str
    sequence_id: int
    event: TurnEvent
    turn_index: int
    audio_window_start: float
    """Where the turn's audio begins."""
    audio_window_end: float
    """How far the audio was heard."""
    transcript: str
    words: list[TurnWord]
    end_of_turn_confidence: float
    languages: list[str] | None = None
    languages_hinted: list[str] | None = None
    trigger: Trigger | None = None
    """With `EndOfTurn`: what ended it."""


class TurnConfigured(Event, frozen=True, tag="ConfigureSuccess"):
    """The settings that hold now, all of them."""

    request_id: str
    sequence_id: int
    thresholds: Thresholds
    keyterms: list[str] = field(default_factory=lambda: [])
    language_hints: list[str] | UnsetType = UNSET
    numerals: bool | UnsetType = UNSET


class TurnConfigureFailure(Event, frozen=True, tag="ConfigureFailure"):
    """The new settings were not taken."""

    request_id: str
    sequence_id: int
    code: str = field(default_factory=lambda: "")
    description: str = field(default_factory=lambda: "")


class TurnWarning(Event, frozen=True, tag="Warning"):
    """Something was asked that could not be done."""

    request_id: str
    sequence_id: int
    code: str
    description: str


class TurnError(Event, frozen=True, tag="Error"):
    """The stream ends, for this reason."""

    sequence_id: int
    code: str
    description: str


TurnMessage = Connected | TurnInfo | TurnConfigured | TurnConfigureFailure | TurnWarning | TurnError
"""What a server says."""
