"""One live transcription: audio and controls in, messages out.

bytes ─► decoder ─► channels, each of which says what it hears
"""

import asyncio
from functools import partial

from sonant.contract.listen import Configure, ConfigureSuccess, LiveMetadata
from sonant.engine.audio.streaming import Decoder, spans
from sonant.engine.listen.arrival import Arrival
from sonant.engine.listen.channel import ChannelStream, Fail, Say, Surroundings
from sonant.engine.listen.liveplan import LivePlan, with_keyterms, with_numerals
from sonant.engine.listen.pacing import Watcher
from sonant.engine.models.ports import SAMPLE_RATE, Frames, Speech
from sonant.engine.models.workers import Workers

_SLICE = SAMPLE_RATE
"""Samples that are looked at before others have their turn."""


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
        watcher: Watcher,
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
            watcher: told how long things take.
            arrival: follows how fast the audio comes.
        """
        self.plan = plan
        self._workers, self._decoder = workers, decoder
        self._surroundings = Surroundings(speech, workers, say, fail, watcher, arrival)
        self._channels: list[ChannelStream] = []
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
        for span in spans(self._decoder, data):
            for sound in await self._workers.read(partial(self._decoder.feed, span)):
                await self._hear(sound)

    async def _hear(self, sound: Frames) -> None:
        if not self._channels:
            count = len(sound) if self.plan.common.multichannel else 1
            self._channels = [ChannelStream(self.plan, self._surroundings, number, count) for number in range(count)]
        mixed = sound if len(sound) == len(self._channels) else sound.mean(axis=0, keepdims=True)
        self.seconds += mixed.shape[1] / SAMPLE_RATE
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
            self._follow(with_numerals(self.plan, numerals=features.numerals))
        if change.keyterms is None:
            return None
        self._follow(with_keyterms(self.plan, change.keyterms))
        return ConfigureSuccess(self.plan.request_id, change.keyterms)

    def _follow(self, plan: LivePlan) -> None:
        self.plan = plan
        for channel in self._channels:
            channel.plan = plan

    async def finish(self) -> None:
        """There is no more audio: hear the rest.

        Raises:
            Refusal: it could not be decoded.
        """
        for sound in await self._workers.read(self._decoder.finish):
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
