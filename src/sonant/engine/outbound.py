"""Calling an address that a stranger named: a public one, unless the operator allows all.

The address is looked up once, checked, and that very address is called: a name that answers differently the second
time gains nothing. Redirects are not followed here; whoever follows one begins again with the check.
"""

import asyncio
import socket
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from pyreqwest.client import Client, ClientBuilder

from sonant.contract.faults import REMOTE_PRIVATE, REMOTE_UNRESOLVED, Fault
from sonant.engine.refusals import Refusal

Address = IPv4Address | IPv6Address

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
HTTP, SOCKETS = ("http", "https"), ("ws", "wss")
_NAT64 = ip_network("64:ff9b::/96")
"""Stands for all of IPv4, private addresses included."""


def is_socket(url: str) -> bool:
    """Whether a URL is one of a WebSocket, by its scheme."""
    return url.partition(":")[0].lower() in SOCKETS


def split_url(url: str, fault: Fault, schemes: Sequence[str] = HTTP) -> SplitResult:
    """An absolute URL of one of the schemes, in its parts.

    Raises:
        Refusal: `fault`, if it is something else.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Refusal(fault) from None
    if not sound or any(ord(c) <= 32 for c in url):
        raise Refusal(fault)
    return parts


async def open_client(parts: SplitResult, *, allow_private: bool, seconds: float) -> Client:
    """A client that calls the checked address of a URL, and nothing else; to be closed by the caller.

    Raises:
        Refusal: the host has no address, or one that is not public.
    """
    address, port = await find_address(parts, allow_private=allow_private)
    builder = ClientBuilder().no_proxy().follow_redirects(False).gzip(False)
    return builder.timeout(timedelta(seconds=seconds)).resolve(parts.hostname or "", address, port).build()


async def find_address(parts: SplitResult, *, allow_private: bool) -> tuple[str, int]:
    """The checked address and the port that a URL leads to.

    Raises:
        Refusal: the host has no address, or one that is not public.
    """
    port = parts.port or _PORTS[parts.scheme]
    addresses = await _resolve(parts.hostname or "", port)
    if not allow_private and not all(map(is_public, addresses)):
        raise Refusal(REMOTE_PRIVATE)
    return str(addresses[0]), port


async def _resolve(host: str, port: int) -> Sequence[Address]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    except (OSError, UnicodeError, ValueError):
        raise Refusal(REMOTE_UNRESOLVED) from None


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
