"""Who may come in, and how: decided once, when the server starts.

There are three ways. On a loopback address everybody is the user of this machine; with a file of
tokens people log in; behind a reverse proxy the proxy says who they are. `gate.py` holds every
request against what is decided here.
"""

from __future__ import annotations

import getpass
import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.viz.explorer.door.hosts import Hosts, is_loopback, known_hosts, plain_address
from cib.viz.explorer.door.tokens import Tokens, read_tokens
from cib.viz.explorer.door.viewer import Viewer

__all__ = ["Access", "Proxy", "Viewer", "open_access"]

HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
"""No underscores: servers and proxies take them for hyphens, and drop or confuse such headers."""

NOT_FOR_IDENTITY = frozenset(
    {
        *("accept", "authorization", "connection", "cookie", "forwarded", "host", "origin"),
        *("referer", "user-agent", "via", "x-real-ip"),
    }
)
OTHER_HEADERS = ("accept-", "content-", "sec-", "x-forwarded-for", "x-forwarded-host",
                 "x-forwarded-port", "x-forwarded-proto")  # fmt: skip
"""Headers that say something else than who one is."""


@dataclass(frozen=True)
class Proxy:
    """Reverse proxies that are believed.

    Attributes
    ----------
    peers : their addresses
    identity : header with the name of who asks, as WSGI spells it; None when people log in here
    role : header with the role; None when everybody the proxy lets through is an investigator
    """

    peers: frozenset[str]
    identity: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Access:
    """Who may come in.

    Attributes
    ----------
    hosts : names that the server answers to
    local : who everybody is, on a loopback address without identities
    tokens : who logs in with which token
    proxy : whose word is taken
    frames : whose pages may show the explorer inside of them (a notebook's); nobody's when empty
    """

    hosts: Hosts
    local: Viewer | None = None
    tokens: Tokens | None = None
    proxy: Proxy | None = None
    frames: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ways = (self.local, self.tokens, self.proxy.identity if self.proxy else None)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("exactly one of local, tokens and an identity header says who asks")


def open_access(
    host: str,
    *,
    token_file: Path | None = None,
    proxy: Sequence[str] = (),
    identity_header: str | None = None,
    role_header: str | None = None,
    allow_hosts: Sequence[str] = (),
) -> Access:
    """Decide who may come in, from what the command line says.

    Parameters
    ----------
    host : name or address to listen on
    token_file : file of tokens, see `read_tokens`
    proxy : addresses of reverse proxies
    identity_header, role_header : headers in which these say who asks, and as what
    allow_hosts : further names by which the server is reached

    Raises
    ------
    UsageError
        The server could be reached by people who are not told apart, or flags do not fit together.
    """
    hosts = known_hosts(host, allow_hosts)
    if role_header and not identity_header:
        raise UsageError("--role-header needs --identity-header, which says whose role it is.")
    if token_file and identity_header:
        raise UsageError("Give --token-file or --identity-header, not both: one way to say who.")
    if identity_header and not proxy:
        raise UsageError(
            "--identity-header needs --proxy ADDRESS: anybody can send a header, so it is only "
            "believed from an address that you name."
        )
    if proxy and not (identity_header or token_file):
        raise UsageError(
            "--proxy needs --identity-header NAME, the header in which the proxy says who asks; or "
            "--token-file, when people log in here."
        )
    believed = None
    if proxy:
        believed = Proxy(
            frozenset(proxy_address(address) for address in proxy),
            identity_header and header_key(identity_header, "--identity-header"),
            role_header and header_key(role_header, "--role-header"),
        )
        if believed.role is not None and believed.role == believed.identity:
            raise UsageError("--role-header and --identity-header must be two headers.")
    if token_file:
        return Access(hosts, tokens=read_tokens(token_file), proxy=believed)
    if believed:
        return Access(hosts, proxy=believed)
    if not is_loopback(host):
        raise UsageError(
            f"--host {printable(host, 100) or '(empty)'} can be reached from other machines, so "
            "people must be told apart: add --token-file FILE (lines: name role token), or --proxy "
            "ADDRESS with --identity-header NAME behind a reverse proxy, or leave --host out."
        )
    return Access(hosts, local=Viewer(system_name(), "investigator", "system"))


def proxy_address(address: str) -> str:
    """Return a proxy's address in the form in which peers are compared.

    Raises
    ------
    UsageError
        It is no IP address: names can change what they stand for.
    """
    try:
        ipaddress.ip_address(address.strip())
    except ValueError as error:
        raise UsageError(
            f"--proxy {printable(address, 100)} is no IP address; write it in numbers, as 10.0.0.5"
        ) from error
    return plain_address(address.strip())


def header_key(name: str, flag: str) -> str:
    """Return a header's name as WSGI spells it.

    Raises
    ------
    UsageError
        It is no name of a header, or the header says something else.

    Examples
    --------
    >>> header_key("X-Forwarded-User", "--identity-header")
    'HTTP_X_FORWARDED_USER'
    """
    taken = name.lower() in NOT_FOR_IDENTITY or name.lower().startswith(OTHER_HEADERS)
    if taken or not HEADER_NAME.fullmatch(name):
        raise UsageError(
            f"{flag} {printable(name, 100)} cannot say who asks; write the name of the header that "
            "your proxy sets, as X-Forwarded-User"
        )
    return "HTTP_" + name.upper().replace("-", "_")


def system_name() -> str:
    """Return the name of the user whom this process belongs to."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no entry for the user, as in some containers
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "user"
