"""Who is logged in, and who has to wait after wrong tokens. Both are kept in memory only."""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from cib.viz.explorer.door.tokens import digest_of
from cib.viz.explorer.door.viewer import Viewer

LIFETIME_S = 12 * 3600
"""Seconds after which one has to log in again: a working day."""
MOST_SESSIONS = 10_000
MOST_PEERS = 10_000


class Sessions:
    """Sessions by the digest of their id; whoever reads the server's memory cannot go on with one.

    Parameters
    ----------
    clock : seconds that never go back
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._open: OrderedDict[bytes, tuple[float, Viewer]] = OrderedDict()

    def open(self, viewer: Viewer) -> str:
        """Begin a session and return its id: 256 random bits as text."""
        session = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            while self._open:  # the oldest come first
                ends, _ = next(iter(self._open.values()))
                if ends > now and len(self._open) < MOST_SESSIONS:
                    break
                self._open.popitem(last=False)
            self._open[digest_of(session)] = (now + LIFETIME_S, viewer)
        return session

    def find(self, session: str) -> Viewer | None:
        """Return whose session this is; None when it is none, or has ended."""
        with self._lock:
            ends, viewer = self._open.get(digest_of(session), (0.0, None))
        return viewer if ends > self._clock() else None

    def close(self, session: str) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(digest_of(session), None)


class Throttle:
    """Makes those wait who give wrong tokens, longer every time; nothing sleeps meanwhile.

    Parameters
    ----------
    clock : seconds that never go back
    """

    FREE = 5
    """Wrong tokens without a wait: people mistype."""
    LONGEST_S = 60.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, peer: str) -> float:
        """Return the seconds that a peer has to wait before its next attempt counts."""
        with self._lock:
            _, until = self._failed.get(network_of(peer), (0, 0.0))
        return max(0.0, until - self._clock())

    def failed(self, peer: str) -> None:
        """Count a wrong token."""
        key = network_of(peer)
        with self._lock:
            times = self._failed.pop(key, (0, 0.0))[0] + 1
            wait = (
                min(self.LONGEST_S, 2.0 ** min(times - self.FREE, 10))
                if times >= self.FREE
                else 0.0
            )
            self._failed[key] = (times, self._clock() + wait)
            if len(self._failed) > MOST_PEERS:
                self._failed.popitem(last=False)

    def succeeded(self, peer: str) -> None:
        """Forget what a peer mistyped."""
        with self._lock:
            self._failed.pop(network_of(peer), None)


def network_of(peer: str) -> str:
    """Return what one person has one of: an IPv4 address, or 64 bits of IPv6.

    Examples
    --------
    >>> network_of("10.0.0.7"), network_of("2001:db8::7")
    ('10.0.0.7', '2001:db8::/64')
    """
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if address.version == 4:
        return peer
    return str(ipaddress.ip_network((int(address), 64), strict=False))
