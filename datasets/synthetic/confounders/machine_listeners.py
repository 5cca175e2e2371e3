"""G16, quality assurance, monitoring and research: machines that play by the clock, and say so.

Probes play the same few tracks for seconds at fixed intervals, day and night, from data centres;
crawlers of researchers go through the editorial lists in order once a day, with 29 s of each track.
No play lasts 30 s, so none counts and none is paid for. They live for nothing else. Looks like A01;
platforms keep such accounts on an allow-list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import N_DEVICES, Accounts, make_accounts
from cib.datasets.synthetic.addresses import N_PLACES, hosting_asn
from cib.datasets.synthetic.catalogue import N_LISTS
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import heard
from cib.datasets.synthetic.events import PLATFORMS, TIERS, Events, finish
from cib.datasets.synthetic.markets import DAY_S
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 300
_FLEET = 30
"""Accounts of one owner: one set of tracks, one interval, a few addresses."""
_INTERVALS_S = (1_200.0, 1_800.0, 3_600.0)
_PROBE_S = (3.0, 20.0)
_PROBE_TRACKS = 12
_CRAWLERS = 0.3
"""Share of the fleets that go through lists instead."""
_CRAWL_S = 29.0
_PER_ADDRESS = 10
_LATE_S = 0.3


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw fleets and what each of their machines does."""
    n_fleets = max(round(n / _FLEET), 1)
    fleet = np.sort(np.arange(n) % n_fleets)
    accounts = _machines(rng, stage, n, number, fleet)
    # A small world has probes; a crawler is the last of at least two fleets.
    n_crawling = round(_CRAWLERS * n_fleets)
    crawling = fleet >= n_fleets - n_crawling
    events = Events.concat(
        [
            _probes(rng, stage, accounts, np.flatnonzero(~crawling), fleet),
            _crawls(rng, stage, accounts, np.flatnonzero(crawling)),
        ]
    )
    return honest_component(number, accounts, finish(events, stage.n_days), "G16")


def _machines(
    rng: np.random.Generator, stage: Stage, n: int, number: int, fleet: Array
) -> Accounts:
    """Accounts that run on rented servers, ten behind an address."""
    accounts = make_accounts(
        rng, stage.catalogue, n, first_number=number * NUMBERS, household_size=1
    )
    n_fleets = int(fleet[-1]) + 1
    address = hashes(rng, n)[(np.arange(n) // _PER_ADDRESS)]
    centre = hosting_asn(rng.integers(0, 12, n_fleets)[fleet])
    ordinary = accounts.addresses
    return replace(
        accounts,
        market=accounts.market[np.searchsorted(fleet, fleet)],
        ip_market=accounts.market[np.searchsorted(fleet, fleet)].astype(np.int8),
        tier=np.full(n, TIERS.index("free")),
        plan_id=np.zeros(n, np.uint64),
        payment_hash=np.zeros(n, np.uint64),
        email_domain_hash=hashes(rng, n_fleets)[fleet],
        platform=np.full((n, N_DEVICES), PLATFORMS.index("web"), np.int8),
        addresses=replace(
            ordinary,
            ip=np.repeat(address[:, None], N_PLACES, axis=1),
            asn=np.repeat(centre[:, None], N_PLACES, axis=1),
            has_office=np.zeros(n, bool),
            behind_nat=np.zeros(n, bool),
        ),
    )


def _probes(
    rng: np.random.Generator, stage: Stage, accounts: Accounts, who: Array, fleet: Array
) -> Events:
    """One play every so many minutes, from the fleet's few tracks in turn."""
    n_fleets = int(fleet[-1]) + 1
    interval_s = rng.choice(_INTERVALS_S, n_fleets)
    tracks = stage.catalogue.draw_kind(rng, "track", n_fleets * _PROBE_TRACKS)
    tracks = tracks.reshape(n_fleets, _PROBE_TRACKS)
    phase_s = rng.uniform(0, 1, len(accounts)) * interval_s[fleet]
    count = (stage.n_days * DAY_S / interval_s[fleet[who]]).astype(np.int64)
    account = np.repeat(who, count)
    nth = np.arange(len(account)) - np.repeat(np.cumsum(count) - count, count)
    mine = fleet[account]
    start_s = phase_s[account] + nth * interval_s[mine] + rng.exponential(_LATE_S, len(account))
    seconds = rng.uniform(*_PROBE_S, n_fleets)[mine]
    return heard(
        stage.catalogue, accounts, account, tracks[mine, nth % _PROBE_TRACKS], start_s, seconds
    )


def _crawls(rng: np.random.Generator, stage: Stage, accounts: Accounts, who: Array) -> Events:
    """One list a day in its order, 29 s of each track, at the same time of the day."""
    lists = stage.catalogue.lists
    at_s = rng.uniform(0, 0.9 * DAY_S, len(accounts))
    first = rng.integers(0, N_LISTS, len(accounts))
    account, day = np.repeat(who, stage.n_days), np.tile(np.arange(stage.n_days), len(who))
    script = (first[account] + day) % N_LISTS
    length = lists.start[script + 1] - lists.start[script]
    row = np.repeat(np.arange(len(account)), length)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    account, day, script = account[row], day[row], script[row]
    start_s = day * float(DAY_S) + at_s[account] + slot * (_CRAWL_S + 2.0)
    return heard(
        stage.catalogue,
        accounts,
        account,
        lists.at(script, slot),
        start_s + rng.exponential(_LATE_S, len(row)).clip(0, 1.5),
        np.full(len(row), _CRAWL_S),
        parent="playlist_editorial",
        parent_id=lists.parent_id[script],
    )
