"""The turns of a WebSocket `/v2/speak`: what the client says becomes lines to speak and messages to send.

    Idle ──Speak──► Generating ──Flush──► Finalizing ──last audio──► SpeechMetadata ──► Idle
                        └───────────Interrupt──┴──► SpeechInterrupted ──► Idle

A `Speak` after a `Flush` opens a turn that waits behind the one being spoken. Nothing here knows sockets, clocks or
models; `SpeechTurns` is told what was spoken, and says what comes next.
"""

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from sonant.contract.faults import CONTROL_COMBINATION_INVALID
from sonant.contract.speak import (
    Applied,
    BadControl,
    ControlsApplied,
    SessionMetadata,
    SpeakConfigured,
    SpeakConfigureFailure,
    SpeakTurnMessage,
    SpeakTurnWarning,
    SpeechBegan,
    SpeechFacts,
    SpeechFlushed,
    SpeechInterrupted,
    SpeechMetadata,
    check_speed,
)
from sonant.engine.speak.composer import REMARKS, Chunk, Composer
from sonant.engine.speak.live import Ended

MOST_WAITING = 1_000_000
"""Characters that may wait to be spoken."""

_NO_ACTIVE = SpeakTurnWarning("NO_ACTIVE_SPEECH", "There is no active turn. The request will be ignored.")
_NO_AUDIO = SpeakTurnWarning("NO_AUDIO_GENERATED", "No audio was generated yet. The request will be ignored.")
_BAD_OFFSET = SpeakTurnWarning(
    "INVALID_INTERRUPT_OFFSET",
    "The playback offset must be beyond the one before it, and within the audio that was sent. "
    "The request will be ignored.",
)
_NOTHING = SpeakTurnWarning("NO_SYNTHESIZABLE_TEXT", "The turn has nothing that the voice can speak.")


@dataclass(slots=True)
class _Spoken:
    """A line that became audio."""

    start: int
    end: int
    """Where it lies in the turn's plain text."""
    at: float
    seconds: float
    """Of the session's audio."""


@dataclass(slots=True)
class _Turn:
    speech_id: str
    composer: Composer
    chunks: deque[Chunk] = field(default_factory=deque[Chunk])
    spoken: list[_Spoken] = field(default_factory=list[_Spoken])
    seconds: float = 0.0
    flushed: bool = False
    begun: bool = False
    told_flushed: bool = False

    @property
    def facts(self) -> SpeechFacts:
        composer = self.composer
        applied = ControlsApplied(composer.pronunciations, 0, composer.warnings)
        return SpeechFacts(self.speech_id, round(self.seconds * 1000), composer.characters, composer.billable, applied)

    def split(self, played: float) -> tuple[str, str]:
        """The turn's text, as far as it was heard and beyond, for so many seconds of the session's audio."""
        at = 0
        for line in self.spoken:
            if played >= line.at + line.seconds:
                at = max(at, line.end)
            elif played > line.at:
                share = int((line.end - line.start) * (played - line.at) / line.seconds)
                at = max(at, self.composer.word_before(line.start + share, line.start))
        heard = self.composer.text_between(0, at)
        return heard, self.composer.text_between(at, None)


class SpeechTurns:
    """One session.

    Args:
        speed: as the session was opened with; None if it was not.
        language: two-letter code of what the voice speaks.
    """

    def __init__(self, speed: float | None = None, language: str = "en") -> None:
        self._speed, self._language = speed, language
        self._turns: deque[_Turn] = deque()
        self._busy = False
        self._seconds = 0.0
        """Of the session's audio, as far as the client may have played it."""
        self._sent = 0.0
        """Seconds of audio that were sent, played or not."""
        self._has_sounded = False
        self._position = -1.0
        """Seconds that the last `Interrupt` established."""
        self._characters = self._billable = 0
        self._closing = False

    @property
    def speed(self) -> float:
        """How fast the next line is spoken."""
        return 1.0 if self._speed is None else self._speed

    @property
    def is_over(self) -> bool:
        """Whether no more will come and all is spoken."""
        return self._closing and not self._turns

    @property
    def is_idle(self) -> bool:
        """Whether there is no turn."""
        return not self._turns

    # What the client says

    def speak(self, text: str) -> list[SpeakTurnMessage]:
        """Add text to the turn that is open, or open one.

        Raises:
            Ended: a control is wrong, or too much waits.
        """
        if not text:
            raise Ended("DATA-0000", "A `Speak` message needs text.")
        turn = self._turns[-1] if self._turns and not self._turns[-1].flushed else self._open()
        self._add(turn, text)
        if sum(len(each.composer.plain) for each in self._turns) > MOST_WAITING:
            raise Ended("BIG-0000", "Too much text waits to be spoken.")
        return [*self._remarks(turn), *self.advance()]

    def flush(self) -> list[SpeakTurnMessage]:
        """End the open turn's text.

        Raises:
            Ended: a control is wrong.
        """
        if not self._turns or self._turns[-1].flushed:
            return [_NO_ACTIVE]
        turn = self._turns[-1]
        self._add(turn, None)
        turn.flushed = True
        return [*self._remarks(turn), *self.advance()]

    def interrupt(self, offset_ms: int | None) -> list[SpeakTurnMessage]:
        """Give up all turns, if that can be; then `is_idle`."""
        if not self._has_sounded:
            return [_NO_AUDIO]
        if not self._turns:
            return [_NO_ACTIVE]
        if offset_ms is not None and not self._can_be_played(offset_ms):
            return [_BAD_OFFSET]
        played = self._seconds if offset_ms is None else offset_ms / 1000
        turn = self._turns[0]
        heard, left = (None, None) if offset_ms is None else turn.split(played)
        self._count(turn)
        self._characters += sum(waiting.composer.characters for waiting in list(self._turns)[1:])
        self._turns.clear()
        self._busy = False
        self._position = played
        self._seconds = min(self._seconds, played)
        return [SpeechInterrupted(round(played * 1000), turn.facts, heard, left)]

    def _can_be_played(self, offset_ms: int) -> bool:
        return 0 <= offset_ms <= ceil(self._sent * 1000) and self._position < offset_ms / 1000

    def configure(self, speed: float | None) -> list[SpeakTurnMessage]:
        """Change how later lines are spoken."""
        try:
            if speed is not None:
                self._check(speed)
        except BadControl as error:
            return [SpeakConfigureFailure(error.fault.code, str(error), "speed", speed)]
        self._speed = self._speed if speed is None else speed
        return [SpeakConfigured(Applied(self._speed))]

    def _check(self, speed: float) -> None:
        check_speed(speed)
        if speed != 1.0 and any(turn.composer.pronunciations for turn in self._turns):
            raise BadControl(CONTROL_COMBINATION_INVALID, "a 'speed' other than 1.0")

    def close(self) -> list[SpeakTurnMessage]:
        """No more will be said; what is left is spoken.

        Raises:
            Ended: a control is wrong.
        """
        self._closing = True
        return self.flush() if self._turns and not self._turns[-1].flushed else []

    # What is to be spoken

    def next_chunk(self) -> Chunk | None:
        """The next line; None while there is none. `note_line`, `note_audio` and `note_end` tell what became of it."""
        if not self._turns or not self._turns[0].chunks:
            return None
        self._busy = True
        return self._turns[0].chunks.popleft()

    @property
    def holds_whole(self) -> bool:
        """Whether the turn being spoken holds whole sentences back, until it is sure that they do not go on."""
        return bool(self._turns) and not self._turns[0].flushed and self._turns[0].composer.holds_whole

    def settle(self) -> list[SpeakTurnMessage]:
        """Nothing came for a moment: have the whole sentences that are held back spoken."""
        if not self.holds_whole:
            return []
        turn = self._turns[0]
        turn.chunks.extend(turn.composer.settle())
        return self._remarks(turn)

    def note_line(self, chunk: Chunk, seconds: float) -> None:
        """A line became so much audio, which is sent from now on."""
        if self._turns:
            self._turns[0].spoken.append(_Spoken(chunk.start, chunk.end, self._seconds, seconds))

    def note_audio(self, seconds: float) -> None:
        """So much of the line's audio was sent."""
        if self._turns:
            self._turns[0].seconds += seconds
            self._seconds += seconds
            self._sent += seconds
            self._has_sounded = True

    def note_end(self) -> None:
        """All of the line's audio was sent."""
        self._busy = False

    def advance(self) -> list[SpeakTurnMessage]:
        """What there is to tell now about the turns."""
        return list(self._advance())

    def _advance(self) -> Iterator[SpeakTurnMessage]:
        if not self._turns:
            return
        turn = self._turns[0]
        if not turn.begun:
            turn.begun = True
            yield SpeechBegan(turn.speech_id)
        if turn.flushed and not turn.told_flushed:
            turn.told_flushed = True
            yield SpeechFlushed(turn.speech_id)

    @property
    def is_turn_spoken(self) -> bool:
        """Whether the turn being spoken is at its end; then `end_turn`."""
        return bool(self._turns) and self._turns[0].flushed and not self._turns[0].chunks and not self._busy

    def end_turn(self) -> list[SpeakTurnMessage]:
        """All audio of a turn was sent; the next begins. Nothing, if it was interrupted at the last moment."""
        if not self.is_turn_spoken:
            return []
        turn = self._turns.popleft()
        self._count(turn)
        facts = turn.facts
        done = SpeechMetadata(
            facts.speech_id,
            facts.audio_duration_ms,
            facts.input_character_count,
            facts.billable_character_count,
            facts.controls_applied,
        )
        return [*([] if turn.seconds else [_NOTHING]), done, *self.advance()]

    def summary(self) -> SessionMetadata:
        """What all turns came to."""
        return SessionMetadata(round(self._seconds * 1000), self._characters, self._billable)

    def _open(self) -> _Turn:
        turn = _Turn(f"dg_sp_{secrets.token_hex(6)}", Composer(self._language))
        self._turns.append(turn)
        return turn

    def _add(self, turn: _Turn, text: str | None) -> None:
        """Add text to a turn, or its end."""
        composer = turn.composer
        try:
            turn.chunks.extend(composer.finish() if text is None else composer.feed(text))
        except BadControl as error:
            raise Ended("DATA-0002", str(error)) from None
        if composer.pauses:
            raise Ended("DATA-0002", "Pauses are for `POST /v2/speak`, and not for its WebSocket.")
        if composer.pronunciations and self.speed != 1.0:
            raise Ended("DATA-0002", "Pronunciations cannot be combined with a 'speed' other than 1.0")

    def _remarks(self, turn: _Turn) -> list[SpeakTurnMessage]:
        return [SpeakTurnWarning(code, REMARKS[code]) for code in turn.composer.take_remarks()]

    def _count(self, turn: _Turn) -> None:
        self._characters += turn.composer.characters
        self._billable += turn.composer.billable
