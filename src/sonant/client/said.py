"""What `say` gives on an event loop: an object, as in `lenses`, so that a wait for its audio may be cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Self

from sonant.client.errors import ConfigError
from sonant.client.pacing import Turnstile
from sonant.client.saying import Saying


class Asking:
    """A task that asks for audio, from now on.

    Attributes:
        is_waiting: whether it did not get any yet.
    """

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._cancels = self._task.cancelling() if self._task else 0
        self.is_waiting = True

    @property
    def is_cancelled(self) -> bool:
        """Whether the task was cancelled since, though it may not have noticed yet."""
        return self._task is not None and self._task.cancelling() > self._cancels


@dataclass(slots=True)
class Sending:
    """A text on its way."""

    saying: Saying
    task: asyncio.Task[None]
    """Sends it, as it is written."""
    begun: asyncio.Event
    """Set once something was sent, or nothing will be."""
    turn: object = None
    """Lets no other text be said; ended where its audio is not waited for any more."""
    asking: Asking | None = None
    """Who asked for its audio last."""

    @property
    def is_cancelled(self) -> bool:
        """Whether who asked for its audio was cancelled, so that another text may be said."""
        return self.asking is not None and self.asking.is_cancelled


class Said(AsyncIterator[bytes]):
    """The audio of a text, until all of it is spoken. Whoever leaves it gives the rest up."""

    def __init__(
        self,
        events: AsyncIterator[object],
        begin: Callable[[], Sending],
        leave: Callable[[Saying], None],
        turnstile: Turnstile,
    ) -> None:
        """Begin with the first audio that is asked for.

        Args:
            events: of the stream.
            begin: has the text sent.
            leave: gives up what is not spoken of it; nothing if that is done.
            turnstile: of the stream.
        """
        self._events, self._start, self._give_up, self._turnstile = events, begin, leave, turnstile
        self._sending: Sending | None = None
        self._is_left = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._is_left or (self._sending is not None and self._sending.saying.draft.is_left):
            raise StopAsyncIteration
        sending = self._enter()
        asking = sending.asking = Asking()
        try:
            return await self._next_audio(sending)
        except asyncio.CancelledError:
            if sending.asking is asking:
                self._turnstile.leave(sending.turn)  # nobody may come back, and another text be said
            raise
        finally:
            asking.is_waiting = False

    def _enter(self) -> Sending:
        """Begin, or go on if no other text was said since a wait was cancelled.

        Raises:
            ConfigError: another text is being said, or another task waits for this one's audio.
        """
        sending = self._sending
        if sending is None:
            turn = self._turnstile.enter()
            sending = self._sending = self._start()
            sending.turn = turn
        elif not self._turnstile.is_in(sending.turn):
            sending.turn = self._turnstile.enter()
        elif sending.asking is not None and sending.asking.is_waiting and not sending.asking.is_cancelled:
            raise ConfigError(
                "Another task waits for the audio of this text.",
                hint="Iterate what say() gives in one task, and hand the audio on from there.",
            )
        return sending

    async def _next_audio(self, sending: Sending) -> bytes:
        await sending.begun.wait()
        saying = sending.saying
        while saying.draft.has_begun and not saying.is_settled:
            event = await self._next_event()
            saying.is_settled = event is None or saying.is_spoken(event)
            if audio := saying.audio(event):
                return audio
        await self._finish(sending)
        raise StopAsyncIteration

    async def _next_event(self) -> object:
        """What happens next; None once the stream has ended."""
        try:
            return await anext(self._events)
        except StopAsyncIteration:
            return None
        except asyncio.CancelledError:
            raise
        except BaseException:
            await self.aclose()
            raise

    async def _finish(self, sending: Sending) -> None:
        """See how it ended.

        Raises:
            StreamError: the stream was closed before all was spoken, or nothing was heard.
            Exception: what the text raised.
        """
        saying, task = sending.saying, sending.task
        if not saying.is_written:
            task.cancel()  # given up, or closed elsewhere: nobody waits for the rest
        await asyncio.wait({task})
        if self._is_left:
            return
        self._leave()
        if not task.cancelled():
            task.result()
        saying.check_said()

    def _leave(self) -> None:
        self._is_left = True
        if self._sending is not None:
            self._give_up(self._sending.saying)
            self._sending.task.cancel()
            self._turnstile.leave(self._sending.turn)

    async def aclose(self) -> None:
        """Give up what is not spoken; the stream stays open, and speaks another text."""
        self._leave()
        if self._sending is not None:
            await asyncio.wait({self._sending.task})

    def __del__(self) -> None:
        if self._sending is None or self._is_left:
            return
        self._turnstile.leave(self._sending.turn)
        saying, task = self._sending.saying, self._sending.task
        with contextlib.suppress(RuntimeError):  # its loop is gone, and it with it
            task.get_loop().call_soon_threadsafe(_drop, self._give_up, saying, task)


def _drop(give_up: Callable[[Saying], None], saying: Saying, task: asyncio.Task[None]) -> None:
    give_up(saying)
    task.cancel()
