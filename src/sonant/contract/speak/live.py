"""What both sides say on the WebSocket `/v1/speak`, beside the audio that the server sends."""

from msgspec import field
from msgspec.structs import force_setattr

from sonant.contract.wire import Event, Message

CLOSE_CODES = {
    "MESSAGE-0000": 1003,
    "DATA-0000": 1008,
    "DATA-0001": 1008,
    "DATA-0002": 1008,
    "BIG-0000": 1009,
    "BIG-0001": 1009,
    "NET-0000": 1011,
    "NET-0001": 1011,
    "NET-0002": 1011,
    "NET-0003": 1011,
    "NET-0004": 1011,
}
"""With which WebSocket code a stream closes for a reason: an unreadable message, a wrong command, too much text a
minute, a wrong inline control, a message or a text too large, an error inside, of receiving, of sending, the longest
session, and (on `/v2/speak`) a minute without a message."""


class Speak(Message, frozen=True):
    """Text to be spoken: it joins what was said before it."""

    text: str


class Flush(Message, frozen=True):
    """Speak all that was said so far; on `/v2/speak` the turn's text ends here."""


class Clear(Message, frozen=True):
    """Forget the text that is not spoken and the audio that is not sent."""


class Close(Message, frozen=True):
    """No more text: speak what is left, then close."""


SpeakControl = Speak | Flush | Clear | Close
"""What a client says."""


class SpeakMetadata(Event, frozen=True, tag="Metadata"):
    """Who speaks; the first message."""

    request_id: str
    model_name: str
    model_version: str
    model_uuid: str
    additional_model_uuids: list[str] | None = None


class SpeakFlushed(Event, frozen=True, tag="Flushed"):
    """All audio of a `Flush` was sent."""

    sequence_id: int
    """From 0, one more with each `Flush`."""


class SpeakCleared(Event, frozen=True, tag="Cleared"):
    """A `Clear` was done: no audio from before it follows."""

    sequence_id: int
    """From 0, one more with each `Clear`."""


class SpeakWarning(Event, frozen=True, tag="Warning"):
    """Something was asked that could not be done.

    The service writes other names than its description has: both are read and both are sent.
    """

    code: str = field(default_factory=str)
    description: str = field(default_factory=str)
    warn_code: str = field(default_factory=str)
    warn_msg: str = field(default_factory=str)

    def __post_init__(self) -> None:
        """Fill each name from the other."""
        for name, other in (("code", "warn_code"), ("description", "warn_msg")):
            value: str = getattr(self, name) or getattr(self, other)
            force_setattr(self, name, value)
            force_setattr(self, other, value)


SpeakMessage = SpeakMetadata | SpeakFlushed | SpeakCleared | SpeakWarning
"""What a server says, beside audio."""
