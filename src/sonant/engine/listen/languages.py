"""Which language is spoken: found out from a channel's first speech, or for each chunk anew."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

from sonant.engine.listen.chunks import Chunk
from sonant.engine.models.ports import SAMPLE_RATE

ENOUGH = 30.0
"""Seconds of a channel's speech that settle its language."""

Scores = Mapping[str, float]
Detect = Callable[[Chunk], Awaitable[Scores]]

_HINTED = 2.0
"""How much likelier a language is that the caller expects."""


@dataclass(slots=True)
class Verdict:
    """The language of a channel."""

    language: str
    confidence: float
    """0..1, among the languages that were possible."""


@dataclass(slots=True)
class _Listened:
    held: list[Chunk] = field(default_factory=list[Chunk])
    scores: dict[str, float] = field(default_factory=dict[str, float])
    seconds: float = 0.0
    verdict: Verdict | None = None


class Dominant:
    """Finds the language of each channel; holds its chunks back until then."""

    def __init__(self, detect: Detect, possible: Collection[str], fallback: str) -> None:
        self._detect, self._possible, self._fallback = detect, possible, fallback
        self._channels: dict[int, _Listened] = {}

    @property
    def verdicts(self) -> dict[int, Verdict]:
        """The languages found, by channel."""
        return {number: each.verdict for number, each in self._channels.items() if each.verdict}

    async def settle(self, chunk: Chunk) -> list[tuple[Chunk, str]]:
        """Take a chunk; give those whose language is known now, in order."""
        listened = self._channels.setdefault(chunk.channel, _Listened())
        if listened.verdict:
            return [(chunk, listened.verdict.language)]
        seconds = len(chunk.audio) / SAMPLE_RATE
        for language, score in (await self._detect(chunk)).items():
            listened.scores[language] = listened.scores.get(language, 0.0) + seconds * score
        listened.held.append(chunk)
        listened.seconds += seconds
        return self._decide(listened) if listened.seconds >= ENOUGH else []

    def rest(self) -> list[tuple[Chunk, str]]:
        """What is still held when the recording ends."""
        return [pair for each in self._channels.values() if each.held for pair in self._decide(each)]

    def _decide(self, listened: _Listened) -> list[tuple[Chunk, str]]:
        language, confidence = choose(listened.scores, self._possible, self._fallback)
        listened.verdict = Verdict(language, confidence)
        decided = [(chunk, language) for chunk in listened.held]
        listened.held = []
        return decided


def choose(scores: Scores, possible: Collection[str], fallback: str, hinted: Collection[str] = ()) -> tuple[str, float]:
    """The likeliest of the possible languages, and its share among them; `fallback` where none has any."""
    fit = {name: score * (_HINTED if name in hinted else 1) for name, score in scores.items() if name in possible}
    total = sum(fit.values())
    if not total:
        return fallback, 0.0
    best = max(fit, key=lambda name: fit[name])
    return best, fit[best] / total
