"""Audio on its way to a service: looked at, kept until it is final, sent again, or told of as lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from sonant.client.errors import BufferFull, ConfigError, SourceError
from sonant.client.events import AudioLost
from sonant.client.intake import Intake
from sonant.client.ledger import Ledger, Tape
from sonant.client.outbox import Outbox
from sonant.client.settings import SessionOptions
from sonant.client.stats import Stats
from sonant.client.tracks import RawTrack, Track
from sonant.client.voiced import is_voiced
from sonant.contract.listen import CloseStream, KeepAlive
from sonant.contract.wire import Message

_FRESH = 1.0
"""Seconds of audio for which the service's word of a pause holds."""


class AudioFeed:
    """The audio of a session, and the messages that belong among it.

    Attributes:
        outbox: what goes out next, and the clock of the connection.
        first_sent: when the first audio was sent; None until then.
        is_told_elsewhere: whether the results go to a `callback`.
        said_last_words: whether the stream itself, at the end of a source, asked for the end of a turn.
    """

    __slots__ = (
        "_encoding", "_intake", "_paused_at", "_settings", "events", "first_sent", "is_told_elsewhere", "keepalive",
        "outbox", "said_last_words", "stats", "tape",
    )  # fmt: skip

    closing: Message = CloseStream()
    is_owed = False

    def __init__(self, options: Mapping[str, Any], settings: SessionOptions, *, keeps_alive: bool) -> None:
        """Begin.

        Args:
            options: of the socket; they may describe the audio.
            settings: of the session.
            keeps_alive: whether the service knows a KeepAlive.
        """
        self.events: list[Any] = []
        self.stats = Stats()
        self.keepalive: Message | None = KeepAlive() if keeps_alive else None
        self.tape = Tape()
        self.outbox = Outbox(self.tape, settings.replay_speed)
        self.first_sent: float | None = None
        self.said_last_words = False
        self._paused_at: float | None = None
        self._encoding = options.get("encoding")
        self.is_told_elsewhere = bool(options.get("callback"))
        self._settings = settings
        self._intake = Intake(self.tape, options)

    @property
    def track(self) -> Track | None:
        """How the bytes lie in time; None until that is known."""
        return self.tape.track

    @property
    def ledger(self) -> Ledger:
        """Where the audio is."""
        return self.tape.account(held=self._intake.held, refused=self._intake.refused)

    @property
    def progress(self) -> int:
        """Bytes that are final."""
        return self.tape.final

    @property
    def is_settled(self) -> bool:
        """Whether all audio is final."""
        return self.tape.final >= self.tape.accepted

    @property
    def has_more(self) -> bool:
        """Whether anything waits to be sent."""
        return self.outbox.has_more

    @property
    def is_paced(self) -> bool:
        """Whether what is sent again waits for its time."""
        return self.outbox.is_replaying

    @property
    def backlog(self) -> float:
        """Seconds that the audio needs which is sent again."""
        return self.outbox.backlog

    @property
    def has_said_close(self) -> bool:
        """Whether this connection was told that no more audio comes."""
        return self.outbox.has_said_close

    # What goes in

    def accept(self, data: bytes) -> None:
        """Take audio.

        Raises:
            SourceError: its first bytes contradict the options, or tell nothing where they should.
            BufferFull: there is no room now; nothing was taken.
        """
        tape, gate = self.tape, self._settings.gate
        if tape.track is not None and tape.accepted:
            self._make_room(len(data))
        if gate is None:
            self._take_in(data)
        elif tape.track is not None and not isinstance(tape.track, RawTrack):
            raise ConfigError("A gate needs headerless samples or WAV: other audio cannot be cut.")
        elif gate(data):
            tape.skip(len(data), "gated")
        else:
            self._take_in(data)

    def _take_in(self, data: bytes) -> None:
        try:
            self._intake.take(data)
        except SourceError as error:
            self._refuse(error.message)
            raise

    def _refuse(self, reason: str) -> None:
        """Tell of the bytes that waited to be looked at, and are no audio that can be sent."""
        size = self._intake.refuse()
        if size:
            self.events.append(AudioLost(0.0, 0.0, size, reason))

    def _make_room(self, size: int) -> None:
        track, waiting = self._intake.track, self.tape.waiting()
        over = waiting + size - self._settings.buffer_seconds * track.rate
        if over <= 0 or not waiting:
            return
        if self._settings.when_full != "drop_oldest":
            raise BufferFull(
                f"More than {self._settings.buffer_seconds:g} s of audio wait to be sent.",
                hint="Send slower, raise buffer_seconds, or choose when_full='drop_oldest'.",
            )
        self._lose(*self.tape.oldest(track.span(over / track.rate + 0.1)), "the buffer was full")

    def say(self, message: Message) -> None:
        """Have a message sent after the audio so far."""
        self.outbox.say(message)

    def finish(self) -> None:
        """No more audio comes; what was held back is taken."""
        try:
            self._intake.finish()
        except SourceError as error:  # the end is no place to raise: there is a connection to be closed
            self._refuse(error.message)
        self.outbox.say(self.closing)

    # What goes out

    def begin(self, now: float) -> float:
        """Begin with a new connection at the watermark or a little before; returns the seconds that are sent again."""
        again = self.outbox.begin(now)
        tape = self.tape
        if tape.final < tape.kept <= tape.sent:
            self._lose(tape.final, tape.kept, "it was not final within replay_seconds")
        return again / tape.track.rate if tape.track is not None else 0.0

    def take(self, now: float) -> str | bytes | None:
        """The next message to send, if its time has come."""
        payload = self.outbox.take(now)
        if self.first_sent is None and isinstance(payload, bytes):
            self.first_sent = now
        if self.is_told_elsewhere:
            self.bound_copies()  # no result ever comes here that would have it done
        return payload

    def is_speech(self, payload: str | bytes) -> bool:
        """Whether it is audio with a voice in it, as far as that can be told, and what it says is told here."""
        return not self.is_told_elsewhere and isinstance(payload, bytes) and is_voiced(payload, self._encoding)

    def has_speech(self) -> bool:
        """Whether speech was sent that is not final."""
        unsettled = self.tape.unsettled()
        return bool(unsettled) and is_voiced(unsettled, self._encoding)

    def is_pause(self) -> bool:
        """Whether nobody speaks: by the samples, or by what the service said of the last second."""
        track, paused = self.tape.track, self._paused_at
        if paused is not None and track is not None and track.seconds(self.tape.sent) - paused <= _FRESH:
            return True
        return not self.has_speech()

    @property
    def is_replayable(self) -> bool:
        """Whether there are copies of all that was sent and is not final, and the service's results come here."""
        tape = self.tape
        return not self.is_told_elsewhere and not tape.final < tape.kept <= tape.sent

    # What becomes of it

    def note_pause(self, seconds: float | None) -> None:
        """The service heard a pause of speech that lasted at a time of the stream; None: it hears speech."""
        self._paused_at = seconds

    def note_text(self, now: float) -> None:
        """Some text came."""
        if self.stats.first_interim is None and self.first_sent is not None:
            self.stats.first_interim = now - self.first_sent

    def note_quiet(self, seconds: float | None) -> None:
        """Nobody speaks between a time of the stream and the watermark that is set next; None: that is not known."""
        self.tape.quiet_from = inf if seconds is None else seconds

    def settle(self, seconds: float) -> None:
        """All audio before a time of the stream is final."""
        if self.tape.track is not None:
            self.outbox.settle(self.tape.track.entry(seconds))

    def finish_sent(self) -> None:
        """All audio that was sent is final."""
        self.outbox.settle(self.tape.sent)

    def bound_copies(self) -> None:
        """Keep no more audio for a replay than was wished."""
        track = self.tape.track
        if track is not None:
            oldest = self.tape.sent - int(self._settings.replay_seconds * track.rate)
            if oldest > self.tape.final:
                self.tape.release(oldest)

    def give_up(self, reason: str) -> str:
        """What is not final is lost: `AudioLost` says all of it."""
        self._refuse(reason)
        if self.tape.track is not None:
            self._lose(self.tape.final, self.tape.accepted, reason)
        return ""

    def _lose(self, start: int, end: int, reason: str) -> None:
        size = self.tape.lose(start, end)
        if size:
            track = self._intake.track
            self.stats.lost_seconds += size / track.rate
            end = min(end, self.tape.accepted)
            self.events.append(AudioLost(track.seconds(start), track.seconds(end), size, reason))
