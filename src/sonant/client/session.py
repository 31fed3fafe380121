"""One live conversation, whatever happens to its connections. Pure: values and a clock in, values out.

    ┌─► dial ──► open ──► closing ──► closed
    │     ▲        │  lost, stalled, or rotated
    └── pause ◄────┘

A carrier asks `next_step` what to do, does it, and tells how it went: `opened`, `refused`, `received`, `lost`. All
times are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import random
from typing import Any, Literal, NamedTuple, cast

import msgspec
from msgspec import Struct

from sonant.client.errors import BufferFull, ConfigError, SonantError, StreamLost
from sonant.client.events import AudioLost, Closed, Opened, Reconnected, Reconnecting
from sonant.client.intake import Intake
from sonant.client.ledger import Ledger, Tape
from sonant.client.outbox import Outbox
from sonant.client.retry import is_transient, pause
from sonant.client.tracks import RawTrack
from sonant.client.voiced import is_voiced
from sonant.contract.codec import Unknown, decode_message, encode
from sonant.contract.listen import CloseStream, KeepAlive
from sonant.contract.wire import Message

FATAL = frozenset({1000, 1002, 1003, 1007, 1008})
"""Close codes after which another connection would end the same way."""
PING_AFTER, PONG_WITHIN = 4.0, 5.0
_STEADY = 10.0
"""Seconds after which a connection was a good one, though nothing became final on it."""
_NO_PAUSE = 30.0
"""Seconds after `max_session` in which a pause is waited for."""


class SessionOptions(Struct, frozen=True, kw_only=True):
    """How a session takes care of its audio; seconds throughout."""

    keepalive: float | None = 5.0
    reconnect: bool = True
    attempts: int = 10
    retry_seconds: float = 60.0
    buffer_seconds: float = 60.0
    when_full: Literal["block", "drop_oldest", "error"] = "block"
    full_timeout: float = 10.0
    replay_seconds: float = 120.0
    replay_speed: float | None = 1.25
    send_timeout: float = 5.0
    stall_timeout: float = 10.0
    close_timeout: float = 10.0
    max_session: float | None = None
    gate: Callable[[bytes], bool] | None = None


class Dial(NamedTuple):
    """Step: connect."""


class Write(NamedTuple):
    """Step: send a message, text or bytes."""

    payload: str | bytes


class Ping(NamedTuple):
    """Step: send a WebSocket ping."""


class HangUp(NamedTuple):
    """Step: drop the connection, without waiting for anybody."""


class Sleep(NamedTuple):
    """Step: nothing to do for so long (None: until something happens)."""

    seconds: float | None


_IDLE = Sleep(None)

Step = Dial | Write | Ping | HangUp | Sleep


class Stats:
    """Figures of a session.

    Attributes:
        first_interim: seconds from the first audio sent to the first text; None until then.
        end_of_speech_to_final: seconds from sending the last audio of a final to its arrival; the last 200 of them.
        reconnects: connections after the first.
        replayed_seconds: audio that was sent again.
        lost_seconds: audio that was given up.
        keepalives: KeepAlive messages sent.
        discarded_interims: interims that nobody fetched in time.
    """

    def __init__(self) -> None:
        self.first_interim: float | None = None
        self.end_of_speech_to_final: deque[float] = deque(maxlen=200)
        self.reconnects = self.keepalives = self.discarded_interims = 0
        self.replayed_seconds = self.lost_seconds = 0.0


class Follower:
    """How the messages of one socket move a session on; each kind of socket has its own."""

    hears: Any = None
    """The union of the service's messages."""
    keeps_alive = False
    """Whether there is a KeepAlive message; else WebSocket pings do."""

    def begin(self) -> None:
        """A new connection."""

    def follow(self, session: Session, message: Any) -> Any:
        """The message on the stream's timeline, or None if it tells nothing new; moves the watermark."""
        return message

    def has_heard_all(self, session: Session) -> bool:
        """Whether the service told of all that was sent, though not for good."""
        return False


class Session:
    """The state of a conversation.

    Attributes:
        state: `connecting`, `open`, `closing` (it is to end) or `closed`.
        events: what happened and was not fetched yet.
        error: why it ended, if not in order.
    """

    def __init__(self, follower: Follower, options: dict[str, Any], settings: SessionOptions) -> None:
        self.settings, self.stats, self.tape = settings, Stats(), Tape()
        self.outbox = Outbox(self.tape, settings.replay_speed)
        self.events: deque[Any] = deque()
        self.error: SonantError | None = None
        self.request_id: str | None = None
        self.connection = -1
        self.is_open = self.is_closed = self.is_closing = False
        self._follower, self._options = follower, options
        self._intake = Intake(self.tape, options)
        self._dial_at: float | None = 0.0
        self._attempt, self._down_since = 0, 0.0
        self._close_by: float | None = None
        self._rotate: Literal["", "wanted", "said"] = ""
        self._first_sent: float | None = None
        self._begin(0.0)

    def _begin(self, now: float) -> None:
        """What is so at the beginning of a connection."""
        self._born = self._heard = self._alive = self._written = self._sounded = now
        self._final_before = self.tape.final
        self._pinged: float | None = None
        self._voiced: float | None = None
        self.writing_since: float | None = None
        self._stall = ""
        self._hung_up = False
        self._rotate = ""

    @property
    def state(self) -> str:
        """Where it stands."""
        if self.is_closed:
            return "closed"
        if self.is_closing:
            return "closing"
        return "open" if self.is_open else "connecting"

    @property
    def ledger(self) -> Ledger:
        """Where the audio is."""
        return self.tape.account()

    # What the user does

    def accept(self, data: bytes) -> None:
        """Take audio.

        Raises:
            SourceError: its first bytes contradict the options, or tell nothing where they should.
            BufferFull: there is no room now; nothing was taken.
            StreamLost: the session is over or ending.
        """
        if self.is_closing or self.is_closed:
            raise self.error or StreamLost("The stream is closed: it takes no more audio.", code=1000)
        gate = self.settings.gate
        if self.tape.track is not None and self.tape.accepted:
            self._make_room(len(data))
        if gate is not None and self.tape.track is not None and not isinstance(self.tape.track, RawTrack):
            raise ConfigError("A gate needs headerless samples or WAV: other audio cannot be cut.")
        if gate is not None and gate(data):
            self.tape.skip(len(data), "gated")
        else:
            self._intake.take(data)

    def _make_room(self, size: int) -> None:
        track, waiting = self._intake.track, self.tape.waiting()
        over = waiting + size - self.settings.buffer_seconds * track.rate
        if over <= 0 or not waiting:
            return
        if self.settings.when_full != "drop_oldest":
            raise BufferFull(
                f"More than {self.settings.buffer_seconds:g} s of audio wait to be sent.",
                hint="Send slower, raise buffer_seconds, or choose when_full='drop_oldest'.",
            )
        self._give_up(self.tape.sent, self.tape.sent + track.span(over / track.rate + 0.1), "the buffer was full")

    def say(self, message: Message) -> None:
        """Have a message sent after the audio so far.

        Raises:
            StreamLost: the session is over.
        """
        if self.is_closed:
            raise self.error or StreamLost("The stream is closed.", code=1000)
        self.outbox.say(message)

    def close(self, now: float) -> None:
        """No more audio: have the rest transcribed, then close. Once is enough."""
        if not self.is_closing and not self.is_closed:
            self._intake.finish()
            self.is_closing = True
            self.outbox.say(CloseStream())
            self._close_by = now + self.settings.close_timeout

    def abandon(self, code: int, reason: str) -> None:
        """End now; what is not final is lost."""
        self.is_closing = True
        self._end(code, reason or "disconnected", None)

    def rotate(self, now: float) -> None:
        """Change to a new connection; what was sent becomes final first."""
        if self.is_open and not self.is_closing and not self._rotate:
            self._rotate = "wanted"
            self._born = min(self._born, now - _NO_PAUSE - (self.settings.max_session or 0.0))

    # What the carrier asks

    def next_step(self, now: float, *, waits: bool = True) -> Step:
        """What to do next; `waits` asks for the length of a Sleep, which costs more than the rest."""
        if self.is_closed:
            return Sleep(None) if not self.is_open or self._hung_up else self._hang_up()
        if self._close_by is not None and now >= self._close_by:
            self._give_up_waiting()
            return self.next_step(now)
        if self.is_open:
            return self._next_open(now, waits=waits)
        if self._dial_at is not None and now >= self._dial_at:
            self._dial_at = None
            return Dial()
        return Sleep(_until(now, self._dial_at, self._close_by))

    @property
    def has_to_do(self) -> bool:
        """Whether `next_step` may give something to do at once; a short look, for those who just did a step."""
        return self.is_closed or self.outbox.has_more

    def _give_up_waiting(self) -> None:
        reason = "the service did not finish in time"
        lost = StreamLost(f"The end of the audio was lost: {reason}.", hint="Raise close_timeout.")
        self._end(1006, reason, lost if self.tape.final < self.tape.accepted else None)

    def _hang_up(self) -> Step:
        self._hung_up = True
        return HangUp()

    def _next_open(self, now: float, *, waits: bool) -> Step:
        if self._stall or self.is_stalled(now):
            return Sleep(None) if self._hung_up else self._hang_up()
        payload = None if self._rotate == "said" else self._next_payload(now)
        if payload is not None:
            self._note_sending(payload, now)
            return Write(payload)
        if self._pinged is None and now >= self._alive + PING_AFTER:
            self._pinged = now
            return Ping()
        return Sleep(self._next_wake(now)) if waits else _IDLE

    def _next_payload(self, now: float) -> str | bytes | None:
        if self._is_time_to_rotate(now):
            self._rotate = "said"
            return encode(CloseStream()).decode()
        payload = self.outbox.take(now)
        keepalive = self.settings.keepalive
        if payload is None and keepalive and self._follower.keeps_alive and now >= self._written + keepalive:
            self.stats.keepalives += 1
            return encode(KeepAlive()).decode()
        return payload

    def _is_time_to_rotate(self, now: float) -> bool:
        """Whether a new connection is due, in a pause of speech if there is one."""
        limit = self.settings.max_session
        if self.is_closing or (self._rotate != "wanted" and (limit is None or now < self._born + limit)):
            return False
        return now >= self._born + (limit or 0.0) + _NO_PAUSE or not self._has_speech()

    def _has_speech(self) -> bool:
        """Whether speech was sent that is not final."""
        return is_voiced(self.tape.unsettled(), self._options.get("encoding"))

    def _note_sending(self, payload: str | bytes, now: float) -> None:
        self._written = self.writing_since = now
        if isinstance(payload, str):
            return
        self._sounded = now
        if self._first_sent is None:
            self._first_sent = now
        if self._voiced is None and now - self._heard >= 1.0 and is_voiced(payload, self._options.get("encoding")):
            self._voiced = now

    def _next_wake(self, now: float) -> float | None:
        keepalive = self.settings.keepalive if self._follower.keeps_alive else None
        limit = self.settings.max_session
        return _until(
            now,
            self._written + keepalive if keepalive else None,
            self._alive + PING_AFTER if self._pinged is None else self._pinged + PONG_WITHIN,
            now + 0.02 if self.outbox.is_replaying else None,
            max(self._born + limit, now + 0.25) if limit is not None and not self._rotate else None,
            self._close_by,
        )

    def is_stalled(self, now: float) -> bool:
        """Whether the peer has stopped; for a second thread or task to ask while the first one sends."""
        s = self.settings
        if self.writing_since is not None and now - self.writing_since >= s.send_timeout:
            self._stall = f"no progress in sending for {s.send_timeout:g} s"
        elif self._pinged is not None and now - self._pinged >= PONG_WITHIN:
            self._stall = f"no answer to a ping within {PONG_WITHIN:g} s"
        elif self._voiced is not None and now - self._heard >= s.stall_timeout and now - self._sounded < 1.0:
            self._stall = f"no message for {s.stall_timeout:g} s of speech"
        return bool(self._stall)

    # What the carrier tells

    def wrote(self) -> None:
        """The message went out."""
        self.writing_since = None

    def ponged(self, now: float) -> None:
        """A ping was answered."""
        self._pinged, self._alive = None, now

    def opened(self, request_id: str | None, now: float) -> None:
        """The connection is there."""
        lost = self.stats.lost_seconds
        self.is_open, self.request_id = True, request_id or self.request_id
        self.connection += 1
        self._begin(now)
        self._follower.begin()
        again = self.outbox.begin(now)
        if not self.connection:
            self.events.append(Opened(request_id))
            return
        self._lose_what_is_gone()
        replayed = again / self._intake.track.rate if self.tape.track else 0.0
        self.stats.reconnects += 1
        self.stats.replayed_seconds += replayed
        self.events.append(Reconnected(self.connection, request_id, replayed, self.stats.lost_seconds - lost))

    def _lose_what_is_gone(self) -> None:
        """Tell of audio whose copies were given up before it was final."""
        if self.tape.final < self.tape.kept and self.tape.kept <= self.tape.sent:
            self._give_up(self.tape.final, self.tape.kept, "it was not final within replay_seconds")

    def refused(self, error: SonantError, now: float) -> None:
        """No connection came about."""
        first = self.connection < 0
        if not is_transient(error, "GET") or not (first or self.settings.reconnect):
            self._end(1006, error.message, error)
            return
        self._try_again(error.message, error, now)

    def lost(self, code: int, reason: str, now: float) -> None:
        """The connection has ended, in order or not."""
        if not self.is_open:
            return
        self.is_open, self.writing_since = False, None
        if self.is_closed:
            return
        if self._rotate == "said":
            self._attempt, self._down_since, self._dial_at = 0, now, now
            self.events.append(Reconnecting("rotation", 1, 0.0, planned=True))
        elif self.is_closing and self._has_heard_all(code):
            self.finish_sent()
            self._end(1000, reason, None)
        elif code not in FATAL and self.settings.reconnect:
            if self.tape.final > self._final_before or now - self._born >= _STEADY:
                self._attempt = 0  # else it is still the same trouble
            self._try_again(self._stall or f"closed with {code} {reason}".strip(), None, now)
        else:
            self._end(code, reason, StreamLost(f"The service closed the stream: {code} {reason}".strip(), code=code))

    def _has_heard_all(self, code: int) -> bool:
        """Whether a connection that ended had told everything: a service that closes early has not."""
        if self.tape.final >= self.tape.accepted:
            return True
        return self.outbox.has_said_close and (code == 1000 or self._follower.has_heard_all(self))

    def _try_again(self, reason: str, error: SonantError | None, now: float) -> None:
        self._attempt += 1
        if self._attempt == 1:
            self._down_since = now
        wait = pause(self._attempt, getattr(error, "retry_after", None), random)
        most = self.settings.attempts if self.connection >= 0 else min(3, self.settings.attempts)
        over = self._attempt > most or (self._attempt > 1 and now - self._down_since > self.settings.retry_seconds)
        if over or wait is None:
            lost = StreamLost(f"The connection was lost and could not be made again: {reason}", code=1006)
            self._end(1006, reason, error or lost)
            return
        self._dial_at = now + wait
        if self.connection >= 0:
            self.events.append(Reconnecting(reason, self._attempt, wait))

    def _end(self, code: int, reason: str, error: SonantError | None) -> None:
        """Be over; what is not final is lost, and said to be."""
        if self.is_closed:
            return
        self.is_closed, self.error = True, error
        if self.tape.track is not None:
            self._give_up(self.tape.final, self.tape.accepted, reason)
        self.events.append(Closed(code, reason))

    def _give_up(self, start: int, end: int, reason: str) -> None:
        size = self.tape.lose(start, end)
        if size:
            track = self._intake.track
            self.stats.lost_seconds += size / track.rate
            self.events.append(
                AudioLost(track.seconds(start), track.seconds(min(end, self.tape.accepted)), size, reason)
            )

    def read(self, payload: str | bytes) -> Any:
        """What a message says, for `received`; None if it is no JSON. Changes nothing: no lock is needed."""
        try:
            return decode_message(payload, self._follower.hears)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def received(self, message: Any, now: float) -> None:
        """A message came, as `read` gave it."""
        self._heard = self._alive = now
        self._pinged = self._voiced = None
        if message is None:
            self._stall = "a message that is no JSON"
            return
        told: Any = message if isinstance(message, Unknown) else self._follower.follow(self, message)
        if told is None:
            return
        if not isinstance(told, Unknown):
            facts = cast("dict[str, Any]", vars(told))
            facts.update(vars(message), connection=self.connection, arrived_at=now)
        self.events.append(told)
        self._bound_copies()

    def _bound_copies(self) -> None:
        """Keep no more audio for a replay than was wished."""
        track = self.tape.track
        if track is not None:
            oldest = self.tape.sent - int(self.settings.replay_seconds * track.rate)
            if oldest > self.tape.final:
                self.tape.release(oldest)

    # What followers use

    @property
    def is_rotating(self) -> bool:
        """Whether this connection ends only to make room for another."""
        return self._rotate == "said"

    def settle(self, seconds: float) -> None:
        """All audio before a time of the stream is final."""
        if self.tape.track is not None:
            self.outbox.settle(self.tape.track.entry(seconds))

    def finish_sent(self) -> None:
        """All audio that was sent is final."""
        self.outbox.settle(self.tape.sent)

    def note_text(self) -> None:
        """Some text came."""
        if self.stats.first_interim is None and self._first_sent is not None:
            self.stats.first_interim = self._heard - self._first_sent

    def note_final(self, sent_at: float | None) -> None:
        """A final came, whose last audio was sent at a moment."""
        if sent_at is not None:
            self.stats.end_of_speech_to_final.append(self._heard - sent_at)


def _until(now: float, *moments: float | None) -> float | None:
    left = [moment - now for moment in moments if moment is not None]
    return max(0.0, min(left)) if left else None
