"""Results sent to a URL when they are done.

Held in memory: what is not delivered when the engine stops is lost, once `drain_seconds` are over.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from urllib.parse import SplitResult

from pyreqwest.client import Client
from pyreqwest.exceptions import PyreqwestError

from sonant.contract.faults import BAD_CALLBACK
from sonant.engine.outbound import open_client, split_url
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a result goes."""

    url: SplitResult
    method: str
    key_id: str
    """Told to the receiver as `dg-token`; empty for none."""
    request_id: str


def read_target(url: str, method: str, key_id: str, request_id: str) -> Target:
    """A callback as a caller asks for it.

    Raises:
        Refusal: it is not an absolute http(s) URL.
    """
    return Target(split_url(url, BAD_CALLBACK), method.upper(), key_id, request_id)


class Callbacks:
    """Work that goes on after its request was answered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._under_way: set[asyncio.Task[None]] = set()

    async def check(self, target: Target) -> None:
        """See that a target may be called at all.

        Raises:
            Refusal: its host has no address, or one that is not public.
        """
        try:
            client = await self._open_client(target)
        except Refusal as refusal:
            raise Refusal(BAD_CALLBACK) from refusal
        await client.close()

    def start(
        self, work: Callable[[], Awaitable[bytes]], target: Target, holdings: AbstractAsyncContextManager[object]
    ) -> None:
        """Do the work and send its result; `holdings` are let go when the work is done."""
        task = asyncio.create_task(self._run(work, target, holdings))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way, then give up the rest."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(set(self._under_way), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("callbacks lost at shutdown", extra={"count": len(late)})

    async def _run(
        self, work: Callable[[], Awaitable[bytes]], target: Target, holdings: AbstractAsyncContextManager[object]
    ) -> None:
        async with holdings:
            body = await work()
        await self._deliver(body, target)

    async def _deliver(self, body: bytes, target: Target) -> None:
        facts = {"request_id": target.request_id}
        for attempt in range(self._settings.callback_retries + 1):
            if attempt:
                await asyncio.sleep(self._settings.callback_delay)
            outcome = await self._try(body, target)
            if outcome == "":
                log.info("callback delivered", extra=facts)
                return
            log.info("callback not delivered", extra={**facts, "attempt": attempt, "reason": outcome})
        log.warning("callback given up", extra=facts)

    async def _try(self, body: bytes, target: Target) -> str:
        """Send once; empty if the receiver took it, else why not."""
        try:
            client = await self._open_client(target)
        except Refusal as refusal:
            return str(refusal)
        async with client:
            request = client.request(target.method, target.url.geturl()).header("content-type", "application/json")
            request = request.header("dg-request-id", target.request_id)
            if target.key_id:
                request = request.header("dg-token", target.key_id)
            try:
                status = (await request.body_bytes(body).build().send()).status
            except PyreqwestError as error:
                return type(error).__name__
        return "" if 200 <= status < 300 else f"status {status}"

    async def _open_client(self, target: Target) -> Client:
        settings = self._settings
        return await open_client(
            target.url, allow_private=settings.allow_private_urls, seconds=settings.callback_seconds
        )
