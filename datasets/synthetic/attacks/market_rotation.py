"""A12, market rotation: accounts that seem to move to another country every few days.

The operator wants streams where they pay best, or from many countries at once: teams of accounts
hop along a route of markets on the operator's calendar, through commercial VPN exits (which honest
travellers use too) or rented home connections; the device and the billing market stay. Churn of
`ip_market`, journeys faster than any plane and synchronised moves betray them; travel, diaspora and
VPN for privacy look alike. Hops of 1 to 14 days are the scenario's range, the rest is assumption.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.addresses import HOME, draw_addresses
from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, market_index
from cib.datasets.synthetic.operating import (
    choose_targets,
    cover_plays,
    events_per_day,
    jitter,
    live_days,
    moments,
    operated,
    target_plays,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.turns import clear_of, in_turn, spread

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="market-rotation",
    number=12,
    scenario="A12",
    n_accounts=150,
    n_targets=60,
    audience=(10, 400),
    markets=("US", "GB", "DE", "SE", "FR", "JP"),
    target_share=0.6,
    plays_per_day=40.0,
    clock="diurnal",
    infra=Infra(accounts_per_ip=5),
    parent="search",
    complicity="paying_client",
    options={
        "hop_days": 3.0,
        "vpn_share": 0.5,
        "teams": 3,
        "synchrony": 0.85,
        "plays_per_session": 8,
    },
)
"""The route is `markets`, in this order. Options: `hop_days` from one move to the next;
`vpn_share` of the accounts on VPN exits, the others on rented home connections; `teams` that move
together; `synchrony`, share of the accounts on their team's calendar, the others on their own;
`plays_per_session`, target plays in a row."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "options.hop_days": (1, 3, 7, 14),
    "options.vpn_share": (0.0, 0.5, 1.0),
    "options.synchrony": (0.0, 0.5, 1.0),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    who, day, nth = spread(events_per_day(rng, spec, live_days(rng, stage, spec)))
    # All plays of a session are due at its start and wait for each other.
    opens = nth % int(spec.option("plays_per_session", 8)) == 0
    begin = moments(rng, spec, day[opens], accounts.market[who[opens]])
    begin = begin + jitter(rng, spec, len(begin))
    start_s = begin[np.cumsum(opens) - 1] if len(who) else np.empty(0)
    track = targets[rng.integers(0, len(targets), len(who))]
    plays = target_plays(rng, stage, spec, accounts, who, track, start_s)
    busy_us = plays.duration_ms.astype(np.int64) * 1_000 + rng.integers(
        500_000, 20_000_000, len(plays)
    )
    plays = plays.replace(start_us=in_turn(who, plays.start_us, busy_us))
    cover = cover_plays(rng, stage, spec, accounts, plays)
    events = Events.concat([plays, cover.take(clear_of(plays, cover))])
    component = operated(rng, stage, spec, accounts, _abroad(rng, stage, spec, events))
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _abroad(rng: np.random.Generator, stage: Stage, spec: RingSpec, events: Events) -> Events:
    """Send everything through wherever the account seems to be at that time."""
    n, hop_s = spec.n_accounts, spec.option("hop_days", 3.0) * DAY_S
    route = np.array([market_index(code) for code in spec.markets])
    teams = max(round(spec.option("teams", 3)), 1)
    team = np.arange(n) % teams
    in_step = rng.random(n) < spec.option("synchrony", 0.85)
    # Those on a calendar of their own are a team of one.
    calendar = np.where(in_step, team, teams + np.arange(n))
    phase_s = rng.uniform(0, hop_s, teams + n)[calendar]
    begins_at = rng.integers(0, len(route), teams + n)[calendar]
    # Listening may begin a day before the log and run past its end.
    n_legs = int(np.ceil((stage.n_days + 4) * DAY_S / hop_s)) + 2
    leg_market = route[(begins_at[:, None] + np.arange(n_legs)) % len(route)]
    # On every leg, accounts of a calendar share connections as far as the operator saves on them.
    mates = np.arange(n) // teams // max(spec.infra.accounts_per_ip, 1)
    _, home = np.unique(calendar * (n + 1) + mates, return_inverse=True)
    household = home[:, None] * n_legs + np.arange(n_legs)
    vpn = rng.random(n) < spec.option("vpn_share", 0.5)
    exit_market = np.where(vpn[:, None], leg_market, -1)
    there = draw_addresses(rng, leg_market.ravel(), household.ravel(), exit_market.ravel())
    leg = ((events.start_s + 2 * DAY_S + phase_s[events.account]) // hop_s).astype(np.int64)
    leg = np.clip(leg, 0, n_legs - 1)
    row = events.account * n_legs + leg
    return events.replace(
        ip=there.ip[row, HOME],
        asn=there.asn[row, HOME],
        ip_market=leg_market[events.account, leg],
    )
