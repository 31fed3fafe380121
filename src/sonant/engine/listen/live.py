"""One live transcription: audio and controls in, messages out, in their order.

    bytes ─► decoder ─► channels ─► segments ─► pieces ─► recognizer ─► results ─► say

Finals are published in the order of their windows; an interim only while its window is open and no final of it is on
its way. At most one interim of a channel is being heard; while it is, newer audio waits and makes the next one.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile

import numpy as np

from sonant.contract.listen import (
    Channel,
    Configure,
    ConfigureSuccess,
    LiveInfo,
    LiveMessage,
    LiveMetadata,
    LiveResults,
    SpeechStarted,
    UtteranceEnd,
)
from sonant.engine.audio.streaming import Decoder
from sonant.engine.listen.answer import make_alternative, spell_words
from sonant.engine.listen.arrival import Arrival
from sonant.engine.listen.chunks import Chunk
from sonant.engine.listen.liveplan import LivePlan, with_keyterms, with_numerals
from sonant.engine.listen.recording import read_chunk
from sonant.engine.listen.segments import WINDOW, Final, Likely, Onset, Piece, Segments
from sonant.engine.listen.text.search import find_terms
from sonant.engine.models.ports import SAMPLE_RATE, Frames, HeardWord, Speech
from sonant.engine.models.workers import Urgency, Workers

_FIRST_INTERIM, _WORDLESS_STEP, _STEP, _SILENT_STEP = 0.35, 0.2, 0.5, 1.0
"""Seconds of audio: from onset to the first interim; to the next one while there are no words yet; between two in
speech; and between two in silence."""
_SLICE = SAMPLE_RATE
"""Samples that are looked at before others have their turn."""
_TOGETHER = 2.0
"""Seconds of pause over which speech is one text."""
_AHEAD = 3
"""Finals of a channel that may be on their way; more audio waits until they are out."""

_Heard = asyncio.Task[Sequence[HeardWord]]
Say = Callable[[LiveMessage], None]
Fail = Callable[[BaseException | None], None]
Note = Callable[[float], None]


class LiveStream:
    """The channels of a stream, and what is said about them."""

    def __init__(
        self,
        plan: LivePlan,
        speech: Speech,
        workers: Workers,
        decoder: Decoder,
        say: Say,
        fail: Fail,
        note: Note,
        arrival: Arrival,
    ) -> None:
        """Begin.

        Args:
            plan: what was asked for.
            speech: the models.
            workers: where they run.
            decoder: of the audio.
            say: takes each message, in order.
            fail: told when a piece could not be heard.
            note: told how many seconds each final took.
            arrival: follows how fast the audio comes.
        """
        self.plan, self.speech, self.workers = plan, speech, workers
        self.say, self.fail, self.note = say, fail, note
        self.arrival = arrival
        self._decoder = decoder
        self._channels: list[_Channel] = []
        self.seconds = 0.0

    @property
    def channels(self) -> int:
        """How many there are; 0 until that is known."""
        return len(self._channels)

    async def feed(self, data: bytes) -> None:
        """Hear more audio.

        Raises:
            Refusal: it cannot be decoded.
        """
        for sound in await self.workers.read(partial(self._decoder.feed, data)):
            await self._hear(sound)

    async def _hear(self, sound: Frames) -> None:
        if not self._channels:
            count = len(sound) if self.plan.common.multichannel else 1
            self._channels = [_Channel(self, number, count) for number in range(count)]
        mixed = sound if len(sound) == len(self._channels) else sound.mean(axis=0, keepdims=True)
        self.seconds += mixed.shape[1] / SAMPLE_RATE
        self.arrival.add(mixed.shape[1] / SAMPLE_RATE)
        for start in range(0, mixed.shape[1], _SLICE):
            for channel, audio in zip(self._channels, mixed[:, start : start + _SLICE], strict=True):
                await channel.feed(audio)
            await asyncio.sleep(0)

    async def finalize(self, channel: int | None) -> None:
        """Make all so far final, of one channel or of all."""
        for each in self._channels:
            if channel is None or channel == each.number:
                await each.finish(from_finalize=True)

    def configure(self, change: Configure) -> ConfigureSuccess | None:
        """Hear what comes from now on in another way; the answer, if there is one.

        Raises:
            Refusal: too many key terms.
        """
        features = change.features or change.processors
        if features is not None and features.numerals is not None:
            self.plan = with_numerals(self.plan, numerals=features.numerals)
        if change.keyterms is None:
            return None
        self.plan = with_keyterms(self.plan, change.keyterms)
        return ConfigureSuccess(self.plan.request_id, change.keyterms)

    async def finish(self) -> None:
        """There is no more audio: hear the rest.

        Raises:
            Refusal: it could not be decoded.
        """
        for sound in await self.workers.read(self._decoder.finish):
            await self._hear(sound)
        for channel in self._channels:
            await channel.finish(from_finalize=False)

    def close(self) -> None:
        """Give up whatever is on its way."""
        self._decoder.close()
        for channel in self._channels:
            channel.close()

    def metadata(self) -> LiveMetadata:
        """Facts about the stream, for its end."""
        plan, common = self.plan, self.plan.common
        heard = bool(self._channels)
        return LiveMetadata(
            request_id=plan.request_id,
            sha256="incomplete",
            created=plan.created,
            duration=round(self.seconds, 6),
            channels=self.channels or (1 if common.raw else 0),
            models=[common.model.uuid] if heard else None,
            model_info={common.model.uuid: common.model.info} if heard else None,
            warnings=list(common.warnings) or None,
            extra=dict(common.extra) if common.extra else None,
            tags=common.tags,
        )


class _Channel:
    """One channel of a stream."""

    def __init__(self, stream: LiveStream, number: int, count: int) -> None:
        self.number, self._count, self._stream = number, count, stream
        self._voice = stream.speech.voice.listen()
        self._segments = Segments(stream.plan.endpointing)
        self._rest: Frames = np.zeros(0, np.float32)
        self._likely: tuple[tuple[float, int], _Heard] | None = None
        self._interim: asyncio.Task[None] | None = None
        self._finals: list[asyncio.Task[None]] = []
        self._next_interim = _SILENT_STEP
        self._guess: list[str] = []
        self._past, self._past_end = "", 0.0
        """What was said last, and when that ended: speech after a short pause is heard better with it."""
        self._last_word_end: float | None = None
        """Of an utterance that has not ended."""

    @property
    def _where(self) -> list[int]:
        return [self.number, self._count]

    async def feed(self, audio: Frames) -> None:
        """Hear more."""
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % WINDOW
        self._rest = audio[whole:].copy()
        windows = audio[:whole]
        for cut in self._segments.feed(windows, self._voice.score(windows)):
            self._follow(cut)
        self._consider_interim()
        self._consider_utterance_end()
        while len(self._finals) > _AHEAD:
            await self._wait_for_final()

    def _follow(self, cut: Onset | Likely | Final) -> None:
        match cut:
            case Onset(at):
                self._drop_likely()  # it goes on
                self._next_interim = min(self._next_interim, self._segments.now + _FIRST_INTERIM)
                if self._stream.plan.vad_events:
                    self._stream.say(SpeechStarted(self._where, at))
            case Likely(piece):
                self._drop_likely()
                self._likely = piece.key, self._start_hearing(piece, Urgency.FINAL)
            case Final():
                self._begin_final(cut)

    def _start_hearing(self, piece: Piece, urgency: Urgency) -> _Heard:
        return asyncio.create_task(self._hear_piece(piece, urgency))

    async def _hear_piece(self, piece: Piece, urgency: Urgency) -> Sequence[HeardWord]:
        if not len(piece.audio):
            return []
        plan = self._stream.plan.common
        chunk = Chunk(self.number, piece.begin, piece.audio, piece.voiced)
        if self._past and piece.begin - self._past_end < _TOGETHER:
            plan = replace(plan, prompt=f"{plan.prompt} {self._past}".strip())
        work = partial(read_chunk, chunk, plan.language, plan, self._stream.speech.recognizer)
        return (await self._stream.workers.run(work, self._stream.arrival.urgency_of(urgency)))[0]

    # Finals

    def _begin_final(self, final: Final) -> None:
        piece = final.piece
        if self._likely is not None and self._likely[0] == piece.key:
            heard = self._likely[1]
            self._likely = None
        else:
            self._drop_likely()
            heard = self._start_hearing(piece, Urgency.FINAL)
        self._next_interim = self._segments.now + (_STEP if self._segments.is_speaking else _SILENT_STEP)
        before = self._finals[-1] if self._finals else None
        task = asyncio.create_task(self._publish_final(final, heard, before, time.monotonic()))
        self._finals.append(task)
        task.add_done_callback(self._forget)

    async def _wait_for_final(self) -> None:
        """Wait for the oldest final, and take it off the list here: whoever waits for the list to shrink gets on."""
        final = self._finals[0]
        await asyncio.wait({final})
        self._take_off(final)

    def _take_off(self, final: asyncio.Task[None]) -> None:
        if final in self._finals:
            self._finals.remove(final)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._take_off(task)
        if not task.cancelled() and task.exception() is not None:
            self._stream.fail(task.exception())

    def _drop_likely(self) -> None:
        if self._likely is not None:
            self._likely[1].cancel()
            self._likely = None

    async def _publish_final(self, final: Final, heard: _Heard, before: asyncio.Task[None] | None, due: float) -> None:
        words = await heard
        if before is not None:
            await asyncio.wait({before})
        self._guess = []
        self._end_utterance_before(words)
        self._stream.say(self._results(final.piece, words, final))
        self._stream.note(time.monotonic() - due)
        if words:
            self._last_word_end = words[-1].end
            self._past, self._past_end = " ".join(word.text for word in words), words[-1].end
        self._consider_utterance_end(behind=self._finals[1:])

    async def finish(self, *, from_finalize: bool) -> None:
        """Make all so far final, and wait until it is said.

        Only the end of the stream fills the last window up with silence: in its midst, that would shift all that
        comes after.
        """
        if len(self._rest) and not from_finalize:
            padded = np.pad(self._rest, (0, WINDOW - len(self._rest)))
            self._rest = np.zeros(0, np.float32)
            for cut in self._segments.feed(padded, self._voice.score(padded)):
                self._follow(cut)
        if from_finalize or self._segments.now > self._segments.start:
            self._begin_final(self._segments.finish(from_finalize=from_finalize))
        while self._finals:
            await self._wait_for_final()

    # Interims

    def _consider_interim(self) -> None:
        segments = self._segments
        if not self._stream.plan.interim_results or segments.now < self._next_interim:
            return
        if self._finals or self._likely or (self._interim and not self._interim.done()):
            return  # the newest audio makes the next one
        step = _STEP if self._guess else _WORDLESS_STEP
        self._next_interim = segments.now + (step if segments.is_speaking else _SILENT_STEP)
        self._interim = asyncio.create_task(self._publish_interim(segments.piece()))

    async def _publish_interim(self, piece: Piece) -> None:
        words = await self._hear_piece(piece, Urgency.INTERIM)
        if piece.start != self._segments.start or self._finals:
            return  # a final says it better
        said = [word.text for word in words]
        stable = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._guess, said, strict=False)))
        self._guess = said
        if words:
            self._last_word_end = words[-1].end
        self._stream.say(self._results(piece, words, stable=stable))

    # Results

    def _results(
        self, piece: Piece, words: Sequence[HeardWord], final: Final | None = None, stable: int | None = None
    ) -> LiveResults:
        plan = self._stream.plan
        common = plan.common
        spoken = spell_words(words, common, common.language)
        alternative = make_alternative(spoken, common, common.language)
        search = find_terms(spoken, common.search) if common.search else None
        end = min(piece.end, self._stream.seconds)
        return LiveResults(
            channel_index=self._where,
            duration=round(end - piece.start, 6),
            start=piece.start,
            is_final=final is not None,
            speech_final=final is not None and final.speech_final,
            channel=Channel([alternative], search=search),
            metadata=LiveInfo(plan.request_id, common.model.info, common.model.uuid),
            from_finalize=final is not None and final.from_finalize,
            stable_words=stable,
        )

    def _end_utterance_before(self, words: Sequence[HeardWord]) -> None:
        """Where words come long after the last ones, an utterance ended between them, however late that is seen."""
        wait, last = self._stream.plan.utterance_end, self._last_word_end
        if wait is not None and last is not None and words and words[0].start - last >= wait:
            self._stream.say(UtteranceEnd(self._where, last))

    def _consider_utterance_end(self, behind: Sequence[object] | None = None) -> None:
        """End the utterance if there was no word for long enough, and none is `behind`: on its way."""
        wait = self._stream.plan.utterance_end
        last = self._last_word_end
        if wait is None or last is None or self._segments.now - last < wait:
            return
        if self._segments.is_speaking or (self._finals if behind is None else behind):
            return
        if self._segments.has_speech:
            if self._segments.silence < wait:
                return
            self._begin_final(replace(self._segments.finish(), speech_final=False))
            return
        self._last_word_end = None
        self._stream.say(UtteranceEnd(self._where, last))

    def close(self) -> None:
        """Give up whatever is on its way."""
        self._drop_likely()
        for task in [*self._finals, *([self._interim] if self._interim else [])]:
            task.cancel()
