"""The client over real sockets: addresses, authorities, proxies, clients of the user's own; both flavours."""

import io
import logging
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flavours import FLAVOURS, make_client
from loopback import Authority, connect_proxy, http_server, socket_server
from sonant import ConfigError, ConnectFailed, ConnectionLost, TimedOut, Unauthorized
from sonant.client.call import HttpRequest, HttpResponse
from sonant.client.carriers import aio, sync

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)

ANSWER = b'{"metadata":{},"results":{"channels":[]}}'


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def open_and_echo(client: Any, flavour: str, message: str = "hello") -> Any:
    """A message there and back over `client.open_socket`."""
    if flavour == "sync":
        with client.open_socket("/v1/listen", search=["a b", "c"]) as connection:
            connection.send(message)
            return connection.recv()

    async def echo() -> Any:
        async with client.thing.open_socket("/v1/listen", search=["a b", "c"]) as connection:
            await connection.send(message)
            return await connection.recv()

    return client.wait(echo())


def test_key_and_options_reach_the_service(flavour: str) -> None:
    with http_server() as (url, seen), make_client(flavour, "k", base_url=f"{url}/prefix") as client:
        reply = client.models.get_all(include_outdated=True, extra_headers={"x-mine": "1"})
    assert reply.request_id == "r-loopback"
    assert seen[0].path == "/prefix/v1/models?include_outdated=true"
    assert seen[0].headers["authorization"] == "Token k"
    assert seen[0].headers["x-mine"] == "1"
    assert seen[0].headers["user-agent"].startswith("sonant/")


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "iterator", "empty"])
def test_a_recording_arrives_whole(flavour: str, kind: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000 if kind != "empty" else b""
    path = tmp_path / "talk.wav"
    path.write_bytes(data)
    source: Any = {
        "bytes": data,
        "path": path,
        "file": io.BytesIO(data),
        "iterator": (data[n : n + 1000] for n in range(0, len(data), 1000)),
        "empty": b"",
    }[kind]
    steps: list[tuple[int, int | None]] = []
    with http_server(ANSWER) as (url, seen), make_client(flavour, "k", base_url=url) as client:
        client.listen.prerecorded.transcribe_file(source, progress=lambda *step: steps.append(step))
    assert seen[0].body == data
    if kind == "iterator":
        assert seen[0].headers["transfer-encoding"] == "chunked"
    else:
        assert seen[0].headers["content-length"] == str(len(data))
    if data:
        assert steps[-1] == (len(data), None if kind == "iterator" else len(data))


def test_an_async_iterator_arrives_whole(flavour: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for n in range(100):
            yield bytes([n]) * 5000

    if flavour == "sync":
        pytest.skip("an async iterator needs the asynchronous client")
    with http_server(ANSWER) as (url, seen), make_client(flavour, "k", base_url=url) as client:
        client.listen.prerecorded.transcribe_file(chunks())
    assert seen[0].body == b"".join(bytes([n]) * 5000 for n in range(100))


def test_in_proxy_mode_no_authorization_leaves_us(flavour: str) -> None:
    scope: Any = {"http": {"proxy": {"url": ""}, "headers": {"x-custom-header": "foo"}}}
    with http_server() as (url, seen):
        scope["http"]["proxy"]["url"] = url
        with make_client(flavour, "proxy", global_=scope) as client:
            client.models.get_all()
    assert "authorization" not in seen[0].headers
    assert seen[0].headers["x-custom-header"] == "foo"


def test_credentials_may_be_functions(flavour: str) -> None:
    keys = iter(["first", "second"])
    with http_server() as (url, seen), make_client(flavour, lambda: next(keys), base_url=url) as client:
        client.models.get_all()
        client.models.get_all()
    assert [one.headers["authorization"] for one in seen] == ["Token first", "Token second"]


def test_credentials_may_be_coroutine_functions(flavour: str) -> None:
    async def fetch() -> str:
        return "fetched"

    with http_server() as (url, seen), make_client(flavour, access_token=fetch, base_url=url) as client:
        if flavour == "async":
            client.models.get_all()
            assert seen[0].headers["authorization"] == "Bearer fetched"
        else:
            with pytest.raises(ConfigError, match="AsyncDeepgramClient"):
                client.models.get_all()


@pytest.mark.parametrize("how", ["ca_file", "SSL_CERT_FILE"])
def test_a_private_authority_is_trusted_for_rest_and_sockets(
    flavour: str, how: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {}
    if how == "ca_file":
        options["ca_file"] = str(authority.file)
    else:
        monkeypatch.setenv(how, str(authority.file))
    with http_server(context=authority.context) as (rest, seen), socket_server(authority.context) as (live, _):
        options["global_"] = {"http": {"url": rest}, "websocket": {"url": live}}
        with make_client(flavour, "k", **options) as client:
            client.models.get_all()
            client.listen.prerecorded.transcribe_file(b"RIFF")
            assert open_and_echo(client, flavour) == "hello"
    assert len(seen) == 2


def test_an_unknown_authority_is_refused_with_the_way_out(flavour: str, authority: Authority) -> None:
    with http_server(context=authority.context) as (rest, seen), socket_server(authority.context) as (live, _):
        scope = {"http": {"url": rest}, "websocket": {"url": live}}
        with make_client(flavour, "k", global_=scope, max_retries=0) as client:
            with pytest.raises(ConnectFailed, match="SSL_CERT_FILE"):
                client.models.get_all()
            with pytest.raises(ConnectFailed):
                open_and_echo(client, flavour)
    assert seen == []


@pytest.mark.parametrize("how", ["setting", "environment"])
def test_a_network_proxy_carries_rest_and_sockets(
    flavour: str, how: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        connect_proxy() as (proxy, asked),
        http_server(context=authority.context) as (rest, seen),
        socket_server(authority.context) as (live, _),
    ):
        options: dict[str, Any] = {"proxy": proxy} if how == "setting" else {}
        if how == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy)
        scope = {"http": {"url": rest}, "websocket": {"url": live}}
        with make_client(flavour, "k", global_=scope, ca_file=str(authority.file), **options) as client:
            client.models.get_all()
            assert open_and_echo(client, flavour) == "hello"
    assert asked == [rest.removeprefix("https://"), live.removeprefix("wss://")]
    assert seen[0].headers["authorization"] == "Token k"


def test_no_proxy_goes_around_the_proxy(flavour: str, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        connect_proxy() as (proxy, asked),
        http_server(context=authority.context) as (rest, _),
        socket_server(authority.context) as (live, _),
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "localhost")
        scope = {"http": {"url": rest}, "websocket": {"url": live}}
        with make_client(flavour, "k", global_=scope, ca_file=str(authority.file)) as client:
            client.models.get_all()
            assert open_and_echo(client, flavour) == "hello"
    assert asked == []


def test_a_missing_authority_file_is_named(flavour: str) -> None:
    with make_client(flavour, "k", base_url="https://localhost:1", ca_file="/no/such.pem") as client:
        with pytest.raises(ConfigError, match=r"/no/such\.pem"):
            client.models.get_all()
        with pytest.raises(ConfigError, match=r"/no/such\.pem"):
            open_and_echo(client, flavour)


def test_a_refused_handshake_says_why(flavour: str) -> None:
    with socket_server(refuse=True) as (url, seen), make_client(flavour, "bad", base_url=url) as client:
        with pytest.raises(Unauthorized) as caught:
            open_and_echo(client, flavour)
    assert (caught.value.code, caught.value.request_id) == ("INVALID_AUTH", "r-refused")
    assert seen[0].path == "/v1/listen?search=a+b&search=c"
    assert seen[0].headers["authorization"] == "Token bad"
    assert "sec-websocket-extensions" not in seen[0].headers, "audio does not compress"


def test_a_socket_client_of_the_users_own(flavour: str) -> None:
    opened: list[tuple[str, dict[str, str]]] = []

    class Echo:
        def __init__(self, url: str, additional_headers: dict[str, str]) -> None:
            opened.append((url, additional_headers))

        def __enter__(self) -> "Echo":
            return self

        def __exit__(self, *exception: object) -> None: ...
        def send(self, message: str) -> None:
            self.message = message

        def recv(self) -> str:
            return self.message

    class AsyncEcho(Echo):
        async def __aenter__(self) -> "AsyncEcho":
            return self

        async def __aexit__(self, *exception: object) -> None: ...
        async def send(self, message: str) -> None:  # type: ignore[override]
            self.message = message

        async def recv(self) -> str:  # type: ignore[override]
            return self.message

    scope = {"websocket": {"client": Echo if flavour == "sync" else AsyncEcho, "url": "ws://own"}}
    with make_client(flavour, "k", listen=scope) as client:
        assert open_and_echo(client, flavour) == "hello"
    assert opened == [("ws://own/v1/listen?search=a+b&search=c", {"Authorization": "Token k"})]


class Own:
    """A client of the documented protocol."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.bodies: list[Any] = []

    def send(self, request: HttpRequest) -> Any:
        body = request.body
        self.bodies.append(body if body is None or isinstance(body, bytes) else b"".join(body.chunks()))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class AsyncOwn(Own):
    async def send(self, request: HttpRequest) -> Any:  # type: ignore[override]
        return super().send(request)


def own_client(flavour: str, outcome: Any) -> tuple[Any, Own]:
    own = Own(outcome) if flavour == "sync" else AsyncOwn(outcome)
    return make_client(flavour, "k", listen={"http": {"client": own}}, max_retries=0), own


def test_an_http_client_of_the_users_own(flavour: str) -> None:
    client, own = own_client(flavour, HttpResponse(200, {"DG-Request-Id": "r-own"}, ANSWER))
    with client:
        reply = client.listen.prerecorded.transcribe_file(b"RIFF")
        client.listen.prerecorded.transcribe_url("https://x/a.wav")
    assert reply.headers["dg-request-id"] == "r-own"
    assert own.bodies == [b"RIFF", b'{"url":"https://x/a.wav"}']


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [(OSError("cable cut"), ConnectionLost), (TimeoutError(), TimedOut), ("nonsense", ConfigError)],
)
def test_what_the_users_client_does_wrong_becomes_ours(flavour: str, outcome: Any, kind: type[Exception]) -> None:
    client, _ = own_client(flavour, outcome)
    with client, pytest.raises(kind):
        client.listen.prerecorded.transcribe_url("https://x/a.wav")


def test_a_client_without_send_is_refused(flavour: str) -> None:
    with make_client(flavour, "k", listen={"http": {"client": object()}}) as client:
        with pytest.raises(ConfigError, match="send"):
            client.listen.prerecorded.transcribe_url("https://x/a.wav")


def test_an_httpx_client_of_the_users_own(flavour: str) -> None:
    with http_server(ANSWER) as (url, seen):
        own: Any = httpx2.Client() if flavour == "sync" else httpx2.AsyncClient()
        with make_client(flavour, "k", base_url=url, global_={"http": {"client": own}}) as client:
            client.listen.prerecorded.transcribe_file(b"RIFF" * 1000)
            client.listen.prerecorded.transcribe_url("https://x/a.wav")
            if flavour == "async":
                client.wait(own.aclose())
        if flavour == "sync":
            own.close()
    assert [one.body for one in seen] == [b"RIFF" * 1000, b'{"url":"https://x/a.wav"}']
    assert seen[0].headers["content-length"] == "4000"


def test_without_pyreqwest_httpx_takes_over(
    flavour: str, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in (aio, sync):
        monkeypatch.setattr(module, "load_pyreqwest", lambda: False)
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF" * 700_000)
    with http_server(ANSWER, context=authority.context) as (url, seen):
        with make_client(flavour, "k", base_url=url, ca_file=str(authority.file)) as client:
            client.listen.prerecorded.transcribe_file(path)
            client.listen.prerecorded.transcribe_file(iter([b"a", b"b"]))
        with make_client(flavour, "k", base_url="http://127.0.0.1:1", max_retries=0) as client:
            with pytest.raises(ConnectFailed):
                client.models.get_all()
    assert [len(one.body) for one in seen] == [2_800_000, 2]


CANARY = "canary0123456789secret"


def test_no_secret_in_any_log_error_or_repr(
    flavour: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    said: list[str] = []
    with (
        http_server(b'{"err_msg":"no"}', status=401) as (rest, _),
        socket_server(refuse=True) as (refusing, _),
        socket_server() as (live, _),
    ):
        own: Any = httpx2.Client() if flavour == "sync" else httpx2.AsyncClient()
        for scope in (
            {"http": {"url": rest}, "websocket": {"url": refusing}},
            {"http": {"url": rest, "client": own}, "websocket": {"url": live}},
            {"http": {"url": "http://127.0.0.1:1"}, "websocket": {"url": "ws://127.0.0.1:1"}},
        ):
            with make_client(flavour, CANARY, global_=scope, max_retries=1) as client:
                said += [repr(client), str(client)]
                for call in (
                    client.models.get_all,
                    lambda c=client: c.listen.prerecorded.transcribe_file(CANARY.encode()),
                    lambda c=client: open_and_echo(c, flavour, CANARY),
                ):
                    try:
                        call()
                    except Exception as error:
                        said += traceback.format_exception(error)
                        said += [repr(error), str(vars(error))]
                if flavour == "async" and scope["http"].get("client"):
                    client.wait(own.aclose())
    ours = [record for record in caplog.records if record.name != "websockets.server"]
    said += [f"{record.getMessage()} {vars(record)}" for record in ours]
    said += capfd.readouterr()
    assert {"sonant.client", "sonant.client.socket", "httpcore2.connection"} <= {record.name for record in ours}
    assert not [text for text in said if CANARY in text]
