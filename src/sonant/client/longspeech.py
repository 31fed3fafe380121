"""A text beyond what one request may have: its parts are asked for one after another, and heard as one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any

from sonant.client.call import AudioCall
from sonant.client.joining import Joiner
from sonant.client.speech import AsyncAudio, AsyncSpeech, Speech, SyncAudio, SyncSpeech

SKIPPED = "WORDLESS_TEXT_SKIPPED"
"""A warning: a part without words, that had no room in another, is not spoken."""
Told = Callable[[int, int], object]


class Parts:
    """The parts of a text, what to ask for each of them, and how what comes is joined.

    Attributes:
        skipped: those without words, that are not asked for.
    """

    def __init__(
        self,
        texts: Sequence[str],
        skipped: Sequence[str],
        calls: Sequence[AudioCall],
        joiner: Joiner,
        progress: Told | None,
    ) -> None:
        self.texts, self.skipped, self.calls, self.joiner, self.progress = texts, skipped, calls, joiner, progress
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
    """Speech of several requests. What the service says of it grows with each part that is read.

    Attributes:
        answers: what the service said of each part so far: its headers, and what they mean.
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

    @property
    def model_name(self) -> str | None:
        """The voice that speaks; None until the first of it is there."""
        return self.answers[0].model_name if self.answers else None

    @property
    def model_uuid(self) -> str | None:
        """Its id."""
        return self.answers[0].model_uuid if self.answers else None

    @property
    def request_ids(self) -> list[str]:
        """The ids to give to whoever runs the service, one for each part so far."""
        return [answer.request_id for answer in self.answers if answer.request_id]

    @property
    def char_count(self) -> int:
        """Characters of the parts so far, as the service counts them."""
        return sum(answer.char_count or 0 for answer in self.answers)

    @property
    def received(self) -> int:
        """Bytes of audio that came so far, before they were joined."""
        return sum(answer.received for answer in self.answers)

    @property
    def warnings(self) -> list[str]:
        """What is to be said about the parts so far: the service's codes, each once.

        `WORDLESS_TEXT_SKIPPED` comes first where something without a word was not asked for.
        """
        skipped = [SKIPPED] * bool(self._parts.skipped)
        return list(dict.fromkeys([*skipped, *(code for answer in self.answers for code in answer.warnings)]))


class SyncLongSpeech(LongSpeech, SyncAudio):
    """A long text, spoken: iterate it, `read()` it, or `stream_to_file()`."""

    def __iter__(self) -> Generator[bytes]:
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

    async def __aiter__(self) -> AsyncGenerator[bytes]:
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
