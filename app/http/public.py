"""Connections to addresses that strangers name, such as the URLs of a partner: to public ones alone.

The name is resolved once, every address of it is looked at, and the connection goes to one that was: a name that leads elsewhere
the next moment (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from app.http.deadline import DeadlineAdapter, Plain, Secure

_TRANSLATED = ip_network("64:ff9b::/96")  # NAT64 (RFC 6052): the IPv4 address stands at the end

_UNICAST = ip_network("2000::/3")
"""All that is handed out (RFC 4291, 2.4). Beyond it are forms that carry IPv4 addresses, and others that stay inside."""


def is_public(address: str) -> bool:
    """Whether anyone in the world can mean it: neither private, nor this machine, nor a network's own."""
    meant = _meant(ip_address(address.partition("%")[0]))
    if isinstance(meant, IPv6Address) and meant not in _UNICAST:
        return False
    return meant.is_global and not meant.is_multicast


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address carries, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _checked(connection: Any) -> str:
    """An address of the connection's host. Raises NewConnectionError where one of them is not public."""
    host = connection.host
    try:
        found = socket.getaddrinfo(host.strip("[]"), connection.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NewConnectionError(connection, f"{host} has no address: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    inside = [address for address in addresses if not is_public(address)]
    if inside or not addresses:
        raise NewConnectionError(connection, f"{host} is not a public address ({', '.join(inside)})")
    return addresses[0]


class _PublicPlain(Plain):
    def _new_conn(self) -> socket.socket:
        return _connected(self, super()._new_conn)


class _PublicSecure(Secure):
    def _new_conn(self) -> socket.socket:
        return _connected(self, super()._new_conn)


def _connected(connection: Any, connect: Callable[[], socket.socket]) -> socket.socket:
    """To the address that was looked at; the certificate is still asked for by the name."""
    name = connection._dns_host
    connection._dns_host = _checked(connection)
    try:
        return connect()
    finally:
        connection._dns_host = name


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PublicPlain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _PublicSecure


class PublicAdapter(DeadlineAdapter):
    """As DeadlineAdapter. A session with it goes through no proxy, which would resolve names itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        HTTPAdapter.init_poolmanager(self, *args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
