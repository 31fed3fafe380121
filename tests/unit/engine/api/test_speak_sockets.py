"""The WebSockets of `/v1/speak` and `/v2/speak` without a network, with a voice that hums, fails or is held back."""

import asyncio
import json
from typing import Any

import pytest

from unit.engine.fakes import Engine, engine


class Socket:
    """A client of the app: what it says, and what it gets."""

    def __init__(self, door: Engine, target: str) -> None:
        path, _, query = target.partition("?")
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        self.got: list[Any] = []
        self.code = 0
        scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": path,
            "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": [],
            "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "subprotocols": [], "extensions": {},
        }  # fmt: skip
        self.running = asyncio.create_task(door.app(scope, self._said.get, self._take))

    def say(self, kind: str, **fields: Any) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": json.dumps({"type": kind, **fields})})

    def leave(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def _take(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.code = message["code"]
        elif message["type"] == "websocket.send":
            text = message.get("text")
            self.got.append("audio" if text is None else json.loads(text))

    @property
    def codes(self) -> list[str]:
        return [message.get("code", message["type"]) for message in self.got if isinstance(message, dict)]


FLUX = "/v2/speak?model=flux-kit-en"


async def test_a_line_that_fails_is_tried_again_and_said_so() -> None:
    async with engine() as door:
        door.speaker.failures = 1
        socket = Socket(door, FLUX)
        socket.say("Speak", text="Hello.")
        socket.say("Close")
        await socket.running
    assert socket.codes == [
        "Connected", "SpeechStarted", "Flushed", "SYNTHESIS_RETRYING", "SpeechMetadata", "SessionMetadata",
    ]  # fmt: skip
    assert "audio" in socket.got
    assert socket.code == 1000


async def test_a_line_that_fails_twice_ends_the_session() -> None:
    async with engine() as door:
        door.speaker.failures = 2
        socket = Socket(door, FLUX)
        socket.say("Speak", text="Hello.")
        socket.say("Flush")
        await socket.running
        assert door.app.state.parts.talking.active == 0
    assert socket.codes[-1] == "NET-0000"
    assert socket.code == 1011


async def test_a_voice_that_fails_closes_the_older_socket() -> None:
    async with engine() as door:
        door.speaker.failures = 1
        socket = Socket(door, "/v1/speak")
        socket.say("Speak", text="Hello.")
        socket.say("Flush")
        await socket.running
    assert socket.code == 1011


async def test_only_what_was_spoken_is_counted() -> None:
    async with engine() as door:
        socket = Socket(door, "/v1/speak")
        socket.say("Speak", text="Never said")
        socket.say("Clear")
        socket.say("Speak", text="Hello.")
        socket.say("Close")
        await socket.running
        seen = door.app.state.parts.metrics.show().decode()
    assert "sonant_speech_characters_total 6.0" in seen


async def test_a_client_that_leaves_is_spoken_to_no_more() -> None:
    async with engine() as door:
        door.speaker.go.clear()
        socket = Socket(door, FLUX)
        socket.say("Speak", text="Hello. " * 50)
        while not door.speaker.lines:
            await asyncio.sleep(0.001)
        socket.leave()
        await asyncio.sleep(0.01)
        door.speaker.go.set()
        await socket.running
        assert len(door.speaker.lines) <= 2
        assert door.app.state.parts.talking.active == 0


async def test_a_whole_sentence_is_spoken_although_nothing_follows() -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        socket.say("Speak", text="One. ")
        async with asyncio.timeout(5):
            while "audio" not in socket.got:
                await asyncio.sleep(0.001)
        socket.say("Speak", text="Two")
        socket.say("Close")
        await socket.running
    assert door.speaker.said == ["One.", "Two"]
    assert socket.codes.count("SpeechMetadata") == 1


async def test_an_interrupt_frees_the_voice_for_the_next_turn() -> None:
    async with engine(workers=2) as door:
        socket = Socket(door, FLUX)
        socket.say("Speak", text="One. Two")
        while "audio" not in socket.got:
            await asyncio.sleep(0.001)
        door.speaker.go.clear()
        socket.say("Flush")
        while door.speaker.said[-1] != "Two":
            await asyncio.sleep(0.001)
        socket.say("Interrupt")
        while "SpeechInterrupted" not in socket.codes:
            await asyncio.sleep(0.001)
        door.speaker.go.set()
        socket.say("Speak", text="Three")
        socket.say("Close")
        await socket.running
    assert door.speaker.said[-1] == "Three"
    assert socket.codes[-2:] == ["SpeechMetadata", "SessionMetadata"]
    assert socket.codes.count("SpeechMetadata") == 1


async def test_a_speed_that_is_no_number_leaves_the_session_alone() -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        socket.say("Configure", speed="x")
        socket.say("Speak", text="Hello.")
        socket.say("Close")
        await socket.running
    failure = next(message for message in socket.got if message["type"] == "ConfigureFailure")
    assert (failure["code"], failure["field"]) == ("SPEED_OUT_OF_RANGE", "speed")
    assert socket.codes[-2:] == ["SpeechMetadata", "SessionMetadata"]
    assert socket.code == 1000


@pytest.mark.parametrize("fields", [{"pitch": 2}, {"speed": 1.5, "pitch": 2}])
async def test_a_setting_that_is_none_is_refused_with_the_others(fields: dict[str, Any]) -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        socket.say("Configure", **fields)
        socket.say("Speak", text="Hello.")
        socket.say("Close")
        await socket.running
    failure = next(message for message in socket.got if message["type"] == "ConfigureFailure")
    assert (failure["code"], "'pitch'" in failure["description"]) == ("INVALID_CONFIGURATION", True)
    assert "ConfigureSuccess" not in socket.codes
    assert [manner.speed for _, manner in door.speaker.lines] == [1.0]
    assert socket.code == 1000


@pytest.mark.parametrize("offset", [3, "3", {"value": "3"}, {"value": 3.5}, {"value": 3, "type": "samples"}, [], {}])
async def test_an_offset_of_another_type_leaves_the_session_alone(offset: Any) -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        socket.say("Interrupt", playback_offset=offset)
        socket.say("Speak", text="Hello.")
        socket.say("Close")
        await socket.running
    assert socket.codes[1:3] == ["INVALID_INTERRUPT_OFFSET", "SpeechStarted"]
    assert socket.codes[-2:] == ["SpeechMetadata", "SessionMetadata"]
    assert socket.code == 1000


@pytest.mark.parametrize("pause", [False, True])
async def test_a_speed_does_not_reach_a_turn_with_pronunciations(pause: bool) -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        socket.say("Speak", text=r'One \{"word":"tea","pronounce":"ti"\}. Two')
        while pause and "audio" not in socket.got:
            await asyncio.sleep(0.001)
        socket.say("Configure", speed=1.2)
        socket.say("Flush")
        socket.say("Close")
        await socket.running
    assert socket.codes.count("CONTROL_COMBINATION_INVALID") == 1
    assert "ConfigureSuccess" not in socket.codes
    assert {manner.speed for _, manner in door.speaker.lines} == {1.0}
    assert (socket.codes[-1], socket.code) == ("SessionMetadata", 1000)


@pytest.mark.parametrize("target", ["/v1/speak", FLUX])
async def test_nothing_is_said_after_a_close(target: str) -> None:
    async with engine() as door:
        socket = Socket(door, target)
        socket.say("Speak", text="Hello.")
        socket.say("Close")
        socket.say("Speak", text="More.")
        socket.say("Speak", text="")
        socket.say("Flush")
        socket.say("Close")
        await socket.running
        seen = door.app.state.parts.metrics.show().decode()
    assert door.speaker.said == ["Hello."]
    assert "sonant_speech_characters_total 6.0" in seen
    assert socket.code == 1000


async def test_what_is_left_can_still_be_interrupted_after_a_close() -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        door.speaker.go.clear()
        socket.say("Speak", text="One. Two.")
        socket.say("Close")
        while not door.speaker.said:
            await asyncio.sleep(0.001)
        socket.say("Interrupt")
        await asyncio.sleep(0.01)
        door.speaker.go.set()
        await socket.running
    assert "NO_AUDIO_GENERATED" in socket.codes


async def test_an_offset_may_be_written_with_a_point() -> None:
    async with engine() as door:
        socket = Socket(door, FLUX)
        socket.say("Interrupt", playback_offset={"type": "time_ms", "value": 3.0})
        socket.say("Close")
        await socket.running
    assert socket.codes == ["Connected", "NO_AUDIO_GENERATED", "SessionMetadata"]


async def test_a_configure_holds_from_the_next_line_on() -> None:
    async with engine() as door:
        socket = Socket(door, f"{FLUX}&speed=0.9")
        socket.say("Speak", text="One. Two")
        while door.speaker.said != ["One."]:
            await asyncio.sleep(0.001)
        socket.say("Configure", speed=1.5)
        socket.say("Close")
        await socket.running
    assert [(text, manner.speed) for text, manner in door.speaker.lines] == [("One.", 0.9), ("Two", 1.5)]
