"""One live conversation, whatever happens to its connections. Pure: values and a clock in, values out.

    ┌─► dial ──► open ──► closing ──► closed
    │     ▲        │  lost, stalled, or rotated
    └── pause ◄────┘

A carrier asks `next_step` what to do, does it, and tells how it went: `opened`, `refused`, `received`, `lost`. All
times are seconds of one monotonic clock. What is said is the feed's affair, what is heard the follower's.
"""

from __future__ import annotations

from random import random
from typing import Any, NamedTuple, cast

import msgspec

from sonant.client.endings import closed, garbled, unfinished, unreachable
from sonant.client.errors import ApiError, SonantError, StreamLost, TimedOut
from sonant.client.events import Closed, Opened, Reconnected, Reconnecting
from sonant.client.feed import Feed, Follower
from sonant.client.retry import is_transient, pause
from sonant.client.rotation import Rotation
from sonant.client.settings import SessionOptions
from sonant.client.stats import Stats
from sonant.client.steps import Dial, HangUp, Ping, Sleep, Step, Write
from sonant.client.watch import Watch
from sonant.contract.codec import Unknown, decode_message, encode
from sonant.contract.wire import Message

FATAL = frozenset({1000, 1002, 1003, 1007, 1008, 1009})
"""Close codes after which another connection would end the same way."""
_STEADY = 10.0
"""Seconds after which a connection was a good one, though nothing became final on it."""
_GARBLED = 3
"""Connections that broke over what is no message, without one between, after which it is not their fault."""
_IDLE = Sleep(None)


class Garbled(NamedTuple):
    """What came where a message of the service should be."""

    payload: str | bytes


class Session:
    """The state of a conversation.

    Attributes:
        feed: what is said.
        events: what happened and was not fetched yet.
        error: why it ended, if not in order.
        connection: the number of the connection there is, or was last; -1 before the first.
    """

    __slots__ = (
        "_attempt", "_close_by", "_dial_at", "_down_since", "_follower", "_garbled", "_hung_up", "_progress_before",
        "_rotation", "_watch", "connection", "error", "events", "feed", "is_closed", "is_closing", "is_open",
        "request_id", "settings",
    )  # fmt: skip

    def __init__(self, feed: Feed, follower: Follower, settings: SessionOptions) -> None:
        self.feed, self._follower, self.settings = feed, follower, settings
        self.events = feed.events
        self.error: SonantError | None = None
        self.request_id: str | None = None
        self.connection = -1
        self.is_open = self.is_closed = self.is_closing = False
        self._dial_at: float | None = 0.0
        self._attempt, self._down_since = 0, 0.0
        self._garbled = 0
        """Connections that broke over what is no message since the last message."""
        self._close_by: float | None = None
        self._begin(0.0)

    def _begin(self, now: float) -> None:
        """What is so at the beginning of a connection."""
        self._watch = Watch(now)
        self._progress_before = self.feed.progress
        self._hung_up = False
        self._rotation = Rotation(self.feed, self.settings.max_session, now)

    @property
    def state(self) -> str:
        """Where it stands: `connecting`, `open`, `closing` (it is to end) or `closed`."""
        if self.is_closed:
            return "closed"
        if self.is_closing:
            return "closing"
        return "open" if self.is_open else "connecting"

    @property
    def stats(self) -> Stats:
        """Figures of the session."""
        return self.feed.stats

    # What the user does

    def accept(self, data: Any) -> None:
        """Take what is to be carried: audio, or text.

        Raises:
            StreamLost: the session is over or ending.
            SonantError: what the feed has against it.
        """
        if self.is_closing or self.is_closed:
            raise self.error or StreamLost("The stream is closed: it takes no more.", code=1000)
        self.feed.accept(data)

    def say(self, message: Message) -> None:
        """Have a message sent after what was given so far.

        Raises:
            StreamLost: the session is over.
        """
        if self.is_closed:
            raise self.error or StreamLost("The stream is closed.", code=1000)
        self.feed.say(message)

    def close(self, now: float) -> None:
        """No more is given: have the rest done, then close. Once is enough."""
        if not self.is_closing and not self.is_closed:
            self.feed.finish()
            self.is_closing = True
            self._set_limit(now)

    def _set_limit(self, now: float) -> None:
        """The last results have `close_timeout` from the last one on, once what is sent again is.

        A connection that is lost then has the time of any other to be made again.
        """
        limit = now + self.feed.backlog + self.settings.close_timeout
        if not self.is_open and self.connection >= 0:
            limit = max(limit, self._down_since + self.settings.retry_seconds)
        self._close_by = limit

    def abandon(self, code: int, reason: str, error: SonantError | None = None) -> None:
        """End now, with an error if it was not the user's wish; what is not final is lost."""
        self.is_closing = True
        self._end(code, reason or "disconnected", error)

    def rotate(self, now: float) -> None:
        """Change to a new connection: in a pause what was sent becomes final first, amid speech it is sent again.

        At the end it is sent again, too, if anything is not final.
        """
        if self.is_open:
            self._rotation.want(now)

    # What the carrier asks

    def next_step(self, now: float, *, waits: bool = True) -> Step:
        """What to do next; `waits` asks for the length of a Sleep, which costs more than the rest."""
        if self.is_ended(now):
            return _IDLE if not self.is_open or self._hung_up else self._hang_up()
        if self.is_open:
            return self._next_open(now, waits=waits)
        if self._dial_at is not None and now >= self._dial_at:
            self._dial_at = None
            return Dial()
        return Sleep(_until(now, self._dial_at, self._close_by))

    @property
    def has_to_do(self) -> bool:
        """Whether `next_step` may give something to do at once; a short look, for those who just did a step."""
        return self.is_closed or self.feed.has_more

    def is_ended(self, now: float) -> bool:
        """Whether the session is over, be it that its end has waited too long; to be asked while somebody sends."""
        if not self.is_closed and self._close_by is not None and now >= self._close_by:
            self._end_waiting(now)
        return self.is_closed

    def _end_waiting(self, now: float) -> None:
        if self.is_open and self.feed.is_paced and self._follower.hears_audio:
            self._close_by = now + self.settings.close_timeout  # text may not be sent as fast as it is given
            return
        reason = "the service did not finish in time"
        self._end(1006, reason, None if self.feed.is_settled else unfinished(reason))

    def _hang_up(self) -> Step:
        self._hung_up = True
        return HangUp()

    def _next_open(self, now: float, *, waits: bool) -> Step:
        if self._hung_up:
            return _IDLE
        if self._watch.stall or self.is_stalled(now) or self._rotation.begins_with_cut(now, is_closing=self.is_closing):
            return self._hang_up()
        payload = None if self._rotation.is_begun else self._next_payload(now)
        if payload is not None:
            self._note_sending(payload, now)
            return Write(payload)
        if self._watch.take_ping(now):
            return Ping()
        return Sleep(self._next_wake(now)) if waits else _IDLE

    def _next_payload(self, now: float) -> str | bytes | None:
        if not self.is_closing and self._rotation.is_due(now):
            self._rotation.is_begun = True
            return encode(self.feed.closing).decode()
        payload = self.feed.take(now)
        if payload is None and (keepalive := self._keepalive) and self._watch.is_idle(now, keepalive):
            self.stats.keepalives += 1
            return encode(cast("Message", self.feed.keepalive)).decode()
        return payload

    @property
    def _keepalive(self) -> float | None:
        """Seconds until a KeepAlive is due; None where the service does not know it, or waits for no more."""
        is_last = self._rotation.is_begun or self.feed.has_said_close
        return None if self.feed.keepalive is None or is_last else self.settings.keepalive

    def _note_sending(self, payload: str | bytes, now: float) -> None:
        watch = self._watch
        watch.note_message(now)
        if isinstance(payload, bytes):
            watch.note_audio(now)
        elif self._rotation.is_begun or (self.is_closing and self.feed.has_said_close):
            watch.note_close(now)
        if watch.listens_for_speech and self.feed.is_speech(payload):
            watch.note_speech(now)

    def _next_wake(self, now: float) -> float | None:
        return _until(
            now,
            *self._watch.moments(self._keepalive),
            now + 0.02 if self.feed.is_paced else None,
            self._rotation.next_look(now),
            self._close_by,
        )

    def is_stalled(self, now: float) -> bool:
        """Whether the peer has stopped; for a second thread or task to ask while the first one sends."""
        settings = self.settings
        return self._watch.is_stalled(now, settings.send_timeout, settings.stall_timeout, owes=self.feed.is_owed)

    # What the carrier tells

    def wrote(self) -> None:
        """The message went out."""
        self._watch.writing_since = None

    def ponged(self, now: float) -> None:
        """A ping was answered."""
        self._watch.note_pong(now)

    def opened(self, request_id: str | None, now: float) -> None:
        """The connection is there."""
        lost = self.stats.lost_seconds
        self.is_open, self.request_id = True, request_id or self.request_id
        self.connection += 1
        self._begin(now)
        self._follower.begin()
        again = self.feed.begin(now)
        if self.is_closing:
            self._set_limit(now)
        if not self.connection:
            self.events.append(Opened(request_id))
            return
        self.stats.reconnects += 1
        self.stats.replayed_seconds += again
        self.events.append(Reconnected(self.connection, request_id, again, self.stats.lost_seconds - lost))

    def refused(self, error: SonantError, now: float) -> None:
        """No connection came about."""
        if self._is_worth_another(error):
            self._try_again(error.message, error, now)
        else:
            self._end(1006, error.message, error)

    def _is_worth_another(self, error: SonantError) -> bool:
        """Whether another attempt may help; at the beginning, nobody waits for a service that says nothing at all."""
        if not is_transient(error, "GET"):
            return False
        if self.connection >= 0:
            return self.settings.reconnect
        return isinstance(error, ApiError) or (self.settings.reconnect and not isinstance(error, TimedOut))

    def lost(self, code: int, reason: str, now: float) -> None:
        """The connection has ended, in order or not."""
        if not self.is_open:
            return
        self.is_open, self._watch.writing_since = False, None
        if self.is_closed:
            return
        if self._rotation.is_begun:
            self._attempt, self._down_since, self._dial_at = 0, now, now
            self.events.append(Reconnecting("rotation", 1, 0.0, planned=True))
            if self.is_closing:
                self._set_limit(now)
        elif self.is_closing and self._has_heard_all(code):
            self.feed.finish_sent()
            self._end(1000, reason, None)
        elif self.is_closing and code == 1000 and self.feed.has_said_close:
            self._end(1000, reason or "the service closed without a word on it", None)
        elif code not in FATAL and self.settings.reconnect:
            if self.feed.progress > self._progress_before or now - self._watch.born >= _STEADY:
                self._attempt = 0  # else it is still the same trouble
            self._try_again(self._watch.stall or f"closed with {code} {reason}".strip(), None, now)
        else:
            self._end(code, reason, closed(code, reason))

    def _has_heard_all(self, code: int) -> bool:
        """Whether a connection that ended had told everything: a service that closes early has not."""
        if self.feed.is_settled:
            return True
        if not self.feed.has_said_close:
            return False
        # A service need not say anything about silence; of a voice it is the rest of its audio that was the answer.
        says_all = code == 1000 and (self._follower.hears_audio or not self.feed.has_speech())
        return says_all or self._follower.has_heard_all()

    def _try_again(self, reason: str, error: SonantError | None, now: float) -> None:
        self._attempt += 1
        if self._attempt == 1:
            self._down_since = now
        wait = pause(self._attempt, getattr(error, "retry_after", None), random)
        most = self.settings.attempts if self.connection >= 0 else min(3, self.settings.attempts)
        over = self._attempt > most or (self._attempt > 1 and now - self._down_since > self.settings.retry_seconds)
        if over or wait is None:
            lost = unreachable(reason, error)
            self._end(1006, reason, lost if self.connection >= 0 else error or lost)
            return
        self._dial_at = now + wait
        if self.is_closing:
            self._set_limit(now)
        if self.connection >= 0:
            self.events.append(Reconnecting(reason, self._attempt, wait))

    def _end(self, code: int, reason: str, error: SonantError | None) -> None:
        """Be over; what is not final is lost, and said to be."""
        if self.is_closed:
            return
        self.is_closed, self.error = True, error
        self._follower.finish()
        lost = self.feed.give_up(reason)
        if error is not None:
            error.hint = f"{error.hint} {lost}".strip()
        self.events.append(Closed(code, reason))

    def read(self, payload: str | bytes) -> Any:
        """What a message says, for `received`; `Garbled` if it is no JSON. Changes nothing: no lock is needed."""
        if isinstance(payload, bytes) and self._follower.hears_audio:
            return payload
        try:
            return decode_message(payload, self._follower.hears)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Garbled(payload)

    def received(self, message: Any, now: float) -> None:
        """A message came, as `read` gave it."""
        self._watch.note_heard(now)
        if self.is_closed:
            return
        if isinstance(message, Garbled):
            self._note_garbled(message)
            return
        self._garbled = self._garbled if self._watch.stall else 0
        if isinstance(message, Unknown):
            self.events.append(message)
            return
        before = self._follower.heard_to
        told = self._follower.follow(message, now, rotating=self._rotation.is_begun)
        if self._close_by is not None and self._follower.heard_to > before:
            self._set_limit(now)
        if told is not None:
            facts = cast("dict[str, Any]", vars(told))
            facts["connection"], facts["arrived_at"] = self.connection, now
            self.events.append(told)

    def _note_garbled(self, message: Garbled) -> None:
        """Drop the connection: something spoiled it, or whoever speaks there is no such service."""
        self._garbled += not self._watch.stall
        self._watch.stall = "a message that is no JSON"
        if self._garbled >= _GARBLED:
            self._end(1006, self._watch.stall, garbled(message.payload, _GARBLED))


def _until(now: float, *moments: float | None) -> float | None:
    left = [moment - now for moment in moments if moment is not None]
    return max(0.0, min(left)) if left else None
