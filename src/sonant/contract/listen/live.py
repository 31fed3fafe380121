"""What both sides say on the WebSocket `/v1/listen`. Times are seconds from the start of the stream."""

from typing import Any

from msgspec import field

from sonant.contract.listen.transcript import (
    Alternative,
    Channel,
    DiarizeInfo,
    Entity,
    ModelInfo,
    ParameterWarning,
)
from sonant.contract.wire import Event, Message, Part


class Features(Part, frozen=True):
    """What can be switched while a stream runs."""

    numerals: bool | None = None


class Configure(Message, frozen=True):
    """Change how later audio is heard.

    `processors` is the JavaScript SDK's name for `features`; both are read. `keyterms` replaces the whole list, `[]`
    clears it, and leaving it out keeps it.
    """

    features: Features | None = None
    processors: Features | None = None
    keyterms: list[str] | None = None


class Finalize(Message, frozen=True):
    """Have all audio so far transcribed for good; of one channel, if it says which."""

    channel: int | None = None


class KeepAlive(Message, frozen=True):
    """Keep the stream open while there is no audio."""


class CloseStream(Message, frozen=True):
    """No more audio: have the rest transcribed, then close."""


LiveControl = Configure | Finalize | KeepAlive | CloseStream
"""What a client says beside audio."""


class LiveInfo(Part, frozen=True):
    """Who transcribed."""

    request_id: str
    model_info: ModelInfo
    model_uuid: str
    diarize_info: DiarizeInfo | None = None


class LiveResults(Event, frozen=True, tag="Results"):
    """What was said in a window of one channel, for good (`is_final`) or for now."""

    channel_index: list[int]
    """The channel, and how many there are."""
    duration: float
    """Of the window."""
    start: float
    """Where the window begins in the stream."""
    is_final: bool
    speech_final: bool
    """Whether the speech ended here, by silence or `Finalize`."""
    channel: Channel
    metadata: LiveInfo
    from_finalize: bool = field(default_factory=lambda: False)
    entities: list[Entity] | None = None
    stable_words: int | None = None
    """How many of an interim's first words will not change any more; sonant's engine says so."""

    @property
    def best(self) -> Alternative:
        """The best reading; an empty one where none came."""
        alternatives = self.channel.alternatives
        return alternatives[0] if alternatives else Alternative("", 0.0, [])

    @property
    def transcript(self) -> str:
        """What was said."""
        return self.best.transcript

    @property
    def end(self) -> float:
        """Where the window ends in the stream."""
        return self.start + self.duration


class LiveMetadata(Event, frozen=True, tag="Metadata"):
    """Facts about the stream; the last message before it closes."""

    request_id: str
    sha256: str
    created: str
    """RFC 3339, UTC."""
    duration: float
    """Seconds of audio that came."""
    channels: int
    transaction_key: str = field(default_factory=lambda: "deprecated")
    models: list[str] | None = None
    model_info: dict[str, ModelInfo] | None = None
    warnings: list[ParameterWarning] | None = None
    extra: dict[str, Any] | None = None
    tags: list[str] | None = None


class SpeechStarted(Event, frozen=True):
    """Somebody begins to speak."""

    channel: list[int]
    """The channel, and how many there are."""
    timestamp: float


class UtteranceEnd(Event, frozen=True):
    """No word for `utterance_end_ms`."""

    channel: list[int]
    """The channel, and how many there are."""
    last_word_end: float


class ConfigureSuccess(Event, frozen=True):
    """The new settings hold; with the key terms, if those were replaced."""

    request_id: str
    keyterms: list[str] | None = None


class ConfigureFailure(Event, frozen=True):
    """The new settings were not taken."""

    request_id: str
    code: str
    description: str


class LiveError(Event, frozen=True, tag="Error"):
    """Something the server could not do; the stream goes on, if it is not closed."""

    description: str = field(default_factory=lambda: "")
    variant: str | None = None
    message: str | None = None
    """The client's message that was not understood."""
    code: str | None = None


LiveMessage = (
    LiveResults | LiveMetadata | SpeechStarted | UtteranceEnd | ConfigureSuccess | ConfigureFailure | LiveError
)
"""What a server says."""
