"""A01, the lockstep loop: every account plays the same targets at the same moments, in order.

The operator's runs of targets start for all accounts at once; accounts are off by `jitter_s`, which
stays under 2 s, and every play lasts 31 to 35 s or the whole track. It shows in synchrony, in
rates no person reaches, in a flat clock and in the mass of plays between 30 and 35 s. Superfans,
sleep sounds and test accounts look alike.

Known cases: about 1,200 accounts on 467 tracks of 43 s (Bulgaria 2017); 10,000 accounts on the same
63 tracks (a vendor's); 20 accounts on 244 tracks in parallel streams (Denmark 2018). See
`known_farms.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.cover import cover_listening
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, local_midnight, market_index
from cib.datasets.synthetic.operating import (
    choose_targets,
    jitter,
    live_days,
    moments,
    operated,
    target_plays,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

_CALM_S = 600.0
"""Before a run, clients play nothing else for this long."""

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
"""Options: `spacing_s` at least, from one target of a run to the next; `targets_per_run`;
`participation`, share of the accounts that follow a given run; `parallel`, streams that an account
plays at once; `subsets`, of the accounts, that take turns in following the runs; `on_days` and
`off_days`, how long the ring works and rests. Plays a day are rounded to whole runs."""
FURTHER_OPTIONS = ("parallel", "subsets", "on_days", "off_days", "play_s")
SWEEP = {
    "n_accounts": (20, 100, 1_000, 10_000),
    "n_targets": (10, 60, 250),
    "jitter_s": (0.2, 1.0, 1.9),
    "duration": ("just_over_30", "full"),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    k = int(spec.option("targets_per_run", 20))
    streams = int(spec.option("parallel", 1))
    start_s = _starts(rng, spec, stage.n_days, k * streams)
    at = (np.arange(len(start_s) * streams * k) % len(targets)).reshape(-1, streams, k)
    step_s = _steps(spec, stage.catalogue.length_ms[targets[at]])
    run_s = step_s.sum(axis=2).max(axis=1)
    calm_s = _CALM_S if spec.target_share < 1 else 5.0
    start_s = _apart(start_s, run_s + calm_s)
    since_s = np.cumsum(step_s, axis=2) - step_s
    who, run = _followers(rng, spec, live_days(rng, stage, spec), start_s)
    rows = np.repeat(np.arange(len(who)), streams * k)
    account = who[rows]
    place = (run[rows], *np.unravel_index(np.tile(np.arange(streams * k), len(who)), (streams, k)))
    boosts = target_plays(
        rng,
        stage,
        spec,
        accounts,
        account,
        targets[at[place]],
        start_s[place[0]] + since_s[place] + jitter(rng, spec, len(account)),
        parent_id=hashes(rng, 1)[0] if spec.parent.startswith("playlist") else 0,
        # The next target may come early and this one late; a stream plays one at a time.
        room_s=step_s[place] - 5.0 * spec.jitter_s - 2.0,
    )
    events = [boosts]
    if spec.target_share < 1:
        wanted = np.bincount(account, minlength=len(accounts)) * (1 / spec.target_share - 1)
        busy = min(float((run_s + calm_s).sum()) / (stage.n_days * DAY_S), 0.9)
        cover = cover_listening(rng, stage, spec, accounts, wanted / (1 - busy))
        events.append(cover.take(_clear(cover.start_s, start_s, run_s)))
    component = operated(rng, stage, spec, accounts, Events.concat(events))
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _starts(rng: np.random.Generator, spec: RingSpec, n_days: int, plays: int) -> Array:
    """Return when runs are meant to start, ascending."""
    per_day = max(round(spec.plays_per_day / plays), 1)
    day = np.repeat(np.arange(n_days), per_day)
    on, off = int(spec.option("on_days", 1)), int(spec.option("off_days", 0))
    day = day[(day - spec.start_day) % (on + off) < on]
    market = market_index(spec.markets[0])
    if spec.clock != "flat24":
        return np.sort(moments(rng, spec, day, market))
    share = (np.arange(len(day)) % per_day + rng.random(len(day))) / per_day
    return np.sort(local_midnight(market, day) + share * DAY_S)


def _steps(spec: RingSpec, length_ms: Array) -> Array:
    """Return the seconds from each target of a run to the next: long enough to play it."""
    play_s = length_ms / 1000.0
    if spec.duration == "just_over_30":
        play_s = np.minimum(play_s, 31.0)
    if spec.option("play_s", 0.0) > 0:
        play_s = np.minimum(length_ms / 1000.0, spec.option("play_s", 0.0))
    steps: Array = np.maximum(spec.option("spacing_s", 41.0), play_s + 5.0 * spec.jitter_s + 2.0)
    return steps


def _apart(start_s: Array, busy_s: Array) -> Array:
    """Move runs back until none starts before the previous one is over."""
    before = np.cumsum(busy_s) - busy_s
    apart: Array = np.maximum.accumulate(start_s - before) + before
    return apart


def _followers(
    rng: np.random.Generator, spec: RingSpec, live: Array, start_s: Array
) -> tuple[Array, Array]:
    """Return pairs of an account and a run that it follows."""
    n_days = live.shape[1]
    day = np.clip((start_s // DAY_S).astype(np.int64), 0, n_days - 1)
    follows = rng.random((len(live), len(day)), np.float32) < spec.option("participation", 0.9)
    subsets = int(spec.option("subsets", 1))
    turn = rng.permuted(np.arange(len(live)) % subsets)
    follows &= turn[:, None] == np.arange(len(day)) % subsets
    follows &= live[:, day] & (start_s < n_days * DAY_S)
    who, run = np.nonzero(follows)
    return who, run


def _clear(start_s: Array, runs_s: Array, run_s: Array) -> Array:
    """Mask of events outside every run: one client does one thing at a time."""
    following = np.searchsorted(runs_s, start_s)
    end = np.append(-np.inf, runs_s + run_s)[following]
    clear: Array = (start_s > end) & (start_s < np.append(runs_s, np.inf)[following] - _CALM_S)
    return clear
