"""A speaker: plays audio as it comes, stops at once, and knows what was really heard."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple, Protocol, Self

from sonant.client.errors import BadOptionValue, DeviceError
from sonant.client.pcm import WholeSamples
from sonant.devices.portaudio import SAMPLE_BYTES, Device, list_devices, portaudio

_BLOCK = 0.01
"""Seconds of audio that the device asks for at once."""
_LATENCY = 0.04
"""Seconds that the device is asked to run behind."""


class Played(NamedTuple):
    """What came out of a speaker since it was opened."""

    frames: int
    """Samples of each channel."""
    seconds: float
    dropped_seconds: float
    """Audio that was handed over and then given up by `interrupt`."""


class OutputStream(Protocol):
    """An opened device."""

    def start(self) -> None:
        """Begin, or go on, to ask for audio."""

    def abort(self) -> None:
        """Stop now, and forget what was asked for and is not heard yet."""

    def close(self) -> None:
        """Let go of the device."""


Wanted = Callable[[int, float], bytes]
"""Gives so many frames of linear16, silence where there is no more, from any thread; they will be heard so many seconds
from now."""


class OpenOutput(Protocol):
    """Opens the device that a speaker names; give your own for another audio library, or for tests."""

    def __call__(self, speaker: Speaker, wanted: Wanted, ended: Callable[[], None]) -> OutputStream:
        """A device, not started, that calls `wanted` for blocks, and `ended` when it stops.

        Raises:
            DeviceError: there is none, or it cannot be opened.
        """
        ...


class Speaker:
    """Plays linear16: `with Speaker() as speaker`, and `speaker.play(chunk)` for each chunk that comes.

    What was not played yet waits in a queue of `queue_seconds`; `play` waits for room in it. Leaving the `with` block
    in order plays the rest; an error, and `interrupt()`, stop at once.

    Args:
        device: index or part of the name; the system's default unless given. `Speaker.devices()` lists them.
        sample_rate: in hertz; that of `speak.live` unless given.
        channels: interleaved, if more than one.
        queue_seconds: how much audio may wait to be played.
        open_stream: opens the device; PortAudio unless given.
        clock: seconds, for tests.

    Raises:
        BadOptionValue: a number is not positive.
    """

    def __init__(
        self,
        device: int | str | None = None,
        *,
        sample_rate: int = 24_000,
        channels: int = 1,
        queue_seconds: float = 30.0,
        open_stream: OpenOutput | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if min(sample_rate, channels, queue_seconds) <= 0:
            raise BadOptionValue("sample_rate, channels and queue_seconds must be positive numbers.")
        self.device, self.sample_rate, self.channels = device, sample_rate, channels
        self.block_frames = max(1, round(_BLOCK * sample_rate))
        self._frame = channels * SAMPLE_BYTES
        self._room = round(queue_seconds * sample_rate) * self._frame
        self._open_stream, self._clock = open_stream or open_portaudio_output, clock
        self._stream: OutputStream | None = None
        self._changed = threading.Condition()
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        """Bytes."""
        self._whole = WholeSamples(self._frame)
        self._is_running = self._is_gone = False
        self._before = self._dropped = 0
        """Frames that were heard before the blocks below; that were given up."""
        self._blocks: deque[tuple[float, int]] = deque()
        """When each block that was handed over is heard, and its frames of audio."""

    def __repr__(self) -> str:
        state = "closed" if self._stream is None else "playing" if self._is_running else "quiet"
        return f"<Speaker {state}, {self.sample_rate} Hz, {self.channels} channel(s)>"

    @staticmethod
    def devices() -> list[Device]:
        """The devices that can play.

        Raises:
            DeviceError: PortAudio or its Python package is not installed.
        """
        return list_devices("output")

    @property
    def played(self) -> Played:
        """What was heard so far."""
        with self._changed:
            return self._account(self._clock())

    def open(self) -> None:
        """Take the device; `with` does it for you. An open speaker is left as it is.

        Raises:
            DeviceError: there is no such device, or it cannot be opened.
        """
        if self._stream is None:
            self._is_gone = False
            self._stream = self._open_stream(self, self._wanted, self._ended)

    def play(self, data: bytes) -> None:
        """Play audio behind what was given before; waits while `queue_seconds` of it wait to be played.

        Raises:
            DeviceError: the speaker is not open, or went away.
        """
        with self._changed:
            whole = self._whole.take(data)
            for start in range(0, len(whole), self._room):
                self._put(whole[start : start + self._room])

    def _put(self, data: bytes) -> None:
        self._check()
        self._start()
        self._changed.wait_for(lambda: self._waiting + len(data) <= self._room or self._is_gone or not self._is_running)
        self._check()
        self._chunks.append(data)
        self._waiting += len(data)
        self._start()

    def _start(self) -> None:
        if not self._is_running and self._stream is not None:
            self._is_running = True
            self._stream.start()

    def _check(self) -> None:
        if self._stream is None:
            raise DeviceError("The speaker is not open.", hint="Use it in a `with` block, or call open().")
        if self._is_gone:
            raise DeviceError("The speaker stopped playing.", hint="See that it is still connected.")

    def interrupt(self) -> Played:
        """Stop now: what waits is given up, and what was really heard is told. `play` begins anew.

        Give its `seconds` to `talk.interrupt()` of `speak.turns`.
        """
        with self._changed:
            now = self._clock()
            heard = self._settle(now)
            self._dropped += sum(frames for _, frames in self._blocks) - heard + self._waiting // self._frame
            self._before += heard
            self._blocks.clear()
            self._chunks.clear()
            self._waiting = 0
            self._whole = WholeSamples(self._frame)
            was_running, self._is_running = self._is_running, False
            self._changed.notify_all()
        if was_running and self._stream is not None:
            self._stream.abort()
        return self.played

    def drain(self) -> None:
        """Wait until all was heard.

        Raises:
            DeviceError: the speaker went away.
        """
        with self._changed:
            while (left := self._left(self._clock())) > 0 and self._is_running:
                self._check()
                self._changed.wait(min(left, 0.05))

    async def aplay(self, data: bytes) -> None:
        """The same as `play`, awaited."""
        await asyncio.to_thread(self.play, data)

    async def adrain(self) -> None:
        """The same as `drain`, awaited."""
        await asyncio.to_thread(self.drain)

    def close(self) -> None:
        """Stop now and let go of the device."""
        if self._stream is not None:
            self.interrupt()
            stream, self._stream = self._stream, None
            stream.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.drain()
        finally:
            self.close()

    # What the device does

    def _wanted(self, frames: int, delay: float) -> bytes:
        """Called by the device's thread."""
        size = frames * self._frame
        parts: list[bytes] = []
        with self._changed:
            while size and self._chunks:
                chunk = self._chunks.popleft()
                parts.append(chunk[:size])
                if len(chunk) > size:
                    self._chunks.appendleft(chunk[size:])
                size -= len(parts[-1])
            audio = b"".join(parts)
            self._waiting -= len(audio)
            now = self._clock()
            if audio:
                self._blocks.append((now + delay, len(audio) // self._frame))
            self._forget(now)
            self._changed.notify_all()
        return audio + bytes(size)

    def _ended(self) -> None:
        """Called by the device's thread when it plays no more, asked to or not."""
        with self._changed:
            self._is_gone = self._is_running and self._stream is not None
            self._changed.notify_all()

    # What was heard

    def _forget(self, now: float) -> None:
        """Count blocks that were heard to their end."""
        while self._blocks and self._blocks[0][0] + self._blocks[0][1] / self.sample_rate <= now:
            self._before += self._blocks.popleft()[1]

    def _settle(self, now: float) -> int:
        """Frames that were heard of the blocks that are left."""
        self._forget(now)
        return sum(max(0, min(frames, int((now - at) * self.sample_rate))) for at, frames in self._blocks)

    def _account(self, now: float) -> Played:
        frames = self._settle(now) + self._before
        return Played(frames, frames / self.sample_rate, self._dropped / self.sample_rate)

    def _left(self, now: float) -> float:
        """Seconds until all was heard, at least."""
        self._forget(now)
        last = max((at + frames / self.sample_rate - now for at, frames in self._blocks), default=0.0)
        return last + self._waiting / self._frame / self.sample_rate


def open_portaudio_output(speaker: Speaker, wanted: Wanted, ended: Callable[[], None]) -> OutputStream:
    """A device of PortAudio, as `OpenOutput` says.

    Raises:
        DeviceError: PortAudio is not installed, or cannot open the device.
    """
    library = portaudio("speaker")

    def called(out: Any, frames: int, time: Any, _status: Any) -> None:
        out[:] = wanted(frames, max(0.0, time.outputBufferDacTime - time.currentTime))

    try:
        stream: OutputStream = library.RawOutputStream(
            device=speaker.device,
            samplerate=speaker.sample_rate,
            channels=speaker.channels,
            blocksize=speaker.block_frames,
            latency=_LATENCY,
            dtype="int16",
            callback=called,
            finished_callback=ended,
        )
    except (library.PortAudioError, ValueError) as error:  # ValueError: no device of that name
        raise DeviceError(
            f"The speaker cannot be opened: {error}.", hint="Speaker.devices() lists what can play."
        ) from error
    return stream
