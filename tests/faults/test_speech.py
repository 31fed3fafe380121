"""Speech over REST: it streams, it is whole or an error, and only what nobody heard is asked for again."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.flavours import AsyncSession, SyncSession
from faults.server import FaultServer, Step, answer, hang_up, stall, stream
from sonant import BadRequest, ConnectionLost, DecodeError, ServerFault, TimedOut, TransportError
from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.speech import AsyncSpeech, SyncSpeech

HEADERS = {
    "dg-model-name": "aura-2-thalia-en",
    "dg-model-uuid": "u-1",
    "dg-char-count": "5",
    "dg-request-id": "r-1",
    "dg-warnings": "PRON-001, PRON-002",
}
Take = Callable[[Any], Any]


def ask(client: Any, *, long: bool = False, **options: Any) -> Any:
    """A speech of one request, or of two."""
    return client.speak.long("Hello there. Good bye.", **options) if long else client.speak.request("Hello", **options)


class SyncSpeaking:
    """Speech of a `DeepgramClient`, and what is done with it."""

    kind = SyncSpeech

    def __init__(self, url: str, **options: Any) -> None:
        self._session = SyncSession(url, **options)

    def speak(self, take: Take | None = None, **options: Any) -> Any:
        """What is made of a speech: its pieces unless told otherwise."""
        speech = ask(self._session.client, **options)
        return take(speech) if take else list(speech)

    def close(self) -> None:
        self._session.close()


class AsyncSpeaking:
    """The same of an `AsyncDeepgramClient`."""

    kind = AsyncSpeech

    def __init__(self, url: str, **options: Any) -> None:
        self._session = AsyncSession(url, **options)

    def speak(self, take: Take | None = None, **options: Any) -> Any:
        """What is made of a speech: its pieces unless told otherwise."""

        async def use(client: Any) -> Any:
            asked = ask(client, **options)
            speech = await asked if asyncio.iscoroutine(asked) else asked
            if take is None:
                return [piece async for piece in speech]
            taken = take(speech)
            return await taken if asyncio.iscoroutine(taken) else taken

        return self._session.run(use)

    def close(self) -> None:
        self._session.close()


def own_client(flavour: type) -> Any:
    return httpx2.Client() if flavour is SyncSpeaking else httpx2.AsyncClient()


class Whole:
    """A client of the user's own that knows no streams."""

    def __init__(self) -> None:
        self._client = httpx2.Client()

    def send(self, request: HttpRequest) -> HttpResponse:
        reply = self._client.request(request.method, request.url, headers=request.headers, content=request.body)
        return HttpResponse(reply.status_code, reply.headers, reply.content)


class Piecewise(Whole):
    """One that does."""

    def send(self, request: HttpRequest) -> HttpResponse:
        assert request.streams
        build = self._client.build_request(request.method, request.url, headers=request.headers, content=request.body)
        reply = self._client.send(build, stream=True)
        return HttpResponse(reply.status_code, reply.headers, reply.iter_raw())  # type: ignore[arg-type]


class AsyncWhole:
    async def send(self, request: HttpRequest) -> HttpResponse:
        return await asyncio.to_thread(Whole().send, request)


class AsyncPiecewise:
    async def send(self, request: HttpRequest) -> HttpResponse:
        reply = await asyncio.to_thread(Whole().send, request)

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(reply.body), 3):
                yield reply.body[at : at + 3]

        return HttpResponse(reply.status, reply.headers, pieces())  # type: ignore[arg-type]


CLIENTS: dict[str, Callable[[type], dict[str, Any]]] = {
    "quick": lambda _: {},
    "patient": lambda _: {"timeout": {"read": 61.0}},
    "httpx2": lambda flavour: {"global_": {"http": {"client": own_client(flavour)}}},
    "whole": lambda flavour: {"global_": {"http": {"client": Whole() if flavour is SyncSpeaking else AsyncWhole()}}},
    "pieces": lambda flavour: {
        "global_": {"http": {"client": Piecewise() if flavour is SyncSpeaking else AsyncPiecewise()}}
    },
}
every_client = pytest.mark.parametrize("carrier", CLIENTS)
own_clients = pytest.mark.parametrize("carrier", ["quick", "patient", "httpx2"])


@pytest.fixture(params=[SyncSpeaking, AsyncSpeaking], ids=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> type:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def connect(flavour: type) -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def make(server: FaultServer, carrier: str = "quick", **options: Any) -> Any:
        made.append(flavour(server.url, **{**CLIENTS[carrier](flavour), **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@every_client
def test_pieces_come_with_what_the_service_said_of_them(connect: Any, carrier: str) -> None:
    def look(speech: Any) -> Any:
        facts = (speech.model_name, speech.model_uuid, speech.char_count, speech.request_id, speech.content_type)
        assert facts == ("aura-2-thalia-en", "u-1", 5, "r-1", "audio/mpeg")
        assert speech.get_headers()["dg-request-id"] == "r-1"
        assert speech.warnings == ["PRON-001", "PRON-002"]
        return speech.read()

    with FaultServer(stream(b"one", b"two", b"three", headers=HEADERS)) as server:
        assert connect(server, carrier).speak(look) == b"onetwothree"
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("POST", "/v1/speak")
    assert seen.headers["accept"] == "audio/*"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.received == len(b'{"text":"Hello"}')


@own_clients
def test_each_piece_is_handed_over_as_it_comes(connect: Any, carrier: str) -> None:
    with FaultServer(stream(b"a", b"b", b"c", interval=0.4)) as server:
        arrivals: list[float] = []

        def look(speech: Any) -> Any:
            arrivals.append(time.monotonic())
            return speech.read()

        assert connect(server, carrier).speak(look) == b"abc"
    assert time.monotonic() - arrivals[0] >= 0.4


def test_linear16_comes_in_whole_samples(connect: Any) -> None:
    with FaultServer(stream(b"\x01", b"\x02\x03\x04\x05", b"\x06")) as server:
        pieces = connect(server).speak(encoding="linear16", container="none")
    assert pieces == [b"\x01\x02\x03\x04", b"\x05\x06"]


@own_clients
@pytest.mark.parametrize("end", ["cut", "reset"])
def test_what_breaks_off_is_an_error_that_says_how_much_came(
    connect: Any, carrier: str, end: str, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp3"
    with FaultServer(stream(b"12345", b"678", end=end)) as server:
        with pytest.raises(ConnectionLost, match="bytes of the audio had come") as caught:
            connect(server, carrier).speak(lambda speech: speech.stream_to_file(target))
        assert server.attempts == 1
    assert caught.value.phase == "download"
    assert (caught.value.received or 0) <= 8
    assert list(tmp_path.iterdir()) == []


@own_clients
def test_a_stall_ends_within_its_limit(connect: Any, carrier: str) -> None:
    limits = {"read": 1.0} if carrier != "patient" else {"read": 61.0, "total": 1.0}
    with FaultServer(stream(b"12345", end="stall")) as server:
        with pytest.raises(TimedOut) as caught:
            connect(server, carrier, timeout=limits).speak()
    assert (caught.value.phase, caught.value.received) == ("download", 5)


@own_clients
def test_the_whole_has_a_limit_too(connect: Any, carrier: str) -> None:
    read = 61.0 if carrier == "patient" else 5.0
    with FaultServer(stream(*[b"1"] * 100, interval=0.05)) as server:
        began = time.monotonic()
        with pytest.raises(TimedOut):
            connect(server, carrier, timeout={"read": read, "total": 0.4}).speak()
    assert time.monotonic() - began < 2


@own_clients
@pytest.mark.parametrize(
    "first", [answer(503, b"{}"), answer(429, b"{}", {"Retry-After": "0"})], ids=["unavailable", "busy"]
)
def test_what_nobody_heard_is_asked_for_again(connect: Any, carrier: str, first: Step) -> None:
    with FaultServer(first, stream(b"audio")) as server:
        assert connect(server, carrier).speak() == [b"audio"]
        assert server.attempts == 2


@own_clients
@pytest.mark.parametrize("first", [hang_up, stream(end="reset"), stream(end="cut")], ids=["mute", "reset", "cut"])
def test_an_answer_lost_before_its_first_byte_is_asked_for_again(connect: Any, carrier: str, first: Step) -> None:
    with FaultServer(first, stream(b"audio")) as server:
        assert connect(server, carrier).speak() == [b"audio"]
        assert server.attempts == 2
    with FaultServer(hang_up) as server, pytest.raises(TransportError):
        connect(server, carrier, max_retries=0).speak()


JSON = answer(200, b'{"ok":true}', {"Content-Type": "application/json; charset=utf-8"})


@every_client
@pytest.mark.parametrize(
    ("reply", "what"),
    [(answer(200, b"", {"Content-Type": "audio/mpeg"}), "audio/mpeg, 0 bytes"), (JSON, "application/json")],
    ids=["empty", "json"],
)
def test_a_reply_that_is_no_audio_is_an_error(
    connect: Any, carrier: str, reply: Step, what: str, tmp_path: Path
) -> None:
    with FaultServer(reply) as server, pytest.raises(DecodeError, match="is not audio") as caught:
        connect(server, carrier).speak(lambda speech: speech.stream_to_file(tmp_path / "a.mp3"))
    assert what in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_half_a_sample_at_the_end_is_an_error(connect: Any, tmp_path: Path) -> None:
    options = {"encoding": "linear16", "container": "none"}
    with FaultServer(stream(b"\x01\x02", b"\x03")) as server:
        with pytest.raises(DecodeError, match="ends within a sample: 3 bytes"):
            connect(server).speak(lambda speech: speech.stream_to_file(tmp_path / "a.raw"), **options)
        with pytest.raises(DecodeError, match="ends within a sample"):
            connect(server).speak(lambda speech: speech.read(), **options)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def full_disk() -> Iterator[None]:
    """Files end at 100 bytes."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


class Interrupted(BaseException):
    """As Ctrl-C is."""


def interrupt(_: int) -> None:
    raise Interrupted


LONG = {"long": True, "limit": 12}
each_kind = pytest.mark.parametrize("kind", [{}, LONG], ids=["request", "long"])


@each_kind
def test_a_full_disk_leaves_nothing_and_is_named(connect: Any, kind: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "a.mp3"
    with FaultServer(stream(b"12" * 20), stream(b"12" * 20000, b"34", end="stall")) as server, full_disk():
        speaking = connect(server)
        if not kind:
            speaking.speak()
        with pytest.raises(OSError, match="large") as caught:
            speaking.speak(lambda speech: speech.stream_to_file(target), **kind)
    assert caught.value.filename == str(target)
    assert list(tmp_path.iterdir()) == []


@each_kind
def test_a_caller_that_interrupts_leaves_nothing(connect: Any, kind: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "a.mp3"
    target.write_bytes(b"before")
    with FaultServer(stream(b"12" * 20000, end="stall")) as server, pytest.raises(Interrupted):
        connect(server).speak(lambda speech: speech.stream_to_file(target, progress=interrupt), **kind)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp3"]
    assert target.read_bytes() == b"before"


@each_kind
def test_a_task_that_is_cancelled_leaves_nothing_and_no_connection(kind: dict[str, Any], tmp_path: Path) -> None:
    seen: list[list[str]] = []

    async def use(speech: Any) -> None:
        writing = asyncio.ensure_future(speech.stream_to_file(tmp_path / "a.mp3"))
        while not list(tmp_path.iterdir()):
            await asyncio.sleep(0.01)
        seen.append([path.suffix for path in tmp_path.iterdir()])
        await asyncio.sleep(0.05)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

    with FaultServer(stream(b"12" * 20000, end="stall"), stream(b"next")) as server:
        with closing(AsyncSpeaking(server.url)) as speaking:
            speaking.speak(use, **kind)
            assert list(tmp_path.iterdir()) == []
            assert speaking.speak(lambda speech: speech.read()) == b"next"
    assert seen == [[".part"]]


@pytest.mark.parametrize("end", ["cut", "reset", "stall"])
def test_a_long_text_whose_second_part_breaks_off_leaves_nothing(connect: Any, end: str, tmp_path: Path) -> None:
    with FaultServer(stream(b"1" * 9000), stream(b"2" * 9000, end=end)) as server:
        with pytest.raises(TransportError) as caught:
            connect(server, timeout={"read": 0.3}).speak(
                lambda speech: speech.stream_to_file(tmp_path / "a.mp3"), **LONG
            )
    assert (caught.value.received or 0) <= 9000
    assert list(tmp_path.iterdir()) == []


def test_a_long_text_tells_what_the_service_said_of_its_parts(connect: Any) -> None:
    def look(speech: Any) -> Any:
        assert (speech.request_ids, speech.warnings, speech.model_name, speech.char_count) == ([], [], None, 0)
        whole, told = speech.read(), lambda audio: (speech, audio)
        if not asyncio.iscoroutine(whole):
            return told(whole)

        async def read() -> Any:
            return told(await whole)

        return read()

    other = {**HEADERS, "dg-request-id": "r-2", "dg-char-count": "7", "dg-warnings": "PRON-002, PRON-003"}
    with FaultServer(stream(b"one", headers=HEADERS), stream(b"two", headers=other)) as server:
        speech, audio = connect(server).speak(look, **LONG)
    assert audio == b"onetwo"
    assert speech.request_ids == ["r-1", "r-2"]
    assert speech.warnings == ["PRON-001", "PRON-002", "PRON-003"]
    assert (speech.model_name, speech.model_uuid) == ("aura-2-thalia-en", "u-1")
    assert (speech.char_count, speech.received) == (12, 6)
    assert [answer.headers["dg-request-id"] for answer in speech.answers] == ["r-1", "r-2"]


def test_the_stream_has_its_names_in_both_sdks(connect: Any) -> None:
    def names(speech: Any) -> Any:
        return type(speech.stream()), type(speech.get_stream())

    with FaultServer(stream(b"audio")) as server:
        first, second = connect(server).speak(names)
    assert first is second


@every_client
def test_a_refusal_is_typed_and_whole(connect: Any, carrier: str) -> None:
    body = b'{"err_code":"Bad Request","err_msg":"Input text contains no characters.","request_id":"r-9"}'
    with FaultServer(answer(400, body)) as server, pytest.raises(BadRequest) as caught:
        connect(server, carrier).speak()
    assert (caught.value.request_id, caught.value.body) == ("r-9", body)
    with FaultServer(answer(500, b"{}")) as server, pytest.raises(ServerFault):
        connect(server, carrier, max_retries=0).speak()


def test_no_first_byte_is_a_wait_that_ends(connect: Any) -> None:
    with FaultServer(stall) as server, pytest.raises(TimedOut):
        connect(server, timeout={"read": 0.3}).speak()


def test_a_file_has_its_name_once_it_is_whole(connect: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.mp3"
    target.write_bytes(b"before")
    sizes: list[int] = []
    with FaultServer(stream(b"one", b"two")) as server:
        size = connect(server).speak(lambda speech: speech.stream_to_file(target, progress=sizes.append))
    assert (size, target.read_bytes()) == (6, b"onetwo")
    assert sizes[-1] == 6
    assert list(tmp_path.iterdir()) == [target]
    assert target.stat().st_mode & 0o600 == 0o600


def test_leaving_takes_no_more(connect: Any, flavour: type) -> None:
    with FaultServer(stream(b"one", end="stall"), stream(b"two")) as server:
        speaking = connect(server)

        def leave(speech: Any) -> Any:
            return speech.close()

        began = time.monotonic()
        speaking.speak(leave)
        assert speaking.speak() == [b"two"]
        assert time.monotonic() - began < 2


def test_a_wav_file_says_how_long_it_is(connect: Any, tmp_path: Path) -> None:
    import wave

    head = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\xc0]\0\0\x80\xbb\0\0\x02\0\x10\0data\xff\xff\xff\xff"
    with FaultServer(stream(head, b"\x01\x02" * 100)) as server:
        connect(server).speak(lambda speech: speech.stream_to_file(tmp_path / "a.wav"), encoding="linear16")
        whole = connect(server).speak(lambda speech: speech.read(), encoding="linear16")
    with closing(wave.open(str(tmp_path / "a.wav"))) as file:
        assert (file.getnframes(), file.getframerate()) == (100, 24_000)
    assert (tmp_path / "a.wav").read_bytes() == whole
