"""The SDK's two clients, on which the namespaces hang.

Making a client reads its settings and nothing else; namespaces and the libraries below are imported when used.
"""

from __future__ import annotations

import os
from _thread import allocate_lock

from sonant.client.config import NAMESPACES, Config, hide_password, merge
from sonant.client.credentials import Credential, find_credential
from sonant.client.errors import ConfigError, DeepgramVersionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any, Self, TypedDict, TypeVar, Unpack

    from sonant.client.auth import Auth
    from sonant.client.call import AudioCall, Call
    from sonant.client.carriers.aio import AsyncDriver
    from sonant.client.carriers.sockets import Dialed
    from sonant.client.carriers.sync import SyncDriver
    from sonant.client.config import Namespace, Region, Scope, ScopeConfig, TimeoutConfig, Transport
    from sonant.client.credentials import AsyncSecretSource, SecretSource
    from sonant.client.exchange import Exchange
    from sonant.client.flavour import Async, Sync
    from sonant.client.listen import Listen
    from sonant.client.manage import Manage
    from sonant.client.models import Models
    from sonant.client.openstreams import OpenStreams
    from sonant.client.retry import Quota
    from sonant.client.selfhosted import SelfHosted
    from sonant.client.speak import Speak
    from sonant.client.speech import AsyncSpeech, SyncSpeech
    from sonant.contract.wire import Reply
    from sonant.embedded import Engine

    R = TypeVar("R", bound=Reply)

    class ClientOptions(TypedDict, total=False):
        """Settings of a client beside its credential."""

        base_url: str
        """Address of the service for everything, e.g. `http://localhost:8080`; else `DEEPGRAM_BASE_URL`."""
        region: Region
        """Send voice and text to the hosted service of a region; management stays where it is."""
        timeout: float | TimeoutConfig
        """Seconds for a whole call, or limits by name."""
        max_retries: int
        """How often a call that failed in passing is tried again; 2 unless given."""
        retry_lost_replies: bool
        """Whether to send a POST again whose answer was lost, although it may have been done and billed."""
        headers: Mapping[str, str]
        proxy: str
        """A network proxy; else `HTTPS_PROXY` and `NO_PROXY`."""
        ca_file: str
        """Certificate authorities to trust, PEM; else `SSL_CERT_FILE`, else the system's."""
        global_: ScopeConfig
        """Defaults for all namespaces."""
        listen: ScopeConfig
        speak: ScopeConfig
        read: ScopeConfig
        agent: ScopeConfig
        manage: ScopeConfig
        auth: ScopeConfig
        models: ScopeConfig
        selfhosted: ScopeConfig
        onprem: ScopeConfig


_HOMES = {
    "listen": ("listen", "Listen"),
    "manage": ("manage", "Manage"),
    "models": ("models", "Models"),
    "speak": ("speak", "Speak"),
    "auth": ("auth", "Auth"),
    "selfhosted": ("selfhosted", "SelfHosted"),
    "onprem": ("selfhosted", "SelfHosted"),
}
"""The module and the class of each namespace."""
_VERSION_2 = {
    "transcription": "listen.prerecorded",
    "projects": "manage.get_projects",
    "keys": "manage.get_project_keys",
    "members": "manage.get_project_members",
    "scopes": "manage.get_project_member_scopes",
    "invitation": "manage.send_project_invite",
    "usage": "manage.get_project_usage_summary",
    "billing": "manage.get_project_balances",
}
_OWN = {"base_url": "url", **{name: name for name in ("timeout", "max_retries", "headers", "proxy", "ca_file")}}
_SETTINGS = frozenset({*_OWN, *NAMESPACES, "region", "retry_lost_replies", "global_"})


class _Client:
    """What both flavours share: settings, credential, namespaces."""

    is_async = False
    _driver: Any = None
    _quota: Quota | None = None
    _lender: _Client | None = None
    _streams: OpenStreams | None = None
    _closed = False

    def _setup(self, credential: Credential, options: Mapping[str, Any], engine: Engine | None = None) -> None:
        for name in options:
            if name not in _SETTINGS:
                raise ConfigError(f"A client has no setting {name!r}.", hint=_nearest(name))
        self._credential, self._options, self._engine = credential, dict(options), engine
        self._config = Config(
            os.environ if engine is None else {},
            {own: options[name] for name, own in _OWN.items() if options.get(name) is not None},
            {"global": options.get("global_"), **{name: options.get(name) for name in NAMESPACES}},
            region=options.get("region"),
            proxy_mode=credential.is_proxy,
        )
        self._scopes: dict[tuple[Namespace, Transport], Scope] = {}
        self._lock = allocate_lock()

    @classmethod
    def _make(cls, credential: Credential, options: Mapping[str, Any], engine: Engine | None) -> Self:
        client = cls.__new__(cls)
        client._setup(credential, options, engine)  # noqa: SLF001 - its own kind
        return client

    @classmethod
    def _make_local(cls, options: Mapping[str, Any]) -> Self:
        """A client of this process's engine, which need not run yet."""
        from sonant.embedded import acquire

        engine = acquire()
        try:
            return cls._make(Credential("Token", engine.read_key), options, engine)
        except BaseException:
            engine.release()
            raise

    def __repr__(self) -> str:
        config: Config | None = vars(self).get("_config")
        url = hide_password(config.resolve("listen", "http").url) if config else "in the making"
        return f"<{type(self).__name__} {url}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Make a namespace at its first use."""
            if name in _HOMES:
                from importlib import import_module

                module, kind = _HOMES[name]
                namespace = getattr(import_module(f"sonant.client.{module}"), kind)(self, name)
                self.__dict__[name] = namespace
                return namespace
            if name in _VERSION_2:
                raise DeepgramVersionError(f"{name} was version 2 of the API; today it is `{_VERSION_2[name]}`.")
            raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def with_options(self, **changes: Unpack[ClientOptions]) -> Self:
        """A copy with some settings changed; mappings among them are merged, headers and limits one by one.

        It shares the connections, which the original closes, and is closed with it, its live streams too.

        Raises:
            ConfigError: a setting is unknown or unusable, or the client is closed.
        """
        self._check_open()
        copy = self._make(self._credential, merge(self._options, changes), self._engine)
        vars(copy).update(_driver=self._connections(), _quota=self._get_quota(), _lender=self._lender or self)
        return copy

    def _connections(self) -> Any:
        """The driver, made at first use."""
        with self._lock:
            if self._driver is None:
                self._driver = self._make_driver()
        return self._driver

    def _make_driver(self) -> Any:
        raise AssertionError  # pragma: no cover - each flavour has its own

    def enlist(self, carrier: Any) -> None:
        """Have a live stream end with the client; the streams do it for themselves."""
        if self._lender is not None:
            self._lender.enlist(carrier)
            return
        with self._lock:
            if self._streams is None:
                from sonant.client.openstreams import OpenStreams

                self._streams = OpenStreams()
        self._streams.add(carrier)

    def _begin_to_close(self) -> list[Any] | None:
        """Become closed, and end the streams: their carriers, to be waited for; None if there is nothing to close."""
        if self._closed or self._lender:
            return None
        self._closed = True
        return [] if self._streams is None else self._streams.end()

    def _leave(self) -> Any:
        """Leave the engine; what is left to close."""
        if self._engine is not None:
            self._engine.release()
        return self._driver

    def _exchange(self, call: Call[R], namespace: Namespace) -> Exchange[R]:
        from sonant.client.exchange import exchange

        self._check_open()
        return exchange(
            call,
            self._scope(namespace),
            self._credential,
            self._get_quota(),
            retry_lost_replies=bool(self._options.get("retry_lost_replies")),
        )

    def _check_open(self) -> None:
        if self._closed or (self._lender and self._lender._closed):  # noqa: SLF001 - its own kind
            raise ConfigError("The client is closed.", hint="Make a new one, or call inside its `with` block.")

    def _get_quota(self) -> Quota:
        if self._quota is None:
            from sonant.client.retry import Quota

            self._quota = Quota()
        return self._quota

    def _scope(self, namespace: Namespace, transport: Transport = "http") -> Scope:
        key = (namespace, transport)
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = self._config.resolve(namespace, transport)
        if self._engine is not None:
            scope.url = self._engine.url if transport == "http" else "ws" + self._engine.url.removeprefix("http")
        return scope


class DeepgramClient(_Client):
    """Speech from Python, synchronously.

    Safe to share between threads. Close it, or use it in a `with` block.

    Args:
        api_key: a key, or a function that gives one for each request; "proxy" if a proxy adds the real one.
        access_token: a temporary token, or a function that gives one.
        options: see `ClientOptions`.

    Raises:
        ConfigError: there is no credential, or a setting is unusable.
    """

    if TYPE_CHECKING:
        listen: Listen[Sync]
        manage: Manage[Sync]
        models: Models[Sync]
        speak: Speak[Sync]
        auth: Auth[Sync]
        selfhosted: SelfHosted[Sync]
        onprem: SelfHosted[Sync]

    def __init__(
        self,
        api_key: SecretSource | None = None,
        *,
        access_token: SecretSource | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._setup(find_credential(api_key, access_token, os.environ), options)

    @classmethod
    def local(cls, **options: Unpack[ClientOptions]) -> Self:
        """A client of an engine on this machine: no key, no network. Returns when the engine is ready.

        The engine is a process of its own; clients of one Python process share it, and it ends with them.

        Raises:
            EngineError: the engine is not installed, or did not start.
        """
        client = cls._make_local(options)
        try:
            client._start()  # noqa: SLF001 - its own kind
        except BaseException:
            client.close()
            raise
        return client

    def run(self, call: Call[R], namespace: Namespace) -> R:
        """Carry out a call; the namespaces' methods do it for you."""
        self._start()
        driver: SyncDriver = self._connections()
        return driver.drive(self._exchange(call, namespace))

    def download(self, call: AudioCall, namespace: Namespace) -> SyncSpeech:
        """Carry out a call whose reply streams; the namespaces' methods do it for you."""
        from sonant.client.speech import SyncSpeech

        return SyncSpeech(self.run(call, namespace), call.sample_bytes)

    def open_socket(self, path: str, namespace: Namespace = "listen", **query: object) -> AbstractContextManager[Any]:
        """A WebSocket to the service, for what has no method yet: use it in `with`, it is one of `websockets.sync`.

        A websocket `client` of your own is called with the URL and `additional_headers`, and gives a context manager.

        Args:
            path: e.g. `/v1/listen`.
            namespace: whose settings to use.
            query: sent as it is; lists repeat the key.

        Raises:
            ApiError: on entering: the service refused the handshake.
            ConnectFailed, TimedOut: on entering: it could not be reached.
        """
        from sonant.client.carriers.sockets import open_socket, socket_url
        from sonant.client.carriers.sync import read_secret

        self._start()
        scope = self._scope(namespace, "websocket")
        authorization = self._credential.header(read_secret(self._credential))
        return open_socket(scope, socket_url(scope, path, query), authorization)

    def dial(self, path: str, namespace: Namespace, query: str, headers: Mapping[str, str]) -> Dialed:
        """Connect for a live stream; the namespaces' methods do it for you."""
        from sonant.client.carriers.sockets import dial
        from sonant.client.carriers.sync import read_secret

        self._check_open()
        self._start()
        scope = self._scope(namespace, "websocket")
        authorization = self._credential.header(read_secret(self._credential))
        return dial(scope, f"{scope.url}{path}?{query}".rstrip("?"), authorization, headers)

    def _start(self) -> None:
        if self._engine is not None:
            self._engine.start()

    def _make_driver(self) -> SyncDriver:
        from sonant.client.carriers.sync import SyncDriver

        return SyncDriver()

    def close(self) -> None:
        """Close the connections, and leave the engine if there is one.

        Live streams that are open end at once: what is not final is lost, and who iterates gets a StreamLost.
        """
        carriers = self._begin_to_close()
        if carriers is None:
            return
        try:
            for carrier in carriers:
                carrier.stop()
        finally:
            driver: SyncDriver | None = self._leave()
            if driver is not None:
                driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncDeepgramClient(_Client):
    """Speech from Python, asynchronously: every method gives something to await.

    Belongs to one event loop. Close it, or use it in an `async with` block.

    Args:
        api_key: a key, or a function (also a coroutine function) that gives one for each request.
        access_token: a temporary token, or a function that gives one.
        options: see `ClientOptions`.

    Raises:
        ConfigError: there is no credential, or a setting is unusable.
    """

    is_async = True

    if TYPE_CHECKING:
        listen: Listen[Async]
        manage: Manage[Async]
        models: Models[Async]
        speak: Speak[Async]
        auth: Auth[Async]
        selfhosted: SelfHosted[Async]
        onprem: SelfHosted[Async]

    def __init__(
        self,
        api_key: AsyncSecretSource | None = None,
        *,
        access_token: AsyncSecretSource | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._setup(find_credential(api_key, access_token, os.environ), options)

    @classmethod
    def local(cls, **options: Unpack[ClientOptions]) -> Self:
        """A client of an engine on this machine, which starts on entering `async with`, or with the first call.

        Raises:
            EngineError: then, if the engine is not installed or does not start.
        """
        return cls._make_local(options)

    async def run(self, call: Call[R], namespace: Namespace) -> R:
        """Carry out a call; the namespaces' methods do it for you."""
        await self._start()
        driver: AsyncDriver = self._connections()
        return await driver.drive(self._exchange(call, namespace))

    async def download(self, call: AudioCall, namespace: Namespace) -> AsyncSpeech:
        """Carry out a call whose reply streams; the namespaces' methods do it for you."""
        from sonant.client.speech import AsyncSpeech

        return AsyncSpeech(await self.run(call, namespace), call.sample_bytes)

    def open_socket(
        self, path: str, namespace: Namespace = "listen", **query: object
    ) -> AbstractAsyncContextManager[Any]:
        """A WebSocket to the service, for what has no method yet: use it in `async with`.

        It is a connection of `websockets.asyncio`. A websocket `client` of your own is called with the URL and
        `additional_headers`, and gives an asynchronous context manager.

        Args:
            path: e.g. `/v1/listen`.
            namespace: whose settings to use.
            query: sent as it is; lists repeat the key.

        Raises:
            ApiError: on entering: the service refused the handshake.
            ConnectFailed, TimedOut: on entering: it could not be reached.
        """
        from contextlib import asynccontextmanager

        return asynccontextmanager(self._open_socket)(path, namespace, query)

    async def _open_socket(self, path: str, namespace: Namespace, query: Mapping[str, object]) -> AsyncGenerator[Any]:
        from sonant.client.carriers.aio import read_secret
        from sonant.client.carriers.sockets import aopen_socket, socket_url

        await self._start()
        scope = self._scope(namespace, "websocket")
        authorization = self._credential.header(await read_secret(self._credential))
        async with aopen_socket(scope, socket_url(scope, path, query), authorization) as connection:
            yield connection

    async def dial(self, path: str, namespace: Namespace, query: str, headers: Mapping[str, str]) -> Dialed:
        """Connect for a live stream; the namespaces' methods do it for you."""
        from sonant.client.carriers.aio import read_secret
        from sonant.client.carriers.sockets import adial

        self._check_open()
        await self._start()
        scope = self._scope(namespace, "websocket")
        authorization = self._credential.header(await read_secret(self._credential))
        return await adial(scope, f"{scope.url}{path}?{query}".rstrip("?"), authorization, headers)

    def _make_driver(self) -> AsyncDriver:
        from sonant.client.carriers.aio import AsyncDriver

        return AsyncDriver()

    async def _start(self) -> None:
        if self._engine is not None and not self._engine.is_ready:
            import asyncio

            await asyncio.to_thread(self._engine.start)

    async def close(self) -> None:
        """Close the connections, and leave the engine if there is one.

        Live streams that are open end at once: what is not final is lost, and who iterates gets a StreamLost.
        """
        carriers = self._begin_to_close()
        if carriers is None:
            return
        try:
            for carrier in carriers:
                await carrier.stop()
        finally:
            driver: AsyncDriver | None = self._leave()
            if driver is not None:
                await driver.close()

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()


def create_client(
    key: SecretSource | dict[str, Any] | None = None, options: Mapping[str, Any] | None = None
) -> DeepgramClient:
    """A client made as in the JavaScript SDK: `create_client(key, {"global": {"fetch": {"options": {...}}}})`.

    Args:
        key: an API key, or a function that gives one; None to look for one in options and environment; or the
            options themselves.
        options: scopes by name, also in the JavaScript spelling; `accessToken`; and what `DeepgramClient` takes.

    Raises:
        ConfigError: there is no credential, or a setting is unusable.
    """
    given: dict[str, Any] = {**(options or {})}
    if isinstance(key, dict):
        given, key = {**key}, None
    token = given.pop("accessToken", None) or given.pop("access_token", None)
    key = key or given.pop("key", None) or given.pop("api_key", None)
    if "global" in given:
        given["global_"] = given.pop("global")
    return DeepgramClient(key, access_token=token, **given)  # type: ignore[misc, unused-ignore]


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, _SETTINGS, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
