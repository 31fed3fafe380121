"""How the messages of the two speaking sockets move a session on: audio, and what of the text is spoken. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sonant.client.pcm import OneHeader, WholeSamples
from sonant.client.speechevents import Audio, AudioCut
from sonant.client.textfeed import TextFeed
from sonant.contract.speak import (
    SPEAK_LIVE,
    SPEAK_TURNS,
    SpeakCleared,
    SpeakFlushed,
    SpeakTurnWarning,
    SpeakWarning,
    SpeechBegan,
    SpeechInterrupted,
    SpeechMetadata,
)
from sonant.contract.wire import Event

_TOO_MANY = "EXCESSIVE_FLUSH"
_NOTHING_TO_STOP = frozenset({"NO_ACTIVE_SPEECH", "INTERRUPT_IN_PROGRESS"})
_NOT_STOPPED = frozenset({"INVALID_INTERRUPT_OFFSET", "NO_AUDIO_GENERATED"})


class _Hearing:
    """What both sockets share: audio in whole samples, without what was given up."""

    hears_audio = True

    def __init__(self, feed: TextFeed) -> None:
        self._feed = feed
        self._header = OneHeader()
        self._heard = 0
        """Bytes of audio that were handed over."""
        self._restart()

    def _restart(self) -> None:
        self._samples = WholeSamples(self._feed.sample_bytes)

    def finish(self) -> None:
        """The audio of a text is over, or all of it: half a sample is not joined with what follows, but told of."""
        if self._samples.rest and not self._is_dropping:
            self._feed.events.append(AudioCut(self._samples.rest, self.heard_to))
        self._restart()

    def begin(self) -> None:
        """A new connection: nothing is left of what was given up, and all is counted from nothing."""
        self._restart()
        self._header.begin()
        self._feed.started = self._heard / self._feed.rate

    @property
    def heard_to(self) -> float:
        """Seconds of audio that were handed over."""
        return self._heard / self._feed.rate

    def has_heard_all(self) -> bool:
        """Never: the service says of each text that it is spoken."""
        return False

    @property
    def _is_dropping(self) -> bool:
        return self._feed.drops > self._feed.dropped

    def _follow_audio(self, data: bytes, now: float, speech_id: str | None = None) -> Audio | None:
        if self._is_dropping:
            return None
        whole = self._samples.take(self._header.take(data))
        if not whole:
            return None
        start = self._heard / self._feed.rate
        self._heard += len(whole)
        self._feed.hear(whole, now)
        return Audio(whole, start, speech_id, self._feed.dropped)


class VoiceFollower(_Hearing):
    """Of `/v1/speak`: text is spoken when the `Flush` behind it is answered."""

    hears = SPEAK_LIVE.hears

    def __init__(self, feed: TextFeed) -> None:
        super().__init__(feed)
        self._flushed = 0

    def begin(self) -> None:
        """A new connection, which has nothing to clear."""
        super().begin()
        while self._is_dropping:
            self._feed.events.append(self._note_cleared())

    def follow(self, message: Any, now: float, *, rotating: bool) -> Any:
        """The message, counted over all connections; None for audio that was given up or is no whole sample."""
        match message:
            case bytes():
                return self._follow_audio(message, now)
            case SpeakFlushed():
                return self._follow_flushed(message)
            case SpeakCleared():
                return self._note_cleared() if self._is_dropping else message
            case SpeakWarning(code=code) if code == _TOO_MANY:
                self._feed.flush_again(now)
                return message
            case _:
                return message

    def _follow_flushed(self, message: SpeakFlushed) -> SpeakFlushed:
        entry = None if self._is_dropping else self._feed.settle()
        if entry is None:
            return message
        self.finish()
        told = replace(message, sequence_id=self._flushed)
        self._flushed += 1
        _note(told, entry.number, entry.sent_at)
        return told

    def _note_cleared(self) -> SpeakCleared:
        self._feed.note_dropped()
        self._restart()
        return SpeakCleared(self._feed.dropped - 1)


class VoiceTurnFollower(_Hearing):
    """Of `/v2/speak`: text is spoken when its turn has ended."""

    hears = SPEAK_TURNS.hears

    def __init__(self, feed: TextFeed) -> None:
        super().__init__(feed)
        self._speech_id: str | None = None

    def begin(self) -> None:
        """A new connection, which has nothing to interrupt."""
        super().begin()
        self._feed.dropped = self._feed.drops
        self._speech_id = None

    def follow(self, message: Any, now: float, *, rotating: bool) -> Any:
        """The message, its times over all connections; None for audio that was given up or is no whole sample."""
        match message:
            case bytes():
                is_wanted = not self._feed.standing.given_up
                return self._follow_audio(message, now, self._speech_id) if is_wanted else None
            case SpeechBegan():
                self._speech_id = message.speech_id
                self.finish()
                return message
            case SpeechMetadata():
                return self._follow_end(message)
            case SpeechInterrupted():
                self._note_stopped()
                return replace(message, audio_played_ms=message.audio_played_ms + round(self._feed.started * 1000))
            case SpeakTurnWarning():
                return self._follow_warning(message)
            case _:
                return message

    def _follow_end(self, message: SpeechMetadata) -> SpeechMetadata:
        is_wanted = self._feed.standing.note_end() and not self._is_dropping
        if is_wanted and (entry := self._feed.settle()):
            _note(message, entry.number, entry.sent_at)
        self.finish()
        return message

    def _follow_warning(self, message: SpeakTurnWarning) -> SpeakTurnWarning:
        if not self._feed.standing.unanswered:
            return message
        if message.code in _NOT_STOPPED:
            self._feed.go_on()
            self._restart()
        elif message.code in _NOTHING_TO_STOP:
            self._note_stopped()
        return message

    def _note_stopped(self) -> None:
        if self._feed.standing.unanswered:
            self._feed.note_dropped()
            self._restart()
        self._feed.standing.note_stopped()


def _note(told: Event, number: int, sent_at: float | None) -> None:
    facts = vars(told)
    facts["flush"], facts["sent_at"] = number, sent_at


def flush_of(event: object) -> int:
    """The number of the `Flush` that an event answers; -1 if it answers none."""
    number: int = getattr(event, "__dict__", {}).get("flush", -1)
    return number
