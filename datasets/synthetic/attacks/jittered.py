"""A02, the jittered schedule: the same targets a day, as often, but hours apart.

Each day the operator plans which targets are played how often and when; every account follows the
plan, off by `jitter_s` (1 min to 12 h), part of which is the account's own steady lag. The hours
are those of ordinary people, copied. It shows in equal daily sets and counts, and in the lagged
cross-correlation of two accounts; a premiere or an album drop looks alike for a day.

Sources: the table of attack scenarios; jitter and mask are its sweep, counts are assumptions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.cover import one_at_a_time
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.operating import (
    choose_targets,
    cover_plays,
    live_days,
    operated,
    target_plays,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.schedules import expanded, plan, strayed
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="jittered",
    number=2,
    scenario="A02",
    n_accounts=300,
    n_targets=60,
    plays_per_day=40.0,
    plays_sigma=0.0,
    target_share=0.6,
    jitter_s=3_600.0,
    infra=Infra(accounts_per_ip=10, accounts_per_device=2),
    options={"targets_per_day": 20, "participation": 1.0, "lag_share": 0.5},
)
"""Options: `targets_per_day` (distinct), `participation` (share of the plan that an account does),
`lag_share` (share of the jitter's variance that is the account's own on all days). With
`plays_sigma` over 0, accounts do the first plays of the plan, some more of them than others."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "jitter_s": (60.0, 600.0, 3_600.0, 21_600.0, 43_200.0),
    "n_accounts": (30, 300, 3_000),
    "clock": ("diurnal", "flat24", "office"),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    live = live_days(rng, stage, spec)
    n = len(accounts)
    volume = spec.plays_per_day * np.exp(rng.normal(0, spec.plays_sigma, n))
    per_day = np.maximum(np.rint(volume), 1).astype(np.int64)
    longest = int(per_day.max())
    planned_s = plan(rng, spec, stage.n_days, longest)
    content = _daily_sets(rng, spec, len(targets), (stage.n_days, longest))
    who, day = np.nonzero(live)
    row, place = expanded(per_day[who])
    follows = rng.random(len(row)) < spec.option("participation", 1.0)
    row, place = row[follows], place[follows]
    account, day = who[row], day[row]
    boosts = target_plays(
        rng,
        stage,
        spec,
        accounts,
        account,
        targets[content[day, place]],
        strayed(
            rng,
            spec,
            day,
            accounts.market[account],
            planned_s[day, place],
            rng.normal(size=n)[account],
            spec.option("lag_share", 0.5),
        ),
    )
    cover = cover_plays(rng, stage, spec, accounts, boosts)
    events = one_at_a_time(Events.concat([boosts, cover]))
    return Planted(
        spec, operated(rng, stage, spec, accounts, events), Targets.of(targets, spec.complicity)
    )


def _daily_sets(
    rng: np.random.Generator, spec: RingSpec, n_targets: int, shape: tuple[int, int]
) -> Array:
    """Return which target each play of each day's plan is, (n_days, longest)."""
    distinct = min(int(spec.option("targets_per_day", 20)), n_targets)
    sets = rng.random((shape[0], n_targets)).argsort(axis=1)[:, :distinct]
    return sets[:, np.arange(shape[1]) % distinct]
