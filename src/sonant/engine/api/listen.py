"""`POST /v1/listen`: a recording becomes a transcript."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request

from sonant.contract.codec import encode
from sonant.contract.faults import INTERNAL, TOO_SLOW
from sonant.contract.listen import (
    TRANSCRIBE,
    TRANSCRIBE_CALLBACK,
    Accepted,
    TranscribeOptions,
    Transcript,
    UrlSource,
)
from sonant.engine.api.fetch import fetch
from sonant.engine.api.parts import Parts, Voice
from sonant.engine.api.serving import Call, encode_refusal, serves
from sonant.engine.api.uploads import receive
from sonant.engine.audio.decode import HEAD, has_header
from sonant.engine.audio.media import Media
from sonant.engine.callbacks import Target, read_target
from sonant.engine.listen.answer import Submission, make_transcript
from sonant.engine.listen.plan import Plan, follow_header, make_plan
from sonant.engine.listen.recording import hear
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """A recording on its way to a transcript."""

    parts: Parts
    voice: Voice
    plan: Plan
    source: Media | UrlSource
    request_id: str
    created: str


@serves(TRANSCRIBE, TRANSCRIBE_CALLBACK)
async def transcribe(call: Call[TranscribeOptions]) -> Transcript | Accepted:
    """Transcribe a recording, or promise to and send the transcript to a callback."""
    async with AsyncExitStack() as holdings:
        holdings.enter_context(call.parts.admission.enter())
        voice = await call.parts.voice()
        plan = make_plan(call.options, call.unknown, voice.catalog, repeated=call.repeated)
        target = await _read_callback(call)
        source = await receive(call.request, call.parts.settings)
        if isinstance(source, Media):
            holdings.enter_context(source)
        job = _Job(call.parts, voice, plan, source, call.request_id, _now())
        if target is None:
            return await _while_wanted(call.request, _transcribe(job))
        call.parts.callbacks.start(lambda: _result(job), target, holdings.pop_all())
        return Accepted(call.request_id)


async def _read_callback(call: Call[TranscribeOptions]) -> Target | None:
    url = call.options.get("callback")
    if url is None:
        return None
    target = read_target(url, call.options.get("callback_method", "POST"), call.key_id, call.request_id)
    await call.parts.callbacks.check(target)
    return target


async def _result(job: _Job) -> bytes:
    """What a callback is sent: the transcript, or the error that would have been answered."""
    try:
        return encode(await _transcribe(job))
    except Refusal as refusal:
        return encode_refusal(refusal, job.request_id)
    except Exception:
        log.exception("request failed", extra={"request_id": job.request_id})
        return encode_refusal(Refusal(INTERNAL), job.request_id)


async def _transcribe(job: _Job) -> Transcript:
    if isinstance(job.source, UrlSource):
        with await fetch(job.source.url, job.parts.settings) as media:
            return await _hear(job, media)
    return await _hear(job, job.source)


async def _hear(job: _Job, media: Media) -> Transcript:
    plan = follow_header(job.plan) if job.plan.raw and has_header(media.head(HEAD)) else job.plan
    limit = job.parts.settings.processing_seconds
    async with job.parts.admission.slot():
        try:
            async with asyncio.timeout(limit):
                speech = await job.voice.speech_for(plan.model)
                heard = await hear(media, plan, speech, job.parts.workers)
        except TimeoutError:
            raise Refusal(TOO_SLOW, f"{limit:g} seconds") from None
    submission = Submission(job.request_id, media.sha256, job.created)
    return await asyncio.to_thread(make_transcript, heard, plan, submission)  # long transcripts take their time


async def _while_wanted(request: Request, work: Coroutine[Any, Any, Transcript]) -> Transcript:
    """The result of the work, which is given up when the client leaves.

    Raises:
        ClientDisconnect: the client left.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_leave(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        # What is cancelled is waited for: its recording must not be closed under it.
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _leave(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
