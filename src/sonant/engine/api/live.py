"""The WebSocket `/v1/listen`: speech becomes words while it is spoken."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from starlette.websockets import WebSocketDisconnect

from sonant.contract.codec import Unknown, decode_message, encode, find_misfit
from sonant.contract.faults import UPLOAD_TIMEOUT
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
from sonant.engine.api.incoming import Incoming
from sonant.engine.api.sockets import End, Hold, Outgoing, SocketCall
from sonant.engine.api.streams import Place
from sonant.engine.audio.streaming import bytes_a_second, open_decoder
from sonant.engine.callbacks.deliver import check_receiver
from sonant.engine.callbacks.relay import Relay
from sonant.engine.callbacks.socketrelay import SocketRelay
from sonant.engine.callbacks.store import Promise
from sonant.engine.listen.live import LiveStream
from sonant.engine.listen.liveplan import LivePlan, make_live_plan
from sonant.engine.models.ports import Speech
from sonant.engine.outbound import is_socket
from sonant.engine.refusals import Refusal

IDLE = "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001"
_VARIANTS = ("CloseStream", "Configure", "KeepAlive", "Finalize")
_RELAYED = (LiveResults, SpeechStarted, UtteranceEnd)
"""What the client is not told where a callback is."""
_LOST = "CALLBACK_LOST"
_SHOWN = 2_000
"""Characters of a message that was not understood."""


async def listen_live(call: SocketCall[LiveOptions]) -> Hold:
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
    speech = await voice.speech_for(plan.common.model)
    relay = await _open_relay(call, created)

    call.meter.note_model(plan.common.model, plan.common.language)

    async def hold(outgoing: Outgoing, incoming: Incoming) -> None:
        with call.parts.streams.join() as place:
            listening = _Listening(call, plan, speech, outgoing, incoming, place, relay)
            # Whoever has a callback still gets there what was said before the client left.
            await (incoming.attend(listening.run()) if relay is None else listening.run())

    return hold


async def _open_relay(call: SocketCall[LiveOptions], created: str) -> Relay | SocketRelay | None:
    """What takes the stream's messages to its callback, if it has one.

    Raises:
        Refusal: there is nobody to take them, or too many callbacks are on their way.
    """
    if "callback" not in call.options:
        return None
    url, method = call.options["callback"], call.options.get("callback_method", "POST").upper()
    callbacks, promise = call.parts.callbacks, Promise(call.request_id, created, "", call.key_id, url, method)
    callbacks.check_room()
    relay: Relay | SocketRelay
    if is_socket(url):
        relay = await callbacks.socket_relay(promise)
    else:
        await check_receiver(url, call.parts.settings)
        relay = callbacks.relay(promise)
    call.ends.callback(relay.close)
    return relay


class _Listening:
    """A conversation, message by message."""

    def __init__(
        self,
        call: SocketCall[LiveOptions],
        plan: LivePlan,
        speech: Speech,
        outgoing: Outgoing,
        incoming: Incoming,
        place: Place,
        relay: Relay | SocketRelay | None,
    ) -> None:
        self._place = place
        place.expect(bytes_a_second(plan.common.raw))
        incoming.follow(place.note_audio)
        self._parts, self._outgoing, self._incoming, self._relay = call.parts, outgoing, incoming, relay
        self._idle, self._use = call.parts.settings.idle_seconds, call.meter.use
        decoder, workers = open_decoder(plan.common.raw), call.parts.workers
        self._stream = LiveStream(plan, speech, workers, decoder, self._say, self._fail, place, place.arrival)
        if isinstance(relay, SocketRelay):
            relay.when_lost(self._lose_callback)

    def _say(self, message: LiveMessage) -> None:
        """Tell the client; or its callback, where it has one, and the client only how the stream fares."""
        if self._relay is not None:
            self._relay.put(encode(message))
        if self._relay is None or not isinstance(message, _RELAYED):
            self._outgoing.put(message)

    def _lose_callback(self, reason: str) -> None:
        self._outgoing.put(LiveError(description=f"The WebSocket of the callback was lost: {reason}.", code=_LOST))
        self._outgoing.put(self._stream.metadata())
        self._incoming.fail(End(1011, _LOST))

    def _fail(self, error: BaseException | None) -> None:
        if error is not None:
            self._incoming.fail(error)

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
        except WebSocketDisconnect:
            if self._relay is not None:
                await self._end_stream()
            raise
        finally:
            self._note_use()  # with what was on its way when the client left, or came out at the end
            self._parts.metrics.audio_seconds.inc(self._stream.seconds)
            self._stream.close()

    def _note_use(self) -> None:
        self._use.seconds, self._use.channels = self._stream.seconds, self._stream.channels or 1

    async def _receive(self) -> bytes | str:
        self._outgoing.check()
        try:
            async with asyncio.timeout(self._idle):
                return await self._incoming.take()
        except TimeoutError:
            with suppress(Refusal):  # of a container that ends midway: that nothing came is why the stream ends
                await self._stream.finish()
            self._incoming.check()
            self._say(self._stream.metadata())
            raise End(1011, IDLE, UPLOAD_TIMEOUT.status) from None

    async def _take(self, message: bytes | str) -> None:
        if isinstance(message, str):
            await self._obey(message)
        elif message:
            await self._stream.feed(message)
            self._place.note_heard(len(message), self._stream.seconds)
            self._note_use()
        else:  # the older way to end a stream
            await self._finish()

    async def _obey(self, text: str) -> None:
        try:
            control = decode_message(text, LISTEN_LIVE.says)
        except msgspec.DecodeError as error:
            self._say(_misunderstood(str(error), text))
            return
        match control:
            case CloseStream():
                await self._finish()
            case Finalize(channel):
                await self._finalize(channel)
            case Configure():
                self._configure(control)
            case Unknown():
                self._say(_misunderstood(_what_is_wrong(control, text), text))
            case _:
                pass  # KeepAlive: that it came is all

    async def _finalize(self, channel: int | None) -> None:
        known = self._stream.channels or _expect_channels(self._stream.plan)
        if channel is not None and known and not 0 <= channel < known:
            there = "1 channel, 0" if known == 1 else f"{known} channels, 0 to {known - 1}"
            description = f"`Finalize`: there is no channel {channel}; this stream has {there}."
            self._say(LiveError(variant="InvalidChannel", description=description))
            return
        await self._stream.finalize(channel)

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
        await self._end_stream()
        raise End(1000)

    async def _end_stream(self) -> None:
        await self._stream.finish()
        self._incoming.check()
        self._say(self._stream.metadata())


def _expect_channels(plan: LivePlan) -> int:
    """How many channels there will be; 0 if only the audio can tell."""
    if not plan.common.multichannel:
        return 1
    return plan.common.raw.channels if plan.common.raw else 0


def _what_is_wrong(message: Unknown, text: str) -> str:
    if message.type and message.type not in _VARIANTS:
        expected = ", ".join(f"`{variant}`" for variant in _VARIANTS)
        return f"unknown variant `{message.type[:_SHOWN]}`, expected one of {expected} at line 1 column {len(text)}"
    misfit = find_misfit(text, LISTEN_LIVE.says)
    return f"`{message.type}`: {misfit}" if message.type else misfit


def _misunderstood(why: str, text: str) -> LiveError:
    return LiveError(
        variant="SchemaError",
        description=f"Could not deserialize last text message: {why}",
        message=text[:_SHOWN],
    )
