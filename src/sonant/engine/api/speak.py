"""`POST /v1/speak` and `POST /v2/speak`: a text becomes audio, which streams."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from io import BytesIO
from time import monotonic
from typing import cast

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sonant.contract.faults import INTERNAL, TOO_SLOW
from sonant.contract.speak import (
    SPEAK,
    SPEAK_CALLBACK,
    SPEAK_FLUX,
    SPEAK_FLUX_CALLBACK,
    Accepted,
    SpeakFluxOptions,
    SpeakOptions,
)
from sonant.engine.api.headers import header_text
from sonant.engine.api.leaving import while_wanted
from sonant.engine.api.meter import Meter
from sonant.engine.api.parts import Parts
from sonant.engine.api.serving import Call, encode_refusal, now, read_query, serves
from sonant.engine.api.texts import receive_text
from sonant.engine.callbacks.deliver import check_receiver
from sonant.engine.callbacks.store import Promise, Result
from sonant.engine.refusals import Refusal
from sonant.engine.speak.order import Order, make_order
from sonant.engine.speak.plan import SpeakPlan, plan_aura, plan_flux
from sonant.engine.speak.render import Rendering, render

log = logging.getLogger(__name__)


@serves(SPEAK, SPEAK_CALLBACK)
async def speak(call: Call[SpeakOptions]) -> Response | Accepted:
    """Speak with an Aura voice, or promise to and send the audio to a callback."""
    return await _answer(call, plan_aura(call.options, call.parts.voices.catalog))


@serves(SPEAK_FLUX, SPEAK_FLUX_CALLBACK)
async def speak_flux(call: Call[SpeakFluxOptions]) -> Response | Accepted:
    """Speak with a Flux voice, or promise to and send the audio to a callback."""
    return await _answer(call, plan_flux(call.options, call.parts.voices.catalog))


async def _answer(call: Call[SpeakOptions] | Call[SpeakFluxOptions], plan: SpeakPlan) -> Response | Accepted:
    async with AsyncExitStack() as holdings:
        holdings.enter_context(call.parts.speaking.enter())
        if "callback" in call.options:
            call.parts.callbacks.check_room()
            await check_receiver(call.options["callback"], call.parts.settings)
        text = await receive_text(call.request, call.parts.settings)
        order = _order(text, plan, call.parts)
        if "callback" in call.options:
            return await _promise(call, call.options["callback"], text)
        _note(call.meter, plan, order)
        work = _begin(call.parts, plan, order, holdings)
        first, pieces = await while_wanted(call.request.receive, work)
        return _Spoken(first, pieces, holdings.pop_all(), _headers(plan, order), call.parts.settings.processing_seconds)


def _order(text: str, plan: SpeakPlan, parts: Parts) -> Order:
    return make_order(text, plan.manner.speed, parts.settings.speak_characters, plan.voice.language_code)


def _note(meter: Meter, plan: SpeakPlan, order: Order) -> None:
    meter.note_voice(plan.voice)
    meter.use.characters = order.characters


async def _begin(
    parts: Parts, plan: SpeakPlan, order: Order, holdings: AsyncExitStack
) -> tuple[bytes, AsyncGenerator[bytes]]:
    """The first audio, and the rest; so that whatever goes wrong at once is still an error of HTTP."""
    began = monotonic()
    try:
        async with asyncio.timeout(parts.settings.processing_seconds):
            await holdings.enter_async_context(parts.speaking.slot())
            pieces = await _render(parts, plan, order)
            await holdings.enter_async_context(aclosing(pieces))
            first = await anext(pieces)
    except TimeoutError:
        raise Refusal(TOO_SLOW, f"{parts.settings.processing_seconds:g} seconds") from None
    parts.metrics.first_audio.observe(monotonic() - began)
    return first, pieces


async def _render(parts: Parts, plan: SpeakPlan, order: Order, *, batch: bool = False) -> AsyncGenerator[bytes]:
    voice = await parts.voices.voice_for(plan.voice)
    rendering = Rendering(voice, plan.form, parts.workers, plan.manner)
    parts.metrics.speech_characters.inc(order.characters)

    async def pieces() -> AsyncGenerator[bytes]:
        try:
            async for piece in render(rendering, order.chunks, batch=batch):
                yield piece
        finally:
            parts.metrics.speech_seconds.inc(rendering.seconds)

    return pieces()


def _headers(plan: SpeakPlan, order: Order) -> dict[str, str]:
    return {
        "content-type": plan.form.content_type,
        "dg-model-name": plan.voice.canonical_name,
        "dg-model-uuid": plan.voice.uuid,
        **order.headers,
    }


class _Spoken(Response):
    """Audio that is sent as it is made, as long as somebody listens."""

    def __init__(
        self,
        first: bytes,
        pieces: AsyncGenerator[bytes],
        holdings: AsyncExitStack,
        headers: dict[str, str],
        seconds: float,
    ) -> None:
        self.init_headers(headers)
        self.status_code, self.background = 200, None
        self._first, self._pieces, self._holdings, self._seconds = first, pieces, holdings, seconds

    def init_headers(self, headers: object = None) -> None:
        """As they are: how long the body will be is not known."""
        known = cast("dict[str, str]", headers)
        self.raw_headers = [(name.encode(), header_text(value).encode()) for name, value in known.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything; a client that leaves ends the work."""
        async with self._holdings:
            try:
                await while_wanted(receive, self._send(send))
            except ClientDisconnect:
                log.info("client left while it was spoken to")

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async with asyncio.timeout(self._seconds):
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _promise(call: Call[SpeakOptions] | Call[SpeakFluxOptions], callback: str, text: str) -> Accepted:
    promise = Promise(
        request_id=call.request_id,
        created=now(),
        query=call.request.url.query,
        key_id=call.key_id,
        callback=callback,
        method=call.options.get("callback_method", "POST").upper(),
        path=call.request.url.path,
    )
    await call.parts.callbacks.accept(promise, BytesIO(text.encode()))
    call.meter.defer()
    return Accepted(call.request_id)


async def keep(promise: Promise, parts: Parts) -> Result:
    """What a callback is sent: the audio, or the error that would have been answered."""
    try:
        with parts.meters.resume(promise.request_id) as meter, parts.speaking.join():
            return await _make(promise, parts, meter)
    except Refusal as refusal:
        return Result(encode_refusal(refusal, promise.request_id))
    except Exception:
        log.exception("request failed", extra={"request_id": promise.request_id})
        return Result(encode_refusal(Refusal(INTERNAL), promise.request_id))


async def _make(promise: Promise, parts: Parts, meter: Meter) -> Result:
    plan = _plan_again(promise, parts)
    path = parts.callbacks.store.recording_of(promise.request_id)
    text = (await asyncio.to_thread(path.read_bytes)).decode()
    order = _order(text, plan, parts)
    _note(meter, plan, order)
    async with parts.speaking.slot():
        pieces = await _render(parts, plan, order, batch=True)
        return Result(b"".join([piece async for piece in pieces]), plan.form.content_type)


def _plan_again(promise: Promise, parts: Parts) -> SpeakPlan:
    if promise.path == SPEAK_FLUX.path:
        return plan_flux(read_query(promise.query, SPEAK_FLUX).options, parts.voices.catalog)
    return plan_aura(read_query(promise.query, SPEAK).options, parts.voices.catalog)
