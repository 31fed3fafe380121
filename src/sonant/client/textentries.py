"""What a voice is told, one by one: texts, and the messages among them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sonant.contract.speak import Flush, Speak
from sonant.contract.wire import Message


class Nudge(Flush, frozen=True, tag="Flush"):
    """A `Flush` that only hastens what comes anyway: it is left out where flushes are scarce."""


class Entry:
    """Something to say.

    Attributes:
        message: what.
        number: of a `Flush` that is answered, from 0; -1 for all else.
        is_kept: whether it is said again on another connection.
        sent_at: when it was said; None until then.
    """

    __slots__ = ("is_kept", "message", "number", "sent_at")

    def __init__(self, message: Message, *, number: int = -1, is_kept: bool = True) -> None:
        self.message, self.number, self.is_kept = message, number, is_kept
        self.sent_at: float | None = None


def tell_unspoken(text: str) -> str:
    """What to say of a text that was not spoken; nothing if there are no words in it."""
    return f"{len(text)} characters were not spoken: `unspoken` holds them." if text.strip() else ""


def text_of(entries: Sequence[Entry]) -> str:
    """The text among entries."""
    return "".join(entry.message.text for entry in entries if isinstance(entry.message, Speak))


def has_loose_text(entries: Sequence[Entry], sent: int) -> bool:
    """Whether there is text without a `Flush` behind it that is sure to be sent, when so many entries were sent."""
    for at in range(len(entries) - 1, -1, -1):
        message = entries[at].message
        if isinstance(message, Speak):
            return True
        if isinstance(message, Flush) and (at < sent or not isinstance(message, Nudge)):
            return False
    return False
