"""Which addresses the explorer listens on and answers to."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([0-9]{1,5}))?")
"""A Host header: name, IPv4 address or IPv6 address in brackets, and perhaps a port."""


@dataclass(frozen=True)
class Hosts:
    """The names under which the explorer is reached.

    A page elsewhere can have its own name resolve to our address (DNS rebinding), and the browser
    then lets it read what we answer. Its requests carry its own name, so only known names are
    answered. Ports are not compared: nobody gains by another, and a tunnel (`ssh -L
    9000:127.0.0.1:8050`) changes them.

    Attributes
    ----------
    names : lower-case names and addresses, without ports and brackets
    any_address : addresses written as numbers will do (a page elsewhere has a name)
    """

    names: frozenset[str]
    any_address: bool = False

    def allow(self, header: str) -> bool:
        """Whether a Host header, or what stands after the scheme of an Origin, is one of ours.

        Examples
        --------
        >>> hosts = Hosts(frozenset(LOOPBACK_NAMES))
        >>> hosts.allow("localhost:8050"), hosts.allow("[::1]:8050"), hosts.allow("evil.example")
        (True, True, False)
        """
        found = HOST.fullmatch(header.lower())
        if found is None or int(found[2] or 0) > 65535:
            return False
        name = found[1].strip("[]")
        return name in self.names or (self.any_address and is_address(name))


def is_address(name: str) -> bool:
    """Whether a name is an IP address in its usual form."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def plain_address(address: str) -> str:
    """Return an address the one way that it is compared: IPv4 in IPv6 clothes is IPv4.

    Examples
    --------
    >>> plain_address("::ffff:10.0.0.7"), plain_address("::0001"), plain_address("elsewhere")
    ('10.0.0.7', '::1', 'elsewhere')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def addresses_of(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses to listen on for a host, IPv4 first.

    Raises
    ------
    UsageError
        There is no such host.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"--host {printable(host, 100)} is no address of this machine; write 127.0.0.1 for "
            "this machine only."
        ) from error
    addresses = {(family, str(where[0])) for family, *_, where in found}
    return sorted(addresses, key=lambda one: (one[0] != socket.AF_INET, one[1]))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host: every address of it is a loopback address."""
    if not host:
        return False  # everywhere, in the language of sockets
    return all(
        ipaddress.ip_address(address.partition("%")[0]).is_loopback
        for _, address in addresses_of(host)
    )


def known_hosts(host: str, more: Iterable[str] = ()) -> Hosts:
    """Return the names for a server that listens on `host`.

    Parameters
    ----------
    host : name or address that is listened on
    more : further names by which it is reached, as a reverse proxy's public name

    Raises
    ------
    UsageError
        One of `more` is no name of a host.
    """
    names = {*LOOPBACK_NAMES, host.lower(), plain_address(host)}
    for name in more:
        found = HOST.fullmatch(name.lower())
        if found is None and is_address(name):
            names.add(plain_address(name))
        elif found is None:
            raise UsageError(
                f"--allow-host {printable(name, 100)} is no name of a host; write it as in an "
                "address, without https://, as explorer.example.org"
            )
        else:
            names.add(found[1].strip("[]"))
    everywhere = host in ("", "0.0.0.0", "::")
    return Hosts(frozenset(names - {""}), any_address=everywhere)
