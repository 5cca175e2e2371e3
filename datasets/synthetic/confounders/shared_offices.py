"""G06, offices, schools and dormitories: 20 to 500 accounts behind one address.

In work hours everybody at a site leaves through its address; in a dormitory at night too, at school
five people share a computer. Carriers' NAT is part of the everyday population already. Looks like
A10.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.addresses import HOME, OFFICE
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives
from cib.datasets.synthetic.markets import MARKETS, WEIGHT, local_midnight
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 1_500
_LEAST, _MOST = 20, 500
_TYPICAL, _SIGMA = 80.0, 1.0
"""Sizes are lognormal with this median, an assumption."""
_KINDS = (0.5, 0.3, 0.2)
"""Share of offices, schools and dormitories."""
_SCHOOL, _DORMITORY = 1, 2
_PER_COMPUTER = 5


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw the sites, who is at which, and their days there."""
    n_days = stage.n_days
    sizes = _sizes(rng, n)
    kind = rng.choice(len(_KINDS), len(sizes), p=_KINDS)
    accounts = _members(rng, stage, sizes, kind, number)
    weekday = np.arange(n_days) % 7 < 5
    who, day = np.nonzero(rng.random((n, n_days)) < 0.5 * weekday)
    begins_s = local_midnight(accounts.market[who], day) + 3600 * rng.uniform(9, 16, len(who))
    computer = rng.random(len(who)) < 0.5
    at_work = Sessions.of(
        who,
        begins_s,
        rng.integers(5, 25, len(who)),
        device=np.where(computer, 1, 0),
        place=OFFICE,
    )
    sessions = Sessions.concat([at_work, everyday(rng, accounts, n_days, volume=0.8)])
    return honest_component(number, accounts, lives(rng, stage, accounts, sessions), "G06")


def _sizes(rng: np.random.Generator, n: int) -> Array:
    """Cut `n` people into sites; what is left over joins the last."""
    sizes: list[int] = []
    left = n
    while left:
        drawn = _TYPICAL * np.exp(_SIGMA * rng.normal())
        size = min(int(np.clip(drawn, _LEAST, _MOST)), left)
        if left - size < _LEAST:
            size = left
        sizes.append(size)
        left -= size
    return np.array(sizes)


def _members(
    rng: np.random.Generator, stage: Stage, sizes: Array, kind: Array, number: int
) -> Accounts:
    """Draw everybody's account; a site lies in one market."""
    market = rng.choice(len(MARKETS), len(sizes), p=WEIGHT)
    parts: list[Accounts] = []
    homes, made = 0, 0
    for where, size in zip(market.tolist(), sizes.tolist(), strict=True):
        part = make_accounts(
            rng,
            stage.catalogue,
            size,
            first_number=number * NUMBERS + made,
            market=where,
        )
        parts.append(replace(part, household=part.household + homes))
        made, homes = made + size, int(parts[-1].household[-1]) + 1
    accounts = Accounts.concat(parts)
    n = len(accounts)
    site = np.repeat(np.arange(len(sizes)), sizes)
    address = hashes(rng, len(sizes))[site]
    ip, asn = accounts.addresses.ip.copy(), accounts.addresses.asn.copy()
    # A site's line is of a provider of homes and offices of its market.
    first = np.cumsum(sizes) - sizes
    provider = asn[first, OFFICE][site]
    ip[:, OFFICE], asn[:, OFFICE] = address, provider
    sleeps_here = kind[site] == _DORMITORY
    ip[:, HOME] = np.where(sleeps_here, address, ip[:, HOME])
    asn[:, HOME] = np.where(sleeps_here, provider, asn[:, HOME])
    device = accounts.device.copy()
    # Accounts of a site lie side by side, so every fifth begins another computer of the school.
    seat = (np.arange(n) - first[site]) % _PER_COMPUTER
    computer = device[np.arange(n) - seat, 1]
    device[:, 1] = np.where(kind[site] == _SCHOOL, computer, device[:, 1])
    return replace(
        accounts,
        device=device,
        addresses=replace(accounts.addresses, ip=ip, asn=asn, has_office=np.ones(n, bool)),
    )
