"""What to send next on the connection there is: header, settings, audio, controls in their places. Pure."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from sonant.client.ledger import LARGEST, Clock, Tape
from sonant.client.tracks import Track
from sonant.contract.codec import encode
from sonant.contract.listen import CloseStream, Configure, Finalize, ForceEndTurn, KeepAlive, TurnConfigure
from sonant.contract.wire import Message

_SLACK = 0.1
"""Seconds that a replay may run ahead of its speed, and that it sends at a time."""


class Outbox:
    """Audio and controls in the order in which they were given, again from the watermark on each new connection.

    Attributes:
        clock: of the connection there is.
        has_said_close: whether this connection was told that no more audio comes.
    """

    __slots__ = (
        "_configured", "_controls", "_here", "_next", "_opened", "_prelude", "_replay_from", "_replay_to", "_said",
        "_sent_at", "_speed", "clock", "has_said_close", "tape",
    )  # fmt: skip

    def __init__(self, tape: Tape, replay_speed: float | None) -> None:
        self.tape, self.clock = tape, Clock()
        self._speed = replay_speed
        self.has_said_close = False
        self._controls: list[tuple[int, Message]] = []
        """To be said once all audio before a byte is sent."""
        self._said: list[tuple[int, Message]] = []
        """Said, about audio that is not final: to be said again with it."""
        self._configured: Message | None = None
        self._prelude: list[str | bytes] = []
        self._replay_to, self._replay_from, self._opened = 0, 0.0, 0.0
        self._here, self._next = 0.0, 0
        self._sent_at: deque[tuple[float, float]] = deque()
        """When the audio up to a time of this connection was sent."""

    def say(self, message: Message) -> None:
        """Have a control sent after the audio so far."""
        self._controls.append((self.tape.accepted, message))

    def begin(self, now: float) -> int:
        """Begin with a new connection at the watermark or a little before; returns the bytes that are sent again."""
        tape, track = self.tape, self.tape.track
        before = tape.sent
        if track:
            tape.rewind(max(min(tape.entry, before), min(tape.kept, before)))
        self._prelude = [track.header] if track and track.header and tape.sent >= len(track.header) else []
        if self._configured is not None:
            self._prelude.append(_text(self._configured))
        self._controls = [*self._said, *self._controls]
        self._said = []
        self.has_said_close = False
        self._replay_to, self._opened = tape.accepted if before else 0, now
        self._here = 0.0
        self._sent_at.clear()
        self._next = tape.sent
        self._replay_from = track.seconds(tape.sent) if track else 0.0
        self.clock = Clock()
        self.clock.mark(0.0, self._replay_from)
        return before - tape.sent

    def settle(self, position: int) -> None:
        """Move the watermark."""
        self.tape.settle(position)
        while self._said and self._said[0][0] <= self.tape.final:
            del self._said[0]

    @property
    def is_replaying(self) -> bool:
        """Whether what is sent waits for its time."""
        return self._speed is not None and self.tape.sent < self._replay_to

    @property
    def backlog(self) -> float:
        """Seconds that a replay will need."""
        if self._speed is None or not self.is_replaying or self.tape.track is None:
            return 0.0
        return (self._replay_to - self.tape.sent) / self.tape.track.rate / self._speed

    @property
    def has_more(self) -> bool:
        """Whether anything waits to be sent."""
        return self.tape.sent < self.tape.accepted or bool(self._controls or self._prelude)

    def take(self, now: float) -> str | bytes | None:
        """The next message to send."""
        if self._prelude:
            return self._prelude.pop(0)
        while self._controls and self._controls[0][0] <= self.tape.sent:
            position, message = self._controls.pop(0)
            if not (self.has_said_close and isinstance(message, KeepAlive)):  # which nobody needs any more
                return self._take_control(position, message)
        track = self.tape.track
        return self._take_audio(track, now) if track and self.tape.sent < self.tape.accepted else None

    def _take_control(self, position: int, message: Message) -> str:
        if isinstance(message, (Configure, TurnConfigure)):
            self._configured = _merge(self._configured, message)
        elif isinstance(message, (Finalize, ForceEndTurn, CloseStream)):
            self._said.append((position, message))
            self.has_said_close = self.has_said_close or isinstance(message, CloseStream)
        return _text(message)

    def _take_audio(self, track: Track, now: float) -> bytes | None:
        most = self._allowed(track, now)
        if self._controls:  # which has its place within the audio
            most = min(most, self._controls[0][0] - self.tape.sent)
        if most <= 0:
            return None
        start, data = self.tape.take(most)
        if not data:
            return None
        if start != self._next:  # something is left out here
            self.clock.mark(self._here, track.seconds(start))
        self._next = start + len(data)
        self._here += track.seconds(self._next) - track.seconds(start)
        self._sent_at.append((self._here, now))
        return data

    def _allowed(self, track: Track, now: float) -> int:
        if not self.is_replaying or self._speed is None:
            return LARGEST
        until = self._replay_from + (now - self._opened) * self._speed + _SLACK
        left = until - track.seconds(self.tape.sent)
        rest = track.seconds(self._replay_to) - track.seconds(self.tape.sent)
        return min(LARGEST, track.span(left)) if left >= min(_SLACK, rest) else 0

    def sent_at(self, seconds: float) -> float | None:
        """When the audio at a time of this connection was sent."""
        marks = self._sent_at
        while len(marks) > 1 and marks[0][0] < seconds - 1e-3:
            marks.popleft()
        return marks[0][1] if marks else None


def _merge(before: Any, after: Any) -> Any:
    """One message that has the effect of two."""
    if before is None:
        return after
    given = {name: value for name, value in msgspec.structs.asdict(after).items() if value is not None}
    return msgspec.structs.replace(before, **given)


def _text(message: Message) -> str:
    return encode(message).decode()
