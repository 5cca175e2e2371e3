"""A01, the lockstep loop: every account plays the same targets at the same moments, in order.

Known cases: about 1,200 accounts on 467 tracks of 43 s (Bulgaria 2017); 10,000 accounts on the same
63 tracks (a vendor's); 20 accounts on 244 tracks in parallel streams (Denmark 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import market_index
from cib.datasets.synthetic.operating import (
    choose_targets,
    cover_plays,
    jitter,
    live_days,
    moments,
    operated,
    ring_accounts,
    target_plays,
)
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="lockstep",
    number=1,
    scenario="A01",
    n_accounts=200,
    n_targets=60,
    plays_per_day=200.0,
    clock="flat24",
    jitter_s=1.0,
    duration="just_over_30",
    infra=Infra(accounts_per_ip=20, accounts_per_device=5),
    options={"spacing_s": 41.0, "targets_per_run": 20, "participation": 0.9},
)
"""Options: `spacing_s` from one target of a run to the next, `targets_per_run`, `participation`
(share of the accounts that follow a given run)."""
SWEEP = {"n_accounts": (20, 100, 1_000, 10_000), "n_targets": (10, 60, 250)}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    live = live_days(rng, stage, spec)
    who, run, start_s = _runs(rng, stage, spec, live)
    k = int(spec.option("targets_per_run", 20))
    spacing_s = spec.option("spacing_s", 41.0)
    account, run = np.repeat(who, k), np.repeat(run, k)
    slot = np.tile(np.arange(k), len(who))
    boosts = target_plays(
        rng,
        stage,
        spec,
        accounts,
        account,
        targets[(run * k + slot) % len(targets)],
        start_s[run] + slot * spacing_s + jitter(rng, spec, len(account)),
        parent_id=hashes(rng, 1)[0] if spec.parent.startswith("playlist") else 0,
        # The next target may come early and this one late; a client plays one at a time.
        room_s=spacing_s - 5.0 * spec.jitter_s - 2.0,
    )
    cover = cover_plays(rng, stage, spec, accounts, boosts)
    cover = cover.take(_clear(cover.start_s, np.sort(start_s), k * spacing_s))
    component = operated(rng, stage, spec, accounts, Events.concat([boosts, cover]))
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _runs(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, live: Array
) -> tuple[Array, Array, Array]:
    """Return who follows which run, and when each run starts; runs never overlap."""
    k = int(spec.option("targets_per_run", 20))
    per_day = max(round(spec.plays_per_day / k), 1)
    day = np.repeat(np.arange(stage.n_days), per_day)
    start = np.sort(moments(rng, spec, day, market_index(spec.markets[0])))
    busy = (k * spec.option("spacing_s", 41.0) + 600.0) * np.arange(len(day))
    start = np.maximum.accumulate(start - busy) + busy
    on_day = np.clip((start // 86_400).astype(np.int64), 0, stage.n_days - 1)
    follows = rng.random((len(live), len(day))) < spec.option("participation", 0.9)
    who, run = np.nonzero(follows & live[:, on_day])
    return who, run, start


def _clear(start_s: Array, runs_s: Array, run_s: float) -> Array:
    """Mask of events outside every run: one client does one thing at a time."""
    following = np.searchsorted(runs_s, start_s)
    padded = np.concatenate([[-np.inf], runs_s, [np.inf]])
    clear: Array = (start_s > padded[following] + run_s) & (start_s < padded[following + 1] - 600)
    return clear
