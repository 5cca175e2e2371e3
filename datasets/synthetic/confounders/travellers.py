"""G11, travel, diaspora and VPN: traffic from another market than the account's, for days on end.

Half travel for days at a time and live by the clock of where they are; three of ten live abroad for
good and keep the account of home; the others switch a VPN on and off, to other exits each time.
Looks like A12.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.addresses import HOME, OUT, Addresses, draw_addresses
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, MARKETS, WEIGHT, utc_offset_s
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

SIZE = 600
_TRAVELLERS, _DIASPORA = 0.5, 0.3
_TRIP_DAYS = (3, 15)
_BETWEEN_TRIPS = 45
"""Mean days from one trip to the next; everybody has one in the period at least."""
_EXITS = 4
_SWITCHES = 0.25
"""Share of days on which a VPN is switched on or off."""
_AT_HOME = -1


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw where everybody is on each day, and let them listen from there."""
    n_days = stage.n_days
    accounts = make_accounts(rng, stage.catalogue, n, first_number=number * NUMBERS)
    accounts = replace(
        accounts,
        ip_market=accounts.market.astype(np.int8),
        addresses=draw_addresses(rng, accounts.market, np.arange(n), np.full(n, -1)),
    )
    kind = np.searchsorted([_TRAVELLERS, _TRAVELLERS + _DIASPORA], (rng.permutation(n) + 0.5) / n)
    abroad = _others(rng, accounts.market, _EXITS)
    visit = np.select(
        [(kind == 0)[:, None], (kind == 1)[:, None]],
        [_trips(rng, n, n_days), np.zeros((n, n_days), np.int8)],
        _switched(rng, n, n_days),
    )
    sessions = everyday(rng, accounts, n_days)
    day = np.clip(sessions.start_s // DAY_S, 0, n_days - 1).astype(np.int64)
    at = visit[sessions.account, day]
    home = accounts.market[sessions.account]
    # A body follows the sun; a VPN does not move anybody.
    there = np.where(
        (at != _AT_HOME) & (kind[sessions.account] < 2), abroad[sessions.account, at], home
    )
    shift_s = utc_offset_s(home, day) - utc_offset_s(there, day)
    sessions = replace(sessions, start_s=sessions.start_s + shift_s)
    events = lives(rng, stage, accounts, sessions)
    exits = [
        draw_addresses(rng, abroad[:, i], np.arange(n), np.where(kind == 2, abroad[:, i], -1))
        for i in range(_EXITS)
    ]
    moved = _moved(events, visit, abroad, exits, accounts.addresses.ip[:, HOME])
    return honest_component(number, accounts, moved, "G11")


def _others(rng: np.random.Generator, market: Array, k: int) -> Array:
    """Draw `k` markets for each account that are not its own, (n, k)."""
    drawn = rng.choice(len(MARKETS), (len(market), k), p=WEIGHT)
    own = drawn == market[:, None]
    away: Array = np.where(own, (drawn + 1) % len(MARKETS), drawn)
    return away


def _trips(rng: np.random.Generator, n: int, n_days: int) -> Array:
    """Return which of the account's other markets it visits on each day, (n, n_days) int8."""
    visit = np.full((n, n_days), _AT_HOME, np.int8)
    days = np.arange(n_days)
    count = 1 + rng.poisson(n_days / _BETWEEN_TRIPS, n)
    for trip in range(int(count.max(initial=0))):
        # Never the whole period: at home the account is at home.
        length = np.minimum(rng.integers(*_TRIP_DAYS, n), max(n_days // 2, 1))
        start = (rng.random(n) * (n_days - length + 1)).astype(np.int64)
        on = (days >= start[:, None]) & (days < (start + length)[:, None])
        visit[on & (count > trip)[:, None]] = trip % _EXITS
    return visit


def _switched(rng: np.random.Generator, n: int, n_days: int) -> Array:
    """Return through which exit traffic leaves on each day, (n, n_days) int8."""
    switch = rng.random((n, n_days)) < _SWITCHES
    switch[:, 0] |= rng.random(n) < 0.5
    # Everybody who has a VPN uses it at least once.
    never = np.flatnonzero(~switch.any(axis=1))
    switch[never, rng.integers(0, n_days, len(never))] = True
    stretch = np.cumsum(switch, axis=1)
    chosen: Array = np.where(stretch % 2 == 1, stretch // 2 % _EXITS, _AT_HOME).astype(np.int8)
    return chosen


def _moved(
    events: Events, visit: Array, abroad: Array, exits: list[Addresses], home_ip: Array
) -> Events:
    """Give events the market and the address of where the account is that day."""
    day = np.clip(events.start_us // (DAY_S * 1_000_000), 0, visit.shape[1] - 1)
    at = visit[events.account, day].astype(np.int64)
    away = at != _AT_HOME
    all_ip = np.stack([part.ip for part in exits])
    all_asn = np.stack([part.asn for part in exits])
    # At home or in a hotel by its line, elsewhere by a local carrier.
    place = np.where(events.ip == home_ip[events.account], HOME, OUT)
    return events.replace(
        ip_market=np.where(away, abroad[events.account, at], events.ip_market),
        ip=np.where(away & (events.ip > 0), all_ip[at, events.account, place], events.ip),
        asn=np.where(away, all_asn[at, events.account, place], events.asn),
    )
