"""The WebSocket `/v2/speak`: the turns of a conversation become audio while they are written."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sonant.contract.codec import Unknown
from sonant.contract.faults import SPEED_OUT_OF_RANGE
from sonant.contract.speak import (
    SPEAK_TURNS,
    Close,
    Flush,
    Interrupt,
    Speak,
    SpeakConfigure,
    SpeakConfigureFailure,
    SpeakConnected,
    SpeakError,
    SpeakTurnMessage,
    SpeakTurnOptions,
    SpeakTurnWarning,
)
from sonant.contract.wire import Message, fields_of
from sonant.engine.api.incoming import Incoming
from sonant.engine.api.sockets import End, Hold, Outgoing, SocketCall
from sonant.engine.api.talking import Talk
from sonant.engine.models.ports import Synthesizer
from sonant.engine.speak.composer import Chunk
from sonant.engine.speak.live import Ended
from sonant.engine.speak.plan import SpeakPlan, plan_turns
from sonant.engine.speak.turns import SpeechTurns

log = logging.getLogger(__name__)

_RETRYING = SpeakTurnWarning("SYNTHESIS_RETRYING", "A line could not be spoken; it is tried again.")
_PATIENCE = 0.1
"""Seconds that a whole sentence waits for a word that would join it to the next one."""
_NO_SPEED = SpeakConfigureFailure(SPEED_OUT_OF_RANGE.code, "'speed' must be a number between 0.5 and 1.5", "speed")
_SHOWN = 200
"""Characters of a message that was not understood."""
_SETTINGS = {"type", *(field.encode_name for field in fields_of(SpeakConfigure))}
_NO_OFFSET = SpeakTurnWarning(
    "INVALID_INTERRUPT_OFFSET",
    "The playback offset must be an object with a `value`, whole milliseconds, and if it has a `type`, `time_ms`. "
    "The request will be ignored.",
)


async def speak_turns(call: SocketCall[SpeakTurnOptions]) -> Hold:
    """Speak with a Flux voice."""
    plan = plan_turns(call.options, call.parts.voices.catalog)
    call.parts.talking.check_room()
    voice = await call.parts.voices.voice_for(plan.voice)
    call.meter.note_voice(plan.voice)

    async def hold(outgoing: Outgoing, incoming: Incoming) -> None:
        entry = plan.voice
        with call.parts.talking.join():
            outgoing.put(SpeakConnected(call.request_id, entry.canonical_name, entry.version, [entry.uuid]))
            await _TurnTalk(call, plan, voice, outgoing, incoming).run()

    return hold


class _TurnTalk(Talk):
    says: Any = SPEAK_TURNS.says

    def __init__(
        self,
        call: SocketCall[SpeakTurnOptions],
        plan: SpeakPlan,
        voice: Synthesizer,
        outgoing: Outgoing,
        incoming: Incoming,
    ) -> None:
        super().__init__(
            call.parts,
            call.meter.use,
            plan,
            voice,
            outgoing,
            incoming,
            call.parts.settings.speak_idle_seconds,
        )
        self._turns = SpeechTurns(call.options.get("speed"), plan.voice.language_code)

    def take(self, message: Message) -> None:
        """Do what the client says."""
        match message:
            case Speak(text):
                self._tell(self._turns.speak(text))
                self._use.characters += len(text)
            case Flush():
                self._tell(self._turns.flush())
            case Interrupt(offset):
                self._interrupt(None if offset is None else offset.value)
            case SpeakConfigure(speed):
                self._tell(self._turns.configure(speed))
            case Close():
                self._tell(self._turns.close())
            case _:
                pass

    def take_unknown(self, message: Unknown) -> None:
        """Answer a `Configure` or an `Interrupt` that cannot be followed; the turns go on."""
        match message:
            case Unknown("Configure", data):
                self._outgoing.put(_refuse_settings(data))
            case Unknown("Interrupt", {"playback_offset": {"value": float(value)}}) if value.is_integer():
                self._interrupt(int(value))
            case Unknown("Interrupt"):
                self._outgoing.put(_NO_OFFSET)
            case _:
                super().take_unknown(message)

    def _interrupt(self, offset_ms: int | None) -> None:
        was_idle = self._turns.is_idle
        told = self._turns.interrupt(offset_ms)
        if self._turns.is_idle and not was_idle:
            self.stop()
        self._tell(told)

    async def step(self) -> bool:
        """Speak the next line, or end."""
        self.rendering.manner = replace(self.rendering.manner, speed=self._turns.speed)
        chunk = self._turns.next_chunk()
        if chunk is not None:
            await self._speak_chunk(chunk)
            return True
        if self._turns.is_turn_spoken:
            await self.finish_audio()
            self._tell(self._turns.end_turn())
            return True
        if self._turns.is_over:
            self._outgoing.put(self._turns.summary())
            raise End(1000)
        if self._turns.holds_whole and await self._hears_nothing():
            self._tell(self._turns.settle())
            return True
        return False

    async def _hears_nothing(self) -> bool:
        """Whether the client says nothing for a moment."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._wanted.wait()
        except TimeoutError:
            return True
        return False

    async def _speak_chunk(self, chunk: Chunk) -> None:
        if await self._try(chunk):  # else it was interrupted
            self._turns.note_end()

    def note_line(self, chunk: Chunk, seconds: float) -> None:
        """A line became so much audio, which is sent from now on."""
        self._turns.note_line(chunk, seconds)

    def note_audio(self, seconds: float) -> None:
        """So much of the line's audio goes out."""
        self._turns.note_audio(seconds)

    async def _try(self, chunk: Chunk) -> bool:
        """Speak a line, a second time if the first fails; whether it was spoken to its end."""
        try:
            return await self.utter(chunk)
        except Exception:  # whatever the model ran into
            log.exception("line not spoken")
            self._outgoing.put(_RETRYING)
            self.rendering.restart()
        try:
            return await self.utter(chunk)
        except Exception:
            log.exception("line not spoken")
            raise Ended("NET-0000", "The text could not be spoken.") from None

    def explain(self, ended: Ended) -> None:
        """Tell the client why the session ends."""
        self._outgoing.put(SpeakError(ended.code, str(ended)))

    def is_waiting(self) -> bool:
        """Whether nothing is being spoken."""
        return self._turns.is_idle

    def _tell(self, messages: Iterable[SpeakTurnMessage]) -> None:
        for message in messages:
            self._outgoing.put(message)


def _refuse_settings(data: Any) -> SpeakConfigureFailure:
    strange = ", ".join(f"'{name}'" for name in data if name not in _SETTINGS)
    if not strange:
        return _NO_SPEED
    return SpeakConfigureFailure("INVALID_CONFIGURATION", f"There is no setting {strange[:_SHOWN]}; there is 'speed'.")
