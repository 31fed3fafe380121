"""A recording becomes words: decode, find the speech, cut it at pauses, recognize, put in order.

Nothing here grows with the length of the recording but its words: blocks are decoded as chunks are recognized.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sonant.contract.faults import BAD_QUERY
from sonant.engine.audio.decode import open_sound
from sonant.engine.audio.media import Media
from sonant.engine.listen.chunks import Chunk, Chunker
from sonant.engine.listen.languages import Dominant, Scores, Verdict, choose
from sonant.engine.listen.plan import DEFAULT_LANGUAGE, Plan
from sonant.engine.listen.timing import settle
from sonant.engine.models.catalog import MULTI
from sonant.engine.models.ports import Frames, HeardWord, Recognizer, Speech
from sonant.engine.models.workers import Urgency, Workers
from sonant.engine.refusals import Refusal

_Readings = Sequence[Sequence[HeardWord]]

MOST_CHANNELS = 20
_AHEAD = 2
"""Chunks that wait for each worker: enough to keep it busy, few enough to keep memory small."""


@dataclass(frozen=True, slots=True)
class HeardChannel:
    """What a channel holds."""

    readings: list[list[HeardWord]]
    """The words in order, the best reading first, one at least; times in seconds of the recording."""
    verdict: Verdict | None = None
    """Its language, where that was to be found out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording holds."""

    channels: list[HeardChannel]
    duration: float
    """Seconds."""


@dataclass(slots=True)
class _Progress:
    """What is known while the recording is read."""

    channels: int = 1
    duration: float = 0.0


async def hear(media: Media, plan: Plan, speech: Speech, workers: Workers) -> Heard:
    """Transcribe a recording. Cancelling it frees its places in the queue.

    Raises:
        Refusal: the recording cannot be decoded, or has more channels than allowed.
    """
    progress = _Progress()
    listener = _Listener(plan, speech, workers)
    try:
        async with asyncio.TaskGroup() as group:
            with closing(_chunks(media, plan, speech, progress)) as batches:
                while (batch := await workers.read(lambda: next(batches, None))) is not None:
                    for chunk in batch:
                        await listener.take(chunk, group)
            await listener.finish(group)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return Heard(listener.channels(progress.channels), progress.duration)


class _Listener:
    """Takes a recording's chunks to the models, and their words back into order."""

    def __init__(self, plan: Plan, speech: Speech, workers: Workers) -> None:
        self._plan, self._recognizer, self._workers = plan, speech.recognizer, workers
        self._room = asyncio.Semaphore(_AHEAD * workers.size)
        self._results: list[tuple[int, asyncio.Task[_Readings]]] = []
        self._dominant = Dominant(self._detect, plan.possible, plan.language) if plan.detect_language else None

    async def take(self, chunk: Chunk, group: asyncio.TaskGroup) -> None:
        """Begin with a chunk; returns when there is room for the next."""
        settled = await self._dominant.settle(chunk) if self._dominant else [(chunk, self._plan.language)]
        for each, language in settled:
            await self._begin(each, language, group)

    async def finish(self, group: asyncio.TaskGroup) -> None:
        """Begin with what was held back."""
        for chunk, language in self._dominant.rest() if self._dominant else ():
            await self._begin(chunk, language, group)

    async def _begin(self, chunk: Chunk, language: str, group: asyncio.TaskGroup) -> None:
        await self._room.acquire()
        self._results.append((chunk.channel, group.create_task(self._recognize(chunk, language))))

    async def _recognize(self, chunk: Chunk, language: str) -> _Readings:
        work = partial(read_chunk, chunk, language, self._plan, self._recognizer)
        try:
            return await self._workers.run(work, Urgency.BATCH)
        finally:
            self._room.release()

    async def _detect(self, chunk: Chunk) -> Scores:
        return await self._workers.run(lambda: self._recognizer.detect(chunk.audio), Urgency.BATCH)

    def channels(self, count: int) -> list[HeardChannel]:
        """What each channel holds, when all is done."""
        verdicts = self._dominant.verdicts if self._dominant else {}
        parts: list[list[_Readings]] = [[] for _ in range(count)]
        for channel, task in self._results:
            parts[channel].append(task.result())
        return [HeardChannel(_join(each), verdicts.get(number)) for number, each in enumerate(parts)]


def _join(parts: Sequence[_Readings]) -> list[list[HeardWord]]:
    """Readings of chunks as readings of the whole: where a chunk has fewer than others, its last counts again."""
    most = max(map(len, parts), default=1)
    return [[word for part in parts for word in part[min(rank, len(part) - 1)]] for rank in range(most)]


def read_chunk(chunk: Chunk, language: str, plan: Plan, recognizer: Recognizer) -> _Readings:
    """The words of a chunk, at their times in the recording; the best reading first."""
    mixed = language == MULTI
    if mixed:
        language, _ = choose(recognizer.detect(chunk.audio), plan.possible, DEFAULT_LANGUAGE, plan.hinted)
    spoken = sum(end - start for start, end in chunk.voiced)
    listening = replace(plan.listening(language), known=chunk.known, known_until=chunk.known_until, spoken=spoken)
    readings = recognizer.recognize(chunk.audio, listening)
    return [
        [
            replace(
                word, start=word.start + chunk.start, end=word.end + chunk.start, language=language if mixed else None
            )
            for word in settle(reading, chunk.voiced)
        ]
        for reading in readings
    ]


def _chunks(media: Media, plan: Plan, speech: Speech, progress: _Progress) -> Generator[list[Chunk], None, None]:
    """The chunks that each block completes; blocks, so that silence does not keep the caller waiting."""
    with open_sound(media.rewound(), plan.raw) as sound:
        progress.channels = sound.channels if plan.multichannel else 1
        if progress.channels > MOST_CHANNELS:
            raise Refusal(BAD_QUERY, f"multichannel: the recording has {sound.channels} channels, of at most 20")
        chunkers = [Chunker(speech.voice, channel) for channel in range(progress.channels)]
        for block in sound.blocks():
            yield _feed(chunkers, block, last=False)
        progress.duration = sound.duration
        yield _feed(chunkers, np.zeros((progress.channels, 0), np.float32), last=True)


def _feed(chunkers: list[Chunker], block: Frames, *, last: bool) -> list[Chunk]:
    channels = block if len(chunkers) == len(block) else block.mean(axis=0, keepdims=True)
    fed = zip(chunkers, channels, strict=True)
    return [chunk for chunker, audio in fed for chunk in chunker.feed(audio, last=last)]
