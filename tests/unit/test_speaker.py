"""The speaker, with a device of the tests' own and a written clock."""

import asyncio
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sonant import BadOptionValue, DeviceError
from sonant.devices import Device, Speaker, Wanted

RATE = 1000
SECOND = bytes(range(1, 201)) * 10
"""A second at 1,000 Hz."""


class Sink:
    """A device that asks when the test says so."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.now = 0.0

    def __call__(self, speaker: Speaker, wanted: Wanted, ended: Callable[[], None]) -> "Sink":
        self.wanted, self.ended = wanted, ended
        return self

    def clock(self) -> float:
        return self.now

    def start(self) -> None:
        self.calls.append("start")

    def abort(self) -> None:
        self.calls.append("abort")
        self.ended()

    def close(self) -> None:
        self.calls.append("close")


def make(sink: Sink, **more: Any) -> Speaker:
    speaker = Speaker(sample_rate=RATE, open_stream=sink, clock=sink.clock, **more)
    speaker.open()
    return speaker


def test_chunks_of_any_size_are_played_in_order_with_silence_behind() -> None:
    sink = Sink()
    speaker = make(sink)
    for size in range(0, len(SECOND), 333):
        speaker.play(SECOND[size : size + 333])
    got = b"".join(sink.wanted(10, 0.0) for _ in range(101))
    assert got == SECOND + bytes(20)
    assert sink.calls == ["start"]


def test_what_was_heard_is_told_from_the_device_s_own_delay() -> None:
    sink = Sink()
    speaker = make(sink)
    speaker.play(SECOND)
    sink.wanted(100, 0.05)
    sink.now = 0.04
    assert speaker.played.frames == 0
    sink.now = 0.08
    assert (speaker.played.frames, speaker.played.seconds) == (30, 0.03)
    sink.now = 1.0
    assert speaker.played.frames == 100


def test_an_interruption_stops_at_once_and_says_what_was_heard() -> None:
    sink = Sink()
    speaker = make(sink)
    speaker.play(SECOND)
    sink.wanted(100, 0.02)
    sink.wanted(100, 0.12)
    sink.now = 0.17
    played = speaker.interrupt()
    assert sink.calls == ["start", "abort"]
    assert (played.frames, played.seconds, played.dropped_seconds) == (150, 0.15, 0.85)
    assert sink.wanted(10, 0.0) == bytes(20)
    speaker.play(SECOND[:20])
    assert sink.wanted(10, 0.0) == SECOND[:20]
    assert sink.calls == ["start", "abort", "start"]
    sink.now = 5
    assert speaker.played.frames == 160


def test_a_full_queue_makes_play_wait_and_an_interruption_frees_it() -> None:
    sink = Sink()
    speaker = make(sink, queue_seconds=0.5)
    done = threading.Event()

    def play() -> None:
        speaker.play(SECOND)
        done.set()

    thread = threading.Thread(target=play)
    thread.start()
    assert not done.wait(0.05)
    assert sink.wanted(500, 0.0) == SECOND[:1000]
    assert done.wait(5)
    speaker.interrupt()
    thread.join()


def test_leaving_in_order_waits_for_the_last_sound() -> None:
    sink = Sink()
    asked = threading.Event()

    def ask() -> None:
        asked.wait()
        while sink.now < 2:
            sink.wanted(100, 0.1)
            sink.now += 0.1

    thread = threading.Thread(target=ask)
    thread.start()
    with Speaker(sample_rate=RATE, open_stream=sink, clock=sink.clock) as speaker:
        speaker.play(SECOND)
        asked.set()
    assert speaker.played.frames == 1000
    assert sink.calls[-1] == "close"
    sink.now = 2
    thread.join()


def test_an_error_stops_at_once() -> None:
    sink = Sink()

    def fail() -> None:
        with Speaker(sample_rate=RATE, open_stream=sink, clock=sink.clock) as speaker:
            speaker.play(SECOND)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert sink.calls == ["start", "abort", "close"]


def test_a_device_that_goes_away_is_told() -> None:
    sink = Sink()
    speaker = make(sink)
    speaker.play(SECOND)
    sink.ended()
    with pytest.raises(DeviceError, match="stopped playing"):
        speaker.play(SECOND)
    with pytest.raises(DeviceError, match="stopped playing"):
        speaker.drain()
    with pytest.raises(DeviceError, match="not open"):
        Speaker(open_stream=sink).play(SECOND)


async def test_the_same_is_awaited() -> None:
    sink = Sink()
    speaker = make(sink, queue_seconds=0.5)
    playing = asyncio.create_task(speaker.aplay(SECOND))
    await asyncio.sleep(0.02)
    assert not playing.done()
    sink.wanted(500, 0.0)
    await asyncio.wait_for(playing, 5)
    sink.wanted(500, 0.0)
    sink.now = 9
    await asyncio.wait_for(speaker.adrain(), 5)


@pytest.mark.parametrize("wrong", [{"sample_rate": 0}, {"channels": 0}, {"queue_seconds": -1}])
def test_numbers_must_be_positive(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadOptionValue, match="positive"):
        Speaker(**wrong)


class PortAudioError(Exception):
    pass


def test_portaudio_is_asked_for_little_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Stream(Sink):
        def __init__(self, **how: Any) -> None:
            super().__init__()
            asked.update(how)
            self.ended = how["finished_callback"]

    library = SimpleNamespace(PortAudioError=PortAudioError, RawOutputStream=Stream)
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    speaker = Speaker("Headset")
    speaker.open()
    speaker.play(b"\x01\x02\x03\x04")
    out = bytearray(8)
    asked["callback"](memoryview(out), 4, SimpleNamespace(outputBufferDacTime=1.5, currentTime=1.25), None)
    assert bytes(out) == b"\x01\x02\x03\x04\0\0\0\0"
    wanted = {"device": "Headset", "samplerate": 24_000, "channels": 1, "blocksize": 240, "dtype": "int16"}
    assert {name: asked[name] for name in wanted} == wanted
    assert asked["latency"] <= 0.05


@pytest.mark.parametrize("error", [PortAudioError("no default output device"), ValueError("No output device")])
def test_a_device_that_is_not_there_is_told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise error

    library = SimpleNamespace(PortAudioError=PortAudioError, RawOutputStream=refuse)
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    with pytest.raises(DeviceError, match=str(error)):
        Speaker().open()


def test_devices_that_play_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = {"name": "Speaker", "max_output_channels": 2, "default_samplerate": 48_000.0}
    headset = {"name": "Microphone", "max_output_channels": 0, "default_samplerate": 44_100.0}
    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(query_devices=lambda: [speaker, headset]))
    assert Speaker.devices() == [Device(0, "Speaker", 2, 48_000)]
