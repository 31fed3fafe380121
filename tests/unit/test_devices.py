"""The microphone, with a device of the tests' own."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sonant import BadOptionValue, DeviceError
from sonant.client.pacing import open_audio, pieces
from sonant.devices import Device, Heard, Microphone

CHUNK = b"\x01\x02" * 1600


class Source:
    """A device that hears what the test says."""

    def __init__(self) -> None:
        self.running = False

    def __call__(self, microphone: Microphone, heard: Heard, ended: Callable[[], None]) -> "Source":
        self.heard, self.ended, self.frames = heard, ended, microphone.chunk_frames
        return self

    def start(self) -> None:
        self.running = True

    def close(self) -> None:
        self.running = False
        self.ended()


def test_chunks_come_in_order_and_end_when_it_is_closed() -> None:
    source = Source()
    with Microphone(open_stream=source) as microphone:
        assert source.running
        source.heard(CHUNK, False)
        source.heard(b"ab", False)
    assert not source.running
    assert list(microphone) == [CHUNK, b"ab"]


def test_a_waiting_reader_is_woken() -> None:
    source, got = Source(), []
    with Microphone(open_stream=source) as microphone:
        reader = threading.Thread(target=lambda: got.extend(microphone))
        reader.start()
        source.heard(CHUNK, False)
    reader.join(5)
    assert not reader.is_alive()
    assert got == [CHUNK]


async def test_the_same_is_awaited() -> None:
    source, got = Source(), []

    async def read() -> None:
        async for chunk in microphone:
            got.append(chunk)
            if len(got) == 2:
                microphone.close()

    with Microphone(open_stream=source) as microphone:
        reader = asyncio.create_task(read())
        for _ in range(2):
            await asyncio.to_thread(source.heard, CHUNK, False)
        await asyncio.wait_for(reader, 5)
    assert got == [CHUNK, CHUNK]


async def test_a_cancelled_reader_loses_nothing() -> None:
    source = Source()
    with Microphone(open_stream=source) as microphone:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(aiter(microphone)), 0.01)
        source.heard(CHUNK, False)
    assert [chunk async for chunk in microphone] == [CHUNK]


def test_muted_it_gives_silence_of_the_same_length() -> None:
    source = Source()
    with Microphone(open_stream=source) as microphone:
        microphone.mute()
        assert microphone.muted
        source.heard(CHUNK, False)
        microphone.unmute()
        source.heard(CHUNK, False)
    assert list(microphone) == [bytes(len(CHUNK)), CHUNK]


def test_a_full_queue_drops_the_oldest_and_counts_it() -> None:
    source = Source()
    with Microphone(open_stream=source, queue_seconds=0.2) as microphone:
        for number in range(5):
            source.heard(bytes([number]) * 3200, number == 3)
    assert [chunk[0] for chunk in microphone] == [3, 4]
    assert microphone.dropped == (9600, 0.3, 1)


def test_a_device_that_goes_away_is_told_after_what_it_recorded() -> None:
    source = Source()
    with Microphone(open_stream=source) as microphone:
        source.heard(CHUNK, False)
        source.ended()
        chunks = iter(microphone)
        assert next(chunks) == CHUNK
        with pytest.raises(DeviceError, match="stopped recording"):
            next(chunks)


def test_a_device_that_does_not_start_is_let_go() -> None:
    source = Source()

    def fail() -> None:
        raise DeviceError("busy")

    source.start = fail  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match="busy"):
        Microphone(open_stream=source).open()
    assert not source.running


def test_its_options_and_chunks_are_what_a_stream_takes() -> None:
    source = Source()
    with Microphone(open_stream=source, sample_rate=48_000, channels=2, chunk_seconds=0.02) as microphone:
        assert source.frames == 960
        source.heard(CHUNK, False)
    assert microphone.options == {"encoding": "linear16", "sample_rate": 48_000, "channels": 2}
    assert b"".join(pieces(open_audio(microphone))) == CHUNK


@pytest.mark.parametrize("wrong", [{"sample_rate": 0}, {"channels": 0}, {"chunk_seconds": -1}, {"queue_seconds": 0}])
def test_numbers_must_be_positive(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadOptionValue, match="positive"):
        Microphone(**wrong)


class PortAudioError(Exception):
    pass


def portaudio(**more: Any) -> SimpleNamespace:
    """What the tests need of sounddevice."""
    return SimpleNamespace(PortAudioError=PortAudioError, **more)


def test_devices_that_record_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = {"name": "Speaker", "max_input_channels": 0, "default_samplerate": 48_000.0}
    headset = {"name": "Headset", "max_input_channels": 1, "default_samplerate": 44_100.0}
    monkeypatch.setitem(sys.modules, "sounddevice", portaudio(query_devices=lambda: [speaker, headset]))
    assert Microphone.devices() == [Device(1, "Headset", 1, 44_100)]


def test_portaudio_is_asked_for_what_the_microphone_is_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Stream(Source):
        def __init__(self, **how: Any) -> None:
            super().__init__()
            asked.update(how)
            self.ended = how["finished_callback"]

    monkeypatch.setitem(sys.modules, "sounddevice", portaudio(RawInputStream=Stream))
    with Microphone("Headset") as microphone:
        asked["callback"](memoryview(CHUNK), 1600, None, SimpleNamespace(input_overflow=True))
    assert list(microphone) == [CHUNK]
    assert microphone.dropped == (0, 0.0, 1)
    wanted = {"device": "Headset", "samplerate": 16_000, "channels": 1, "blocksize": 1600, "dtype": "int16"}
    assert {name: asked[name] for name in wanted} == wanted


@pytest.mark.parametrize("error", [PortAudioError("no default input device"), ValueError("No input device matching")])
def test_a_device_that_is_not_there_is_told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "sounddevice", portaudio(RawInputStream=refuse))
    with pytest.raises(DeviceError, match=str(error)) as caught:
        Microphone().open()
    assert "--devices" in caught.value.hint


@pytest.mark.parametrize(("error", "hint"), [("ImportError", "sonant[mic]"), ("OSError", "libportaudio2")])
def test_what_is_missing_is_named(error: str, hint: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sounddevice.py").write_text(f"raise {error}('PortAudio library not found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(DeviceError) as caught:
        Microphone().open()
    assert hint in caught.value.hint


def test_importing_touches_no_audio_library() -> None:
    look = "import sys, sonant.devices; sys.exit('sounddevice' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
