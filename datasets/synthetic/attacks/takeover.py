"""A08, takeover: real people's accounts play targets while their owners sleep.

The operator has the passwords of 1,000 to 50,000 accounts and adds 2 to 10% to what they play, in
the local night of the owner, from another device and another address. It shows within an account
as a break in device, hour and taste, and between accounts in common targets. A shared speaker or a
child looks alike. Victims are hijacked, not guilty: their own plays are not touched.

Sources: the table of attack scenarios. When owners sleep (1 to 5 o'clock by their own clock), that
plays come every few nights and how soon owners notice are assumptions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.addresses import hosting_asn
from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.cover import one_at_a_time
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import MARKET_CODES, local_midnight, market_index
from cib.datasets.synthetic.operating import (
    choose_targets,
    cover_plays,
    events_per_day,
    live_days,
    moments,
    operated,
    target_plays,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Lifecycle, Planted, RingSpec
from cib.datasets.synthetic.schedules import expanded
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="takeover",
    number=8,
    scenario="A08",
    n_accounts=1_000,
    n_targets=150,
    plays_per_day=60.0,
    plays_sigma=0.5,
    target_share=0.05,
    markets=MARKET_CODES,
    infra=Infra(accounts_per_ip=50, accounts_per_device=50, asns=4),
    lifecycle=Lifecycle(churn_per_day=0.01),
    options={"own_accounts": 0, "nights_apart": 3, "asleep_from": 1.0, "asleep_to": 5.0},
)
"""`n_accounts` are the victims, everyday listeners of the `markets`. `target_share` is the mean
share of a victim's plays that is not its own, `plays_sigma` its spread, and `plays_per_day` the
most in a night. Options: `own_accounts` of the operator beside them, which play `plays_per_day`
targets by the ring's clock, with `own_share` of their plays (default 1); `nights_apart`, an account
is used every so many nights, for what has come together since; `asleep_from` and `asleep_to`, hours
of the owner's own clock. Through `lifecycle.churn_per_day` owners notice. Nothing happens at a
common time, so `jitter_s` has no effect; nor has `clock`, but for the operator's own accounts."""
FURTHER_OPTIONS = ("own_share", "play_s")
SWEEP = {
    "n_accounts": (1_000, 5_000, 50_000),
    "target_share": (0.02, 0.05, 0.1),
    "options.own_accounts": (0, 50),
}
_LOOK = 1 << 16
"""Everyday listeners looked at in one go."""


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring.

    Raises
    ------
    UsageError
        The markets have fewer everyday listeners than the ring wants victims.
    """
    numbers, owners = _victims(rng, stage, spec)
    n_own = int(spec.option("own_accounts", 0))
    # What the operator runs: the first clients have accounts of their own, the others borrow one.
    clients = ring_accounts(rng, stage, replace(spec, n_accounts=n_own + spec.n_accounts))
    # Home connections are rented where the owner lives; data centres are where they are.
    at_home = clients.addresses.asn[:, 0] < hosting_asn(0)
    at_home[:n_own] = False
    lives = np.append(clients.market[:n_own], owners.market)
    clients = replace(
        clients, ip_market=np.where(at_home, lives, clients.ip_market).astype(np.int8)
    )
    targets = choose_targets(rng, stage, spec)
    night = _by_night(rng, stage, spec, owners)
    account, start_s = night[0] + n_own, night[1]
    track = targets[rng.integers(0, len(targets), len(account))]
    borrowed = target_plays(rng, stage, spec, clients, account, track, start_s)
    accounts = clients.take(np.arange(n_own))
    events = [one_at_a_time(borrowed), _own(rng, stage, spec, accounts, targets)]
    component = operated(
        rng,
        stage,
        spec,
        accounts,
        Events.concat(events),
        klass=np.where(np.arange(len(clients)) < n_own, "automated", "hijacked"),
        role=np.where(np.arange(len(clients)) < n_own, "listener", "victim"),
        borrowed=numbers,
    )
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _victims(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> tuple[Array, Accounts]:
    """Draw everyday listeners of the ring's markets: their numbers, ascending, and accounts."""
    candidates = np.arange(stage.n_accounts)
    if set(spec.markets) != set(MARKET_CODES):
        wanted = [market_index(code) for code in spec.markets]
        looks = np.array_split(candidates, -(-len(candidates) // _LOOK))
        candidates = np.concatenate(
            [look[np.isin(stage.honest(look).market, wanted)] for look in looks]
        )
    if len(candidates) < spec.n_accounts:
        raise UsageError(
            f"Ring {spec.ring_id} takes over {spec.n_accounts} accounts, but {len(candidates)} "
            f"everyday listeners live in {', '.join(spec.markets)}: ask for fewer victims, other "
            "markets or more accounts."
        )
    numbers = np.sort(rng.choice(candidates, spec.n_accounts, replace=False))
    return numbers, stage.honest(numbers)


def _by_night(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, owners: Accounts
) -> tuple[Array, Array]:
    """Return the victim and the moment of every play that is not its own."""
    n, apart = len(owners), max(int(spec.option("nights_apart", 3)), 1)
    live = live_days(rng, stage, spec)
    used = live & ((np.arange(stage.n_days) + rng.integers(0, apart, (n, 1))) % apart == 0)
    spread = rng.normal(-(spec.plays_sigma**2) / 2, spec.plays_sigma, n)
    share = np.minimum(spec.target_share * np.exp(spread), 0.9)
    a_night = owners.rate * owners.active * share / (1 - share) * apart
    count = rng.poisson(np.minimum(a_night, spec.plays_per_day)[:, None] * used)
    count = np.minimum(count, int(spec.plays_per_day))
    row, _ = expanded(count.ravel())
    account, day = row // stage.n_days, row % stage.n_days
    low, high = spec.option("asleep_from", 1.0), spec.option("asleep_to", 5.0)
    # A night's plays come in one go, which is over before the owner gets up.
    begin = rng.random(count.size)
    length_h = count.ravel() * 4.0 / 60.0
    latest_h = np.maximum(high - low - length_h, 0.0)
    hour = (low + begin * latest_h)[row] + owners.shift_h[account]
    return account, local_midnight(owners.market[account], day) + hour * 3_600.0


def _own(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, accounts: Accounts, targets: Array
) -> Events:
    """Make what the operator's own accounts play."""
    if not len(accounts):
        return Events.of(0)
    own = replace(spec, n_accounts=len(accounts), target_share=spec.option("own_share", 1.0))
    count = events_per_day(rng, own, live_days(rng, stage, own))
    row, _ = expanded(count.ravel())
    account, day = row // stage.n_days, row % stage.n_days
    start_s = moments(rng, own, day, accounts.market[account])
    track = targets[rng.integers(0, len(targets), len(row))]
    boosts = target_plays(rng, stage, own, accounts, account, track, start_s)
    return one_at_a_time(Events.concat([boosts, cover_plays(rng, stage, own, accounts, boosts)]))
