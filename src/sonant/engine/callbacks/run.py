"""Moves each promise along: to a result, then to its receiver."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import time
from typing import IO, Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from sonant.contract.faults import INTERNAL, TOO_MANY_REQUESTS, encode_fault
from sonant.engine.callbacks.deliver import deliver
from sonant.engine.callbacks.relay import Relay
from sonant.engine.callbacks.socketrelay import SocketRelay
from sonant.engine.callbacks.store import Progress, Promise, Result, Store
from sonant.engine.logs import current_request
from sonant.engine.metrics import Metrics
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

log = logging.getLogger(__name__)

Work = Callable[[Promise], Awaitable[Result]]
"""Makes what a callback is sent. It raises a Refusal if that cannot be told before the next start."""
Deliver = Callable[[Promise, Result, int, Settings], Awaitable[str]]

_MOST_STARTS = 3
"""Times that the engine may end in the midst of one and the same work."""
_AT_ONCE = 8
"""Deliveries to one host at the same time."""


class Callbacks:
    """Keeps the promises of a store, each in a task of its own, so that none waits for the receiver of another."""

    def __init__(self, settings: Settings, store: Store, metrics: Metrics, deliver: Deliver = deliver) -> None:
        self._settings, self._metrics, self._deliver = settings, metrics, deliver
        self._work: Work | None = None
        self.store = store
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(settings.concurrency)
        self._lines: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._ending = asyncio.Event()

    def resume(self, work: Work) -> None:
        """Begin: with what the last run left."""
        self._work = work
        promises = self.store.promises()
        for promise in promises:
            self._start(promise)
        if promises:
            log.info("callbacks resumed", extra={"count": len(promises)})

    def check_room(self) -> None:
        """See that one more can be promised.

        Raises:
            Refusal: `callback_limit` are on their way.
        """
        if len(self._tasks) >= self._settings.callback_limit:
            raise Refusal(TOO_MANY_REQUESTS, retry_after=max(1, round(self._settings.callback_delay)))

    async def accept(self, promise: Promise, recording: IO[bytes] | None) -> None:
        """Promise a result; it is on the disk when this returns.

        Raises:
            Refusal: the disk is full, or too many are on their way.
        """
        self.check_room()
        await asyncio.to_thread(self.store.add, promise, recording)
        self._start(promise)

    def relay(self, promise: Promise) -> Relay:
        """What sends the messages of a stream to its receiver."""
        relay = Relay(promise, self._settings, self._metrics, self._deliver, self._ending)
        self._add(relay.run())
        return relay

    async def socket_relay(self, promise: Promise) -> SocketRelay:
        """The same for a receiver that listens on a WebSocket.

        Raises:
            Refusal: it cannot be reached.
        """
        relay = SocketRelay(promise, self._metrics)
        await relay.open(self._settings)
        self._add(relay.run())
        return relay

    @property
    def depth(self) -> int:
        """Promises that are on their way."""
        return len(self._tasks)

    async def drain(self, seconds: float) -> None:
        """Let what is under way end; the rest stays for the next start."""
        self._ending.set()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if left := len(await asyncio.to_thread(self.store.promises)):
            log.info("callbacks kept for the next start", extra={"count": left})

    def _start(self, promise: Promise) -> None:
        self._add(self._keep(promise))

    def _add(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, promise: Promise) -> None:
        """Take every step that is due; a disk that fails is asked again later."""
        current_request.set(promise.request_id)
        while not self._ending.is_set():
            try:
                if await self._step(promise):
                    return
            except (OSError, sqlite3.Error) as error:
                log.error("queue of callbacks not written", extra={"reason": str(error)})  # noqa: TRY400
                await self._pause(max(1.0, self._settings.callback_delay))
            except Refusal as refusal:
                log.warning("callback kept for the next start", extra={"reason": str(refusal)})
                await self._ending.wait()

    async def _step(self, promise: Promise) -> bool:
        """The next step of a promise; whether it was the last."""
        progress = await asyncio.to_thread(self.store.progress, promise.request_id)
        if progress.result is None:
            await self._work_on(promise)
            return False
        wait = min(progress.due - time(), self._settings.callback_delay)  # a clock that was set back delays nothing
        if wait > 0:
            await self._pause(wait)
            return False
        async with self._line(promise):
            if self._ending.is_set():
                return False
            return await self._try(promise, progress.result, progress)

    async def _work_on(self, promise: Promise) -> None:
        assert self._work  # noqa: S101 - `resume` comes first
        async with self._turns:
            if not self._ending.is_set():
                result = await self._make_result(promise, self._work)
                await asyncio.to_thread(self.store.keep_result, promise.request_id, result)

    async def _make_result(self, promise: Promise, work: Work) -> Result:
        """The result, or an error where the engine has died of the work again and again."""
        if await asyncio.to_thread(self.store.note_start, promise.request_id) > _MOST_STARTS:
            log.error("request brings the engine down")
            return Result(encode_fault(INTERNAL, promise.request_id))
        try:
            return await work(promise)
        except BaseException:
            self.store.note_stop(promise.request_id)
            raise

    async def _try(self, promise: Promise, result: Result, progress: Progress) -> bool:
        await asyncio.to_thread(self.store.note_try, promise.request_id)
        attempt = progress.tries + 1
        reason = await self._deliver(promise, result, attempt, self._settings)
        if not reason:
            await self._end(promise, "delivered")
            return True
        log.info("callback not delivered", extra={"attempt": attempt, "reason": reason})
        self._metrics.callback_failures.inc()
        if progress.failures >= self._settings.callback_retries:
            await self._end(promise, "given up")
            return True
        due = time() + self._settings.callback_delay
        await asyncio.to_thread(self.store.note_failure, promise.request_id, due)
        return False

    async def _end(self, promise: Promise, outcome: str) -> None:
        await asyncio.to_thread(self.store.remove, promise.request_id)
        self._metrics.callbacks.labels(outcome).inc()
        log.log(logging.INFO if outcome == "delivered" else logging.WARNING, "callback %s", outcome)

    def _line(self, promise: Promise) -> asyncio.Semaphore:
        return self._lines.setdefault(urlsplit(promise.callback).netloc, asyncio.Semaphore(_AT_ONCE))

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the engine runs."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
