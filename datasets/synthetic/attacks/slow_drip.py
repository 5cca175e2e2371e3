"""A07, the slow drip: one to five targets a day, hidden in ordinary listening, for months.

No day and no week of an account looks odd; over the whole log the accounts have far more tracks in
common than taste explains. It shows in co-membership over long windows only. Fans of a niche look
alike.

Sources: the table of attack scenarios (1 to 5 targets a day for 90 to 180 days; here for as long as
the log lasts). The accounts' other listening is an assumption.
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
    live_days,
    moments,
    operated,
    target_plays,
    with_warmup,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.schedules import coprime, expanded
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="slow-drip",
    number=7,
    scenario="A07",
    n_accounts=400,
    n_targets=100,
    plays_per_day=3.0,
    plays_sigma=0.3,
    target_share=0.08,
    fresh_share=0.3,
    infra=Infra(accounts_per_ip=3, residential_share=0.7),
    options={"least": 1, "most": 5, "days": 0.9},
)
"""Options: `least` and `most` targets on a working day; `days`, share of the days that an account
works. A day's targets are distinct. Targets follow plays of the cover; with other clocks than
`diurnal` they come at its hours. There is no schedule, so `jitter_s` has no effect."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "plays_per_day": (1.0, 2.0, 3.0, 5.0),
    "n_accounts": (50, 400, 2_000),
    "n_targets": (20, 100, 500),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec)
    live = live_days(rng, stage, spec)
    working = live & (rng.random(live.shape, np.float32) < spec.option("days", 0.9))
    mean = spec.plays_per_day * np.exp(rng.normal(0, spec.plays_sigma, (len(accounts), 1)))
    least, most = int(spec.option("least", 1)), min(int(spec.option("most", 5)), len(targets))
    count = np.clip(rng.poisson(np.broadcast_to(mean, live.shape)), least, most) * working
    wanted = count.sum(axis=1) * (1 / spec.target_share - 1)
    listening = with_warmup(stage, spec, live)
    cover = cover_listening(rng, stage, spec, accounts, wanted, listening)
    row, place = expanded(count.ravel())
    account, day = row // stage.n_days, row % stage.n_days
    start_s = moments(rng, spec, day, accounts.market[account], accounts.shift_h[account])
    if spec.clock == "diurnal":
        hidden_s = beside(rng, accounts, cover, account, day)
        start_s = np.where(np.isnan(hidden_s), start_s, hidden_s)
    first = rng.integers(0, len(targets), count.size)[row]
    step = coprime(rng, len(targets), count.size)[row]
    track = targets[(first + place * step) % len(targets)]
    boosts = target_plays(rng, stage, spec, accounts, account, track, start_s)
    plays = one_at_a_time(Events.concat([boosts, cover]))
    liked = with_reactions(rng, stage, accounts, plays.take(~plays.inauthentic))
    events = Events.concat([plays.take(plays.inauthentic), liked])
    return Planted(
        spec, operated(rng, stage, spec, accounts, events), Targets.of(targets, spec.complicity)
    )
