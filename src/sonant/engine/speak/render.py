"""The lines of a text become bytes, one after another: spoken by a voice on the workers, encoded as they come."""

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial

from sonant.contract.speak import Format
from sonant.engine.audio.encode import open_encoder
from sonant.engine.models.ports import Frames, Manner, Synthesizer
from sonant.engine.models.workers import Urgency, Workers
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.joining import fit, silence

_FIRST_SLICE, _SLICE = 0.2, 0.5
"""Seconds of speech that are encoded at once: few at first, so that somebody hears them soon."""


class Rendering:
    """One voice speaking in one format.

    Attributes:
        manner: how the next line is said.
        seconds: of speech that were made.
    """

    def __init__(self, voice: Synthesizer, form: Format, workers: Workers, manner: Manner) -> None:
        self.manner = manner
        self.seconds = 0.0
        self._voice, self._form, self._workers = voice, form, workers
        self._encoder = open_encoder(form, voice.sample_rate)
        self._first = True

    async def speak(self, chunk: Chunk, *, batch: bool = False) -> AsyncIterator[bytes]:
        """The bytes of a line, as they are made."""
        sound = await self.say(chunk, batch=batch)
        async for data in self.encode(sound):
            yield data

    async def say(self, chunk: Chunk, *, batch: bool = False) -> Frames:
        """The sound of a line. The first is waited for; what comes after it has until the first was heard."""
        if not chunk.line:
            return silence(chunk.pause, self._voice.sample_rate)
        urgency = Urgency.BATCH if batch else Urgency.FINAL if self._first else Urgency.INTERIM
        manner = self.manner

        def synthesize() -> Frames:
            sound = self._voice.synthesize(chunk.line, manner)
            return fit(sound, self._voice.sample_rate, chunk.ending, manner.speed)

        sound = await self._workers.run(synthesize, urgency)
        self._first = False
        return sound

    async def encode(self, sound: Frames) -> AsyncIterator[bytes]:
        """The bytes of a sound."""
        for piece in self._slices(sound):
            data = await self._workers.read(partial(self._encoder.feed, piece))
            self.seconds += self.length_of(piece)
            if data:
                yield data

    def length_of(self, sound: Frames) -> float:
        """Seconds of a sound."""
        return len(sound) / self._voice.sample_rate

    async def finish(self) -> bytes:
        """The last bytes. Without a container, another piece of speech may follow."""
        self._first = True
        return await self._workers.read(self._encoder.finish)

    def restart(self) -> None:
        """Forget what is half encoded."""
        self._first = True
        self._encoder = open_encoder(self._form, self._voice.sample_rate)

    def _slices(self, sound: Frames) -> Iterator[Frames]:
        size = int(_FIRST_SLICE * self._voice.sample_rate)
        at = 0
        while at < len(sound):
            yield sound[at : at + size]
            at, size = at + size, int(_SLICE * self._voice.sample_rate)


async def render(rendering: Rendering, chunks: Iterable[Chunk], *, batch: bool = False) -> AsyncIterator[bytes]:
    """The bytes of a whole text."""
    for chunk in chunks:
        async for data in rendering.speak(chunk, batch=batch):
            yield data
    if rest := await rendering.finish():
        yield rest
