"""The SDK's two clients, on which the namespaces hang.

Making a client reads its settings and nothing else; namespaces and the libraries below are imported when used.
"""

from __future__ import annotations

import os

from sonant.client.client import Client
from sonant.client.credentials import find_credential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any, Self, TypeVar, Unpack

    from sonant.client.auth import Auth
    from sonant.client.call import AudioCall, Call
    from sonant.client.carriers.aio import AsyncDriver
    from sonant.client.carriers.sockets import Dialed
    from sonant.client.carriers.sync import SyncDriver
    from sonant.client.client import ClientOptions as ClientOptions
    from sonant.client.config import Namespace
    from sonant.client.credentials import AsyncSecretSource, SecretSource
    from sonant.client.flavour import Async, Sync
    from sonant.client.listen import Listen
    from sonant.client.manage import Manage
    from sonant.client.models import Models
    from sonant.client.selfhosted import SelfHosted
    from sonant.client.speak import Speak
    from sonant.client.speech import AsyncSpeech, SyncSpeech
    from sonant.contract.wire import Reply

    R = TypeVar("R", bound=Reply)


class DeepgramClient(Client):
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


class AsyncDeepgramClient(Client):
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
