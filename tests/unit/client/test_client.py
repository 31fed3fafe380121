import ast
import inspect
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

import sonant
from sonant import (
    AsyncDeepgramClient,
    BadOptionValue,
    ConfigError,
    DeepgramClient,
    DeepgramVersionError,
    create_client,
    embedded,
)
from sonant.client.credentials import Credential, find_credential


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_ACCESS_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def header(**given: Any) -> str | None:
    environment: Mapping[str, str] = given.pop("environment", {})
    credential = find_credential(given.get("api_key"), given.get("access_token"), environment)
    return credential.header(credential.read())


def test_a_star_imports_every_public_name() -> None:
    names: dict[str, Any] = {}
    exec("from sonant import *", names)
    assert {*sonant._HOME, "__version__"} <= names.keys()


def test_a_key_is_a_token_and_a_token_a_bearer() -> None:
    assert header(api_key="k") == "Token k"
    assert header(access_token="t") == "Bearer t"
    assert header(api_key=lambda: "made") == "Token made"


def test_the_environments_token_comes_before_its_key_and_both_after_what_is_given() -> None:
    both = {"DEEPGRAM_ACCESS_TOKEN": "t", "DEEPGRAM_API_KEY": "k"}
    assert header(environment=both) == "Bearer t"
    assert header(environment={"DEEPGRAM_API_KEY": "k"}) == "Token k"
    assert header(api_key="mine", environment=both) == "Token mine"


def test_in_proxy_mode_no_authorization_leaves_us() -> None:
    assert header(api_key="proxy") is None


@pytest.mark.parametrize("kind", [DeepgramClient, AsyncDeepgramClient])
def test_without_a_credential_the_three_ways_are_told(kind: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        kind()
    for way in ("A deepgram API key or access token is required.", "api_key=", "DEEPGRAM_API_KEY", "local()"):
        assert way in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "key\n", "clé", 5])
def test_an_unusable_key_is_refused_without_showing_it(key: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        header(api_key=key)
    assert "key" in str(caught.value)
    assert repr(key) not in str(caught.value) or not str(key).strip()


def test_a_functions_key_is_checked_when_it_is_read() -> None:
    with pytest.raises(ConfigError, match="NoneType"):
        header(api_key=lambda: None)


def test_key_and_token_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="not both"):
        DeepgramClient("k", access_token="t")


def test_no_secret_is_shown_or_pickled() -> None:
    client = DeepgramClient("canary-key")
    assert "canary" not in repr(client) + repr(client.listen) + repr(vars(client))
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(Credential("Token", "canary-key"))


def test_a_client_with_unknown_settings_is_refused() -> None:
    with pytest.raises(ConfigError, match="'base_uri'.*Did you mean 'base_url'"):
        DeepgramClient("k", base_uri="http://x")  # type: ignore[call-arg]


def test_with_options_changes_a_copy() -> None:
    client = DeepgramClient("k", base_url="http://one", timeout=5)
    copy = client.with_options(timeout=7, max_retries=0)
    assert copy._scope("listen").timeouts.total == 7
    assert copy._scope("listen").url == "http://one"
    assert client._scope("listen").timeouts.total == 5
    assert client._scope("listen").max_retries == 2


def test_a_copy_leaves_the_connections_open() -> None:
    client = DeepgramClient("k", base_url="http://one")
    client.with_options(timeout=1).close()
    assert not client._closed
    client.close()
    client.close()
    with pytest.raises(ConfigError, match="closed"):
        client.models.get_all()


def test_a_copy_is_closed_with_its_original_and_shares_its_quota() -> None:
    client = DeepgramClient("k", base_url="http://one")
    copy = client.with_options(timeout=1)
    assert copy._get_quota() is client._get_quota()
    client.close()
    for closed in (copy.models.get_all, client.with_options):
        with pytest.raises(ConfigError, match="closed"):
            closed()


def test_a_url_is_shown_without_its_password() -> None:
    assert "secret" not in repr(DeepgramClient("k", base_url="http://user:secret@host/path"))


def test_a_client_in_the_making_can_be_shown() -> None:
    assert repr(DeepgramClient.__new__(DeepgramClient)) == "<DeepgramClient in the making>"


@pytest.mark.parametrize("kind", [DeepgramClient, AsyncDeepgramClient])
def test_a_local_client_that_cannot_be_made_leaves_the_engine(kind: Any) -> None:
    users = embedded._shared._users if embedded._shared else 0
    with pytest.raises(ConfigError, match="base_uri"):
        kind.local(base_uri="http://x")
    assert embedded._shared is not None
    assert embedded._shared._users == users


def test_made_as_in_the_javascript_sdk() -> None:
    options = {"global": {"fetch": {"options": {"url": "http://beta"}}}}
    assert create_client("k", options)._scope("manage").url == "http://beta"
    assert create_client({"accessToken": "t", **options})._credential.scheme == "Bearer"
    assert create_client({"key": "k", **options})._credential.scheme == "Token"
    proxied = create_client("proxy", {"global": {"fetch": {"options": {"proxy": {"url": "http://localhost:8080"}}}}})
    assert proxied._scope("listen").url == "http://localhost:8080"
    assert proxied._credential.is_proxy


@pytest.mark.parametrize("name", ["transcription", "projects", "keys", "usage", "billing"])
def test_properties_of_version_2_say_where_they_went(name: str) -> None:
    with pytest.raises(DeepgramVersionError, match="today it is"):
        getattr(DeepgramClient("k"), name)
    assert not hasattr(DeepgramClient("k"), name)


def test_type_checkers_see_what_is_exported() -> None:
    imports = [node for node in ast.walk(ast.parse(inspect.getsource(sonant))) if isinstance(node, ast.ImportFrom)]
    seen = {(node.module, name.name) for node in imports for name in node.names if name.asname == name.name}
    assert {(home, name) for name, home in sonant._HOME.items()} == seen - {("sonant.version", "__version__")}


def test_everything_exported_is_there() -> None:
    for name in sonant._HOME:
        assert getattr(sonant, name) is not None
    with pytest.raises(AttributeError, match="nothing_here"):
        sonant.nothing_here  # noqa: B018
    assert "DeepgramClient" in dir(sonant)


@pytest.mark.parametrize("url", ["http://x/y", "https://x", "ws://x:9/y", "wss://user:pass@x/y"])
def test_a_stream_may_be_told_to_a_url(url: str) -> None:
    DeepgramClient("key").listen.live(callback=url)


@pytest.mark.parametrize("url", ["x/y", "ftp://x/y", "ws://", 5])
def test_a_stream_is_not_told_to_anything_else(url: Any) -> None:
    with pytest.raises(BadOptionValue, match=r"http\(s\) or ws\(s\) URL"):
        DeepgramClient("key").listen.live(callback=url)
