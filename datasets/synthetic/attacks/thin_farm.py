"""A04, the thin farm: thousands of accounts play tens of thousands of the operator's own tracks.

No track is played often, every account plays a lot (up to 636 a day), and nobody else hears the
tracks. It shows in tracks heard only by the ring, in volume, and in plans, cards, mailboxes and
labels shared. Long-tail and noise listeners look alike.

Sources: US v. Smith, as reported in the press on the indictment: 1,040 accounts with 661,440
streams a day, 636 each, 2 min 16 s apart, round the clock. How many accounts share a card and how
many labels there are is assumed. Targets are contents that hardly anybody of the world plays: what
was played by the ring alone, the truth records.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.cover import one_at_a_time
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, local_midnight
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
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.schedules import expanded
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="thin-farm",
    number=4,
    scenario="A04",
    n_accounts=1_000,
    n_targets=10_000,
    audience=(0.0, 1.0),
    plays_per_day=200.0,
    clock="flat24",
    infra=Infra(accounts_per_ip=20, accounts_per_device=4),
    parent="album",
    complicity="operator_owned",
    options={"labels": 8, "accounts_per_card": 24, "mail_domains": 3},
)
"""Options: `labels` that the tracks are of, or as many as it takes; `accounts_per_card` that pay;
`mail_domains` that the accounts signed up with. With the flat clock, plays are evenly apart."""
FURTHER_OPTIONS = ("play_s",)
SWEEP = {
    "n_accounts": (1_000, 3_000, 10_000),
    "n_targets": (10_000, 30_000, 100_000),
    "plays_per_day": (60.0, 200.0, 636.0),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    n = len(accounts)
    card = hashes(rng, n)[np.arange(n) // max(int(spec.option("accounts_per_card", 24)), 1)]
    domains = hashes(rng, max(int(spec.option("mail_domains", 3)), 1))
    accounts = replace(
        accounts,
        payment_hash=np.where(accounts.payment_hash > 0, card, np.uint64(0)),
        email_domain_hash=domains[rng.integers(0, len(domains), n)],
    )
    targets = choose_targets(rng, stage, spec, labels=int(spec.option("labels", 8)))
    count = events_per_day(rng, spec, live_days(rng, stage, spec))
    row, place = expanded(count.ravel())
    account, day = row // stage.n_days, row % stage.n_days
    gap_s = DAY_S / np.maximum(count.ravel()[row], 1)
    if spec.clock == "flat24":
        start_s = local_midnight(accounts.market[account], day)
        start_s = start_s + (place + 0.5 * rng.random(len(row))) * gap_s
    else:
        start_s = moments(rng, spec, day, accounts.market[account])
    track = targets[rng.integers(0, len(targets), len(row))]
    albums = stage.catalogue.album_id[stage.catalogue.album[track]]
    boosts = target_plays(
        rng,
        stage,
        spec,
        accounts,
        account,
        track,
        start_s,
        parent_id=albums if spec.parent == "album" else 0,
        room_s=np.maximum(gap_s - 1.0, 31.0),
    )
    cover = cover_plays(rng, stage, spec, accounts, boosts)
    events = one_at_a_time(Events.concat([boosts, cover]))
    return Planted(
        spec, operated(rng, stage, spec, accounts, events), Targets.of(targets, spec.complicity)
    )
