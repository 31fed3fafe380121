"""The WebSocket `/v1/speak`: text becomes audio while it is written."""

from time import monotonic
from typing import Any

from sonant.contract.speak import (
    SPEAK_LIVE,
    Clear,
    Close,
    Flush,
    Speak,
    SpeakFlushed,
    SpeakLiveOptions,
    SpeakMetadata,
    SpeakWarning,
)
from sonant.contract.wire import Message
from sonant.engine.api.incoming import Incoming
from sonant.engine.api.sockets import End, Hold, Outgoing, SocketCall
from sonant.engine.api.talking import Talk
from sonant.engine.models.ports import Synthesizer
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.live import LiveSpeech, Over
from sonant.engine.speak.plan import SpeakPlan, plan_live


async def speak_live(call: SocketCall[SpeakLiveOptions]) -> Hold:
    """Speak with an Aura voice."""
    plan = plan_live(call.options, call.parts.voices.catalog)
    call.parts.talking.check_room()
    voice = await call.parts.voices.voice_for(plan.voice)
    call.meter.note_voice(plan.voice)

    async def hold(outgoing: Outgoing, incoming: Incoming) -> None:
        entry = plan.voice
        with call.parts.talking.join():
            outgoing.put(SpeakMetadata(call.request_id, entry.canonical_name, entry.version, entry.uuid))
            await _LiveTalk(call, plan, voice, outgoing, incoming).run()

    return hold


class _LiveTalk(Talk):
    says: Any = SPEAK_LIVE.says

    def __init__(
        self,
        call: SocketCall[SpeakLiveOptions],
        plan: SpeakPlan,
        voice: Synthesizer,
        outgoing: Outgoing,
        incoming: Incoming,
    ) -> None:
        super().__init__(call.parts, call.meter.use, plan, voice, outgoing, incoming)
        self._speech = LiveSpeech(plan.manner.speed, call.parts.settings.speak_pace, plan.voice.language_code)

    def take(self, message: Message) -> None:
        """Do what the client says."""
        match message:
            case Speak(text):
                self._speech.speak(text, monotonic())
            case Flush():
                self._speech.flush(monotonic())
            case Clear():
                cleared = self._speech.clear()
                self.stop()
                self._outgoing.put(cleared)
            case Close():
                self._speech.close()
            case _:
                pass
        self._use.characters = self._speech.characters

    async def step(self) -> bool:
        """Do what comes next."""
        match self._speech.next():
            case None:
                return False
            case Chunk() as chunk:
                await self.utter(chunk)
            case SpeakFlushed() as flushed:
                await self.finish_audio()
                self._outgoing.put(flushed)
            case SpeakWarning() as warning:
                self._outgoing.put(warning)
            case Over():
                await self.finish_audio()
                raise End(1000)
        return True
