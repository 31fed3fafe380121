"""A live stream whose messages go to a WebSocket: the client, the engine and the receiver on loopback."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus

from e2e.engine.conftest import Engine, start_engine
from e2e.engine.talks import RAW, talk
from sonant import AsyncDeepgramClient, BadRequest, Closed, DeepgramClient, LiveMetadata, Opened

pytestmark = [pytest.mark.engine, pytest.mark.slow]


class Receiver:
    """What came to it; it may leave after so many messages."""

    def __init__(self, leaves_after: int | None = None) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.code = 0
        self.over = asyncio.Event()
        self._leaves_after = leaves_after

    async def __call__(self, socket: ServerConnection) -> None:
        assert socket.request
        self.headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
        async for message in socket:
            assert isinstance(message, str)
            self.got.append(json.loads(message))
            if len(self.got) == self._leaves_after:
                await socket.close(1001)
        await socket.wait_closed()
        self.code = socket.close_code or 0
        self.over.set()

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.got]


@asynccontextmanager
async def listening(receiver: Receiver, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async with serve(receiver, "127.0.0.1", 0, ssl=context) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def engine(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        with start_engine(allow_private_urls="true", api_keys="secret") as running:
            yield running


def context_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("flavour", ["sync", "async"])
async def test_messages_go_to_the_receiver(
    engine: Engine, authority: trustme.CA, spacewalk: bytes, scheme: str, flavour: str
) -> None:
    receiver = Receiver()
    async with listening(receiver, context_of(authority) if scheme == "wss" else None) as port:
        url = f"{scheme}://127.0.0.1:{port}/notes"
        said = await (say_async if flavour == "async" else say_sync)(engine.url, spacewalk[: 8 * 32_000], url)
        await asyncio.wait_for(receiver.over.wait(), 10)
    assert [type(event) for event in said] == [Opened, LiveMetadata, Closed]
    assert receiver.kinds[-1] == "Metadata"
    assert set(receiver.kinds[:-1]) == {"Results"}
    texts = [result["channel"]["alternatives"][0]["transcript"] for result in receiver.got[:-1]]
    assert "celebrating" in " ".join(texts)
    assert receiver.code == 1000
    assert receiver.headers["dg-request-id"] == receiver.got[-1]["request_id"]
    assert "secret" not in str(receiver.headers)
    assert receiver.headers["dg-token"]


async def say_async(engine_url: str, audio: bytes, callback: str) -> list[Any]:
    async with AsyncDeepgramClient("secret", base_url=engine_url) as client:
        async with client.listen.live(callback=callback, endpointing=300) as live:
            return [event async for event in live.stream(audio, speed=None)]


async def say_sync(engine_url: str, audio: bytes, callback: str) -> list[Any]:
    def say() -> list[Any]:
        with DeepgramClient("secret", base_url=engine_url) as client:
            with client.listen.live(callback=callback, endpointing=300) as live:
                return list(live.stream(audio, speed=None))

    return await asyncio.to_thread(say)


async def test_a_stream_ends_with_its_receiver(engine: Engine, spacewalk: bytes) -> None:
    receiver = Receiver(leaves_after=1)

    def say(port: int) -> Any:
        options = {**RAW, "callback": f"ws://127.0.0.1:{port}", "endpointing": "300"}
        with talk(engine.place, options=options, subprotocols=["token", "secret"]) as stream:
            stream.socket.send(spacewalk[: 8 * 32_000])
            stream.rest()
        return stream

    async with listening(receiver) as port:
        stream = await asyncio.to_thread(say, port)
    assert stream.kinds == ["Error", "Metadata"]
    assert (stream.events[0]["code"], stream.close_code) == ("CALLBACK_LOST", 1011)
    assert "1001" in stream.events[0]["description"]
    assert "Metadata" not in receiver.kinds


async def test_a_client_that_hangs_up_had_its_say(engine: Engine, spacewalk: bytes) -> None:
    receiver = Receiver()

    def say(port: int) -> None:
        options = {**RAW, "callback": f"ws://127.0.0.1:{port}", "endpointing": "300"}
        with talk(engine.place, options=options, subprotocols=["token", "secret"]) as stream:
            stream.socket.send(spacewalk[: 4 * 32_000])

    async with listening(receiver) as port:
        await asyncio.to_thread(say, port)
        await asyncio.wait_for(receiver.over.wait(), 10)
    assert receiver.kinds[-1] == "Metadata"
    assert "celebrating" in str(receiver.got)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/x", "ws://", "wss://nowhere.invalid/x", "dpgr.am/callback"])
def test_receivers_that_are_none(engine: Engine, url: str) -> None:
    options = {**RAW, "callback": url}
    with pytest.raises(InvalidStatus) as refused, talk(engine.place, options=options, subprotocols=["token", "secret"]):
        pass
    assert refused.value.response.status_code == 400
    assert json.loads(refused.value.response.body)["err_msg"] == "Invalid callback url."


async def test_a_private_receiver_is_not_called() -> None:
    receiver = Receiver()

    def say(place: str, port: int) -> int:
        options = {**RAW, "callback": f"ws://127.0.0.1:{port}"}
        with pytest.raises(InvalidStatus) as refused, talk(place, options=options):
            pass
        return refused.value.response.status_code

    with start_engine() as guarded:
        async with listening(receiver) as port:
            assert await asyncio.to_thread(say, guarded.place, port) == 400
    assert not receiver.headers


def test_recordings_have_no_socket_for_a_callback(engine: Engine, spacewalk: bytes) -> None:
    with DeepgramClient("secret", base_url=engine.url) as client:
        with pytest.raises(BadRequest, match="Invalid callback url"):
            client.listen.prerecorded.transcribe_file(spacewalk, extra_query={"callback": "ws://127.0.0.1:1/x"})
