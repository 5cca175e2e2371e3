"""A05, camouflage: most of what the accounts play is there to hide what they play for the ring.

Targets are 5 to 70% of an account's plays, put between those of ordinary-looking sessions at no
common time. Cover is popular music, listening by taste, a copied history, or lists handed out as
fans do. It shows in the block of accounts and targets that is left when honest taste is taken
out, and in cover without repeats or an order of its own. Organised fans look alike.

Sources: the table of attack scenarios (c from .3 to .95) and the grid of the detection curve (60
targets each). Volume is an assumption: with the defaults, 120 plays a day, 36 of them for the ring.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.cover import beside, cover_listening, one_at_a_time
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.operating import (
    choose_targets,
    events_per_day,
    live_days,
    moments,
    operated,
    target_plays,
    with_warmup,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.schedules import expanded
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="camouflage",
    number=5,
    scenario="A05",
    n_accounts=300,
    n_targets=200,
    plays_per_day=36.0,
    plays_sigma=0.4,
    target_share=0.3,
    cover="taste_matched",
    infra=Infra(accounts_per_ip=4, residential_share=0.5),
    options={"targets_each": 60, "reactions": 1.0},
)
"""Options: `targets_each`, distinct targets that an account plays, drawn for each by itself;
`reactions`, 1 where accounts also like, follow and comment as people do, else 0. The diurnal clock
puts targets into the sessions of the cover, the others anywhere by their hours; there is no
schedule, so `jitter_s` has no effect."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "target_share": (0.7, 0.5, 0.3, 0.2, 0.1, 0.05),
    "cover": ("popular", "taste_matched", "copied", "organised"),
    "n_accounts": (10, 30, 100, 300, 1_000),
    "n_targets": (20, 200, 2_000, 10_000),
}
_CHUNK = 20_000_000
"""Random numbers drawn at once."""


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    live = live_days(rng, stage, spec)
    count = events_per_day(rng, spec, live)
    wanted = count.sum(axis=1) * (1 / spec.target_share - 1)
    listening = with_warmup(stage, spec, live)
    cover = cover_listening(rng, stage, spec, accounts, wanted, listening)
    row, _ = expanded(count.ravel())
    account, day = row // stage.n_days, row % stage.n_days
    start_s = moments(rng, spec, day, accounts.market[account], accounts.shift_h[account])
    if spec.clock == "diurnal":
        hidden_s = beside(rng, accounts, cover, account, day)
        start_s = np.where(np.isnan(hidden_s), start_s, hidden_s)
    own = _own_targets(rng, len(accounts), len(targets), int(spec.option("targets_each", 60)))
    which = own[account, rng.integers(0, own.shape[1], len(account))]
    boosts = target_plays(rng, stage, spec, accounts, account, targets[which], start_s)
    plays = one_at_a_time(Events.concat([boosts, cover]))
    events = plays
    if spec.option("reactions", 1.0) > 0:
        liked = with_reactions(rng, stage, accounts, plays.take(~plays.inauthentic))
        events = Events.concat([plays.take(plays.inauthentic), liked])
    return Planted(
        spec, operated(rng, stage, spec, accounts, events), Targets.of(targets, spec.complicity)
    )


def _own_targets(rng: np.random.Generator, n: int, n_targets: int, each: int) -> Array:
    """Draw each account's targets, (n, at most `each`) indices without a repeat."""
    each = min(max(each, 1), n_targets)
    if each == n_targets:
        return np.broadcast_to(np.arange(n_targets), (n, n_targets))
    step = max(_CHUNK // n_targets, 1)
    parts = []
    for first in range(0, n, step):
        keys = rng.random((min(step, n - first), n_targets), np.float32)
        parts.append(np.argpartition(keys, each, axis=1)[:, :each].astype(np.int32))
    return np.concatenate(parts)
