"""One channel of a live transcription: audio in, messages out, in their order.

    audio ─► segments ─► pieces ─► recognizer ─► results ─► say

Finals are published in the order of their windows; an interim only while its window is open and no final of it is on
its way. At most one interim of a channel is on its way, about the audio that there is when a model is free for it. A
final is heard once the ones before it are known, as it is heard together with them.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

import numpy as np

from sonant.contract.listen import Channel, LiveInfo, LiveMessage, LiveResults, SpeechStarted, UtteranceEnd
from sonant.engine.listen.answer import make_alternative, spell_words
from sonant.engine.listen.arrival import Arrival
from sonant.engine.listen.context import GLANCE, Context, together
from sonant.engine.listen.liveplan import LivePlan
from sonant.engine.listen.pacing import Pace, Watcher
from sonant.engine.listen.recording import read_chunk
from sonant.engine.listen.segments import WINDOW, Final, Likely, Onset, Piece, Segments
from sonant.engine.listen.text.search import find_terms
from sonant.engine.models.ports import SAMPLE_RATE, Frames, HeardWord, Speech
from sonant.engine.models.workers import Urgency, Workers

_AHEAD = 3
"""Finals of a channel that may be on their way; more audio waits until they are out."""

_Heard = asyncio.Task[Sequence[HeardWord]]
Say = Callable[[LiveMessage], None]
Fail = Callable[[BaseException | None], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the channels of a stream share."""

    speech: Speech
    """The models."""
    workers: Workers
    """Where they run."""
    say: Say
    """Takes each message, in order."""
    fail: Fail
    """Told when a piece could not be heard."""
    watcher: Watcher
    """Told how long things take."""
    arrival: Arrival
    """Follows how fast the audio comes."""


class ChannelStream:
    """One channel of a stream.

    Attributes:
        plan: what was asked for; what comes after a change is heard in the new way.
    """

    def __init__(self, plan: LivePlan, surroundings: Surroundings, number: int, count: int) -> None:
        """Begin with channel `number` of `count`."""
        self.plan, self.number, self._count = plan, number, count
        self._around = surroundings
        self._voice = surroundings.speech.voice.listen()
        self._segments = Segments(plan.endpointing)
        self._samples = 0
        self._rest: Frames = np.zeros(0, np.float32)
        self._likely: tuple[tuple[float, int], _Heard] | None = None
        self._interim: asyncio.Task[None] | None = None
        self._finals: list[asyncio.Task[None]] = []
        self._pace = Pace()
        self._guess: list[str] = []
        self._together = together(plan.endpointing)
        self._context = Context(self._together)
        self._last_word_end: float | None = None
        """Of an utterance that has not ended."""

    @property
    def _where(self) -> list[int]:
        return [self.number, self._count]

    async def feed(self, audio: Frames) -> None:
        """Hear more."""
        self._samples += len(audio)
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
                self._pace.begin_speech(self._segments.now)
                if self.plan.vad_events:
                    self._around.say(SpeechStarted(self._where, at))
            case Likely(piece):
                self._drop_likely()
                self._likely = piece.key, self._start_hearing(piece)
            case Final():
                self._begin_final(cut)

    def _start_hearing(self, piece: Piece) -> _Heard:
        return asyncio.create_task(self._hear(piece, self._finals[-1] if self._finals else None))

    async def _hear(self, piece: Piece, before: asyncio.Task[None] | None) -> Sequence[HeardWord]:
        """The words of a piece, once those before it are known: so they depend on the sound, not on the hour."""
        if not len(piece.audio):
            return []
        if before is not None:
            await asyncio.wait({before})
        work = self._reading(piece, self._together)
        return (await self._around.workers.run(work, self._around.arrival.urgency_of(Urgency.FINAL)))[0]

    def _reading(self, piece: Piece, longest: float) -> Callable[[], Sequence[Sequence[HeardWord]]]:
        plan = self.plan.common
        chunk = self._context.join(piece, longest, self.number)
        return partial(read_chunk, chunk, plan.language, plan, self._around.speech.recognizer)

    # Finals

    def _begin_final(self, final: Final) -> None:
        piece = final.piece
        if self._likely is not None and self._likely[0] == piece.key:
            heard = self._likely[1]
            self._likely = None
        else:
            self._drop_likely()
            heard = self._start_hearing(piece)
        self._pace.restart(self._segments.now, speaking=self._segments.is_speaking)
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
            self._around.fail(task.exception())

    def _drop_likely(self) -> None:
        if self._likely is not None:
            self._likely[1].cancel()
            self._likely = None

    async def _publish_final(self, final: Final, heard: _Heard, before: asyncio.Task[None] | None, due: float) -> None:
        words = await heard
        if before is not None:
            await asyncio.wait({before})
        self._guess = []
        self._context.add(final.piece, words)
        self._end_utterance_before(words)
        self._around.say(self._results(final.piece, words, final))
        self._around.watcher.note_final(time.monotonic() - due)
        if words:
            self._last_word_end = words[-1].end
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
        if not self.plan.interim_results or segments.now < self._pace.due or not self._may_change:
            return
        if self._interim and not self._interim.done():
            return  # it will be about the newest audio
        left_out = self._pace.begin_interim(segments.now, speaking=segments.is_speaking, worded=bool(self._guess))
        self._around.watcher.note_interim(left_out)
        self._interim = asyncio.create_task(self._publish_interim())

    @property
    def _may_change(self) -> bool:
        """Whether an interim is worth its while: no final is on its way that says it better."""
        return not self._finals and self._likely is None

    async def _publish_interim(self) -> None:
        began = time.monotonic()
        piece, words = await self._hear_newest()
        self._pace.note(time.monotonic() - began)
        if piece.start != self._segments.start or self._finals:
            return  # a final says it better
        said = [word.text for word in words]
        stable = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._guess, said, strict=False)))
        self._guess = said
        if words:
            self._last_word_end = words[-1].end
        self._around.say(self._results(piece, words, stable=stable))

    async def _hear_newest(self) -> tuple[Piece, Sequence[HeardWord]]:
        """What is not final, as it sounds by the time that a model is free."""
        if not self._segments.has_speech:
            return self._segments.piece(), []

        def choose() -> Callable[[], tuple[Piece, Sequence[HeardWord]]]:
            piece = self._segments.piece()
            if not self._may_change or not len(piece.audio):
                return lambda: (piece, [])
            reading = self._reading(piece, GLANCE)
            return lambda: (piece, reading()[0])

        return await self._around.workers.run_newest(choose, Urgency.INTERIM)

    # Results

    def _results(
        self, piece: Piece, words: Sequence[HeardWord], final: Final | None = None, stable: int | None = None
    ) -> LiveResults:
        plan, common = self.plan, self.plan.common
        spoken = spell_words(words, common, common.language)
        alternative = make_alternative(spoken, common, common.language)
        search = find_terms(spoken, common.search) if common.search else None
        end = min(piece.end, self._samples / SAMPLE_RATE)
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
        wait, last = self.plan.utterance_end, self._last_word_end
        if wait is not None and last is not None and words and words[0].start - last >= wait:
            self._around.say(UtteranceEnd(self._where, last))

    def _consider_utterance_end(self, behind: Sequence[object] | None = None) -> None:
        """End the utterance if there was no word for long enough, and none is `behind`: on its way."""
        wait = self.plan.utterance_end
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
        self._around.say(UtteranceEnd(self._where, last))

    def close(self) -> None:
        """Give up whatever is on its way."""
        self._drop_likely()
        for task in [*self._finals, *([self._interim] if self._interim else [])]:
            task.cancel()
