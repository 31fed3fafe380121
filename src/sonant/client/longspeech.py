"""A text beyond what one request may have: its parts are asked for one after another, and heard as one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from sonant.client.call import AudioCall
from sonant.client.joining import Joiner
from sonant.client.speech import AsyncAudio, AsyncSpeech, Speech, SyncAudio, SyncSpeech

Told = Callable[[int, int], object]


class Parts:
    """The parts of a text, what to ask for each of them, and how what comes is joined."""

    def __init__(self, texts: Sequence[str], calls: Sequence[AudioCall], joiner: Joiner, progress: Told | None) -> None:
        self.texts, self.calls, self.joiner, self.progress = texts, calls, joiner, progress
        self.total = sum(map(len, texts))
        self.spoken = self.next = 0

    def begin(self) -> AudioCall | None:
        """What to ask next; None if there is nothing left."""
        if self.next == len(self.calls):
            return None
        self.joiner.begin()
        return self.calls[self.next]

    def finish(self) -> bytes:
        """A part has ended: what its end was kept back for."""
        self.spoken += len(self.texts[self.next])
        self.next += 1
        if self.progress:
            self.progress(self.spoken, self.total)
        return self.joiner.finish(last=self.next == len(self.calls))


class LongSpeech:
    """Speech of several requests.

    Attributes:
        answers: what the service said of each so far.
    """

    def __init__(self, runner: Any, scope: Any, parts: Parts) -> None:
        self._runner, self._scope, self._parts = runner, scope, parts
        self.answers: list[Speech] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self.answers)} of {len(self._parts.calls)} parts asked for>"

    @property
    def texts(self) -> Sequence[str]:
        """The parts that are asked for, in order."""
        return self._parts.texts

    @property
    def content_type(self) -> str:
        """What the audio is; empty until the first of it is there."""
        return self.answers[0].content_type if self.answers else ""


class SyncLongSpeech(LongSpeech, SyncAudio):
    """A long text, spoken: iterate it, `read()` it, or `stream_to_file()`."""

    def __iter__(self) -> Iterator[bytes]:
        """Pieces, as they come; of linear16, whole samples.

        Raises:
            ApiError, TransportError: a part could not be had.
        """
        parts = self._parts
        while (call := parts.begin()) is not None:
            with self._ask(call) as speech:
                for piece in speech:
                    if whole := parts.joiner.take(piece):
                        yield whole
            if end := parts.finish():
                yield end

    def _ask(self, call: AudioCall) -> SyncSpeech:
        speech: SyncSpeech = self._runner.download(call, self._scope)
        self.answers.append(speech)
        return speech


class AsyncLongSpeech(LongSpeech, AsyncAudio):
    """The same on an event loop."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Pieces, as they come; of linear16, whole samples.

        Raises:
            ApiError, TransportError: a part could not be had.
        """
        parts = self._parts
        while (call := parts.begin()) is not None:
            async with await self._ask(call) as speech:
                async for piece in speech:
                    if whole := parts.joiner.take(piece):
                        yield whole
            if end := parts.finish():
                yield end

    async def _ask(self, call: AudioCall) -> AsyncSpeech:
        speech: AsyncSpeech = await self._runner.download(call, self._scope)
        self.answers.append(speech)
        return speech
