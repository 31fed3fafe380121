import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from sonant.contract.faults import REMOTE_BAD_URI, REMOTE_PRIVATE, REMOTE_UNRESOLVED
from sonant.engine.outbound import is_public, open_client, split_url
from sonant.engine.refusals import Refusal


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("10.0.0.1", False), ("127.0.0.1", False), ("::1", False),
        ("169.254.169.254", False), ("192.168.1.1", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("fe80::1", False), ("fd00::1", False), ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("224.0.0.1", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://x/y",
        "http://",
        "http://[",
        "file:///etc/passwd",
        "http://a b/",
        "http://h:0/",
        "http://h:99999/",
    ],
)
def test_odd_urls_are_refused(url: str) -> None:
    with pytest.raises(Refusal) as caught:
        split_url(url, REMOTE_BAD_URI)
    assert caught.value.fault is REMOTE_BAD_URI


async def test_one_private_address_of_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, 1, 6, "", (address, 80)) for address in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(Refusal) as caught:
        await open_client(split_url("http://x/", REMOTE_BAD_URI), allow_private=False, seconds=1)
    assert caught.value.fault is REMOTE_PRIVATE
    await (await open_client(split_url("http://x/", REMOTE_BAD_URI), allow_private=True, seconds=1)).close()


async def test_a_host_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(Refusal) as caught:
        await open_client(split_url("http://x/", REMOTE_BAD_URI), allow_private=True, seconds=1)
    assert caught.value.fault is REMOTE_UNRESOLVED
