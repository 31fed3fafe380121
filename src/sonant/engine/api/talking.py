"""What the WebSockets of `/v1/speak` and `/v2/speak` share: a client that writes, a voice that speaks, a clock."""

import asyncio
from time import monotonic
from typing import Any

import msgspec

from sonant.contract.codec import Unknown, decode_message
from sonant.contract.speak import CLOSE_CODES, Close, Flush, Speak
from sonant.contract.wire import Message
from sonant.engine.api.incoming import Incoming
from sonant.engine.api.parts import Parts
from sonant.engine.api.sockets import End, Outgoing
from sonant.engine.metering import Use
from sonant.engine.models.ports import Synthesizer
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.live import Ended
from sonant.engine.speak.plan import SpeakPlan
from sonant.engine.speak.render import Rendering

_SAYING = (Speak, Flush, Close)


class Talk:
    """A conversation in which the client writes and the engine speaks. What is said is up to those who derive from it.

    Args:
        parts: of the engine.
        use: takes down what is spoken.
        plan: how to speak.
        voice: what speaks.
        outgoing: where audio and messages go.
        incoming: where the client's messages come from.
        idle: seconds that the client may keep silent; None for any time.
    """

    def __init__(
        self,
        parts: Parts,
        use: Use,
        plan: SpeakPlan,
        voice: Synthesizer,
        outgoing: Outgoing,
        incoming: Incoming,
        idle: float | None = None,
    ) -> None:
        self._parts, self._outgoing, self._idle = parts, outgoing, idle
        self._incoming, self._use = incoming, use
        self.rendering = Rendering(voice, plan.form, parts.workers, plan.manner)
        self._wanted = asyncio.Event()
        self._current: asyncio.Task[None] | None = None
        self._asked_at: float | None = None
        self._stopped = self._is_closing = False

    # What those who derive from it say

    def take(self, message: Message) -> None:
        """Do what the client says.

        Raises:
            Ended: it cannot be.
        """
        raise NotImplementedError

    def take_unknown(self, message: Unknown) -> None:
        """Answer what does not fit the contract.

        Raises:
            Ended: there is no answer but the end.
        """
        raise Ended("DATA-0000", f"The message of type {message.type!r} is not understood.")

    async def step(self) -> bool:
        """Do what comes next; whether there was anything to do.

        Raises:
            End: nothing will come any more.
        """
        raise NotImplementedError

    def explain(self, ended: Ended) -> None:
        """Tell the client why the conversation ends."""

    def is_waiting(self) -> bool:
        """Whether it is the client's turn to say something."""
        return True

    says: Any

    # The conversation

    async def run(self) -> None:
        """Hold the conversation.

        Raises:
            End: it is over.
        """
        reading, speaking = asyncio.create_task(self._read()), asyncio.create_task(self._speak())
        try:
            async with asyncio.timeout(self._parts.settings.speak_session_seconds):
                await asyncio.wait({reading, speaking}, return_when=asyncio.FIRST_COMPLETED)
            for task in (speaking, reading):
                if task.done():
                    task.result()
        except TimeoutError:
            raise self._end(Ended("NET-0003", "The session reached its longest time.")) from None
        except Ended as ended:
            raise self._end(ended) from None
        finally:
            self._use.seconds = self.rendering.seconds
            self._parts.metrics.speech_seconds.inc(self.rendering.seconds)
            self._parts.metrics.speech_characters.inc(self._use.characters)
            self.stop()
            reading.cancel()
            speaking.cancel()
            await asyncio.gather(reading, speaking, return_exceptions=True)

    def _end(self, ended: Ended) -> End:
        self.explain(ended)
        return End(CLOSE_CODES[ended.code], ended.code)

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            self._outgoing.check()
            if isinstance(message, bytes):
                raise Ended("DATA-0000", "Binary messages are not understood here.")
            self._obey(message)
            self._wanted.set()

    async def _receive(self) -> bytes | str:
        if self._idle is None:
            return await self._incoming.take()
        try:
            return await self._incoming.take_within(self._idle, lambda: not self.is_waiting())
        except TimeoutError:
            raise Ended("NET-0004", "The client sent nothing for too long.") from None

    def _obey(self, text: str) -> None:
        if len(text) > self._parts.settings.speak_limit:
            raise Ended("BIG-0000", "The message is too large.")
        try:
            message = decode_message(text, self.says)
        except msgspec.DecodeError:
            raise Ended("MESSAGE-0000", "The message is not JSON.") from None
        if isinstance(message, Unknown):
            self.take_unknown(message)
            return
        if self._is_closing and isinstance(message, _SAYING):
            return  # what comes after a `Close` is not spoken
        self._is_closing = self._is_closing or isinstance(message, Close)
        self._asked_at = self._asked_at or monotonic()
        self.take(message)

    async def _speak(self) -> None:
        while True:
            self._wanted.clear()
            if not await self.step():
                await self._wanted.wait()

    def note_line(self, chunk: Chunk, seconds: float) -> None:
        """A line became so much audio, which is sent from now on."""

    def note_audio(self, seconds: float) -> None:
        """So much of the line's audio goes out."""

    async def utter(self, chunk: Chunk) -> bool:
        """Speak a line; whether it was spoken to its end, and not stopped."""
        self._forget()
        self._current = asyncio.create_task(self._utter(chunk))
        try:
            await asyncio.wait({self._current})
            if self._current.cancelled():
                return False
            self._current.result()
            return True
        finally:
            self._current.cancel()

    async def _utter(self, chunk: Chunk) -> None:
        line = await self.rendering.say(chunk)
        self.note_line(chunk, line.seconds)
        sent = self.rendering.seconds
        async for piece in self.rendering.encode(line):
            if self._asked_at is not None:
                self._parts.metrics.first_audio.observe(monotonic() - self._asked_at)
                self._asked_at = None
            self.note_audio(self.rendering.seconds - sent)
            sent = self.rendering.seconds
            await self._outgoing.put_audio(piece)
        self.note_audio(self.rendering.seconds - sent)

    async def finish_audio(self) -> None:
        """Send what the encoder holds back."""
        self._asked_at = None
        self._forget()
        if rest := await self.rendering.finish():
            await self._outgoing.put_audio(rest)

    def _forget(self) -> None:
        """After a stop, nothing of what came before it may be heard."""
        if self._stopped:
            self._stopped = False
            self.rendering.restart()

    def stop(self) -> None:
        """Stop the line that is being spoken, and forget its audio that is not sent yet."""
        self._stopped = True
        if self._current is not None:
            self._current.cancel()
        self._outgoing.forget_audio()
