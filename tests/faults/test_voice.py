"""A live voice over real sockets: what is said is heard, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from typing import Any

import pytest

from faultproxy import Fault, FaultProxy
from faults.livetalk import _Face, _Loop, both_flavours, both_versions
from sonant import (
    AsyncDeepgramClient,
    BadOptionValue,
    BadRequest,
    ConfigError,
    DeepgramClient,
    SourceError,
    StreamError,
    StreamLost,
    pronounce,
)
from sonant.client.events import Closed, Opened, Reconnected, Reconnecting
from sonant.client.speechevents import Audio, LiveTTSEvents, TextLost, TextReplayed
from sonant.contract.speak import Clear, Close, Flush, Interrupt, Speak, SpeakFlushed, SpeakMetadata, SpeechMetadata
from voicing import BYTES, RATE, VoiceScript, VoiceServer, audio_of, read_back

QUICK: dict[str, Any] = {"send_timeout": 0.7, "close_timeout": 10.0}
MODELS = {"v1": "aura-2-thalia-en", "v2": "flux-kit-en"}


@contextmanager
def open_voice(flavour: str, version: str, url: str, **options: Any) -> Iterator[Any]:
    """A voice of either flavour and version, used alike."""
    name = "live" if version == "v1" else "turns"
    given = {"model": MODELS[version], **QUICK, **options}
    if flavour == "sync":
        with DeepgramClient("key", base_url=url) as client, getattr(client.speak, name)(**given) as voice:
            yield voice
        return
    loop = _Loop()
    try:
        with _Face(loop, AsyncDeepgramClient("key", base_url=url)) as client:
            with _Face(loop, loop.call(lambda: getattr(client.thing.speak, name)(**given))) as voice:
                yield voice
    finally:
        loop.close()


def heard(events: list[Any]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, Audio))


@both_flavours
@both_versions
def test_text_becomes_audio_in_whole_samples(flavour: str, version: str) -> None:
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        voice.send_text("Hello ")
        voice.send_text("there.")
        voice.flush()
        voice.request_close()
        pieces = list(voice.audio())
        assert voice.unspoken == ""
    assert read_back(b"".join(pieces)) == "Hello there."
    assert all(len(piece) % 2 == 0 for piece in pieces)
    (talk,) = server.heard
    assert (talk.path, talk.query["model"]) == (f"/{version}/speak", [MODELS[version]])
    assert [type(message) for kind in (Speak, Flush, Close) for message in talk.said(kind)] == [
        Speak, Speak, Flush, Close,
    ]  # fmt: skip


@both_flavours
@both_versions
def test_every_event_is_there_and_the_last_is_the_end(flavour: str, version: str) -> None:
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        voice.send_text("Hi.")
        voice.request_close()
        events = list(voice)
    ends = SpeakFlushed if version == "v1" else SpeechMetadata
    assert isinstance(events[0], Opened)
    assert [type(event) for event in events[-1:]] == [Closed]
    assert sum(isinstance(event, ends) for event in events) == 1
    audio = [event for event in events if isinstance(event, Audio)]
    assert [event.start for event in audio] == pytest.approx(
        [sum(len(one.data) for one in audio[:at]) / RATE / 2 for at in range(len(audio))]
    )


@both_flavours
@both_versions
@pytest.mark.parametrize("code", [1006, 1011])
def test_a_break_is_mended_and_what_was_not_spoken_is_spoken(flavour: str, version: str, code: int) -> None:
    text = "The first sentence."
    scripts = VoiceScript(die_after=len(text) * BYTES + 10 * BYTES + 7, die_code=code), VoiceScript()
    with VoiceServer(*scripts) as server, open_voice(flavour, version, server.url) as voice:
        voice.send_text(text)
        voice.flush()
        voice.send_text("And then the second one.")
        voice.flush()
        voice.request_close()
        events = list(voice)
    (replayed,) = [event for event in events if isinstance(event, TextReplayed)]
    assert replayed.text == "And then the second one."
    assert replayed.heard_seconds == pytest.approx(10 * BYTES / RATE / 2, abs=0.001)
    assert sum(isinstance(event, Reconnected) for event in events) == 1
    again = events.index(replayed)
    assert read_back(heard(events[:again])[: (len(text) + 10) * BYTES]) == text + "And then t"
    assert read_back(heard(events[again:])) == "And then the second one."


def speak_once(flavour: str, version: str, url: str, events: list[Any], **options: Any) -> None:
    """Say something and note what happens."""
    with open_voice(flavour, version, url, **options) as voice:
        voice.send_text("Hello there.")
        if version == "v1":
            voice.flush()
        for event in voice:
            events.append(event)


@both_flavours
@both_versions
def test_what_cannot_be_mended_says_what_was_not_spoken(flavour: str, version: str) -> None:
    script = VoiceScript(die_after=5 * BYTES, die_code=1008)
    events: list[Any] = []
    with VoiceServer(script) as server, pytest.raises(StreamLost) as caught:
        speak_once(flavour, version, server.url, events)
    assert caught.value.close_code == 1008
    assert "12 characters were not spoken: `unspoken` holds them." in str(caught.value)
    (lost,) = [event for event in events if isinstance(event, TextLost)]
    assert (lost.text, lost.heard_seconds) == ("Hello there.", pytest.approx(5 * BYTES / RATE / 2))


@both_flavours
@both_versions
def test_what_was_lost_is_kept_for_those_who_say(flavour: str, version: str) -> None:
    script = VoiceScript(die_after=5 * BYTES, die_code=1008)
    with VoiceServer(script) as server, open_voice(flavour, version, server.url) as voice:
        with pytest.raises(StreamLost, match="`unspoken` holds them"):
            list(voice.say("Hello there."))
        assert voice.unspoken == "Hello there."


@both_flavours
@both_versions
def test_a_text_without_audio_is_an_error_with_the_services_warning(
    flavour: str, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    with VoiceServer(VoiceScript(silent=True)) as server, open_voice(flavour, version, server.url) as voice:
        with pytest.raises(StreamError, match="No audio came for the text. UNSPOKEN: Nothing of it can be spoken."):
            list(voice.say("..."))
    assert {record.levelname for record in caplog.records if "UNSPOKEN" in record.getMessage()} == {"WARNING"}


@both_flavours
def test_a_warning_is_logged_for_those_who_take_the_audio_alone(flavour: str, caplog: pytest.LogCaptureFixture) -> None:
    with VoiceServer(VoiceScript(silent=True)) as server, open_voice(flavour, "v1", server.url) as voice:
        voice.send_text("...")
        voice.request_close()
        assert list(voice.audio()) == []
    assert "UNSPOKEN: Nothing of it can be spoken." in caplog.text


@both_flavours
@both_versions
def test_no_reconnection_is_a_loss_too(flavour: str, version: str) -> None:
    with VoiceServer(VoiceScript(die_after=50)) as server, pytest.raises(StreamLost):
        speak_once(flavour, version, server.url, [], reconnect=False)


@both_flavours
@pytest.mark.parametrize("kind", ["reset", "cut", "stall", "swallow", "half-close"])
def test_the_faults_of_a_network_are_mended(flavour: str, kind: Any) -> None:
    texts = [f"Sentence number {number}. " for number in range(20)]
    with VoiceServer(VoiceScript(pause=0.001)) as server, FaultProxy(server.port, Fault(kind, 1200)) as proxy:
        with open_voice(flavour, "v1", proxy.url, stall_timeout=1.0) as voice:
            events: list[Any] = []

            def listen() -> None:
                events.extend(voice)

            listener = threading.Thread(target=listen)
            listener.start()
            for text in texts:
                voice.send_text(text)
                voice.flush()
            voice.request_close()
            listener.join(20)
    assert any(isinstance(event, Reconnecting) for event in events)
    flushed = [event.sequence_id for event in events if isinstance(event, SpeakFlushed)]
    assert flushed == list(range(20))
    spoken = {text for text in texts if audio_of(text) in heard(events)}
    assert spoken == set(texts)


def words() -> Iterator[str]:
    """A text as a language model writes it."""
    for word in "Dr. Who said: hello! It costs 3.50, no more. Goodbye".split(" "):
        yield word + " "


async def awords() -> AsyncIterator[str]:
    for word in words():
        await asyncio.sleep(0)
        yield word


@both_flavours
@both_versions
def test_a_text_is_spoken_while_it_is_written(flavour: str, version: str) -> None:
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        first = b"".join(voice.say(words() if flavour == "sync" else awords()))
        second = b"".join(voice.say(["Another ", "text."]))
        third = b"".join(voice.say("One more."))
        nothing = list(voice.say([" ", ""]))
    assert read_back(first).strip() == "".join(words()).strip()
    assert (read_back(second), read_back(third), nothing) == ("Another text.", "One more.", [])
    (talk,) = server.heard
    sentences = [message.text for message in talk.said(Speak)]
    assert sentences[:3] == ["Dr. Who said: hello! ", "It costs 3.50, no more. ", "Goodbye "]
    assert len(talk.said(Flush)) == (5 if version == "v1" else 3)


@both_flavours
@both_versions
@pytest.mark.parametrize(
    "text", ["Hello there.", "Hello there. ", iter(["Hello", " there."]), "One. Two.", [" Half a"]]
)
def test_a_text_costs_one_flush_for_each_sentence(flavour: str, version: str, text: Any) -> None:
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        assert list(voice.say(copy(text)))
        voice.request_close()
        list(voice)
    (talk,) = server.heard
    assert len(talk.said(Flush)) == (2 if text == "One. Two." and version == "v1" else 1)


@both_flavours
@both_versions
def test_a_text_behind_which_somebody_else_flushed_comes_to_its_end(flavour: str, version: str) -> None:
    flushed = threading.Event()

    def write() -> Iterator[str]:
        yield "Hello there. "
        assert flushed.wait(5)

    async def awrite() -> AsyncIterator[str]:
        yield "Hello there. "
        assert await asyncio.to_thread(flushed.wait, 5)

    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:

        def flush() -> None:
            server.wait(lambda: server.heard[0].said(Speak))
            voice.flush()
            server.wait(lambda: not voice.unspoken)
            flushed.set()

        flushing = threading.Thread(target=flush)
        flushing.start()
        assert read_back(b"".join(voice.say(write() if flavour == "sync" else awrite()))) == "Hello there. "
        flushing.join()


@both_flavours
def test_saying_goes_on_over_a_break(flavour: str) -> None:
    with VoiceServer(VoiceScript(die_after=300), VoiceScript()) as server:
        with open_voice(flavour, "v1", server.url) as voice:
            audio = b"".join(voice.say(["Hello there. ", "How are you today?"]))
    assert audio.endswith(audio_of("How are you today?"))


def test_the_first_sentence_is_heard_before_the_text_is_written() -> None:
    told = threading.Event()

    def slow() -> Iterator[str]:
        yield "First. "
        yield "Second"
        assert told.wait(5), "nothing was heard of the first sentence"
        yield " half."

    with VoiceServer() as server, open_voice("sync", "v1", server.url) as voice:
        audio = b""
        for chunk in voice.say(slow()):
            audio += chunk
            told.set()
    assert read_back(audio) == "First. Second half."


@both_flavours
@both_versions
@pytest.mark.parametrize("pieces", [["Before. "], ["Before. And ha", "lf "], ["Ha", "lf "], ["Half ", '\\{"word":"te']])
def test_what_the_text_raises_is_raised_once_the_rest_was_heard(flavour: str, version: str, pieces: list[str]) -> None:
    def broken() -> Iterator[str]:
        yield from pieces
        raise RuntimeError("the model failed")

    async def abroken() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece
        raise RuntimeError("the model failed")

    audio: list[bytes] = []
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        with pytest.raises(RuntimeError, match="the model failed"):
            audio.extend(voice.say(broken() if flavour == "sync" else abroken()))
        assert voice.unspoken == ""
        assert read_back(b"".join(voice.say("After."))) == "After."
    assert read_back(b"".join(audio)) == "".join(pieces).partition("\\")[0]


@both_versions
def test_leaving_early_gives_the_rest_up(version: str) -> None:
    with VoiceServer(VoiceScript(pause=0.002)) as server, open_voice("sync", version, server.url) as voice:
        saying = voice.say(["A long story. " * 20])
        next(saying)
        saying.close()
        assert voice.unspoken == ""
        assert read_back(b"".join(voice.say("Short."))) == "Short."
    (talk,) = server.heard
    assert talk.said(Clear if version == "v1" else Interrupt)


async def test_leaving_early_gives_the_rest_up_on_a_loop_too() -> None:
    from contextlib import aclosing

    with VoiceServer(VoiceScript(pause=0.002)) as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            async with client.speak.live() as voice:
                async with aclosing(voice.say(["A long story. " * 20])) as saying:  # type: ignore[type-var]
                    await anext(saying)
                assert voice.unspoken == ""
                assert read_back(b"".join([chunk async for chunk in voice.say("Short.")])) == "Short."


@both_versions
def test_giving_up_ends_what_is_being_said(version: str) -> None:
    with VoiceServer(VoiceScript(pause=0.002)) as server, open_voice("sync", version, server.url) as voice:
        began = time.monotonic()
        for count, _ in enumerate(voice.say(["A long story. " * 20, "It goes on. " * 20])):
            if count == 3:
                voice.clear() if version == "v1" else voice.interrupt(0.002)
        assert time.monotonic() - began < 8
        assert voice.unspoken == ""
        assert read_back(b"".join(voice.say("Short."))) == "Short."


@both_flavours
@both_versions
@pytest.mark.parametrize("text", [None, 5, b"audio", {"text": "Hi."}, [None]])
def test_what_is_no_text_is_named_with_what_to_give(flavour: str, version: str, text: Any) -> None:
    name = "None" if text == [None] else str(text).replace("{", r"\{")
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        with pytest.raises(SourceError, match=f"{name} (cannot be said|is no part of a text).*texts"):
            list(voice.say(text))
        with pytest.raises(SourceError, match=f"{name} is no (part of a )?text.*texts, pauses and pronunciations"):
            voice.send_text(text)
        assert read_back(b"".join(voice.say("Hi."))) == "Hi."


@both_flavours
@both_versions
def test_a_control_that_is_not_written_as_it_should_be_does_not_end_the_stream(flavour: str, version: str) -> None:
    def write() -> Iterator[str]:
        yield "Before. "
        yield 'Take \\{"word":'
        yield '"tea"\\} now. After.'

    wrong = 'Hello. Take \\{"word":"tea"\\} now.'
    audio: list[bytes] = []
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        for refused in (
            lambda: list(voice.say(wrong)),
            lambda: list(voice.say([wrong[7:]])),
            lambda: voice.send_text(wrong),
            lambda: voice.send_text('Take \\{"word":', flush=True),
        ):
            with pytest.raises(BadOptionValue):
                refused()
            assert voice.unspoken == ""
        assert not server.heard[0].said(Speak)
        with pytest.raises(BadOptionValue):
            audio.extend(voice.say(write()))
        assert read_back(b"".join(audio)) == "Before. "
        assert read_back(b"".join(voice.say("Hi."))) == "Hi."


@both_flavours
@both_versions
def test_a_pronunciation_may_come_in_any_pieces(flavour: str, version: str) -> None:
    text = f"Take {pronounce('tea', 'ti')}. Now {pronounce('go', 'ɡoʊ')}."
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        list(voice.say(iter(text)))
        for letter in text:
            voice.send_text(letter)
        voice.flush()
        voice.request_close()
        list(voice.audio())
    assert "".join(message.text for message in server.heard[0].said(Speak)) == text * 2


async def test_what_is_async_is_for_the_async_client() -> None:
    with VoiceServer() as server, open_voice("sync", "v1", server.url) as voice:
        with pytest.raises(SourceError, match="AsyncDeepgramClient takes what is async"):
            list(voice.say(awords()))


def disconnect_soon(voice: Any, server: VoiceServer) -> threading.Thread:
    """Close a voice from another thread once the service has something to speak."""

    def leave() -> None:
        server.wait(lambda: server.heard and server.heard[0].said(Speak))
        time.sleep(0.05)
        voice.disconnect()

    thread = threading.Thread(target=leave)
    thread.start()
    return thread


@both_flavours
@both_versions
@pytest.mark.parametrize("way", ["say", "audio", "iteration"])
def test_a_voice_that_is_closed_elsewhere_says_what_was_not_spoken(flavour: str, version: str, way: str) -> None:
    text = "A long story. " * 20
    with VoiceServer(VoiceScript(pause=0.005)) as server, open_voice(flavour, version, server.url) as voice:
        if way != "say":
            voice.send_text(text)
            voice.flush()
        leaving = disconnect_soon(voice, server)
        with pytest.raises(StreamLost, match=r"closed before all was spoken. \d+ characters were not spoken") as caught:
            list(voice.say(text) if way == "say" else voice.audio() if way == "audio" else voice)
        leaving.join()
        assert caught.value.close_code == 1000
        assert text.startswith(voice.unspoken[:14])
        assert voice.unspoken


@both_flavours
def test_a_text_that_is_still_written_when_the_voice_is_closed_was_not_all_said(flavour: str) -> None:
    closed = threading.Event()

    def slow() -> Iterator[str]:
        yield "Hello. "
        closed.wait(5)
        yield "Never said."

    async def aslow() -> AsyncIterator[str]:
        yield "Hello. "
        await asyncio.to_thread(closed.wait, 5)
        yield "Never said."

    with VoiceServer() as server, open_voice(flavour, "v1", server.url) as voice:
        saying = voice.say(slow() if flavour == "sync" else aslow())
        with pytest.raises(StreamLost, match="closed before all was spoken"):
            leave_after(saying, "Hello. ", voice, server)
        closed.set()


def leave_after(saying: Any, text: str, voice: Any, server: VoiceServer) -> None:
    """Close a voice once a text was heard and counts as spoken, and hear the rest."""
    audio = b""
    for chunk in saying:
        audio += chunk
        if audio == audio_of(text):
            server.wait(lambda: not voice.unspoken)
            voice.disconnect()


@both_flavours
@both_versions
def test_what_was_taken_from_the_writer_is_unspoken_too_when_the_voice_is_closed(flavour: str, version: str) -> None:
    closing = threading.Event()

    def write() -> Iterator[str]:
        yield "One is here. "
        yield "Two "
        closing.set()
        time.sleep(0.3)
        yield "is here. Three."
        yield "Never asked for."

    async def awrite() -> AsyncIterator[str]:
        yield "One is here. "
        yield "Two "
        closing.set()
        await asyncio.Event().wait()

    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        closer = threading.Thread(target=lambda: closing.wait(5) and voice.request_close())
        closer.start()
        with pytest.raises(StreamLost, match="closed before all was spoken. 4 characters were not spoken"):
            list(voice.say(write() if flavour == "sync" else awrite()))
        closer.join()
        rest = "Two is here. Three." if flavour == "sync" else "Two "
        server.wait(lambda: voice.unspoken == rest)


class Stop(BaseException):
    """What a writer may raise that is no `Exception`."""


@both_flavours
@both_versions
@pytest.mark.parametrize(("raised", "told"), [(Stop, Stop), (GeneratorExit, SourceError)])
@pytest.mark.parametrize("waits", [False, True])
def test_whatever_a_writer_raises_is_told(
    flavour: str, version: str, raised: type[BaseException], told: type[BaseException], waits: bool
) -> None:
    def write() -> Iterator[str]:
        yield "Hello there. "
        raise raised

    async def awrite() -> AsyncIterator[str]:
        yield "Hello there. "
        raise raised

    heard: list[bytes] = []
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        with pytest.raises(told):
            heard.extend(voice.say(awrite() if waits and flavour == "async" else write()))  # what came before counts
        assert read_back(b"".join(heard)) == "Hello there. "
        assert read_back(b"".join(voice.say("And on."))) == "And on."


@both_flavours
@both_versions
def test_a_lost_voice_counts_what_was_taken_from_the_writer(flavour: str, version: str) -> None:
    script = VoiceScript(die_after=5 * BYTES, die_code=1008)
    left = threading.Event()

    def write() -> Iterator[str]:
        yield "Hello there. How"
        left.wait(5)

    async def awrite() -> AsyncIterator[str]:
        yield "Hello there. How"
        await asyncio.to_thread(left.wait, 5)

    with VoiceServer(script) as server, open_voice(flavour, version, server.url) as voice:
        with pytest.raises(StreamLost, match="16 characters were not spoken"):
            list(voice.say(write() if flavour == "sync" else awrite()))
        assert voice.unspoken == "Hello there. How"
        left.set()


@both_flavours
@both_versions
def test_a_second_text_is_refused_while_one_is_said_and_the_first_goes_on(flavour: str, version: str) -> None:
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        saying = iter(voice.say("The first text. It goes on."))
        audio = next(saying)
        with pytest.raises(ConfigError, match="A text is being said already; a second one would mix its audio"):
            list(voice.say("The second text."))
        audio += b"".join(saying)
        assert read_back(audio) == "The first text. It goes on."
        assert read_back(b"".join(voice.say("The third."))) == "The third."
    (talk,) = server.heard
    assert "second" not in "".join(message.text for message in talk.said(Speak))


@both_versions
def test_of_two_threads_that_speak_at_once_one_is_refused(version: str) -> None:
    told: list[Any] = []

    def speak(voice: Any, text: str, start: threading.Barrier) -> None:
        saying = voice.say(text)
        start.wait(5)
        try:
            told.append(read_back(b"".join(saying)))
        except ConfigError as error:
            told.append(type(error))

    with VoiceServer(VoiceScript(pause=0.002)) as server, open_voice("sync", version, server.url) as voice:
        start = threading.Barrier(2)
        threads = [
            threading.Thread(target=speak, args=(voice, text, start), daemon=True) for text in ("One. " * 9,) * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert sorted(map(str, told)) == sorted(map(str, [ConfigError, "One. " * 9]))


@both_versions
async def test_of_two_tasks_that_speak_at_once_one_is_refused(version: str) -> None:
    async with speaking(version, VoiceScript(pause=0.002)) as voice:
        texts = "One. " * 9, "Two. " * 9
        outcome = await asyncio.gather(*(collect(voice.say(text)) for text in texts), return_exceptions=True)
        assert isinstance(outcome[1], ConfigError)
        assert read_back(outcome[0]) == texts[0]  # type: ignore[arg-type]


@asynccontextmanager
async def speaking(version: str, *scripts: VoiceScript) -> AsyncIterator[Any]:
    """A voice on this loop."""
    with VoiceServer(*scripts) as server:
        async with AsyncDeepgramClient("key", base_url=server.url) as client:
            kinds = client.speak.live, client.speak.turns
            async with kinds[version == "v2"](model=MODELS[version]) as voice:
                yield voice


async def hear_into(audio: list[bytes], saying: Any) -> None:
    async for chunk in saying:
        audio.append(chunk)


async def collect(saying: Any) -> bytes:
    return b"".join([chunk async for chunk in saying])


@both_versions
@pytest.mark.parametrize("how", ["request_close", "disconnect", "close", "cancel", "aclose", "forget"])
async def test_nothing_goes_on_behind_a_text_that_was_left(version: str, how: str) -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        try:
            while True:
                yield "Another sentence. "
                await asyncio.sleep(0.02)
        finally:
            closed.set()

    async with speaking(version) as voice:
        others = asyncio.all_tasks()
        saying = voice.say(endless())
        assert await anext(saying)
        if how == "aclose":
            await saying.aclose()
        elif how != "forget":
            hearing = asyncio.create_task(collect(saying))
            await asyncio.sleep(0.05)
            await (asyncio.sleep(0, hearing.cancel()) if how == "cancel" else getattr(voice, how)())
            with pytest.raises(asyncio.CancelledError if how == "cancel" else StreamLost):
                await hearing
            del hearing
        del saying
        if how in {"cancel", "forget"}:
            assert read_back(await collect(voice.say("Short."))) == "Short."
            await asyncio.sleep(0.05)
        assert closed.is_set()
        assert asyncio.all_tasks() <= others


@both_versions
async def test_a_text_whose_wait_was_cancelled_makes_way_for_another(version: str) -> None:
    async with speaking(version, VoiceScript(pause=0.005)) as voice:
        saying = voice.say("A long story. " * 20)
        assert await anext(saying)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await hear_into([], saying)
        assert read_back(await collect(voice.say("Short."))) == "Short."
        assert await collect(saying) == b""
        assert read_back(await collect(voice.say("Again."))) == "Again."


@both_versions
@pytest.mark.parametrize("where", ["waiting", "playing"])
async def test_another_text_may_be_said_as_soon_as_the_task_of_the_first_is_cancelled(version: str, where: str) -> None:
    audio: list[bytes] = []

    async def play(saying: Any) -> None:
        async for chunk in saying:
            audio.append(chunk)
            if where == "playing":
                await asyncio.Event().wait()

    async with speaking(version, VoiceScript(pause=0.005)) as voice:
        saying = voice.say("A long story. " * 20)
        hearing = asyncio.create_task(play(saying))
        while not audio:
            await asyncio.sleep(0.01)
        with pytest.raises(ConfigError, match="being said already"):
            voice.say("Too soon.")
        hearing.cancel()
        assert read_back(await collect(voice.say("Short."))) == "Short."
        assert hearing.cancelled()
        assert await collect(saying) == b""
        assert voice.unspoken == ""


async def test_who_was_cancelled_may_say_a_last_text_and_no_other_then() -> None:
    told: list[Any] = []

    async def play(voice: Any) -> None:
        saying = voice.say("A long story. " * 20)
        try:
            await collect(saying)
        except asyncio.CancelledError:
            told.append(None)
            told.append(read_back(await collect(voice.say("A long farewell."))))

    async with speaking("v1", VoiceScript(pause=0.005)) as voice:
        hearing = asyncio.create_task(play(voice))
        await asyncio.sleep(0.1)
        hearing.cancel()
        while not told:
            await asyncio.sleep(0)
        await asyncio.sleep(0.02)
        with pytest.raises(ConfigError, match="being said already"):
            voice.say("Too soon.")
        await hearing
    assert told == [None, "A long farewell."]


@both_versions
async def test_of_two_tasks_that_hear_one_text_the_second_is_refused_while_the_first_waits(version: str) -> None:
    async with speaking(version, VoiceScript(pause=0.002)) as voice:
        saying = voice.say("One text for one task.")
        first, second = await asyncio.gather(collect(saying), collect(saying), return_exceptions=True)
        assert isinstance(second, ConfigError)
        assert "Another task waits for the audio of this text." in str(second)
        assert read_back(first) == "One text for one task."  # type: ignore[arg-type]


@both_versions
async def test_another_task_may_go_on_with_a_text_where_the_first_was_cancelled(version: str) -> None:
    async with speaking(version, VoiceScript(pause=0.002)) as voice:
        audio: list[bytes] = []
        saying = voice.say("One text for two tasks.")
        hearing = asyncio.create_task(hear_into(audio, saying))
        while not audio:
            await asyncio.sleep(0.005)
        hearing.cancel()
        rest = asyncio.create_task(collect(saying))
        await asyncio.sleep(0.01)
        with pytest.raises(ConfigError, match="being said already"):
            voice.say("Too soon.")
        assert read_back(b"".join(audio) + await rest) == "One text for two tasks."


async def test_closing_a_voice_ends_a_text_that_nobody_listens_to_any_more() -> None:
    async def stuck() -> AsyncIterator[str]:
        yield "Hello there. "
        await asyncio.Event().wait()

    async with speaking("v1") as voice:
        saying = voice.say(stuck())
        assert await anext(saying)
        await voice.close()
        assert not any("say_all" in repr(task) or "_aread" in repr(task) for task in asyncio.all_tasks())
        assert voice.unspoken == ""


@both_versions
async def test_a_text_that_nobody_hears_any_more_is_given_up_and_not_unspoken(version: str) -> None:
    async with speaking(version, VoiceScript(pause=0.005)) as voice:
        hearing = asyncio.create_task(collect(voice.say("A long story. " * 20)))
        await asyncio.sleep(0.1)
        hearing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hearing
        await asyncio.sleep(0.01)
        assert voice.unspoken == ""
        saying = voice.say("A long story. " * 20)
        assert await anext(saying)
        hearing = asyncio.create_task(collect(saying))
        await asyncio.sleep(0)
        hearing.cancel()
        await asyncio.sleep(0.01)
        assert voice.unspoken, "somebody may go on with it"
        assert await anext(voice.say("Short."))
        assert voice.unspoken == "Short."


@both_versions
async def test_a_wait_for_audio_may_be_cancelled(version: str) -> None:
    go = asyncio.Event()

    async def slow() -> AsyncIterator[str]:
        await go.wait()
        yield "Hello there."

    async with speaking(version) as voice:
        saying, audio = voice.say(slow()), voice.audio()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(saying), 0.05)
        go.set()
        assert read_back(await collect(saying)) == "Hello there."
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(audio), 0.05)
        await voice.send_text("And more.")
        await voice.request_close()
        assert read_back(await collect(audio)) == "And more."


@both_versions
async def test_a_writer_that_was_cancelled_is_told_of_once_the_rest_was_heard(version: str) -> None:
    async def cancelled() -> AsyncIterator[str]:
        yield "Before. And"
        raise asyncio.CancelledError

    audio: list[bytes] = []
    async with speaking(version) as voice:
        with pytest.raises(SourceError, match="cancelled before its end"):
            await hear_into(audio, voice.say(cancelled()))
        assert read_back(await collect(voice.say("After."))) == "After."
    assert read_back(b"".join(audio)) == "Before. And"


@both_flavours
@both_versions
def test_a_voice_that_is_not_connected_says_so_and_nothing_else(
    flavour: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    kind = DeepgramClient if flavour == "sync" else AsyncDeepgramClient
    speak = kind("key").speak
    voice: Any = (speak.live, speak.turns)[version == "v2"](model=MODELS[version])
    with pytest.raises(ConfigError, match="not connected yet"):
        for _ in voice.say("Hello."):
            pass
    time.sleep(0.1)
    assert not raised


@both_flavours
@both_versions
def test_a_voice_that_is_closed_once_all_is_spoken_ends_quietly(flavour: str, version: str) -> None:
    with VoiceServer() as server, open_voice(flavour, version, server.url) as voice:
        assert read_back(b"".join(voice.say("All of it."))) == "All of it."
        voice.disconnect()
        assert isinstance(list(voice)[-1], Closed)


@both_flavours
@pytest.mark.parametrize("played", [float("nan"), float("inf"), -0.5, "1"])
def test_what_was_played_is_a_number_of_seconds(flavour: str, played: Any) -> None:
    with VoiceServer() as server, open_voice(flavour, "v2", server.url) as voice:
        with pytest.raises(BadOptionValue, match=f"number of seconds, 0 or more, not {played!r}"):
            voice.interrupt(played)
        with pytest.raises(BadOptionValue, match=r"9 seconds cannot have been played: 0.000 seconds of audio came"):
            voice.interrupt(9)


@both_flavours
def test_handlers_are_called_by_the_names_of_the_javascript_sdk(flavour: str) -> None:
    told: list[tuple[str, Any]] = []
    names = [LiveTTSEvents.METADATA, LiveTTSEvents.AUDIO, LiveTTSEvents.FLUSHED, LiveTTSEvents.CLOSE]
    with VoiceServer() as server:
        with open_voice(flavour, "v1", server.url) as voice:
            for name in names:
                voice.on(name, lambda event, name=name: told.append((str(name), event)))
            voice.send_text("Hi.")
            voice.flush()
            voice.request_close()
    kinds = [name for name, _ in told]
    assert set(kinds) >= {"Audio", "Flushed", "close"}
    assert read_back(b"".join(bytes(event) for name, event in told if name == "Audio")) == "Hi."
    assert "key" not in repr(voice)
    assert SpeakMetadata is not None


@both_flavours
@both_versions
def test_a_refusal_is_typed(flavour: str, version: str) -> None:
    with VoiceServer(VoiceScript(refuse=400)) as server, pytest.raises(BadRequest, match="Refused by script"):
        with open_voice(flavour, version, server.url):
            pass


def test_the_first_audio_is_handed_over_at_once() -> None:
    with VoiceServer() as server, open_voice("sync", "v1", server.url) as voice:
        delays: list[float] = []
        for _ in range(10):
            voice.send_text("Hello.")
            voice.flush()
            for event in voice:
                if isinstance(event, Audio):
                    delays.append(time.monotonic() - (event.arrived_at or 0))
                if isinstance(event, SpeakFlushed):
                    break
    assert sorted(delays)[len(delays) // 2] < 0.02
