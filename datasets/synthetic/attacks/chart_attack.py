"""A11, chart attack or framing: very many streams of a real hit within one to three days.

Known case: over 500,000 artificial streams put a real hit ("Earrings", 2026) on top of a daily
chart; no evidence against the artist (press). So the targets are the best known tracks, whose
artists are framed or know nothing. Fresh accounts loop the hit in a short burst; the excess over
what was to be expected comes from accounts with little history, with many streams per listener.
A viral trend, an album drop and paid promotion look alike. With `borrowed_share`, streams are
booked on accounts of everyday listeners instead, from their own devices, whether they sleep or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import Events
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
from cib.datasets.synthetic.recruiting import borrow, own_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.turns import clear_of, in_turn, spread

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="chart-attack",
    number=11,
    scenario="A11",
    n_accounts=2_000,
    n_targets=1,
    audience=(1e12, 1e12),
    start_day=5,
    n_days=2,
    target_share=0.9,
    plays_per_day=125.0,
    plays_sigma=0.4,
    clock="flat24",
    jitter_s=600.0,
    duration="just_over_30",
    fresh_share=0.9,
    infra=Infra(accounts_per_ip=25, accounts_per_device=4, asns=4, residential_share=0.3),
    parent="search",
    complicity="framed",
    options={"plays_per_session": 25, "borrowed_share": 0.0},
)
"""2,000 accounts, 125 streams each on two days: 500,000. Options: `plays_per_session`, streams of
the targets in a row; `borrowed_share` of the accounts are everyday listeners'."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "n_accounts": (2_000, 5_000, 20_000),
    "n_days": (1, 2, 3),
    "complicity": ("framed", "unaware_beneficiary"),
    "options.borrowed_share": (0.0, 0.5, 1.0),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    n_borrowed = round(spec.n_accounts * spec.option("borrowed_share", 0.0))
    accounts = own_accounts(rng, stage, spec, n_borrowed)
    borrowed = borrow(rng, stage, n_borrowed)
    everyone = Accounts.concat([accounts, stage.honest(borrowed)]) if n_borrowed else accounts
    targets = choose_targets(rng, stage, spec)
    who, day, nth = spread(events_per_day(rng, spec, live_days(rng, stage, spec)))
    k = int(spec.option("plays_per_session", 25))
    # All streams of a session are due at its start and wait for each other.
    opens = nth % k == 0
    begin = moments(rng, spec, day[opens], everyone.market[who[opens]])
    begin = begin + jitter(rng, spec, len(begin))
    start_s = begin[np.cumsum(opens) - 1] if len(who) else np.empty(0)
    streams = target_plays(
        rng, stage, spec, everyone, who, targets[nth % len(targets)], start_s, device=0
    )
    pause_us = rng.uniform(0.3e6, 2.5e6, len(streams))
    busy_us = streams.duration_ms.astype(np.int64) * 1_000 + pause_us.astype(np.int64)
    streams = streams.replace(start_us=in_turn(who, streams.start_us, busy_us))
    parts = [streams]
    if len(accounts):
        cover = cover_plays(rng, stage, spec, accounts, streams)
        parts.append(cover.take(clear_of(streams, cover)))
    component = operated(
        rng,
        stage,
        spec,
        accounts,
        Events.concat(parts),
        klass=np.repeat(["automated", "hijacked"], [len(accounts), n_borrowed]),
        role=np.repeat(["listener", "victim"], [len(accounts), n_borrowed]),
        borrowed=borrowed,
    )
    return Planted(spec, component, Targets.of(targets, spec.complicity))
