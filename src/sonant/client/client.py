"""What both clients share: their settings, their credential, and the namespaces, made at their first use."""

from __future__ import annotations

import os
from _thread import allocate_lock

from sonant.client.config import NAMESPACES, Config, hide_password, merge
from sonant.client.credentials import Credential
from sonant.client.errors import ConfigError, DeepgramVersionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self, TypedDict, TypeVar, Unpack

    from sonant.client.call import Call
    from sonant.client.config import Namespace, Region, Scope, ScopeConfig, TimeoutConfig, Transport
    from sonant.client.exchange import Exchange
    from sonant.client.openstreams import OpenStreams
    from sonant.client.retry import Quota
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


class Client:
    """What both flavours share: settings, credential, namespaces."""

    is_async = False
    _driver: Any = None
    _quota: Quota | None = None
    _lender: Client | None = None
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


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, _SETTINGS, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
