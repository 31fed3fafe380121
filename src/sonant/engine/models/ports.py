"""What the engine asks of a model. A model joins by fulfilling one of these, with no class to inherit from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
"""Samples a second of all audio that the engine hears, in Hz."""

Frames = npt.NDArray[np.float32]
"""float32, (samples,), mono, in [-1, 1], at SAMPLE_RATE; or (channels, samples), or of another rate, where a text says
so."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word as a model heard it: with its punctuation and capitals, times in seconds of the given audio."""

    text: str
    start: float
    end: float
    confidence: float
    language: str | None = None
    """Two-letter code, where it may change within a recording."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a recognizer can do."""

    languages: frozenset[str]
    """Two-letter codes."""
    longest: float
    """Seconds of audio that one call takes."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen to a piece of speech."""

    language: str
    """Two-letter code."""
    prompt: str = ""
    """Text that might have gone before: its words, and its manner, are likelier to come."""
    avoided: tuple[str, ...] = ()
    """Words not to hear where something else may have been said, in lower case."""
    alternatives: int = 1
    """How many readings are wanted."""
    known: str = ""
    """What is said at the beginning of the audio, as it was heard before: the readings go on from there."""
    known_until: float = 0.0
    """Seconds of audio that hold what is known."""
    spoken: float = inf
    """Seconds of speech in the audio that hold what is not known, as far as that was measured."""


class Recognizer(Protocol):
    """Speech becomes words. Called from several threads at once."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def recognize(self, audio: Frames, listening: Listening) -> Sequence[Sequence[HeardWord]]:
        """Readings of a piece of speech, at most `capabilities.longest` seconds; the best first, one at least. Blocks.

        A reading is its words in order of time, without those that are known.
        """
        ...

    def detect(self, audio: Frames) -> Mapping[str, float]:
        """How likely a piece of speech is in each of the languages; only where it knows several. Blocks."""
        ...


class VoiceStream(Protocol):
    """Voice activity along one channel; keeps what it needs to remember between two calls."""

    def score(self, audio: Frames) -> Frames:
        """How likely each window of `VoiceActivity.window` samples holds speech; audio is whole windows."""
        ...


class VoiceActivity(Protocol):
    """Where there is speech."""

    @property
    def window(self) -> int:
        """Samples that one score is about."""
        ...

    def listen(self) -> VoiceStream:
        """Begin with a channel of its own."""
        ...


class TurnEnd(Protocol):
    """Whether somebody who pauses has finished, by the sound of it. Called from several threads at once."""

    @property
    def longest(self) -> float:
        """Seconds of audio that it looks at: the last ones."""
        ...

    def judge(self, audio: Frames) -> float:
        """How likely a turn is over where its audio, with the pause, ends: 0..1. Blocks."""
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """The models that hear."""

    recognizer: Recognizer
    voice: VoiceActivity
    turn_end: TurnEnd | None = None
    """None where no such model is installed."""


@dataclass(frozen=True, slots=True)
class Sounded:
    """A word that is to be said in a certain way, given in the International Phonetic Alphabet."""

    word: str
    ipa: str


Line = Sequence[str | Sounded]
"""What is said in one breath, about 200 characters at most: plain words, without markup."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to say it."""

    speed: float = 1.0
    """2 takes half the time, at the same pitch."""
    liveliness: float = 1.0
    """How far the pitch moves, as a factor of the voice's own way."""


class Synthesizer(Protocol):
    """Words become speech, in one voice. Called from several threads at once."""

    @property
    def sample_rate(self) -> int:
        """Samples a second of what it makes, in Hz."""
        ...

    def synthesize(self, line: Line, manner: Manner) -> Frames:
        """Speech, at `sample_rate`; the same for the same line. Empty if there is nothing to say. Blocks."""
        ...
