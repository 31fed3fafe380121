"""The lines of a text become bytes, one after another: spoken by a voice on the workers, encoded as they come."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from sonant.contract.speak import Format
from sonant.engine.audio.encode import Encoder, open_encoder
from sonant.engine.models.ports import Frames, Manner, Synthesizer
from sonant.engine.models.workers import Urgency, Workers
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.joining import fit, silence

_FIRST_SLICE, _SLICE = 0.2, 0.5
"""Seconds of speech that are encoded at once: few at first, so that somebody hears them soon."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a voice said at once."""

    head: bytes
    """Its beginning, encoded already."""
    head_seconds: float
    rest: Frames
    seconds: float
    """Of all of it."""


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

    async def say(self, chunk: Chunk, *, batch: bool = False) -> Line:
        """The sound of a line. The first is waited for; what comes after it has until the first was heard."""
        if not chunk.line:
            return self._begin(silence(chunk.pause, self._voice.sample_rate), self._encoder)
        urgency = Urgency.BATCH if batch else Urgency.FINAL if self._first else Urgency.INTERIM
        line = await self._workers.run(partial(self._synthesize, chunk, self.manner, self._encoder), urgency)
        self._first = False
        return line

    def _synthesize(self, chunk: Chunk, manner: Manner, encoder: Encoder) -> Line:
        """Runs on, with the encoder that it began with, even if nobody waits for it any more."""
        sound = self._voice.synthesize(chunk.line, manner)
        return self._begin(fit(sound, self._voice.sample_rate, chunk.ending, manner.speed), encoder)

    def _begin(self, sound: Frames, encoder: Encoder) -> Line:
        """A line with its beginning encoded, in the same turn: another one would cost time before it is heard."""
        head = sound[: int(_FIRST_SLICE * self._voice.sample_rate)]
        return Line(encoder.feed(head), self._length(head), sound[len(head) :], self._length(sound))

    async def encode(self, line: Line) -> AsyncIterator[bytes]:
        """The bytes of a line, as they are made."""
        self.seconds += line.head_seconds
        if line.head:
            yield line.head
        for piece in self._slices(line.rest):
            data = await self._workers.read(partial(self._encoder.feed, piece))
            self.seconds += self._length(piece)
            if data:
                yield data

    def _length(self, sound: Frames) -> float:
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
        size = int(_SLICE * self._voice.sample_rate)
        return (sound[at : at + size] for at in range(0, len(sound), size))


async def render(rendering: Rendering, chunks: Iterable[Chunk], *, batch: bool = False) -> AsyncIterator[bytes]:
    """The bytes of a whole text."""
    for chunk in chunks:
        async for data in rendering.encode(await rendering.say(chunk, batch=batch)):
            yield data
    if rest := await rendering.finish():
        yield rest
