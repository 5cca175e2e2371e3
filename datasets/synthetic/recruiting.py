"""Whom operators have: accounts bought or taken over, their clients and addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.accounts import N_DEVICES, Accounts, make_accounts
from cib.datasets.synthetic.addresses import N_PLACES, hosting_asn
from cib.datasets.synthetic.components import FIRST_RING, NUMBERS
from cib.datasets.synthetic.events import PLATFORMS, TIERS
from cib.datasets.synthetic.markets import (
    DAY_S,
    START_US,
    market_index,
)
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]


def ring_accounts(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Accounts:
    """Draw honest accounts and replace what the operator bought.

    Tiers, sign-up dates, clients and addresses are the operator's; tastes, clocks and habits stay
    those of ordinary people, for cover.
    """
    n = spec.n_accounts
    market = np.array([market_index(code) for code in spec.markets])[
        np.arange(n) % len(spec.markets)
    ]
    base = _people(rng, stage, market, (FIRST_RING + spec.number) * NUMBERS)
    tier = _mixed(rng, n, dict(spec.tiers), TIERS)
    fresh = rng.random(n) < spec.fresh_share
    age_s = rng.uniform(1, 60, n) * DAY_S - spec.start_day * DAY_S
    created = START_US - (age_s * 1e6).astype(np.int64)
    family = tier == TIERS.index("family")
    plan, card = hashes(rng, n)[np.arange(n) // 6], hashes(rng, n)[np.arange(n) // 6]
    accounts = replace(
        base,
        tier=tier,
        created_us=np.where(fresh, created, base.created_us),
        plan_id=np.where(family, plan, np.uint64(0)),
        payment_hash=np.where(tier == TIERS.index("free"), np.uint64(0), card),
        ip_market=market.astype(np.int8),
        **_clients(rng, spec, base),
    )
    return _on_common_machines(rng, stage, spec, accounts) if spec.infra.shared > 0 else accounts


def _people(rng: np.random.Generator, stage: Stage, market: Array, first: int) -> Accounts:
    """Draw people of these markets: with the tastes, habits and networks of people there."""
    if not len(market):
        return make_accounts(rng, stage.catalogue, 0, first_number=first)
    parts, places = [], []
    for code in np.unique(market).tolist():
        places.append(np.flatnonzero(market == code))
        parts.append(
            make_accounts(rng, stage.catalogue, len(places[-1]), first_number=0, market=code)
        )
    homes = np.cumsum([0, *(int(part.household.max()) + 1 for part in parts)])
    parts = [
        replace(part, household=part.household + home)
        for part, home in zip(parts, homes, strict=False)
    ]
    back = np.argsort(np.concatenate(places), kind="stable")
    return replace(Accounts.concat(parts).take(back), number=first + np.arange(len(market)))


def own_accounts(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, n_borrowed: int
) -> Accounts:
    """Draw the accounts that the operator has beside those it borrowed."""
    return ring_accounts(rng, stage, replace(spec, n_accounts=spec.n_accounts - n_borrowed))


def borrow(rng: np.random.Generator, stage: Stage, n: int) -> Array:
    """Draw whose accounts somebody else uses too: numbers of everyday listeners, ascending.

    Raises
    ------
    UsageError
        There are fewer everyday listeners than that.
    """
    if n > stage.n_accounts:
        raise UsageError(
            f"A ring wants to use {n} accounts of everyday listeners, but this world has "
            f"{stage.n_accounts}: ask for fewer, or for more accounts."
        )
    numbers: Array = np.sort(rng.choice(stage.n_accounts, n, replace=False))
    return numbers


def operator_hashes(stage: Stage, operator: str, n: int, use: int = 0) -> Array:
    """Return addresses (`use` 0) or devices (1) that all rings of an operator have, uint64.

    Fewer are the first of more, whoever asks.
    """
    key = np.random.SeedSequence([stage.seed, use, *operator.encode()])
    return hashes(np.random.Generator(np.random.PCG64(key)), n)


def _on_common_machines(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, accounts: Accounts
) -> Accounts:
    """Put a share of the accounts on the addresses and devices of all the operator's rings."""
    some = np.flatnonzero(rng.random(len(accounts)) < spec.infra.shared)
    turn = rng.permuted(np.arange(len(some)))
    room = turn // max(spec.infra.accounts_per_ip, 1)
    seat = turn // max(spec.infra.accounts_per_device, 1)
    n = len(some) + 1
    address = operator_hashes(stage, spec.operator, n)[room]
    client = operator_hashes(stage, spec.operator, n, 1)[seat]
    # A device is of one kind, whichever ring uses it: the kind comes from its hash.
    share = np.cumsum(list(spec.platforms.values()))
    drawn = np.searchsorted(share, (client >> np.uint64(11)) / 2.0**53 * share[-1], side="right")
    kind = np.array([PLATFORMS.index(name) for name in spec.platforms], np.int8)[drawn]
    device, platform = accounts.device.copy(), accounts.platform.copy()
    ip, asn = accounts.addresses.ip.copy(), accounts.addresses.asn.copy()
    has_office = accounts.addresses.has_office.copy()
    device[some], platform[some] = client[:, None], kind[:, None]
    ip[some], asn[some] = address[:, None], hosting_asn(address % np.uint64(12))[:, None]
    has_office[some] = False
    return replace(
        accounts,
        device=device,
        platform=platform,
        addresses=replace(accounts.addresses, ip=ip, asn=asn, has_office=has_office),
    )


def _clients(rng: np.random.Generator, spec: RingSpec, base: Accounts) -> dict[str, Any]:
    """Devices, addresses and networks of the accounts that run on the operator's machines."""
    n, infra = spec.n_accounts, spec.infra
    changed: dict[str, Any] = {}
    if infra.accounts_per_device > 1:
        machine = hashes(rng, n)
        seat = rng.permuted(np.arange(n)) // infra.accounts_per_device
        client = machine[seat]
        kind = _mixed(rng, n, dict(spec.platforms), PLATFORMS)[seat]
        changed["device"] = np.repeat(client[:, None], N_DEVICES, axis=1)
        changed["platform"] = np.repeat(kind[:, None], N_DEVICES, axis=1).astype(np.int8)
    if infra.accounts_per_ip > 1:
        group = rng.permuted(np.arange(n)) // infra.accounts_per_ip
        rented = rng.random(n) >= infra.residential_share
        address = hashes(rng, n)[group]
        ip, asn = base.addresses.ip.copy(), base.addresses.asn.copy()
        ip[rented] = np.repeat(address[rented, None], N_PLACES, axis=1)
        centre = hosting_asn(rng.integers(0, 12, max(infra.asns, 1))[group % max(infra.asns, 1)])
        asn[rented] = np.repeat(centre[rented, None], N_PLACES, axis=1)
        changed["addresses"] = replace(
            base.addresses, ip=ip, asn=asn, has_office=base.addresses.has_office & ~rented
        )
    return changed


def _mixed(
    rng: np.random.Generator, n: int, mix: dict[str, float], names: tuple[str, ...]
) -> Array:
    """Draw indices into `names` by the shares of `mix`."""
    share = np.array(list(mix.values()))
    drawn = rng.choice(len(share), n, p=share / share.sum())
    return np.array([names.index(name) for name in mix])[drawn]
