"""A09, paid humans and cyborgs: people who work through task lists, each at an hour of their own.

The operator publishes lists of targets; workers open one when they have time, play its targets in
the listed order, stop soon after the 30 seconds that count, skip some as people do, and never save
any. Between lists they live an ordinary life on their own phones. A cyborg lives that life too, but
leaves the lists to a script that needs exactly as long for each target. Shared task order and
completion just over 30 s betray them; fans and paid ads look alike. The figures are assumptions
after the scenario's description: no case with figures is public.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import local_start
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
from cib.datasets.synthetic.rings import Planted, RingSpec
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.turns import clear_of, in_turn, spread

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="paid-humans",
    number=9,
    scenario="A09",
    n_accounts=300,
    n_targets=80,
    audience=(5, 200),
    target_share=0.25,
    plays_per_day=12.0,
    plays_sigma=0.5,
    fresh_share=0.15,
    tiers={"free": 0.6, "premium": 0.3, "family": 0.1},
    parent="search",
    complicity="paying_client",
    options={
        "tasks_per_list": 10,
        "completion_s": 42.0,
        "pause_s": 8.0,
        "skip": 0.08,
        "left_out": 0.05,
        "cyborg_share": 0.25,
    },
)
"""Options: `tasks_per_list`; `completion_s`, mean length of a completed task, over 31;
`pause_s`, median pause between tasks; `skip`, share ended before 30 s; `left_out`, share of the
tasks never started; `cyborg_share`, share of the accounts whose tasks a script does."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "n_accounts": (30, 100, 300, 1_000),
    "target_share": (0.05, 0.1, 0.25, 0.5),
    "options.cyborg_share": (0.0, 0.5, 1.0),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    k = int(spec.option("tasks_per_list", 10))
    who, day, sheet = _taken(rng, spec, live_days(rng, stage, spec), k)
    market = accounts.market[who]
    if spec.clock == "diurnal":
        begin = local_start(rng, day, market, accounts.shift_h[who])
    else:
        begin = moments(rng, spec, day, market)
    begin = begin + jitter(rng, spec, len(begin))
    cyborg = (rng.random(spec.n_accounts) < spec.option("cyborg_share", 0.25))[who]
    seconds, pause = _work(rng, spec, cyborg, k)
    total = (seconds + pause).sum(axis=1) + 60.0
    begin_us = in_turn(who, (begin * 1e6).astype(np.int64), (total * 1e6).astype(np.int64))
    offset = np.cumsum(seconds + pause, axis=1) - seconds
    done = rng.random(seconds.shape) >= spec.option("left_out", 0.05)
    row, slot = np.nonzero(done)
    tasks = target_plays(
        rng,
        stage,
        spec,
        accounts,
        who[row],
        targets[(sheet[row] * k + slot) % len(targets)],
        begin_us[row] / 1e6 + offset[row, slot],
        device=0,
    )
    length_ms = stage.catalogue.length_ms[tasks.content]
    tasks = tasks.replace(duration_ms=np.minimum(seconds[row, slot] * 1000, length_ms))
    tasks = tasks.replace(reason_end=np.where(tasks.duration_ms >= length_ms, 5, 3))
    cover = cover_plays(rng, stage, spec, accounts, tasks)
    if len(cover):
        cover = with_reactions(rng, stage, accounts, cover)
    events = Events.concat([tasks, cover.take(clear_of(tasks, cover))])
    component = operated(rng, stage, spec, accounts, events, klass="paid_human")
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _taken(
    rng: np.random.Generator, spec: RingSpec, live: Array, k: int
) -> tuple[Array, Array, Array]:
    """Return who takes which list on which day; a day's lists are taken in the order they came."""
    tasks = events_per_day(rng, spec, live)
    # Whole lists, in the mean as many as tasks were drawn.
    count = np.floor(tasks / k + rng.random(tasks.shape)).astype(np.int64)
    published = int(count.max(initial=0))
    account, day, sheet = spread(count)
    return account, day, day * published + sheet


def _work(rng: np.random.Generator, spec: RingSpec, cyborg: Array, k: int) -> tuple[Array, Array]:
    """Draw how long each task of each list lasts, and the pause before it; (n, k) seconds."""
    shape = (len(cyborg), k)
    person = 31.0 + rng.exponential(max(spec.option("completion_s", 42.0) - 31.0, 0.1), shape)
    person = np.where(
        rng.random(shape) < spec.option("skip", 0.08), rng.uniform(2, 29, shape), person
    )
    pause = spec.option("pause_s", 8.0) * np.exp(rng.normal(0, 0.8, shape))
    script = np.clip(rng.normal(32.0, 0.4, shape), 31.0, 34.0)
    machine = cyborg[:, None]
    return np.where(machine, script, person), np.where(machine, 2.0, pause)
