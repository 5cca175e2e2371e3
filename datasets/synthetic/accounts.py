"""The accounts of a component: who they are, what they like, what they listen with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.catalogue import N_LISTS, Catalogue
from cib.datasets.synthetic.events import PLATFORMS, TIERS
from cib.datasets.synthetic.markets import CHRONOTYPE_H, DAY_S, MARKETS, START_US
from cib.datasets.synthetic.streams import account_ids, hashes

Array = npt.NDArray[Any]

N_DEVICES = 3
LIBRARY_SIZE = 60
N_FOLLOWED = 3
ENTHUSIAST_SHARE = 0.05
_TIER_MIX = dict(zip(TIERS, (0.05, 0.14, 0.42, 0.30, 0.05, 0.04), strict=True))
_LIST_WEIGHT = 1 / (np.arange(N_LISTS) + 20.0)
_HOUSEHOLD_MIX = (0.45, 0.28, 0.12, 0.09, 0.04, 0.02)
"""Share of households with 1 … 6 accounts."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Aligned arrays, one entry per account of one component."""

    account_id: Array
    market: Array
    tier: Array
    plan_id: Array
    """uint64 of the household's plan, 0 for none."""
    created_us: Array
    household: Array
    rate: Array
    """Plays per active day."""
    active: Array
    """Probability that a day is active."""
    shift_h: Array
    skip: Array
    """Share of plays that end before 30 s."""
    taste_cdf: Array
    """(n, N_COMMUNITIES) float32."""
    library: Array
    """(n, LIBRARY_SIZE) tracks the account comes back to, best loved first."""
    playlist_id: Array
    follows: Array
    """(n, N_FOLLOWED) editorial lists the account plays."""
    device: Array
    """(n, N_DEVICES) uint64; a phone first."""
    platform: Array
    """(n, N_DEVICES) index into `PLATFORMS`."""
    home_ip: Array
    mobile_ip: Array
    behind_cgnat: Array
    ip_market: Array
    """Where the account's traffic seems to come from; differs from `market` behind a VPN."""

    def __len__(self) -> int:
        return len(self.account_id)


def make_accounts(
    rng: np.random.Generator,
    catalogue: Catalogue,
    n: int,
    *,
    market: int | None = None,
    household_size: int | None = None,
) -> Accounts:
    """Draw honest accounts; rings start from these too and change what their operator controls.

    Parameters
    ----------
    rng : the component's stream
    catalogue : what tastes are over
    n : number of accounts
    market : everyone's market; None draws households by market weight
    household_size : everyone's; None draws 1 … 6
    """
    sizes = (
        np.full(n, household_size)
        if household_size
        else (rng.choice(len(_HOUSEHOLD_MIX), n, p=_HOUSEHOLD_MIX) + 1)
    )
    household = np.repeat(np.arange(n), sizes)[:n]
    n_homes = int(household[-1]) + 1
    size_of = np.bincount(household, minlength=n_homes)
    weights = np.array([m.weight for m in MARKETS])
    home_market = (
        rng.choice(len(MARKETS), n_homes, p=weights / weights.sum())
        if market is None
        else np.full(n_homes, market)
    )
    markets = home_market[household]

    tier = rng.choice(len(TIERS), n, p=list(_TIER_MIX.values()))
    family = (size_of >= 3) & (rng.random(n_homes) < 0.6)
    tier[family[household]] = TIERS.index("family")
    shared_plan = np.isin(tier, [TIERS.index("family"), TIERS.index("duo")])
    plan_id = np.where(shared_plan, hashes(rng, n_homes)[household], np.uint64(0))

    enthusiast = rng.random(n) < ENTHUSIAST_SHARE
    rate = np.exp(np.where(enthusiast, rng.normal(4.02, 0.52, n), rng.normal(1.5, 0.9, n)))
    active = np.where(enthusiast, rng.beta(9.0, 1.2, n), rng.beta(2.2, 2.6, n))

    taste = rng.standard_gamma(catalogue.market_taste[markets]) + 1e-12
    taste_cdf = np.cumsum(taste / taste.sum(axis=1, keepdims=True), axis=1).astype(np.float32)
    taste_cdf[:, -1] = 1.0
    owner = np.repeat(np.arange(n), LIBRARY_SIZE)
    library = draw_tracks(rng, catalogue, taste_cdf, owner).reshape(n, LIBRARY_SIZE)

    device = hashes(rng, n * N_DEVICES).reshape(n, N_DEVICES)
    speaker = hashes(rng, n_homes)
    has_speaker = (size_of >= 2) & (rng.random(n_homes) < 0.3)
    device[:, 2] = np.where(has_speaker[household], speaker[household], device[:, 2])
    platform = np.empty((n, N_DEVICES), np.int8)
    platform[:, 0] = np.where(
        rng.random(n) < 0.55, PLATFORMS.index("android"), PLATFORMS.index("ios")
    )
    platform[:, 1] = np.where(
        rng.random(n) < 0.7, PLATFORMS.index("desktop"), PLATFORMS.index("web")
    )
    platform[:, 2] = np.where(
        has_speaker[household], PLATFORMS.index("speaker"), PLATFORMS.index("web")
    )
    mobile_ip, behind_cgnat = _mobile_addresses(rng, markets)
    vpn = rng.random(n) < 0.03
    return Accounts(
        account_id=account_ids(rng, n),
        market=markets,
        tier=tier,
        plan_id=plan_id,
        created_us=START_US - (rng.exponential(900, n) * DAY_S * 1e6).astype(np.int64),
        household=household,
        rate=rate,
        active=active,
        shift_h=CHRONOTYPE_H[rng.integers(0, 4, n)] + rng.normal(0, 1.0, n),
        skip=rng.beta(2.2, 5.6, n),
        taste_cdf=taste_cdf,
        library=library,
        playlist_id=hashes(rng, n),
        follows=rng.choice(N_LISTS, (n, N_FOLLOWED), p=_LIST_WEIGHT / _LIST_WEIGHT.sum()),
        device=device,
        platform=platform,
        home_ip=hashes(rng, n_homes)[household],
        mobile_ip=mobile_ip,
        behind_cgnat=behind_cgnat,
        ip_market=np.where(vpn, rng.integers(0, len(MARKETS), n), markets).astype(np.int8),
    )


def draw_tracks(
    rng: np.random.Generator, catalogue: Catalogue, taste_cdf: Array, owner: Array
) -> Array:
    """Draw one track per entry of `owner`, by the owner's taste and the tracks' popularity."""
    community = (taste_cdf[owner] < rng.random(len(owner), np.float32)[:, None]).sum(axis=1)
    return catalogue.draw(community, rng.random(len(owner)))


def _mobile_addresses(rng: np.random.Generator, markets: Array) -> tuple[Array, Array]:
    """Draw each phone's address: one of the carrier's, or the market's one CGNAT address."""
    n = len(markets)
    slot = 1 + (rng.random(n) * _CARRIER_ADDRESSES[markets]).astype(np.int64)
    share = np.array([m.cgnat_share for m in MARKETS])
    behind = rng.random(n) < share[markets]
    return CARRIER_IP[markets, np.where(behind, 0, slot)], behind


def _carrier_ip() -> Array:
    """Return (n_markets, n_addresses) fixed addresses, the CGNAT's first.

    Not drawn per component: the subscribers of a carrier, rings among them, share its addresses.
    """
    rng = np.random.Generator(np.random.PCG64(0))
    return hashes(rng, len(MARKETS) * 200).reshape(len(MARKETS), 200)


CARRIER_IP = _carrier_ip()
_CARRIER_ADDRESSES = np.array([int(330 * m.weight) for m in MARKETS])
