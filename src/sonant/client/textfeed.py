"""Text on its way to a voice: kept until it is spoken, sent again, or told of as lost. Pure.

    0 ──────────── spoken ──────────── sent ──────────── accepted
       its audio came       kept to be          waits for its
                            sent again          time, or a line

Text counts as spoken when the service says so of the `Flush` behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sonant.client.allowance import Allowance, check_room
from sonant.client.controls import Controls
from sonant.client.drafts import Draft
from sonant.client.errors import SourceError
from sonant.client.played import Played, shift_offset
from sonant.client.sentences import count_characters
from sonant.client.settings import SessionOptions
from sonant.client.speechevents import TextLost, TextReplayed
from sonant.client.standing import Standing
from sonant.client.stats import Stats
from sonant.client.textentries import Entry, Nudge, Outbox, tell_unspoken
from sonant.client.voiced import is_voiced
from sonant.client.wording import check_characters
from sonant.contract.audio import SAMPLE_BYTES
from sonant.contract.codec import encode
from sonant.contract.speak import Clear, Close, Flush, Interrupt, Speak, SpeakConfigure
from sonant.contract.wire import Message

_RATES = {"linear16": 24000, "mulaw": 8000, "alaw": 8000}


class TextFeed:
    """The text of a session, and the messages among it.

    Attributes:
        drops: how often what was unspoken was given up: `Clear`, `Interrupt`.
        dropped: how many of them were answered.
        flushes: how many were asked for.
        started: seconds of audio that came over earlier connections.
        came: bytes of audio, over all connections.
        encoding, sample_bytes, rate: of the audio; bytes a second.
        draft: what is being written, and comes here part by part; None if nothing is.
        standing: of the turns, if it is `/v2/speak`.
    """

    __slots__ = (
        "_allowance", "_buffered", "_configured", "_controls", "_first_sent", "_heard", "_is_finishing", "_is_loose",
        "_lost", "_outbox", "_played", "_said_close", "_speed", "_turns", "_waits", "came", "draft", "dropped",
        "drops", "encoding", "events", "flushes", "rate", "sample_bytes", "standing", "started", "stats",
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
        self._outbox = Outbox()
        self._buffered = 0
        """Characters that were accepted since the last `Flush`."""
        self._is_loose = False
        """Whether any text was."""
        self._controls = Controls(turns=turns)
        self._heard = 0
        """Bytes of audio since text was spoken last."""
        self._configured: Message | None = None
        self._is_finishing = self._said_close = self._waits = False
        self._first_sent: float | None = None
        self._played = Played()
        self._lost = ""
        self.drops = self.dropped = self.flushes = self.came = 0
        self.standing = Standing()
        self.started = 0.0
        self.draft: Draft | None = None

    # Where it stands

    @property
    def unspoken(self) -> str:
        """The text that is not known to be spoken, with what a writer gave of it; after the end, what was lost."""
        return (self._lost or self._outbox.text) + (self.draft.held if self.draft else "")

    @property
    def next_flush(self) -> int:
        """The number of the next `Flush`; of the last one if the next one has nothing to end, and no answer."""
        return self.flushes if self._is_loose or not self._turns else self.flushes - 1

    @property
    def progress(self) -> int:
        """Grows with what is spoken."""
        return self._outbox.settled

    @property
    def is_settled(self) -> bool:
        """Whether all text is spoken."""
        return self._outbox.is_settled

    @property
    def is_owed(self) -> bool:
        """Whether the service has text to speak, and was told so."""
        return self._outbox.asked > 0

    @property
    def has_more(self) -> bool:
        """Whether anything waits to be sent."""
        return self._outbox.next is not None or self._is_to_close

    @property
    def _is_to_close(self) -> bool:
        return self._is_finishing and not self._said_close and self._outbox.is_empty

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
        size = count_characters(data)
        if not self._turns:
            check_room(self._buffered + size)
        self._controls.add(data, self._speed)
        self._outbox.add(Entry(Speak(data)))
        self._buffered += size
        self._is_loose = True
        if self.draft is not None:
            self.draft.release(data)

    def check_end(self, text: str) -> None:
        """See that a `Flush` may come behind a text, before that is accepted.

        Raises:
            BadOptionValue: it has a control that is not complete, or not written as it should be.
        """
        self._controls.check_end(text)

    def say(self, message: Message) -> None:
        """Have a message sent after the text so far.

        Raises:
            BadOptionValue: it says that more audio was played than came, or less than at the last time; or it is a
                `Flush`, and the text ends within a control.
        """
        if isinstance(message, Flush):
            self._controls.check_end()
            self._say_flush(message)
        elif isinstance(message, Interrupt):
            self._drop(self._played.place(message, self.came / self.rate))
        elif isinstance(message, Clear):
            self._drop(message)
        else:
            self._outbox.add(Entry(message, is_kept=isinstance(message, Speak)))

    def _say_flush(self, message: Flush) -> None:
        is_answered = not self._turns or self._is_loose
        number = -1
        if is_answered:
            number, self.flushes = self.flushes, self.flushes + 1
        if self._controls.has_any:
            message = Flush()  # sure to be sent: what lies between two of them is held to the limits of a request
        self._outbox.add(Entry(message, number=number, is_kept=is_answered))
        self._end_buffer()

    def _end_buffer(self) -> None:
        self._buffered, self._is_loose = 0, False
        self._controls.begin()

    def _drop(self, message: Message) -> None:
        """What is not spoken need not be any more."""
        self._outbox.drop(message)
        self._heard = self._allowance.unflushed = 0
        self._end_buffer()
        self.draft = None
        self.drops += 1

    def finish(self) -> None:
        """No more text comes; what was given is spoken."""
        if self._outbox.has_loose_text:
            self._say_flush(Flush())
        self._is_finishing = True

    # What goes out

    def begin(self, now: float) -> float:
        """Begin with a new connection: what is not spoken is sent from its beginning."""
        if again := self._outbox.begin():
            self.events.append(TextReplayed(again, self._heard / self.rate))
        if self._configured is not None:
            self._outbox.put_next(Entry(self._configured, is_kept=False))
        self._heard = 0
        self._said_close = self._waits = False
        self._allowance.begin()  # the service counts what is said over one connection
        self.standing.begin()
        return 0.0

    def take(self, now: float) -> str | bytes | None:
        """The next message to send, if its time has come."""
        self._waits = False
        if self.standing.is_overdue(now):
            self.go_on(self.standing.unanswered)
        while entry := self._outbox.next:
            if isinstance(entry.message, Nudge) and not self._allowance.may_nudge(now):
                self._outbox.leave_out()
                continue
            if not self._is_due(entry.message, now):
                self._waits = True
                return None
            return self._take_entry(entry, now)
        if self._is_to_close:
            self._said_close = True
            return encode(self.closing).decode()
        return None

    def _take_entry(self, entry: Entry, now: float) -> str:
        message = entry.message
        self._outbox.note_sent(entry, now)
        if isinstance(message, Speak):
            self._note_speak(message, now)
        elif isinstance(message, Flush):
            self._allowance.note_flush(now)
            self.standing.is_open = False
        elif isinstance(message, SpeakConfigure):
            self._configured, self._speed = message, message.speed or self._speed
        elif isinstance(message, Interrupt):
            self.standing.note_interrupt(now)
            message = shift_offset(message, self.started)
        return encode(message).decode()

    def _note_speak(self, message: Speak, now: float) -> None:
        self._allowance.note_text(count_characters(message.text), now)
        self.standing.note_text()
        if self._first_sent is None:
            self._first_sent = now

    def _is_due(self, message: Message, now: float) -> bool:
        if self._turns:
            return not (self.standing.unanswered and isinstance(message, (Speak, Flush)))
        if isinstance(message, Flush):
            return self._allowance.may_flush(now)
        return not isinstance(message, Speak) or self._allowance.may_speak(count_characters(message.text), now)

    def is_speech(self, payload: str | bytes) -> bool:
        """Never: whether an answer is owed is told by `is_owed`."""
        return False

    def has_speech(self) -> bool:
        """Whether there is text that is not spoken."""
        return not self.is_settled

    def is_pause(self) -> bool:
        """Whether all text is spoken."""
        return self.is_settled

    @property
    def is_replayable(self) -> bool:
        """No: what is spoken in part is spoken to its end."""
        return False

    # What becomes of it

    def hear(self, data: bytes, now: float) -> None:
        """Audio came."""
        self._heard += len(data)
        self.came += len(data)
        if self.stats.first_sound is None and self._first_sent is not None:
            self.stats.note_audio(now - self._first_sent, is_voiced=is_voiced(data, self.encoding))

    def settle(self) -> Entry | None:
        """All text of the oldest `Flush` that was sent is spoken; that `Flush`, if there was one."""
        entry = self._outbox.settle()
        if entry is not None:
            self._heard = 0
        return entry

    def note_dropped(self, answers: int = 1) -> None:
        """So many times it was answered that what was unspoken is given up."""
        self.dropped = min(self.dropped + answers, self.drops)

    def go_on(self, answers: int = 1) -> None:
        """An `Interrupt`, or several, stopped nothing: the open turn is ended, or what comes next would join it."""
        self.note_dropped(answers)
        if self.standing.note_going_on(answers) and not self._said_close:
            self._outbox.put_next(Entry(Flush(), is_kept=False))

    def flush_again(self, now: float) -> None:
        """The last `Flush` was not taken, as there were too many: it has to wait."""
        self._outbox.take_back()
        self._allowance.note_refusal(now)

    def finish_sent(self) -> None:
        """The service has said its last word on all that was sent."""
        self._outbox.settle_sent()

    def give_up(self, reason: str) -> str:
        """What is not spoken is lost; says so for the error."""
        lost = self.unspoken
        self._lost = self._lost or self._outbox.text
        if lost.strip():
            self.events.append(TextLost(lost, self._heard / self.rate, reason))
        self._outbox.clear()
        return tell_unspoken(lost)
