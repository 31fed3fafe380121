"""What a voice is told, one by one: texts, and the messages among them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sonant.contract.speak import Clear, Flush, Interrupt, Speak, SpeakConfigure
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


class Outbox:
    """What is not spoken: first what was sent over this connection, then what was not.

    Attributes:
        asked: how many flushes were sent that are not answered.
        settled: how many entries were spoken.
    """

    __slots__ = ("_entries", "_sent", "asked", "settled")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._sent = self.asked = self.settled = 0

    @property
    def text(self) -> str:
        """All of it."""
        return _text_of(self._entries)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing, sent or not."""
        return not self._entries

    @property
    def is_settled(self) -> bool:
        """Whether all text is spoken."""
        return not any(entry.is_kept for entry in self._entries)

    @property
    def next(self) -> Entry | None:
        """What is to be sent next."""
        return self._entries[self._sent] if self._sent < len(self._entries) else None

    @property
    def has_loose_text(self) -> bool:
        """Whether there is text without a `Flush` behind it that is sure to be sent."""
        for at in range(len(self._entries) - 1, -1, -1):
            message = self._entries[at].message
            if isinstance(message, Speak):
                return True
            if isinstance(message, Flush) and (at < self._sent or not isinstance(message, Nudge)):
                return False
        return False

    def add(self, entry: Entry) -> None:
        """Put something behind all else."""
        self._entries.append(entry)

    def put_next(self, entry: Entry) -> None:
        """Put something before all that was not sent."""
        self._entries.insert(self._sent, entry)

    def leave_out(self) -> None:
        """Do not send what is next."""
        del self._entries[self._sent]

    def note_sent(self, entry: Entry, now: float) -> None:
        """What is next was sent; it stays if it may have to be sent again."""
        entry.sent_at = now
        if entry.is_kept:
            self._sent += 1
        else:
            self.leave_out()
        self.asked += entry.number >= 0

    def drop(self, message: Message) -> None:
        """Nothing is to be spoken any more, which a message says."""
        rest = [entry for entry in self._entries[self._sent :] if isinstance(entry.message, SpeakConfigure)]
        self._entries = [*rest, Entry(message, is_kept=False)]
        self._sent = self.asked = 0

    def begin(self) -> str:
        """Begin with a new connection: what was sent is sent again; its text."""
        again = _text_of(self._entries[: self._sent])
        self._entries = [entry for entry in self._entries if not isinstance(entry.message, (Clear, Interrupt))]
        self._sent = self.asked = 0
        return again

    def settle(self) -> Entry | None:
        """All up to the oldest `Flush` that was sent is spoken; that `Flush`, if there was one."""
        for at in range(self._sent):
            entry = self._entries[at]
            if entry.number >= 0:
                self._forget(at + 1)
                self.asked -= 1
                return entry
        return None

    def settle_sent(self) -> None:
        """All that was sent is done with."""
        self._forget(self._sent)
        self.asked = 0

    def _forget(self, count: int) -> None:
        del self._entries[:count]
        self._sent -= count
        self.settled += count

    def take_back(self) -> None:
        """The last `Flush` that was sent is to be sent again."""
        for at in range(self._sent - 1, -1, -1):
            entry = self._entries[at]
            if entry.number >= 0:
                del self._entries[at]
                self._sent -= 1
                self.asked -= 1
                self.put_next(entry)
                return

    def clear(self) -> None:
        """Nothing is left."""
        self._entries.clear()
        self._sent = self.asked = 0


def _text_of(entries: Sequence[Entry]) -> str:
    return "".join(entry.message.text for entry in entries if isinstance(entry.message, Speak))
