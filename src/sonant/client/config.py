"""Where requests go and under which limits: scopes, merged in one order.

    defaults < environment < client < global < namespace < its transport (http or websocket) < call

Each scope may set any of `url`, `headers`, `proxy`, `client`, `timeout`, `max_retries`, `ca_file`; what it leaves out
is inherited. The JavaScript SDK's spelling (`fetch`, nested `options`) is read too.
"""

from __future__ import annotations

from sonant.client.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Literal, TypedDict

    Namespace = Literal["listen", "speak", "read", "agent", "manage", "auth", "models", "selfhosted", "onprem"]
    Transport = Literal["http", "websocket"]
    Region = Literal["eu", "au", "in"]

    class TimeoutConfig(TypedDict, total=False):
        """Time limits in seconds."""

        connect: float
        """To make a connection. Default 8."""
        write: float
        """Without progress while sending. Default 60."""
        read: float
        """Without progress while waiting or receiving. Default 60; 1260 for transcription."""
        total: float
        """For the whole call, all attempts together. Default none."""

    class TransportConfig(TypedDict, total=False):
        """How one transport of one namespace reaches the service."""

        url: str
        headers: Mapping[str, str]
        proxy: str | Mapping[str, str]
        """A network proxy; in the form `{"url": ...}` an address that stands in for the API."""
        client: Any
        timeout: float | TimeoutConfig
        max_retries: int
        ca_file: str

    class ScopeConfig(TransportConfig, total=False):
        """One namespace: settings for both transports, and for each apart."""

        http: TransportConfig
        websocket: TransportConfig


NAMESPACES = ("listen", "speak", "read", "agent", "manage", "auth", "models", "selfhosted", "onprem")
_TRANSPORTS = ("http", "websocket")
_KEYS = ("url", "headers", "proxy", "client", "timeout", "max_retries", "ca_file")
_LIMITS = ("connect", "write", "read", "total")
_REGIONS = ("eu", "au", "in")
_DATA_PLANE = ("listen", "speak", "read", "agent", "models")
_SPELLINGS = {"fetch": "http", "_nodeOnlyHeaders": "headers"}
_PROXIES = ("http", "https", "socks5", "socks5h")
_LONGEST = 1e8

API_HOST = "https://api.deepgram.com"
AGENT_HOST = "https://agent.deepgram.com"


class Timeouts:
    """Time limits of a call, in seconds; None is no limit (for `read`: the operation's own)."""

    __slots__ = _LIMITS

    def __init__(
        self,
        connect: float | None = 8.0,
        write: float | None = 60.0,
        read: float | None = None,
        total: float | None = None,
    ) -> None:
        self.connect, self.write, self.read, self.total = connect, write, read, total

    def replace(self, given: float | Mapping[str, Any] | None) -> Timeouts:
        """These limits with some changed: a number is the total, a mapping names its limits."""
        if given is None:
            return self
        limits = {name: getattr(self, name) for name in _LIMITS}
        return Timeouts(**{**limits, **read_timeout(given)})


class Scope:
    """What one transport of one namespace comes down to."""

    __slots__ = ("ca_file", "client", "headers", "max_retries", "proxy", "timeouts", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.headers: dict[str, str] = {}
        self.proxy: str | None = None
        self.client: Any = None
        self.timeouts = Timeouts()
        self.max_retries = 2
        self.ca_file: str | None = None

    @property
    def connection(self) -> tuple[Any, ...]:
        """The settings that shape a connection: calls that agree in them share one."""
        return (id(self.client), self.proxy, self.ca_file, self.timeouts.connect)

    def apply(self, layer: Mapping[str, Any]) -> None:
        """Put a checked layer on top: headers and time limits are merged, the rest replaced."""
        self.headers.update(layer.get("headers", {}))
        self.timeouts = self.timeouts.replace(layer.get("timeout"))
        for name in ("url", "proxy", "client", "max_retries", "ca_file"):
            if name in layer:
                setattr(self, name, layer[name])


class Config:
    """All scopes of a client, checked when it is made, resolved when a namespace is first used."""

    def __init__(
        self,
        environment: Mapping[str, str],
        own: Mapping[str, Any],
        scopes: Mapping[str, Mapping[str, Any] | None],
        *,
        region: str | None = None,
        proxy_mode: bool = False,
    ) -> None:
        if region is not None and region not in _REGIONS:
            raise ConfigError(f"No region {region!r}; there are {', '.join(_REGIONS)}.")
        self._region = region
        base_url = own.get("url") or (None if region else environment.get("DEEPGRAM_BASE_URL"))
        self._own = _check_layer({**own, **({"url": base_url} if base_url else {})}, "the client", proxy_mode)
        self._scopes = {name: _check_scope(scope, name, proxy_mode) for name, scope in scopes.items() if scope}
        if proxy_mode and not self._stands_in():
            raise ConfigError(
                'The key "proxy" needs the address of the proxy that adds the real key.',
                hint='Pass base_url="http://localhost:8080", or global_={"http": {"proxy": "http://localhost:8080"}}.',
            )

    def resolve(self, namespace: Namespace, transport: Transport) -> Scope:
        """What a transport of a namespace comes down to."""
        scope = Scope(self._default_url(namespace))
        for layer in self._layers(namespace, transport):
            scope.apply(layer)
        if transport == "websocket" and scope.url.startswith("http"):
            scope.url = "ws" + scope.url[4:]
        elif transport == "http" and scope.url.startswith("ws"):
            scope.url = "http" + scope.url[2:]
        return scope

    def _layers(self, namespace: str, transport: str) -> Iterator[Mapping[str, Any]]:
        yield self._own
        aliases = ("onprem", "selfhosted") if namespace in {"onprem", "selfhosted"} else (namespace,)
        for name in ("global", *aliases):
            scope = self._scopes.get(name, {})
            yield {key: value for key, value in scope.items() if key not in _TRANSPORTS}
            yield scope.get(transport, {})

    def _default_url(self, namespace: str) -> str:
        if self._region and namespace in _DATA_PLANE:
            return f"https://api.{self._region}.deepgram.com"
        return AGENT_HOST if namespace == "agent" else API_HOST

    def _stands_in(self) -> bool:
        layers = [self._own, *self._scopes.values()]
        layers += [scope[t] for scope in self._scopes.values() for t in _TRANSPORTS if t in scope]
        return any("url" in layer for layer in layers)


def _check_scope(given: Mapping[str, Any], name: str, proxy_mode: bool) -> dict[str, Any]:
    scope = {_SPELLINGS.get(key, key): value for key, value in _check_mapping(given, name).items()}
    checked = _check_layer({k: v for k, v in scope.items() if k not in _TRANSPORTS}, name, proxy_mode)
    for transport in _TRANSPORTS:
        if scope.get(transport) is not None:
            checked[transport] = _check_layer(scope[transport], f"{name}.{transport}", proxy_mode)
    return checked


def _check_layer(given: Mapping[str, Any], where: str, proxy_mode: bool) -> dict[str, Any]:
    layer = dict(_check_mapping(given, where))
    layer |= _check_mapping(layer.pop("options", None) or {}, f"{where}.options")
    layer = {_SPELLINGS.get(key, key): value for key, value in layer.items() if value is not None}
    for key in layer:
        if key not in _KEYS:
            raise ConfigError(f"{where} has no setting {key!r}.", hint=f"There are {', '.join(_KEYS)}.")
    proxy = layer.get("proxy")
    if proxy is not None and (proxy_mode or not isinstance(proxy, str)):
        layer["url"] = layer.pop("proxy") if isinstance(proxy, str) else _proxy_url(proxy, where)
        layer.pop("proxy", None)
    if "url" in layer:
        layer["url"] = check_url(layer["url"], f"{where}: url")
    if "proxy" in layer:
        layer["proxy"] = check_url(layer["proxy"], f"{where}: proxy", _PROXIES)
    if "headers" in layer:
        layer["headers"] = check_headers(layer["headers"], where)
    if "timeout" in layer:
        layer["timeout"] = read_timeout(layer["timeout"])
    _check_retries(layer.get("max_retries"), where)
    return layer


def _check_mapping(given: Any, where: str) -> Mapping[str, Any]:
    if not hasattr(given, "items"):
        raise ConfigError(f"{where} takes a mapping of settings, not {type(given).__name__}.")
    mapping: Mapping[str, Any] = given
    return mapping


def _proxy_url(proxy: Mapping[str, str], where: str) -> str:
    try:
        return proxy["url"]
    except (KeyError, TypeError):
        raise ConfigError(f'{where}: proxy takes a URL, or {{"url": ...}}, not {proxy!r}.') from None


def _check_retries(max_retries: object, where: str) -> None:
    if max_retries is not None and (type(max_retries) is not int or max_retries < 0):
        raise ConfigError(f"{where}: max_retries is a count, 0 or more, not {max_retries!r}.")


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with some changed; mappings are merged, and a number for `timeout` is its total."""
    return {**old, **{name: _merge_one(name, old.get(name), value) for name, value in new.items()}}


def _merge_one(name: str, before: Any, value: Any) -> Any:
    if hasattr(before, "keys") and hasattr(value, "keys"):
        return merge(before, value)
    if name == "timeout" and None not in (before, value):
        return {**read_timeout(before), **read_timeout(value)}
    return value


def check_url(url: Any, where: str, schemes: tuple[str, ...] = ("http", "https", "ws", "wss")) -> str:
    """A base URL without its final slash.

    Raises:
        ConfigError: its scheme is another, it names no host, or what follows the host is not a path.
    """
    text = str(url)
    scheme, found, rest = text.partition("://")
    if not found:
        shown = hide_password(text)
        raise ConfigError(f"{where} {shown!r} lacks a scheme.", hint=f'Write "http://{shown}" or "https://{shown}".')
    if scheme.lower() not in schemes:
        raise ConfigError(f"{where} {hide_password(text)!r} is not {', '.join(schemes[:-1])} or {schemes[-1]}.")
    host, port = _split_host(rest.partition("/")[0].rpartition("@")[2])
    if any(c.isspace() for c in text) or (port and not (port.isdecimal() and int(port) < 65536)):
        raise ConfigError(f"{where} {hide_password(text)!r} is no URL: it holds spaces, or its port cannot be.")
    if not host:
        raise ConfigError(f"{where} {hide_password(text)!r} names no host.")
    if "?" in rest or "#" in rest:
        raise ConfigError(f"{where} has a query.", hint="Options travel with each call: extra_query=.")
    return text.rstrip("/")


def _split_host(authority: str) -> tuple[str, str]:
    """Host and port; the host is empty where the brackets of an IPv6 address do not match."""
    if authority.startswith("["):
        host, closed, rest = authority.partition("]")
        return host[1:] if closed else "", rest.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def hide_password(url: str) -> str:
    """A URL without the user and password that it may hold, also one that lacks its scheme."""
    scheme, found, rest = url.partition("://") if "://" in url else ("", "", url)
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"


def check_headers(headers: object, where: str) -> dict[str, str]:
    """Headers that can be sent. What is wrong with one is said without its value, which may be a secret.

    Raises:
        ConfigError: a name or value that is no text, or holds what a header cannot.
    """
    given = _check_mapping(headers, f"{where}: headers")
    for name, value in given.items():
        if not str(name).isascii() or not str(name).replace("-", "").replace("_", "").isalnum():
            raise ConfigError(f"{where}: {name!r} is no name for a header.")
        if not isinstance(value, str) or not value.isascii() or not (value.isprintable() or not value):
            raise ConfigError(f"{where}: the header {name} has a value that cannot be sent; it must be plain text.")
    return dict(given)


def read_timeout(given: Any) -> dict[str, float | None]:
    """Time limits as a mapping; a number is the total.

    Raises:
        ConfigError: an unknown limit, or one that is not a positive number.
    """
    limits: Mapping[str, Any] = given if hasattr(given, "keys") else {"total": given}
    for name, seconds in limits.items():
        if name not in _LIMITS:
            raise ConfigError(f"There is no time limit {name!r}; there are {', '.join(_LIMITS)}.")
        if seconds is not None and (type(seconds) not in {int, float} or not 0 < seconds < _LONGEST):
            raise ConfigError(
                f"The time limit {name} is {seconds!r}; it must be a positive number of seconds, or None for no limit."
            )
    return dict(limits)
