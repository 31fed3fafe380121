"""Whose turn it is: from words and silence to the events of a turn. Pure; its clock is the audio.

waiting ──words──► StartOfTurn ──► Update … ──sure enough──► EagerEndOfTurn ──surer──► EndOfTurn, waiting
                       ▲                                          │ speech
                       └────────────── TurnResumed ◄──────────────┘
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from sonant.contract.listen import TurnInfo, TurnWord
from sonant.contract.listen.turns import Trigger, TurnEvent

EVERY = 0.25
"""Seconds of audio between two updates."""
_WHOLE, _OPEN = 0.35, 0.9
"""Seconds of silence after which a turn has ended with a likelihood of 63 %: after a whole sentence, and else."""
_AGREED_WHOLE, _AGREED_OPEN = 0.25, 1.2
"""The same where sound and words agree; where they do not, it is something between."""
_ENDS = (".", "?", "!", "…", "。")
_DANGLING = frozenset(
    "and or but so because if when the a an to of with for in on at that which who is are was i we you my your um uh"
    .split()
)  # fmt: skip
"""Words that nobody ends with, whatever sign was put after them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """When a turn has ended."""

    threshold: float = 0.7
    eager: float | None = None
    timeout: float = 5.0
    """Seconds of silence."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at a moment of the audio."""

    now: float
    """Seconds from the start of the stream."""
    silence: float
    """Seconds since the last voice; 0 while somebody speaks."""
    words: Sequence[TurnWord]
    """Of the turn so far."""
    settled: bool
    """Whether the words are all that was said."""
    sounds_over: float | None = None
    """How likely the turn is over by its sound, 0..1; None if nobody can tell."""


class TurnMachine:
    """Follows turn after turn."""

    def __init__(self, request_id: str, rules: Rules) -> None:
        self.rules = rules
        self._request_id = request_id
        self._index, self._begin = 0, 0.0
        self._started = False
        self._promised: Sequence[TurnWord] | None = None
        """The words of an eager end that still stands."""
        self._next_update = EVERY

    @property
    def is_active(self) -> bool:
        """Whether a turn is on."""
        return self._started

    def follow(self, here: Situation) -> Iterator[TurnInfo]:
        """What follows from a moment."""
        confidence = confidence_of(here)
        if self._promised is not None and here.silence == 0:
            self._promised = None
            yield self._info("TurnResumed", here, confidence)
        if here.words and not self._started:
            self._started = True
            yield self._info("StartOfTurn", here, confidence)
        if self._started and here.settled:
            yield from self._consider_end(here, confidence)
        if here.now >= self._next_update and self._promised is None:
            self._next_update = here.now + EVERY
            yield self._info("Update", here, confidence)

    def _consider_end(self, here: Situation, confidence: float) -> Iterator[TurnInfo]:
        eager = self.rules.eager
        if eager is not None and confidence >= eager and self._promised is None:
            self._promised = here.words
            yield self._info("EagerEndOfTurn", here, confidence)
        if self.rules.threshold < 1 and confidence >= self.rules.threshold:
            yield self._end(here, confidence, "model")
        elif here.silence >= self.rules.timeout:
            yield self._end(here, confidence, "timeout")

    def force(self, here: Situation) -> TurnInfo:
        """End the turn now."""
        return self._end(here, confidence_of(here), "manual")

    def update(self, here: Situation) -> TurnInfo:
        """How the turn stands."""
        return self._info("Update", here, confidence_of(here))

    def _end(self, here: Situation, confidence: float, trigger: Trigger) -> TurnInfo:
        info = self._info("EndOfTurn", here, confidence, trigger)
        self._index, self._begin = self._index + 1, here.now
        self._started, self._promised = False, None
        self._next_update = here.now + EVERY
        return info

    def _info(self, event: TurnEvent, here: Situation, confidence: float, trigger: Trigger | None = None) -> TurnInfo:
        words = list(here.words if self._promised is None else self._promised)
        return TurnInfo(
            request_id=self._request_id,
            sequence_id=0,
            event=event,
            turn_index=self._index,
            audio_window_start=self._begin,
            audio_window_end=here.now,
            transcript=" ".join(word.word for word in words),
            words=words,
            end_of_turn_confidence=confidence,
            trigger=trigger,
        )


def confidence_of(here: Situation) -> float:
    """How likely it is that the turn has ended: by its silence, its sound, and by whether its words are a whole."""
    if not here.words or here.silence == 0:
        return 0.0
    return round(1 - exp(-here.silence / _patience(is_whole(here.words), here.sounds_over)), 4)


def is_whole(words: Sequence[TurnWord]) -> bool:
    """Whether words could end here."""
    last = words[-1].word
    return last.endswith(_ENDS) and last.rstrip(".?!…,").lower() not in _DANGLING


def _patience(whole: bool, sounds_over: float | None) -> float:
    """Seconds of silence after which a turn has ended with a likelihood of 63 %."""
    if sounds_over is None:
        return _WHOLE if whole else _OPEN
    over = (whole + sounds_over) / 2
    return float(_AGREED_OPEN * (_AGREED_WHOLE / _AGREED_OPEN) ** over)
