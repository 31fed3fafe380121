"""`POST /v1/listen`: a recording becomes a transcript."""

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import dataclass

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
from sonant.engine.api.leaving import while_wanted
from sonant.engine.api.parts import Parts, Voice
from sonant.engine.api.serving import Call, encode_refusal, now, read_query, serves
from sonant.engine.api.uploads import receive
from sonant.engine.audio.decode import HEAD, has_header
from sonant.engine.audio.media import Media
from sonant.engine.callbacks.deliver import check_receiver
from sonant.engine.callbacks.store import Promise, Result
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
    with ExitStack() as holdings:
        holdings.enter_context(call.parts.admission.enter())
        voice = await call.parts.voice()
        plan = make_plan(call.options, call.unknown, voice.catalog, repeated=call.repeated)
        if "callback" in call.options:
            call.parts.callbacks.check_room()
            await check_receiver(call.options["callback"], call.parts.settings)
        source = await receive(call.request, call.parts.settings)
        if isinstance(source, Media):
            holdings.enter_context(source)
        if "callback" in call.options:
            return await _promise(call, call.options["callback"], source)
        job = _Job(call.parts, voice, plan, source, call.request_id, now())
        return await while_wanted(call.request.receive, _transcribe(job))


async def _promise(call: Call[TranscribeOptions], callback: str, source: Media | UrlSource) -> Accepted:
    promise = Promise(
        request_id=call.request_id,
        created=now(),
        query=call.request.url.query,
        key_id=call.key_id,
        callback=callback,
        method=call.options.get("callback_method", "POST").upper(),
        source_url=source.url if isinstance(source, UrlSource) else "",
    )
    await call.parts.callbacks.accept(promise, source.rewound() if isinstance(source, Media) else None)
    return Accepted(call.request_id)


async def keep(promise: Promise, parts: Parts) -> Result:
    """What a callback is sent: the transcript, or the error that would have been answered.

    Raises:
        Refusal: the models could not be loaded.
    """
    voice = await parts.voice()
    with ExitStack() as holdings:
        holdings.enter_context(parts.admission.join())
        try:
            asked = read_query(promise.query, TRANSCRIBE)
            plan = make_plan(asked.options, asked.unknown, voice.catalog, repeated=asked.repeated)
            source = await _find_source(promise, parts)
            if isinstance(source, Media):
                holdings.enter_context(source)
            job = _Job(parts, voice, plan, source, promise.request_id, promise.created)
            return Result(encode(await _transcribe(job)))
        except Refusal as refusal:
            return Result(encode_refusal(refusal, promise.request_id))
        except Exception:
            log.exception("request failed", extra={"request_id": promise.request_id})
            return Result(encode_refusal(Refusal(INTERNAL), promise.request_id))


async def _find_source(promise: Promise, parts: Parts) -> Media | UrlSource:
    if promise.source_url:
        return UrlSource(promise.source_url)
    return await asyncio.to_thread(Media.stored, parts.callbacks.store.recording_of(promise.request_id))


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
    job.parts.metrics.audio_seconds.inc(heard.duration)
    submission = Submission(job.request_id, media.sha256, job.created)
    return await asyncio.to_thread(make_transcript, heard, plan, submission)  # long transcripts take their time
