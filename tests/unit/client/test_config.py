from typing import Any

import pytest

from sonant.client.config import Config, Scope, merge
from sonant.client.errors import ConfigError


def resolve(namespace: Any = "listen", transport: Any = "http", **scopes: Any) -> Scope:
    own = scopes.pop("own", {})
    environment = scopes.pop("environment", {})
    region = scopes.pop("region", None)
    proxy_mode = scopes.pop("proxy_mode", False)
    return Config(environment, own, scopes, region=region, proxy_mode=proxy_mode).resolve(namespace, transport)


def test_the_hosted_service_is_the_default() -> None:
    assert resolve().url == "https://api.deepgram.com"
    assert resolve(transport="websocket").url == "wss://api.deepgram.com"
    assert resolve("agent", "websocket").url == "wss://agent.deepgram.com"


def test_each_scope_overrides_the_one_before() -> None:
    layers: list[tuple[str, Any]] = [
        ("environment", {"DEEPGRAM_BASE_URL": "http://environment"}),
        ("own", {"url": "http://client"}),
        ("global", {"url": "http://global"}),
        ("global", {"url": "http://global", "http": {"url": "http://global.http"}}),
        ("listen", {"url": "http://listen"}),
        ("listen", {"url": "http://listen", "http": {"url": "http://listen.http"}}),
    ]
    given: dict[str, Any] = {}
    for name, layer in layers:
        given[name] = layer
        urls = list(layer.values())
        expected = urls[-1]["url"] if isinstance(urls[-1], dict) else urls[-1]
        assert resolve(**given).url == expected


def test_transports_are_apart() -> None:
    scopes = {"listen": {"http": {"url": "http://rest:1"}, "websocket": {"url": "ws://socket:2"}}}
    assert resolve(**scopes).url == "http://rest:1"
    assert resolve(transport="websocket", **scopes).url == "ws://socket:2"
    assert resolve("manage", **scopes).url == "https://api.deepgram.com"


def test_headers_merge_and_limits_merge() -> None:
    scope = resolve(
        own={"headers": {"a": "1", "b": "1"}, "timeout": {"connect": 1, "read": 2}},
        listen={"headers": {"b": "2"}, "timeout": {"read": 3}, "http": {"timeout": 9}},
    )
    assert scope.headers == {"a": "1", "b": "2"}
    limits = scope.timeouts
    assert (limits.connect, limits.read, limits.write, limits.total) == (1, 3, 60, 9)


def test_the_javascript_spelling_is_read() -> None:
    scopes = {
        "global": {"fetch": {"options": {"url": "https://api.beta.example", "headers": {"x-custom": "foo"}}}},
        "listen": {"websocket": {"options": {"url": "ws://localhost:8080", "_nodeOnlyHeaders": {"y": "1"}}}},
    }
    assert resolve(**scopes).url == "https://api.beta.example"
    assert resolve(**scopes).headers == {"x-custom": "foo"}
    assert resolve(transport="websocket", **scopes).url == "ws://localhost:8080"
    assert resolve(transport="websocket", **scopes).headers == {"y": "1"}


def test_one_base_url_is_enough_and_never_rewritten() -> None:
    own = {"url": "http://localhost:8080/deep/gram/"}
    assert resolve(own=own).url == "http://localhost:8080/deep/gram"
    assert resolve("agent", "websocket", own=own).url == "ws://localhost:8080/deep/gram"


def test_a_region_moves_voice_and_text_but_not_management() -> None:
    assert resolve(region="eu").url == "https://api.eu.deepgram.com"
    assert resolve("agent", "websocket", region="eu").url == "wss://api.eu.deepgram.com"
    assert resolve("manage", region="eu").url == "https://api.deepgram.com"
    with pytest.raises(ConfigError, match="eu, au, in"):
        resolve(region="mars")


def test_selfhosted_and_onprem_are_one() -> None:
    assert resolve("onprem", selfhosted={"url": "http://s"}).url == "http://s"
    assert resolve("selfhosted", onprem={"url": "http://o"}).url == "http://o"


def test_a_proxy_text_is_a_network_proxy_and_a_mapping_stands_in() -> None:
    scope = resolve(**{"global": {"http": {"proxy": "http://squid:3128"}}})
    assert (scope.proxy, scope.url) == ("http://squid:3128", "https://api.deepgram.com")
    scope = resolve(**{"global": {"fetch": {"options": {"proxy": {"url": "http://localhost:8080"}}}}})
    assert (scope.proxy, scope.url) == (None, "http://localhost:8080")


def test_in_proxy_mode_the_proxy_stands_in() -> None:
    scope = resolve(proxy_mode=True, **{"global": {"http": {"proxy": "http://localhost:8080"}}})
    assert (scope.proxy, scope.url) == (None, "http://localhost:8080")
    with pytest.raises(ConfigError, match="address of the proxy"):
        resolve(proxy_mode=True)


def test_a_header_that_cannot_be_sent_is_named_without_its_value() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(own={"headers": {"X-Key": "canary\n"}})
    assert "X-Key" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_what_is_explicit_beats_the_environment() -> None:
    environment = {"DEEPGRAM_BASE_URL": "http://environment"}
    assert resolve(region="eu", environment=environment).url == "https://api.eu.deepgram.com"


def test_socket_addresses_serve_for_rest_too() -> None:
    assert resolve(own={"url": "ws://localhost:8080"}).url == "http://localhost:8080"


def test_changes_are_merged_one_by_one() -> None:
    old = {"timeout": 5, "headers": {"a": "1"}, "listen": {"http": {"headers": {"c": "3"}}}, "max_retries": 1}
    new = {"timeout": {"read": 2}, "headers": {"b": "2"}, "listen": {"http": {"timeout": 3}}, "max_retries": 0}
    assert merge(old, new) == {
        "timeout": {"total": 5, "read": 2},
        "headers": {"a": "1", "b": "2"},
        "listen": {"http": {"headers": {"c": "3"}, "timeout": 3}},
        "max_retries": 0,
    }


@pytest.mark.parametrize(
    ("scopes", "says"),
    [
        ({"own": {"url": "localhost:8080"}}, "http://localhost:8080"),
        ({"own": {"url": "ftp://host"}}, "not http"),
        ({"own": {"url": "http://"}}, "no host"),
        ({"own": {"url": "http://a b"}}, "spaces"),
        ({"own": {"url": "http://host/?x=1"}}, "extra_query"),
        ({"listen": {"uri": "http://x"}}, "listen has no setting 'uri'"),
        ({"listen": {"http": {"heads": {}}}}, "listen.http has no setting 'heads'"),
        ({"own": {"timeout": 0}}, "positive"),
        ({"own": {"timeout": True}}, "positive"),
        ({"own": {"timeout": float("inf")}}, "None for no limit"),
        ({"own": {"timeout": float("nan")}}, "positive"),
        ({"own": {"url": "http://h:99999"}}, "port"),
        ({"own": {"url": "http://h:x"}}, "port"),
        ({"own": {"url": "http://[::1"}}, "no host"),
        ({"own": {"proxy": "htp://squid"}}, "not http, https"),
        ({"own": {"proxy": "squid:3128"}}, "http://squid:3128"),
        ({"own": {"headers": {"a": 1}}}, "the header a"),
        ({"own": {"headers": {"a b": "x"}}}, "'a b' is no name"),
        ({"own": {"headers": "x"}}, "takes a mapping"),
        ({"listen": "http://x"}, "listen takes a mapping"),
        ({"global": {"http": "http://x"}}, "global.http takes a mapping"),
        ({"own": {"max_retries": True}}, "max_retries"),
        ({"own": {"timeout": {"reed": 1}}}, "no time limit 'reed'"),
        ({"own": {"max_retries": -1}}, "max_retries"),
        ({"global": {"http": {"proxy": {"uri": "x"}}}}, "proxy takes a URL"),
    ],
)
def test_bad_settings_are_named(scopes: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(**scopes)
    assert says in str(caught.value)
