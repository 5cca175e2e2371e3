"""Networks: homes, carriers and their NAT, offices, VPN exits, data centres."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.markets import MARKETS, utc_offset_s
from cib.datasets.synthetic.streams import hashes, scrambled

Array = npt.NDArray[Any]

HOME, OUT, OFFICE = range(3)
"""Places from where an account listens."""
N_PLACES = 3
_CARRIER, _OFFICE, _EXIT = range(3)
_ASN = 4_200_000_000
"""Autonomous systems of the world are of the range reserved for private use (RFC 6996)."""
_HOSTING_ASN = _ASN + 100_000
_VPN_EXITS = 40
_OFFICE_SHARE = 0.12
_CARRIER_SLOTS, _OFFICE_SLOTS = 400, 800
"""Addresses in the world: in one of 200,000 accounts, some 500 subscribers share a carrier's and
30 an office's (real ones: 10 to 2,000, 20 to 500)."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Aligned arrays, one entry per account."""

    ip: Array
    """(n, N_PLACES) uint64."""
    asn: Array
    """(n, N_PLACES) uint32."""
    behind_nat: Array
    """bool: the phone shares its address with many strangers."""
    has_office: Array
    """bool: at work or school, listening leaves through one address."""

    def take(self, rows: Array) -> Addresses:
        """Return the addresses of the accounts at `rows` (indices or a mask)."""
        return Addresses(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @staticmethod
    def concat(parts: list[Addresses]) -> Addresses:
        """Put several lots together."""
        return Addresses(
            **{
                f.name: np.concatenate([getattr(p, f.name) for p in parts])
                for f in fields(Addresses)
            }
        )


def draw_addresses(
    rng: np.random.Generator, market: Array, household: Array, vpn_market: Array
) -> Addresses:
    """Draw everybody's addresses.

    Parameters
    ----------
    rng : the component's stream
    market : (n,) index into `MARKETS`
    household : (n,) index of the home
    vpn_market : (n,) market of the VPN's exit, -1 without one
    """
    n = len(market)
    n_homes = int(household.max()) + 1 if n else 0
    behind = rng.random(n) < np.array([m.cgnat_share for m in MARKETS])[market]
    slots = np.maximum(np.array([m.weight * m.cgnat_share for m in MARKETS]) * _CARRIER_SLOTS, 1)
    slot = (rng.random(n) * slots[market]).astype(np.int64)
    has_office = rng.random(n) < _OFFICE_SHARE
    offices = np.maximum(np.array([m.weight for m in MARKETS]) * _OFFICE_SLOTS, 1)
    office = (rng.random(n) * offices[market]).astype(np.int64)
    ip = np.empty((n, N_PLACES), np.uint64)
    ip[:, HOME] = hashes(rng, n_homes)[household]
    ip[:, OUT] = np.where(behind, fixed_address(_CARRIER, market, slot), hashes(rng, n))
    ip[:, OFFICE] = fixed_address(_OFFICE, market, office)
    asn = np.empty((n, N_PLACES), np.uint32)
    provider = rng.integers(0, 4, n_homes)[household]
    asn[:, HOME] = _ASN + 16 * market + provider
    asn[:, OUT] = _ASN + 16 * market + 8 + rng.integers(0, 3, n)
    asn[:, OFFICE] = _ASN + 16 * market + 12 + office % 4
    vpn = vpn_market >= 0
    exit_slot = rng.integers(0, _VPN_EXITS, n)
    ip[vpn] = fixed_address(_EXIT, vpn_market, exit_slot)[vpn, None]
    asn[vpn] = hosting_asn(exit_slot)[vpn, None]
    return Addresses(ip, asn, behind & ~vpn, has_office & ~vpn)


def fixed_address(use: int, market: Array, slot: Array) -> Array:
    """Return addresses that belong to the world, not to a component: rings share them too."""
    return scrambled((np.int64(use) << 48) + (market.astype(np.int64) << 32) + slot, 77)


def fixed_addresses() -> Array:
    """Return every address that anybody may have: carriers', offices' and VPN exits'."""
    return np.concatenate(
        [
            fixed_address(use, np.full(n, market), np.arange(n))
            for market, m in enumerate(MARKETS)
            for use, n in (
                (_CARRIER, _slots(m.weight * m.cgnat_share * _CARRIER_SLOTS)),
                (_OFFICE, _slots(m.weight * _OFFICE_SLOTS)),
                (_EXIT, _VPN_EXITS),
            )
        ]
    )


def _slots(expected: float) -> int:
    return int(max(expected, 1)) + 1


def hosting_asn(slot: Array | int) -> Array:
    """Return the autonomous system of a data centre: VPN exits and farms have theirs there."""
    return (_HOSTING_ASN + np.asarray(slot) % 12).astype(np.uint32)


def in_office_hours(start_s: Array, market: Array) -> Array:
    """Whether it is a weekday between 9 and 17 o'clock there."""
    day = np.floor(start_s / 86_400).astype(np.int64)
    local_s = start_s + utc_offset_s(market, day)
    weekday = np.floor(local_s / 86_400).astype(np.int64) % 7 < 5
    hour = local_s % 86_400 / 3600
    working: Array = weekday & (hour >= 9) & (hour < 17)
    return working
