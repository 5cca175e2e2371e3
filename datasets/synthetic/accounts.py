"""The accounts of a component: who they are, what they like, what they listen with."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.addresses import Addresses, draw_addresses
from cib.datasets.synthetic.catalogue import N_LISTS, Catalogue
from cib.datasets.synthetic.events import PLATFORMS, TIERS
from cib.datasets.synthetic.markets import CHRONOTYPE_H, DAY_S, MARKETS, START_US, WEIGHT
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

N_DEVICES = 3
N_FOLLOWED = 3
ENTHUSIAST_SHARE = 0.15
_PAID_MIX = {"premium": 0.50, "family": 0.32, "duo": 0.06, "student": 0.07, "trial": 0.05}
_LIST_WEIGHT = 1 / (np.arange(N_LISTS) + 20.0)
_HOUSEHOLD_MIX = (0.45, 0.28, 0.12, 0.09, 0.04, 0.02)
"""Share of households with 1 … 6 accounts."""
_LOOP_RATE = 0.0035
"""Mean share of sessions that play one track again and again; a few accounts hold most of them."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Aligned arrays, one entry per account of one component."""

    number: Array
    """int64, unique in the world; the account's id is made from it."""
    market: Array
    tier: Array
    plan_id: Array
    """uint64 of the household's plan, 0 for none."""
    payment_hash: Array
    """uint64, 0 for those who do not pay."""
    email_domain_hash: Array
    created_us: Array
    household: Array
    enthusiast: Array
    rate: Array
    """Plays per active day."""
    active: Array
    """Probability that a day is active."""
    shift_h: Array
    """The personal clock's shift."""
    skip: Array
    """Share of plays that end before 30 s."""
    discount: Array
    theta: Array
    """Parameters of the account's Pitman-Yor process: how fast it finds new tracks."""
    loop_rate: Array
    """Share of its sessions that play one track again and again."""
    marathon: Array
    """Share of its active days on which it hardly stops."""
    taste_cdf: Array
    """(n, N_COMMUNITIES) float32."""
    playlist_id: Array
    """uint64: the account's own playlist."""
    follows: Array
    """(n, N_FOLLOWED) editorial lists the account plays."""
    device: Array
    """(n, N_DEVICES) uint64; a phone first."""
    platform: Array
    """(n, N_DEVICES) index into `PLATFORMS`."""
    addresses: Addresses
    ip_market: Array
    """Where the account's traffic seems to come from; differs from `market` behind a VPN."""

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: Array) -> Accounts:
        """Return the accounts at `rows` (indices or a mask); homes keep their numbers."""
        columns: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            columns[f.name] = value.take(rows) if isinstance(value, Addresses) else value[rows]
        return Accounts(**columns)

    def without_habits(self) -> Accounts:
        """Return the accounts without their tastes, which take half of the memory."""
        # No view of the tastes: it would keep them.
        return replace(self, taste_cdf=np.empty((len(self), 0), np.float32))

    @staticmethod
    def concat(parts: list[Accounts]) -> Accounts:
        """Put several lots together."""
        columns: dict[str, Any] = {
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(Accounts)
            if f.name != "addresses"
        }
        return Accounts(**columns, addresses=Addresses.concat([part.addresses for part in parts]))


def make_accounts(
    rng: np.random.Generator,
    catalogue: Catalogue,
    n: int,
    *,
    first_number: int,
    market: int | None = None,
    household_size: int | None = None,
    enthusiasts: float = ENTHUSIAST_SHARE,
) -> Accounts:
    """Draw honest accounts; rings start from these too and change what their operator controls.

    Parameters
    ----------
    rng : the component's stream
    catalogue : what tastes are over
    n : number of accounts
    first_number : number of the first; the others follow it
    market : everyone's market; None draws households by market weight
    household_size : everyone's; None draws 1 … 6
    enthusiasts : share of those who listen a lot

    Notes
    -----
    Enthusiasts' plays per active day are lognormal with median 56 (mu 4.02, sigma 0.52) and 91% of
    their days are active, as measured on 39 real accounts; the others' (mu 2.8, sigma 1.0, 45%) are
    an assumption.
    """
    sizes = (
        np.full(n, household_size)
        if household_size
        else (rng.choice(len(_HOUSEHOLD_MIX), n, p=_HOUSEHOLD_MIX) + 1)
    )
    household = np.repeat(np.arange(n), sizes)[:n]
    n_homes = int(household[-1]) + 1 if n else 0
    size_of = np.bincount(household, minlength=n_homes)
    home_market = (
        rng.choice(len(MARKETS), n_homes, p=WEIGHT) if market is None else np.full(n_homes, market)
    )
    markets = home_market[household]
    tier = _tiers(rng, markets, size_of, household)
    shared_plan = np.isin(tier, [TIERS.index("family"), TIERS.index("duo")])
    plan_id = np.where(shared_plan, hashes(rng, n_homes)[household], np.uint64(0))
    payment = np.where(shared_plan, hashes(rng, n_homes)[household], hashes(rng, n))

    enthusiast = rng.random(n) < enthusiasts
    rate = np.exp(np.where(enthusiast, rng.normal(4.02, 0.52, n), rng.normal(2.8, 1.0, n)))
    active = np.where(enthusiast, rng.beta(9.0, 1.2, n), rng.beta(2.2, 2.7, n))
    mean_skip = np.array([m.skip for m in MARKETS])[markets]

    taste = rng.standard_gamma(catalogue.market_taste[markets]) + 1e-12
    taste_cdf = np.cumsum(taste / taste.sum(axis=1, keepdims=True), axis=1).astype(np.float32)
    taste_cdf[:, -1] = 1.0
    device, platform = _devices(rng, n, n_homes, household, size_of)
    vpn = rng.random(n) < 0.03
    ip_market = np.where(vpn, rng.integers(0, len(MARKETS), n), markets).astype(np.int8)
    return Accounts(
        number=first_number + np.arange(n),
        market=markets,
        tier=tier,
        plan_id=plan_id,
        payment_hash=np.where(tier == TIERS.index("free"), np.uint64(0), payment),
        email_domain_hash=_email_domains(rng, n),
        created_us=START_US - (rng.exponential(900, n) * DAY_S * 1e6).astype(np.int64),
        household=household,
        enthusiast=enthusiast,
        rate=np.minimum(rate, 600.0),
        active=active,
        shift_h=CHRONOTYPE_H[rng.integers(0, 4, n)] + rng.normal(0, 1.0, n),
        skip=rng.beta(2.2, 2.2 / mean_skip - 2.2),
        discount=np.clip(rng.normal(0.80, 0.04, n), 0.6, 0.92),
        theta=30.0 * np.exp(rng.normal(0, 0.5, n)),
        loop_rate=_LOOP_RATE * rng.gamma(0.2, 5.0, n),
        marathon=np.where(rng.random(n) < 0.1, 0.08, 0.0) * enthusiast,
        taste_cdf=taste_cdf,
        playlist_id=hashes(rng, n),
        follows=rng.choice(N_LISTS, (n, N_FOLLOWED), p=_LIST_WEIGHT / _LIST_WEIGHT.sum()),
        device=device,
        platform=platform,
        addresses=draw_addresses(rng, markets, household, np.where(vpn, ip_market, -1)),
        ip_market=ip_market,
    )


def draw_tracks(
    rng: np.random.Generator, catalogue: Catalogue, taste_cdf: Array, owner: Array
) -> Array:
    """Draw one track per entry of `owner`, by the owner's taste and the tracks' popularity."""
    community = (taste_cdf[owner] < rng.random(len(owner), np.float32)[:, None]).sum(axis=1)
    return catalogue.draw(community, rng.random(len(owner)))


def _tiers(rng: np.random.Generator, markets: Array, size_of: Array, household: Array) -> Array:
    """Draw tiers: free or paid by market; big households tend to a family plan."""
    n = len(markets)
    names = list(_PAID_MIX)
    paid = np.array([TIERS.index(name) for name in names])[
        rng.choice(len(names), n, p=list(_PAID_MIX.values()))
    ]
    pays = rng.random(n) < np.array([m.paid for m in MARKETS])[markets]
    tier = np.where(pays, paid, TIERS.index("free"))
    family = (size_of >= 3) & (rng.random(len(size_of)) < 0.6)
    tier[family[household]] = TIERS.index("family")
    return tier


def _devices(
    rng: np.random.Generator, n: int, n_homes: int, household: Array, size_of: Array
) -> tuple[Array, Array]:
    """Draw a phone, a computer, and a speaker (shared at home) or a third device."""
    device = hashes(rng, n * N_DEVICES).reshape(n, N_DEVICES)
    speaker = hashes(rng, n_homes)
    has_speaker = ((size_of >= 2) & (rng.random(n_homes) < 0.3))[household]
    device[:, 2] = np.where(has_speaker, speaker[household], device[:, 2])
    third = np.array([PLATFORMS.index(name) for name in ("web", "console", "car", "unknown")])
    platform = np.empty((n, N_DEVICES), np.int8)
    platform[:, 0] = np.where(
        rng.random(n) < 0.55, PLATFORMS.index("android"), PLATFORMS.index("ios")
    )
    platform[:, 1] = np.where(
        rng.random(n) < 0.7, PLATFORMS.index("desktop"), PLATFORMS.index("web")
    )
    platform[:, 2] = np.where(
        has_speaker, PLATFORMS.index("speaker"), third[rng.choice(4, n, p=(0.5, 0.2, 0.2, 0.1))]
    )
    return device, platform


def _email_domains(rng: np.random.Generator, n: int) -> Array:
    """A handful of providers for nine in ten, own domains for the others."""
    common = hashes(np.random.Generator(np.random.PCG64(0)), 30)
    popular = 1 / np.arange(1.0, 31.0)
    drawn = common[rng.choice(30, n, p=popular / popular.sum())]
    return np.where(rng.random(n) < 0.9, drawn, hashes(rng, n))
