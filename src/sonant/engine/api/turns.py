"""The WebSocket `/v2/listen`: a conversation becomes turns while it is spoken."""

from contextlib import suppress

import msgspec

from sonant.contract.codec import Unknown, decode_message
from sonant.contract.faults import UPLOAD_TIMEOUT
from sonant.contract.listen import LISTEN_TURNS, CloseStream, ForceEndTurn, TurnConfigure, TurnOptions
from sonant.engine.api.incoming import Incoming
from sonant.engine.api.sockets import End, Hold, Outgoing, SocketCall
from sonant.engine.api.streams import Place
from sonant.engine.audio.streaming import bytes_a_second, open_decoder
from sonant.engine.listen.liveplan import TurnPlan, make_turn_plan
from sonant.engine.listen.turnstream import TurnStream
from sonant.engine.models.ports import Speech
from sonant.engine.refusals import Refusal


async def listen_turns(call: SocketCall[TurnOptions]) -> Hold:
    """Follow a conversation."""
    voice = await call.parts.voice()
    plan = make_turn_plan(call.options, voice.catalog, request_id=call.request_id, repeated=call.repeated)
    call.parts.streams.check_room()
    speech = await voice.speech_for(plan.common.model)

    call.meter.note_model(plan.common.model, plan.common.language)

    async def hold(outgoing: Outgoing, incoming: Incoming) -> None:
        with call.parts.streams.join() as place:
            await incoming.attend(_Conversation(call, plan, speech, outgoing, incoming, place).run())

    return hold


class _Conversation:
    """A conversation, message by message."""

    def __init__(
        self,
        call: SocketCall[TurnOptions],
        plan: TurnPlan,
        speech: Speech,
        outgoing: Outgoing,
        incoming: Incoming,
        place: Place,
    ) -> None:
        self._place = place
        place.expect(bytes_a_second(plan.common.raw))
        incoming.follow(place.note_audio)
        self._parts, self._outgoing, self._incoming = call.parts, outgoing, incoming
        self._idle, self._use = call.parts.settings.turn_idle_seconds, call.meter.use
        decoder, workers = open_decoder(plan.common.raw), call.parts.workers
        self._stream = TurnStream(plan, speech, workers, decoder, outgoing.put, place, place.arrival)

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
            self._use.seconds = self._stream.seconds  # with what was on its way when the client left
            self._parts.metrics.audio_seconds.inc(self._stream.seconds)
            self._stream.close()

    async def _receive(self) -> bytes | str:
        self._outgoing.check()
        try:
            return await self._incoming.take_within(self._idle)
        except TimeoutError:
            with suppress(Refusal):  # of a container that ends midway: that nothing came is why the stream ends
                await self._stream.finish()
            raise self._fail("INACTIVE_CLIENT", "Neither audio nor a ping came for too long.") from None

    async def _take(self, message: bytes | str) -> None:
        if isinstance(message, bytes):
            await self._stream.feed(message)
            self._use.seconds = self._stream.seconds
            self._place.note_heard(len(message), self._stream.seconds)
            return
        try:
            control = decode_message(message, LISTEN_TURNS.says)
        except msgspec.DecodeError:
            control = Unknown("", None)
        match control:
            case CloseStream():
                await self._stream.finish()
                raise End(1000)
            case ForceEndTurn():
                await self._stream.end_turn()
            case TurnConfigure():
                self._stream.configure(control)
            case _:
                raise self._fail("UNPARSABLE_CLIENT_MESSAGE", "A message could not be understood.")

    def _fail(self, code: str, description: str) -> End:
        self._stream.say_error(code, description)
        if code == "INACTIVE_CLIENT":
            return End(1000, code, UPLOAD_TIMEOUT.status)
        return End(1008, code)
