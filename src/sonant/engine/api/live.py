"""The WebSocket `/v1/listen`: speech becomes words while it is spoken."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.websockets import WebSocketDisconnect

from sonant.contract.codec import Unknown, decode_message, encode
from sonant.contract.listen import (
    LISTEN_LIVE,
    CloseStream,
    Configure,
    ConfigureFailure,
    ConfigureSuccess,
    Finalize,
    LiveError,
    LiveMessage,
    LiveOptions,
    LiveResults,
    SpeechStarted,
    UtteranceEnd,
)
from sonant.engine.api.sockets import End, Outgoing, SocketCall
from sonant.engine.audio.streaming import open_decoder
from sonant.engine.callbacks.deliver import check_receiver
from sonant.engine.callbacks.store import Promise
from sonant.engine.listen.live import LiveStream, Say
from sonant.engine.listen.liveplan import LivePlan, make_live_plan
from sonant.engine.models.ports import Speech
from sonant.engine.refusals import Refusal

IDLE = "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001"
_VARIANTS = "`CloseStream`, `Configure`, `Sync`, `KeepAlive`, `Finalize`"
_RELAYED = (LiveResults, SpeechStarted, UtteranceEnd)
"""What the client is not told where a callback is."""
_SHOWN = 2_000
"""Characters of a message that was not understood."""


async def listen_live(call: SocketCall[LiveOptions]) -> Callable[[Outgoing], Awaitable[None]]:
    """Transcribe a stream."""
    voice = await call.parts.voice()
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    plan = make_live_plan(
        call.options,
        call.unknown,
        voice.catalog,
        request_id=call.request_id,
        created=created,
        repeated=call.repeated,
    )
    call.parts.streams.check_room()
    if "callback" in call.options:
        call.parts.callbacks.check_room()
        await check_receiver(call.options["callback"], call.parts.settings)
    speech = await voice.speech_for(plan.common.model)

    call.meter.note_model(plan.common.model, plan.common.language)

    async def hold(outgoing: Outgoing) -> None:
        with call.parts.streams.join(), _relaying(call, created, outgoing) as say:
            await _Listening(call, plan, speech, outgoing, say).run()

    return hold


@contextmanager
def _relaying(call: SocketCall[LiveOptions], created: str, outgoing: Outgoing) -> Generator[Say]:
    """Who is told what the stream says: the client, or its callback."""
    if "callback" not in call.options:
        yield outgoing.put
        return
    method = call.options.get("callback_method", "POST").upper()
    promise = Promise(call.request_id, created, "", call.key_id, call.options["callback"], method)
    relay = call.parts.callbacks.relay(promise)

    def say(message: LiveMessage) -> None:
        relay.put(encode(message))
        if not isinstance(message, _RELAYED):
            outgoing.put(message)

    try:
        yield say
    finally:
        relay.close()


class _Listening:
    """A conversation, message by message."""

    def __init__(
        self, call: SocketCall[LiveOptions], plan: LivePlan, speech: Speech, outgoing: Outgoing, say: Say
    ) -> None:
        self._socket, self._parts, self._outgoing, self._say = call.socket, call.parts, outgoing, say
        self._idle, self._use = call.parts.settings.idle_seconds, call.meter.use
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        decoder = open_decoder(plan.common.raw)
        streams = call.parts.streams
        self._stream = LiveStream(plan, speech, call.parts.workers, decoder, say, self._fail, streams.note_final)

    def _fail(self, error: BaseException | None) -> None:
        if error is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def run(self) -> None:
        """Hold the conversation.

        Raises:
            End: it is over.
        """
        try:
            while True:
                await self._take(await self._receive())
        except Refusal:
            raise End(1008, "DATA-0000") from None
        finally:
            self._parts.metrics.audio_seconds.inc(self._stream.seconds)
            self._stream.close()

    async def _receive(self) -> Any:
        if self._failed.done():
            self._failed.result()
        if self._outgoing.overflowed.is_set():
            raise End(1011, "the client does not read")
        try:
            async with asyncio.timeout(self._idle):
                message = await self._socket.receive()
        except TimeoutError:
            self._say(self._stream.metadata())
            raise End(1011, IDLE) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1006)
        return message.get("bytes") if message.get("bytes") is not None else message.get("text", "")

    async def _take(self, message: bytes | str) -> None:
        if isinstance(message, str):
            await self._obey(message)
        elif message:
            await self._stream.feed(message)
            self._use.seconds = self._stream.seconds
        else:  # the older way to end a stream
            await self._finish()

    async def _obey(self, text: str) -> None:
        try:
            control = decode_message(text, LISTEN_LIVE.says)
        except msgspec.DecodeError:
            control = Unknown("", None)
        match control:
            case CloseStream():
                await self._finish()
            case Finalize(channel):
                await self._stream.finalize(channel)
            case Configure():
                self._configure(control)
            case Unknown():
                self._say(_misunderstood(control, text))
            case _:
                pass  # KeepAlive: that it came is all

    def _configure(self, change: Configure) -> None:
        answer: ConfigureSuccess | ConfigureFailure | None
        try:
            answer = self._stream.configure(change)
        except Refusal as refusal:
            request_id = self._stream.plan.request_id
            answer = ConfigureFailure(request_id, "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", str(refusal))
        if answer is not None:
            self._say(answer)

    async def _finish(self) -> None:
        await self._stream.finish()
        if self._failed.done():
            self._failed.result()
        self._say(self._stream.metadata())
        raise End(1000)


def _misunderstood(message: Unknown, text: str) -> LiveError:
    found = f"unknown variant `{message.type}`, expected one of {_VARIANTS}" if message.type else "expected a `type`"
    return LiveError(
        variant="SchemaError",
        description=f"Could not deserialize last text message: {found} at line 1 column {len(text)}",
        message=text[:_SHOWN],
    )
