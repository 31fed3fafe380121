"""What a session takes to its service (again, where a connection was lost) and hears of it: the protocols of both."""

from __future__ import annotations

from typing import Any, Protocol

from sonant.client.stats import Stats
from sonant.contract.wire import Message


class Feed(Protocol):
    """One kind of session's way of feeding its service. Pure: the clock is handed in.

    Attributes:
        stats: the session's figures.
        events: what happened and was not fetched yet, the session's own events among it.
        closing: the message that says that no more comes.
        keepalive: the message that only says that we are there; None where WebSocket pings do.
    """

    stats: Stats
    events: list[Any]
    closing: Message
    keepalive: Message | None

    @property
    def progress(self) -> int:
        """Grows with what is final."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether all that was accepted is final."""
        ...

    @property
    def has_more(self) -> bool:
        """Whether anything waits to be sent."""
        ...

    @property
    def is_paced(self) -> bool:
        """Whether what waits is held back for its time."""
        ...

    @property
    def backlog(self) -> float:
        """Seconds that what is held back will need; 0 where nothing is, or where that is not known."""
        ...

    @property
    def is_owed(self) -> bool:
        """Whether the service has text to answer for, whatever else it says."""
        ...

    @property
    def has_said_close(self) -> bool:
        """Whether this connection was told that no more comes."""
        ...

    def begin(self, now: float) -> float:
        """Begin with a new connection; returns the seconds of audio that are sent again."""
        ...

    def accept(self, data: Any) -> None:
        """Take what is to be carried.

        Raises:
            BufferFull: there is no room now; nothing was taken.
            SonantError: it is not what it should be.
        """
        ...

    def say(self, message: Message) -> None:
        """Have a message sent after all that was accepted so far."""
        ...

    def finish(self) -> None:
        """No more comes."""
        ...

    def take(self, now: float) -> str | bytes | None:
        """The next message to send, if its time has come."""
        ...

    def is_speech(self, payload: str | bytes) -> bool:
        """Whether the service has something to say about a message."""
        ...

    def has_speech(self) -> bool:
        """Whether the service has something to say about what is not final."""
        ...

    def is_pause(self) -> bool:
        """Whether a change of connection would disturb little now."""
        ...

    @property
    def is_replayable(self) -> bool:
        """Whether all that was sent and is not final may be sent again on another connection, and can be."""
        ...

    def finish_sent(self) -> None:
        """The service has said its last word on all that was sent."""
        ...

    def give_up(self, reason: str) -> str:
        """Nothing more will become final; what did not is told of as lost. What the stream's error is to say of it."""
        ...


class Follower(Protocol):
    """How the messages of one kind of socket move a session on."""

    hears: Any
    """The union of the service's messages."""
    hears_audio: bool
    """Whether binary messages are audio; else they are read as texts."""

    @property
    def heard_to(self) -> float:
        """Seconds of the stream up to which the service has said something; on one connection it only grows."""
        ...

    def begin(self) -> None:
        """A new connection counts from nothing."""
        ...

    def follow(self, message: Any, now: float, *, rotating: bool) -> Any:
        """The message on the stream's timeline, or None if it tells nothing new; moves the watermark."""
        ...

    def finish(self) -> None:
        """Nothing more comes."""
        ...

    def has_heard_all(self) -> bool:
        """Whether the service told of all that was sent, though not for good."""
        ...
