"""A microphone as a source of audio."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any, Literal, NamedTuple, NotRequired, Protocol, Self, TypedDict

from sonant.client.errors import BadOptionValue, DeviceError
from sonant.devices.portaudio import SAMPLE_BYTES, Device, list_devices, portaudio


class Dropped(NamedTuple):
    """Audio that was recorded and not fetched in time."""

    bytes: int
    seconds: float
    overflows: int
    """How often the system itself lost audio, of unknown length."""


class AudioOptions(TypedDict):
    """What `listen.live` and `listen.turns` have to know of headerless audio."""

    encoding: Literal["linear16"]
    sample_rate: int
    channels: NotRequired[int]
    """Left out where there is one: turns know of no more."""


class InputStream(Protocol):
    """An opened device."""

    def start(self) -> None:
        """Begin to record."""

    def close(self) -> None:
        """Stop recording and let go of the device; nothing is heard after it."""


Heard = Callable[[bytes, bool], None]
"""Takes recorded bytes, from any thread; and whether audio before them was lost."""


class OpenStream(Protocol):
    """Opens the device that a microphone names; give your own for another audio library, or for tests."""

    def __call__(self, microphone: Microphone, heard: Heard, ended: Callable[[], None]) -> InputStream:
        """A device, not started, that calls `heard` with blocks of linear16, and `ended` when it goes away.

        Raises:
            DeviceError: there is none, or it cannot be opened.
        """
        ...


class Microphone:
    """Records in chunks of linear16, until it is closed: `with Microphone() as mic` and `live.stream(mic)`.

    Iterate it with `for` or `async for`, in one place at a time. Recorded audio waits in a queue of `queue_seconds`;
    when that is full the oldest is dropped, and `dropped` counts it.

    Args:
        device: index or part of the name; the system's default unless given. `Microphone.devices()` lists them.
        sample_rate: in hertz.
        channels: interleaved, if more than one.
        chunk_seconds: length of a chunk.
        queue_seconds: how much audio may wait to be fetched.
        open_stream: opens the device; PortAudio unless given.

    Raises:
        BadOptionValue: a number is not positive.
    """

    encoding = "linear16"

    def __init__(
        self,
        device: int | str | None = None,
        *,
        sample_rate: int = 16_000,
        channels: int = 1,
        chunk_seconds: float = 0.1,
        queue_seconds: float = 10.0,
        open_stream: OpenStream | None = None,
    ) -> None:
        if min(sample_rate, channels, chunk_seconds, queue_seconds) <= 0:
            raise BadOptionValue("sample_rate, channels, chunk_seconds and queue_seconds must be positive numbers.")
        self.device, self.sample_rate, self.channels = device, sample_rate, channels
        self.chunk_frames = max(1, round(chunk_seconds * sample_rate))
        self._room = max(queue_seconds, chunk_seconds) * self._bytes_a_second
        self._open_stream = open_stream or open_portaudio
        self._stream: InputStream | None = None
        self._chunks: deque[bytes] = deque()
        self._waiting = self._lost = self._overflows = 0
        self._muted = self._gone = False
        self._changed = threading.Condition()
        self._wake: Callable[[], object] | None = None

    def __repr__(self) -> str:
        state = "closed" if self._stream is None else "muted" if self._muted else "open"
        return f"<Microphone {state}, {self.sample_rate} Hz, {self.channels} channel(s)>"

    @staticmethod
    def devices() -> list[Device]:
        """The devices that can record.

        Raises:
            DeviceError: PortAudio or its Python package is not installed.
        """
        return list_devices("input")

    @property
    def options(self) -> AudioOptions:
        """What the service has to know of the audio: `client.listen.live(**mic.options)`."""
        described: AudioOptions = {"encoding": "linear16", "sample_rate": self.sample_rate}
        return described if self.channels == 1 else {**described, "channels": self.channels}

    @property
    def muted(self) -> bool:
        """Whether it gives silence."""
        return self._muted

    def mute(self) -> None:
        """Give digital silence in place of what is recorded from now on, so that the times of the stream stay right."""
        self._muted = True

    def unmute(self) -> None:
        """Give what is recorded again."""
        self._muted = False

    @property
    def dropped(self) -> Dropped:
        """What was lost so far."""
        return Dropped(self._lost, self._lost / self._bytes_a_second, self._overflows)

    def open(self) -> None:
        """Begin to record; `with` does it for you. An open microphone is left as it is.

        Raises:
            DeviceError: there is no such device, or it cannot be opened.
        """
        if self._stream is not None:
            return
        self._gone = False
        stream = self._open_stream(self, self._heard, self._ended)
        self._stream = stream
        try:
            stream.start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop recording, from any thread; what was recorded can still be fetched, then the iteration ends."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        self._tell()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """Chunks, as they are recorded.

        Raises:
            DeviceError: the device went away.
        """
        while True:
            with self._changed:
                self._changed.wait_for(self._has_news)
                chunk = self._take()
            if chunk is None:
                return
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Chunks, as they are recorded.

        Raises:
            DeviceError: the device went away.
        """
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(news.set)
        try:
            while True:
                news.clear()
                with self._changed:
                    chunk = self._take() if self._has_news() else b""
                if chunk is None:
                    return
                if chunk:
                    yield chunk
                else:
                    await news.wait()
        finally:
            self._wake = None

    @property
    def _bytes_a_second(self) -> int:
        return self.sample_rate * self.channels * SAMPLE_BYTES

    def _has_news(self) -> bool:
        return bool(self._chunks) or self._stream is None or self._gone

    def _take(self) -> bytes | None:
        """The oldest chunk; None at the end."""
        if self._chunks:
            chunk = self._chunks.popleft()
            self._waiting -= len(chunk)
            return chunk
        if self._gone:
            raise DeviceError("The microphone stopped recording.", hint="See that it is still connected.")
        return None

    def _heard(self, data: bytes, overflowed: bool) -> None:
        """Called by the device's thread."""
        with self._changed:
            self._overflows += overflowed
            self._chunks.append(bytes(len(data)) if self._muted else data)
            self._waiting += len(data)
            while self._waiting > self._room and len(self._chunks) > 1:
                oldest = len(self._chunks.popleft())
                self._waiting -= oldest
                self._lost += oldest
        self._tell()

    def _ended(self) -> None:
        """Called by the device's thread when it records no more, asked to or not."""
        self._gone = self._stream is not None
        self._tell()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
        if wake := self._wake:
            with suppress(RuntimeError):  # the loop is closed
                wake()


def open_portaudio(microphone: Microphone, heard: Heard, ended: Callable[[], None]) -> InputStream:
    """A device of PortAudio, as `OpenStream` says.

    Raises:
        DeviceError: PortAudio is not installed, or cannot open the device.
    """
    library = portaudio("microphone")

    def called(data: Any, _frames: int, _time: Any, status: Any) -> None:
        heard(bytes(data), bool(status.input_overflow))

    try:
        stream: InputStream = library.RawInputStream(
            device=microphone.device,
            samplerate=microphone.sample_rate,
            channels=microphone.channels,
            blocksize=microphone.chunk_frames,
            dtype="int16",
            callback=called,
            finished_callback=ended,
        )
    except (library.PortAudioError, ValueError) as error:  # ValueError: no device of that name
        hint = "Microphone.devices() lists what can record, `sonant listen --devices` too."
        raise DeviceError(f"The microphone cannot be opened: {error}.", hint=hint) from error
    return stream
