"""A recording becomes words: decode, find the speech, cut it at pauses, recognize, put in order.

Nothing here grows with the length of the recording but its words: blocks are decoded as chunks are recognized.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sonant.contract.faults import BAD_QUERY
from sonant.engine.audio.decode import open_sound
from sonant.engine.audio.media import Media
from sonant.engine.listen.chunks import Chunk, Chunker
from sonant.engine.listen.plan import Plan
from sonant.engine.listen.timing import settle
from sonant.engine.models.ports import Frames, HeardWord, Speech
from sonant.engine.models.workers import Urgency, Workers
from sonant.engine.refusals import Refusal

_Recognize = Callable[[Chunk], Coroutine[Any, Any, list[HeardWord]]]

MOST_CHANNELS = 20
_AHEAD = 2
"""Chunks that wait for each worker: enough to keep it busy, few enough to keep memory small."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording holds."""

    channels: list[list[HeardWord]]
    """The words of each channel in order; times in seconds of the recording."""
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
    results: list[tuple[Chunk, asyncio.Task[list[HeardWord]]]] = []
    room = asyncio.Semaphore(_AHEAD * workers.size)
    recognize = _make_recognize(plan, speech, workers, room)
    try:
        async with asyncio.TaskGroup() as group:
            with closing(_chunks(media, plan, speech, progress)) as batches:
                while (batch := await workers.read(lambda: next(batches, None))) is not None:
                    for chunk in batch:
                        await room.acquire()
                        results.append((_bare(chunk), group.create_task(recognize(chunk))))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    channels: list[list[HeardWord]] = [[] for _ in range(progress.channels)]
    for chunk, task in results:
        channels[chunk.channel] += task.result()
    return Heard(channels, progress.duration)


def _bare(chunk: Chunk) -> Chunk:
    """Without its audio, which need not be kept until the end."""
    return replace(chunk, audio=np.zeros(0, np.float32))


def _make_recognize(plan: Plan, speech: Speech, workers: Workers, room: asyncio.Semaphore) -> _Recognize:
    async def recognize(chunk: Chunk) -> list[HeardWord]:
        try:
            return await workers.run(lambda: _recognize(chunk, plan, speech), Urgency.BATCH)
        finally:
            room.release()

    return recognize


def _recognize(chunk: Chunk, plan: Plan, speech: Speech) -> list[HeardWord]:
    words = settle(speech.recognizer.recognize(chunk.audio, plan.language), chunk.voiced)
    return [replace(word, start=word.start + chunk.start, end=word.end + chunk.start) for word in words]


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
