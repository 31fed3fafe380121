"""A key or token becomes an Authorization header; never shown by repr, log or error."""

from __future__ import annotations

from sonant.client.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    SecretSource = str | Callable[[], str]
    """A secret, or a function that gives one for each attempt."""
    AsyncSecretSource = SecretSource | Callable[[], Awaitable[str]]

MISSING = """A deepgram API key or access token is required. There are three ways to go on:
  1. pass it: DeepgramClient(api_key="...") or DeepgramClient(access_token="...");
  2. set DEEPGRAM_ACCESS_TOKEN or DEEPGRAM_API_KEY in the environment;
  3. need none: DeepgramClient.local() transcribes on this machine (pip install "sonant[engine]")."""

PROXY = "proxy"
"""The key that says: a proxy of ours adds the real one."""


class Credential:
    """A key (`Token`) or a temporary token (`Bearer`), given as text or by a function."""

    __slots__ = ("_secret", "scheme")

    def __init__(self, scheme: str, secret: AsyncSecretSource) -> None:
        self.scheme = scheme
        self._secret = secret
        if not callable(secret):
            self._check(secret)

    def __repr__(self) -> str:
        return f"<Credential {self.scheme} ••••>"

    def __reduce__(self) -> str:
        raise TypeError("a credential is not to be pickled; hand over the function that makes it")

    @property
    def is_proxy(self) -> bool:
        """Whether a proxy adds the real key, so that no Authorization leaves us."""
        return self.scheme == "Token" and self._secret == PROXY

    def read(self) -> str | Awaitable[str]:
        """The secret as it is now; an awaitable if its function is a coroutine function."""
        secret = self._secret
        return secret if isinstance(secret, str) else secret()

    def header(self, secret: object) -> str | None:
        """The Authorization header for a secret just read; None in proxy mode.

        Raises:
            ConfigError: what was read is no usable secret.
        """
        return None if self.is_proxy else f"{self.scheme} {self._check(secret)}"

    def _check(self, secret: object) -> str:
        kind = "API key" if self.scheme == "Token" else "access token"
        if not isinstance(secret, str):
            raise ConfigError(f"The {kind} is {type(secret).__name__}, not str.")
        if not secret.strip():
            raise ConfigError(f"The {kind} is empty.\n{MISSING}")
        if secret != secret.strip() or not secret.isprintable() or not secret.isascii():
            raise ConfigError(
                f"The {kind} holds spaces, line breaks or letters beyond ASCII.",
                hint="Check for a line break at the end of the file or variable it came from.",
            )
        return secret


def find_credential(
    api_key: AsyncSecretSource | None,
    access_token: AsyncSecretSource | None,
    environment: Mapping[str, str],
) -> Credential:
    """The credential to use: what was given, else the environment's token, else its key.

    Raises:
        ConfigError: none or two were given, or one is not usable.
    """
    if api_key is not None and access_token is not None:
        raise ConfigError("Give either api_key or access_token, not both.")
    if access_token is not None:
        return Credential("Bearer", access_token)
    if api_key is not None:
        return Credential("Token", api_key)
    if environment.get("DEEPGRAM_ACCESS_TOKEN"):
        return Credential("Bearer", environment["DEEPGRAM_ACCESS_TOKEN"])
    if environment.get("DEEPGRAM_API_KEY"):
        return Credential("Token", environment["DEEPGRAM_API_KEY"])
    raise ConfigError(MISSING)
