"""Text on its way to a voice: kept until it is spoken, sent again, or told of as lost. Pure.

    0 ──────────── spoken ──────────── sent ──────────── accepted
       its audio came       kept to be          waits for its
                            sent again          time, or a line

Text counts as spoken when the service says so of the `Flush` behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from sonant.client.allowance import Allowance
from sonant.client.errors import BadOptionValue, SourceError
from sonant.client.sentences import count_characters
from sonant.client.settings import SessionOptions
from sonant.client.speechevents import TextLost, TextReplayed
from sonant.client.stats import Stats
from sonant.client.voiced import is_voiced
from sonant.client.wording import check_characters, check_turn_text
from sonant.contract.audio import SAMPLE_BYTES
from sonant.contract.codec import encode
from sonant.contract.speak import Clear, Close, Flush, Interrupt, PlaybackOffset, Speak, SpeakConfigure
from sonant.contract.wire import Message

MOST_BUFFERED = 2000
"""Characters that `/v1/speak` takes before a `Flush`."""
_RATES = {"linear16": 24000, "mulaw": 8000, "alaw": 8000}


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


class TextFeed:
    """The text of a session, and the messages among it.

    Attributes:
        drops: how often what was unspoken was given up: `Clear`, `Interrupt`.
        flushes: how many were asked for.
        started: seconds of audio that came over earlier connections.
        came: bytes of audio, over all connections.
        encoding, sample_bytes, rate: of the audio; bytes a second.
    """

    __slots__ = (
        "_allowance", "_asked", "_buffered", "_configured", "_entries", "_first_sent", "_heard", "_is_finishing",
        "_lost", "_offset", "_said_close", "_sent", "_settled", "_speed", "_turns", "_waits", "came", "drops",
        "encoding", "events", "flushes", "rate", "sample_bytes", "started", "stats",
    )  # fmt: skip

    closing: Message = Close()
    keepalive: Message | None = None

    def __init__(self, options: Mapping[str, Any], settings: SessionOptions, *, turns: bool) -> None:
        """Begin.

        Args:
            options: of the socket.
            settings: of the session.
            turns: whether it is `/v2/speak`.
        """
        self.events: list[Any] = []
        self.stats = Stats()
        self.encoding = str(options.get("encoding") or "linear16")
        self.sample_bytes = SAMPLE_BYTES.get(self.encoding, 1)
        self.rate = int(options.get("sample_rate") or _RATES.get(self.encoding, 24000)) * self.sample_bytes
        self._turns = turns
        self._allowance = Allowance(settings.flushes_per_minute, settings.characters_per_minute)
        self._speed = float(options.get("speed") or 1.0)
        self._entries: list[Entry] = []
        """What is not spoken: first what was sent over this connection, then what was not."""
        self._sent = self._asked = self._settled = 0
        self._buffered = 0
        """Characters that were accepted since the last `Flush`."""
        self._heard = 0
        """Bytes of audio since text was spoken last."""
        self._configured: Message | None = None
        self._is_finishing = self._said_close = self._waits = False
        self._first_sent: float | None = None
        self._offset = -1
        """Milliseconds that were said to be played at the last interrupt."""
        self._lost = ""
        self.drops = self.flushes = self.came = 0
        self.started = 0.0

    # Where it stands

    @property
    def unspoken(self) -> str:
        """The text that is not known to be spoken; after the end, what was lost."""
        return self._lost or _text_of(self._entries)

    @property
    def progress(self) -> int:
        """Grows with what is spoken."""
        return self._settled

    @property
    def is_settled(self) -> bool:
        """Whether all text is spoken."""
        return not any(entry.is_kept for entry in self._entries)

    @property
    def is_owed(self) -> bool:
        """Whether the service has text to speak, and was told so."""
        return self._asked > 0

    @property
    def has_more(self) -> bool:
        """Whether anything waits to be sent."""
        return self._sent < len(self._entries) or (self._is_finishing and not self._said_close and not self._entries)

    @property
    def is_paced(self) -> bool:
        """Whether what waits is held back for its time."""
        return self._waits

    @property
    def backlog(self) -> float:
        """Not known: how long text takes is the voice's affair, and each piece of audio gives the rest more time."""
        return 0.0

    @property
    def has_said_close(self) -> bool:
        """Whether this connection was told that no more comes."""
        return self._said_close

    # What comes in

    def accept(self, data: Any) -> None:
        """Take text.

        Raises:
            SourceError: it is no text, or holds what is no character.
            BadOptionValue: there is too much of it, or the socket does not know what it says of itself.
        """
        if not isinstance(data, str):
            raise SourceError(f"A voice takes text, not {type(data).__name__}.")
        if not data:
            return
        check_characters(data)
        if self._turns:
            check_turn_text(data, self._speed)
        else:
            self._check_room(count_characters(data))
        self._entries.append(Entry(Speak(data)))
        self._buffered += count_characters(data)

    def _check_room(self, size: int) -> None:
        if self._buffered + size > MOST_BUFFERED:
            raise BadOptionValue(
                f"The service takes {MOST_BUFFERED} characters before a flush; these would be {self._buffered + size}.",
                hint="Call flush() in between, or hand the text to say(), which does.",
            )

    def say(self, message: Message) -> None:
        """Have a message sent after the text so far.

        Raises:
            BadOptionValue: it says that more audio was played than came, or not more than at the last time.
        """
        if isinstance(message, Flush):
            self._say_flush(message)
        elif isinstance(message, (Clear, Interrupt)):
            if isinstance(message, Interrupt) and message.playback_offset is not None:
                self._note_played(message.playback_offset.value)
            self._drop(message)
        else:
            self._entries.append(Entry(message, is_kept=isinstance(message, Speak)))

    def _say_flush(self, message: Flush) -> None:
        is_answered = not self._turns or self._buffered > 0
        number = -1
        if is_answered:
            number, self.flushes = self.flushes, self.flushes + 1
        self._entries.append(Entry(message, number=number, is_kept=is_answered))
        self._buffered = 0

    def _note_played(self, milliseconds: int) -> None:
        """See that so much can have been played: the service takes no offset twice, and none beyond its audio."""
        played, came = f"{milliseconds / 1000:g} seconds cannot have been played", self.came / self.rate
        if not 0 <= milliseconds <= ceil(came * 1000):
            raise BadOptionValue(
                f"{played}: {came:.3f} seconds of audio came.",
                hint="Count the seconds of what the stream gave, from its start.",
            )
        if milliseconds <= self._offset:
            raise BadOptionValue(
                f"{played}: at the last interrupt it was {self._offset / 1000:g}, and it only grows.",
                hint="Count from the start of the stream; call interrupt() alone if nothing was played since.",
            )
        self._offset = milliseconds

    def _drop(self, message: Message) -> None:
        """What is not spoken need not be any more."""
        rest = [entry for entry in self._entries[self._sent :] if isinstance(entry.message, SpeakConfigure)]
        self._entries = [*rest, Entry(message, is_kept=False)]
        self._sent = self._asked = self._heard = self._buffered = self._allowance.unflushed = 0
        self.drops += 1

    def finish(self) -> None:
        """No more text comes; what was given is spoken."""
        if self._has_loose_text():
            self.say(Flush())
        self._is_finishing = True

    def _has_loose_text(self) -> bool:
        """Whether there is text without a `Flush` behind it that is sure to be sent."""
        for at in range(len(self._entries) - 1, -1, -1):
            message = self._entries[at].message
            if isinstance(message, Speak):
                return True
            if isinstance(message, Flush) and (at < self._sent or not isinstance(message, Nudge)):
                return False
        return False

    # What goes out

    def begin(self, now: float) -> float:
        """Begin with a new connection: what is not spoken is sent from its beginning."""
        again = _text_of(self._entries[: self._sent])
        if again:
            self.events.append(TextReplayed(again, self._heard / self.rate))
        self._entries = [entry for entry in self._entries if not isinstance(entry.message, (Clear, Interrupt))]
        if self._configured is not None:
            self._entries.insert(0, Entry(self._configured, is_kept=False))
        self._sent = self._asked = self._heard = 0
        self._said_close = self._waits = False
        self._allowance.begin()  # the service counts what is said over one connection
        return 0.0

    def take(self, now: float) -> str | bytes | None:
        """The next message to send, if its time has come."""
        self._waits = False
        while self._sent < len(self._entries):
            entry = self._entries[self._sent]
            if isinstance(entry.message, Nudge) and not self._allowance.may_nudge(now):
                del self._entries[self._sent]
                continue
            if not self._turns and not self._is_due(entry.message, now):
                self._waits = True
                return None
            return self._take_entry(entry, now)
        if self._is_finishing and not self._said_close and not self._entries:
            self._said_close = True
            return encode(self.closing).decode()
        return None

    def _take_entry(self, entry: Entry, now: float) -> str:
        message = entry.message
        entry.sent_at = now
        if entry.is_kept:
            self._sent += 1
        else:
            del self._entries[self._sent]
        if isinstance(message, Speak):
            self._note_speak(message, now)
        elif isinstance(message, Flush):
            self._asked += entry.number >= 0
            self._allowance.note_flush(now)
        elif isinstance(message, SpeakConfigure):
            self._configured, self._speed = message, message.speed or self._speed
        elif isinstance(message, Interrupt):
            message = self._shift(message)
        return encode(message).decode()

    def _note_speak(self, message: Speak, now: float) -> None:
        self._allowance.note_text(count_characters(message.text), now)
        if self._first_sent is None:
            self._first_sent = now

    def _shift(self, message: Interrupt) -> Interrupt:
        """The service counts from the beginning of its connection: of audio before that, it knows nothing."""
        offset = message.playback_offset
        if offset is None:
            return message
        return Interrupt(PlaybackOffset(max(0, offset.value - round(self.started * 1000))))

    def _is_due(self, message: Message, now: float) -> bool:
        if isinstance(message, Flush):
            return self._allowance.may_flush(now)
        return not isinstance(message, Speak) or self._allowance.may_speak(count_characters(message.text), now)

    def is_speech(self, payload: str | bytes) -> bool:
        """Never: whether an answer is owed is told by `is_owed`."""
        return False

    def has_speech(self) -> bool:
        """Whether there is text that is not spoken."""
        return not self.is_settled

    # What becomes of it

    def hear(self, data: bytes, now: float) -> None:
        """Audio came."""
        self._heard += len(data)
        self.came += len(data)
        stats, sent = self.stats, self._first_sent
        if stats.first_sound is None and sent is not None:
            if stats.first_audio is None:
                stats.first_audio = now - sent
            if is_voiced(data, self.encoding):
                stats.first_sound = now - sent

    def settle(self) -> Entry | None:
        """All text of the oldest `Flush` that was sent is spoken; that `Flush`, if there was one."""
        for at in range(self._sent):
            entry = self._entries[at]
            if entry.number >= 0:
                self._forget(at + 1)
                self._asked -= 1
                self._heard = 0
                return entry
        return None

    def _forget(self, count: int) -> None:
        del self._entries[:count]
        self._sent -= count
        self._settled += count

    def flush_again(self, now: float) -> None:
        """The last `Flush` was not taken, as there were too many: it has to wait."""
        for at in range(self._sent - 1, -1, -1):
            entry = self._entries[at]
            if entry.number >= 0:
                del self._entries[at]
                self._sent -= 1
                self._asked -= 1
                self._entries.insert(self._sent, entry)
                break
        self._allowance.note_refusal(now)

    def finish_sent(self) -> None:
        """The service has said its last word on all that was sent."""
        self._forget(self._sent)
        self._asked = 0

    def give_up(self, reason: str) -> str:
        """What is not spoken is lost; says so for the error."""
        lost = self._lost = self.unspoken
        if lost.strip():
            self.events.append(TextLost(lost, self._heard / self.rate, reason))
        self._entries.clear()
        self._sent = self._asked = 0
        return tell_unspoken(lost)


def tell_unspoken(text: str) -> str:
    """What to say of a text that was not spoken; nothing if there are no words in it."""
    return f"{len(text)} characters were not spoken: `unspoken` holds them." if text.strip() else ""


def _text_of(entries: list[Entry]) -> str:
    return "".join(entry.message.text for entry in entries if isinstance(entry.message, Speak))
