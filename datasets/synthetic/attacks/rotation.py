"""A06, rotation and trials: accounts live for days, others take their place on the same machines.

The operator has ten times the accounts that it uses at once. Each works for 2 to 5 days of a trial
and is followed by the next, which takes over its device, its address and its targets. It shows in
accounts that succeed one another on the same targets, in sign-ups by the cohort and in
infrastructure used again. New trial users and households look alike.

Sources: the table of attack scenarios; trials were 6 to 13% of the streams detected in France in
2021 (CNM). The moments of sign-ups are assumptions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.cover import one_at_a_time
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.operating import (
    choose_targets,
    cover_plays,
    events_per_day,
    operated,
    target_plays,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.schedules import expanded, plan, strayed
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="rotation",
    number=6,
    scenario="A06",
    n_accounts=1_000,
    n_targets=80,
    plays_per_day=100.0,
    target_share=0.7,
    jitter_s=7_200.0,
    fresh_share=1.0,
    tiers={"trial": 0.85, "free": 0.15},
    infra=Infra(accounts_per_ip=5, accounts_per_device=2),
    options={"pool": 10, "least_days": 2, "most_days": 5, "same_machine": 1.0},
)
"""Options: `pool`, accounts for each that is live at a time; `least_days` and `most_days` that one
lives; `same_machine`, share of the accounts that take over their predecessor's device and address.
`infra` counts accounts that are live together. `lifecycle.active_days` and `churn_per_day` shorten
lives, `warmup_days` lets accounts wait that long after the sign-up, and with `reuse` the first
account follows the last. Where days are too few for the pool, more accounts are live at a time; the
few whose turn does not come are left out."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "options.pool": (2, 5, 10),
    "options.most_days": (2, 5, 14),
    "options.same_machine": (0.0, 0.5, 1.0),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    n = spec.n_accounts
    places = max(round(n / _pool(stage, spec)), 1)
    first_day, live = _lives(rng, stage, spec, places)
    accounts = _on_machines(rng, stage, spec, places, ring_accounts(rng, stage, spec))
    accounts = _signed_up(rng, spec, accounts, first_day, np.arange(n) // places)
    used = np.flatnonzero(live.any(axis=1))
    accounts, live = accounts.take(used), live[used]
    targets = choose_targets(rng, stage, spec)
    count = events_per_day(rng, replace(spec, n_accounts=len(accounts)), live)
    row, place = expanded(count.ravel())
    account, day = row // stage.n_days, row % stage.n_days
    planned_s = plan(rng, spec, stage.n_days, int(count.max(initial=1)))
    boosts = target_plays(
        rng,
        stage,
        spec,
        accounts,
        account,
        targets[rng.integers(0, len(targets), len(row))],
        strayed(rng, spec, day, accounts.market[account], planned_s[day, place]),
    )
    cover = cover_plays(rng, stage, spec, accounts, boosts, live=live)
    events = one_at_a_time(Events.concat([boosts, cover]))
    return Planted(
        spec, operated(rng, stage, spec, accounts, events), Targets.of(targets, spec.complicity)
    )


def _pool(stage: Stage, spec: RingSpec) -> float:
    """Return how many accounts have one place one after the other; no more than have the time."""
    days = min(spec.n_days, stage.n_days - spec.start_day) - spec.lifecycle.warmup_days
    mean = (spec.option("least_days", 2) + spec.option("most_days", 5)) / 2
    mean = max(min(mean, float(spec.lifecycle.active_days)), 1.0)
    return max(min(spec.option("pool", 10), days / mean), 1.0)


def _lives(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, places: int
) -> tuple[Array, Array]:
    """Return the first day of each account's life, and on which days it works.

    Account i has place i % places; accounts of one place follow one another without a break.
    """
    n, life = spec.n_accounts, spec.lifecycle
    least, most = int(spec.option("least_days", 2)), int(spec.option("most_days", 5))
    days = np.minimum(rng.integers(least, max(most, least) + 1, n), max(life.active_days, 1))
    if life.churn_per_day > 0:
        given_up = np.ceil(rng.exponential(1 / life.churn_per_day, n)).astype(np.int64)
        days = np.minimum(days, given_up)
    padded = np.zeros(-(-n // places) * places, np.int64)
    padded[:n] = days
    by_place = padded.reshape(-1, places)
    before = (np.cumsum(by_place, axis=0) - by_place).ravel()[:n]
    begin = spec.start_day + life.warmup_days
    since = np.arange(stage.n_days)[None, :] - begin
    if life.reuse:
        since = since % np.maximum(by_place.sum(axis=0)[np.arange(n) % places], 1)[:, None]
    live = (since >= before[:, None]) & (since < (before + days)[:, None])
    day = np.arange(stage.n_days)
    live &= (day >= begin) & (day < spec.start_day + spec.n_days)
    return begin + before, live


def _on_machines(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, places: int, accounts: Accounts
) -> Accounts:
    """Give accounts the device and the address of their place."""
    machines = ring_accounts(rng, stage, replace(spec, n_accounts=places))
    place = np.arange(len(accounts)) % places
    same = rng.random(len(accounts)) < spec.option("same_machine", 1.0)
    lent, own = machines.addresses.take(place), accounts.addresses
    return replace(
        accounts,
        market=machines.market[place],
        ip_market=machines.ip_market[place],
        device=np.where(same[:, None], machines.device[place], accounts.device),
        platform=np.where(same[:, None], machines.platform[place], accounts.platform),
        addresses=replace(
            own,
            ip=np.where(same[:, None], lent.ip, own.ip),
            asn=np.where(same[:, None], lent.asn, own.asn),
            behind_nat=np.where(same, lent.behind_nat, own.behind_nat),
            has_office=np.where(same, lent.has_office, own.has_office),
        ),
    )


def _signed_up(
    rng: np.random.Generator, spec: RingSpec, accounts: Accounts, first_day: Array, cohort: Array
) -> Accounts:
    """Let cohorts sign up within an hour, hours to two days before the first of them works."""
    n = len(accounts)
    start_day = np.full(int(cohort.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(start_day, cohort, first_day - spec.lifecycle.warmup_days)
    lead_s = rng.uniform(0.5, 2.0, len(start_day)) * DAY_S
    at_s = start_day[cohort] * DAY_S - lead_s[cohort] + rng.uniform(0, 3_600, n)
    fresh = rng.random(n) < spec.fresh_share
    created = np.where(fresh, START_US + (at_s * 1e6).astype(np.int64), accounts.created_us)
    return replace(accounts, created_us=created)
