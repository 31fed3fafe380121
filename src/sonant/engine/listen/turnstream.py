"""One conversation of turns: audio and controls in, messages out.

Audio is followed window by window, and waits while a piece is heard, so that events depend on the audio alone.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from msgspec import structs

from sonant.contract.listen import (
    Connected,
    Thresholds,
    TurnConfigure,
    TurnConfigured,
    TurnConfigureFailure,
    TurnError,
    TurnMessage,
    TurnWarning,
    TurnWord,
)
from sonant.engine.audio.streaming import Decoder, spans
from sonant.engine.listen.answer import make_alternative, spell_words
from sonant.engine.listen.arrival import Arrival
from sonant.engine.listen.context import GLANCE, Context, together
from sonant.engine.listen.liveplan import TurnPlan, with_settings
from sonant.engine.listen.pacing import Watcher
from sonant.engine.listen.recording import read_chunk
from sonant.engine.listen.segments import TAIL, WINDOW, WINDOWS, Final, Likely, Onset, Piece, Segments
from sonant.engine.listen.turns import Situation, TurnMachine
from sonant.engine.models.ports import SAMPLE_RATE, Frames, HeardWord, Speech
from sonant.engine.models.workers import Urgency, Workers
from sonant.engine.refusals import Refusal

_PAUSE = 300
"""Milliseconds of silence after which words are settled; the turn may go on."""
_TOGETHER = together(_PAUSE)
_STEP = 0.5
"""Seconds of speech between two looks at it."""
_MORE_SILENCE: Frames = np.zeros(3 * WINDOW, np.float32)
"""Behind the pause as it is when it is judged: a turn's end sounds like one only after some 0.2 s."""


class TurnStream:
    """A conversation, turn by turn."""

    def __init__(
        self,
        plan: TurnPlan,
        speech: Speech,
        workers: Workers,
        decoder: Decoder,
        say: Callable[[TurnMessage], None],
        watcher: Watcher,
        arrival: Arrival,
    ) -> None:
        self.plan = plan
        self._watcher, self._arrival = watcher, arrival
        self._speech, self._workers, self._decoder = speech, workers, decoder
        self._say_message = say
        self._sequence = 0
        self._voice = speech.voice.listen()
        self._segments = Segments(_PAUSE)
        self._context = Context(_TOGETHER)
        self._machine = TurnMachine(plan.request_id, plan.rules)
        self._rest: Frames = np.zeros(0, np.float32)
        self._settled: list[HeardWord] = []
        self._open: tuple[tuple[float, int], Sequence[HeardWord]] | None = None
        self._turn_audio: deque[Frames] = deque(maxlen=_remembered(speech))
        """Windows since the turn began: another speaker's voice before them would mislead."""
        self._sounds_over: float | None = None
        self._voice_end = 0.0
        self._next_look = 0.0
        self.seconds = 0.0
        self._say(Connected(plan.request_id))
        for warning in plan.common.warnings:
            self._say(TurnWarning(plan.request_id, 0, warning.type.upper(), warning.message))

    def _say(self, message: TurnMessage) -> None:
        self._say_message(replace_sequence(message, self._sequence))
        self._sequence += 1

    async def feed(self, data: bytes) -> None:
        """Hear more audio.

        Raises:
            Refusal: it cannot be decoded.
        """
        for span in spans(self._decoder, data):
            for sound in await self._workers.read(partial(self._decoder.feed, span)):
                await self._hear(sound.mean(axis=0))

    async def _hear(self, audio: Frames) -> None:
        self.seconds += len(audio) / SAMPLE_RATE
        for start in range(0, len(audio), SAMPLE_RATE):
            await self._hear_slice(audio[start : start + SAMPLE_RATE])

    async def _hear_slice(self, audio: Frames) -> None:
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % WINDOW
        self._rest = audio[whole:].copy()
        scores = self._voice.score(audio[:whole])
        for index, window in enumerate(audio[:whole].reshape(-1, WINDOW)):
            await self._take(window, scores[index : index + 1])

    async def _take(self, window: Frames, score: Frames) -> None:
        segments = self._segments
        self._turn_audio.append(window)
        for cut in segments.feed(window, score):
            match cut:
                case Onset():
                    self._next_look, self._sounds_over = segments.now + _STEP, None
                case Likely(piece):
                    _, self._sounds_over = await asyncio.gather(self._look(piece, Urgency.FINAL), self._judge())
                case Final(piece):
                    await self._settle(piece)
        if segments.is_speaking:
            self._voice_end = segments.now
            if segments.now >= self._next_look:
                await self._look(segments.piece(), Urgency.INTERIM)
                self._next_look = segments.now + _STEP
        self._follow()
        await asyncio.sleep(0)

    def _follow(self) -> None:
        for info in self._machine.follow(self._situation()):
            self._say(info)
            if info.event == "EndOfTurn":
                self._begin_turn()

    def _begin_turn(self) -> None:
        self._settled, self._open, self._sounds_over = [], None, None
        self._turn_audio.clear()
        if self._segments.has_speech:
            self._segments.finish()

    def _situation(self) -> Situation:
        segments = self._segments
        silence = 0.0 if segments.is_speaking else max(0.0, segments.now - self._voice_end)
        heard = [*self._settled, *(self._open[1] if self._open else ())]
        settled = not segments.has_speech or (silence >= TAIL / WINDOWS and self._open is not None)
        return Situation(segments.now, silence, self._write(heard), settled, self._sounds_over)

    async def _judge(self) -> float | None:
        """How likely the turn is over by its sound. It is heard while the words are, so nothing waits for it."""
        model = self._speech.turn_end
        if model is None:
            return None
        audio = np.concatenate([*self._turn_audio, _MORE_SILENCE])
        return await self._workers.run(partial(model.judge, audio), Urgency.FINAL)

    def _write(self, heard: Sequence[HeardWord]) -> list[TurnWord]:
        common = self.plan.common
        words = make_alternative(spell_words(heard, common, common.language), common, common.language).words
        return [TurnWord(word.text, word.confidence, word.start, word.end) for word in words]

    async def _look(self, piece: Piece, urgency: Urgency) -> Sequence[HeardWord]:
        """The words of a piece, remembered as those that may still change."""
        if self._open is None or self._open[0] != piece.key:
            self._open = piece.key, await self._recognize(piece, urgency)
        return self._open[1]

    async def _settle(self, piece: Piece) -> None:
        if len(piece.audio):
            words = await self._look(piece, Urgency.FINAL)
            self._settled += words
            self._context.add(piece, words)
        self._open = None

    async def _recognize(self, piece: Piece, urgency: Urgency) -> Sequence[HeardWord]:
        if not len(piece.audio):
            return []
        plan = self.plan.common
        chunk = self._context.join(piece, _TOGETHER if urgency is Urgency.FINAL else GLANCE)
        work = partial(read_chunk, chunk, plan.language, plan, self._speech.recognizer)
        began = time.monotonic()
        words = (await self._workers.run(work, self._arrival.urgency_of(urgency)))[0]
        if urgency is Urgency.FINAL:
            self._watcher.note_final(time.monotonic() - began)
        else:
            self._watcher.note_interim(0)  # none is left out: the next audio waits for it
        return words

    async def end_turn(self) -> None:
        """End the turn now, if there is one."""
        if self._segments.has_speech:
            await self._settle(self._segments.finish().piece)
        here = self._situation()
        if not here.words:
            warning = "There is no active turn to end."
            self._say(TurnWarning(self.plan.request_id, 0, "FORCE_END_TURN_NO_ACTIVE_TURN", warning))
            return
        if not self._machine.is_active:
            self._follow()
        if self._machine.is_active:
            self._say(self._machine.force(here))
            self._begin_turn()

    def configure(self, change: TurnConfigure) -> None:
        """Hear what comes from now on in another way, or say why not."""
        try:
            self.plan = with_settings(self.plan, change)
        except Refusal as refusal:
            code = "INVALID_THRESHOLD" if change.thresholds is not None else "INVALID_CONFIGURATION"
            self._say(TurnConfigureFailure(self.plan.request_id, 0, code, refusal.detail or str(refusal)))
            return
        rules = self._machine.rules = self.plan.rules
        thresholds = Thresholds(rules.threshold, rules.eager, round(rules.timeout * 1000))
        common = self.plan.common
        self._say(
            TurnConfigured(
                self.plan.request_id,
                0,
                thresholds,
                list(common.writing.terms),
                list(common.hinted),
                common.writing.numerals,
            )
        )

    async def finish(self) -> None:
        """There is no more audio: hear the rest; the turn is not ended by that."""
        for sound in await self._workers.read(self._decoder.finish):
            await self._hear(sound.mean(axis=0))
        if self._segments.has_speech:
            await self._settle(self._segments.finish().piece)
        if self._machine.is_active or self._settled:
            self._follow()
            if self._machine.is_active:
                self._say(self._machine.update(self._situation()))

    def say_error(self, code: str, description: str) -> None:
        """Say why the conversation ends."""
        self._say(TurnError(0, code, description))

    def close(self) -> None:
        """Give up."""
        self._decoder.close()


def replace_sequence(message: TurnMessage, number: int) -> TurnMessage:
    """A message with its place among all messages."""
    return structs.replace(message, sequence_id=number)


def _remembered(speech: Speech) -> int:
    """How many windows of a turn are kept for its judge."""
    return 0 if speech.turn_end is None else round(speech.turn_end.longest * WINDOWS)
