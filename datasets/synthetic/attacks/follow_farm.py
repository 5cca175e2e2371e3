"""A13, follow, like and playlist-follow farm: reactions in bursts from accounts that never listen.

A client buys a number of followers for an artist profile or a playlist, or likes for a post; the
farm delivers from the same accounts for every client within hours. Follows without plays and shared
sets of followees betray it; migrants and importers, who follow hundreds within minutes, look alike.
500 to 20,000 accounts are the scenario's range, the rest is assumption.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import FOLLOW, LIKE, Events
from cib.datasets.synthetic.markets import DAY_S, START_US, market_index
from cib.datasets.synthetic.operating import (
    acts,
    choose_targets,
    cover_plays,
    jitter,
    live_days,
    moments,
    operated,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.turns import clear_of

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="follow-farm",
    number=13,
    scenario="A13",
    n_accounts=500,
    n_targets=40,
    audience=(5, 200),
    clock="flat24",
    infra=Infra(accounts_per_ip=10, accounts_per_device=10, asns=3),
    fresh_share=0.9,
    tiers={"free": 1.0},
    parent="search",
    complicity="paying_client",
    options={"action": "follow", "kind": "account", "burst_h": 3.0, "participation": 0.7},
)
"""Options: `action`, follow or like; `kind` of the targets, account (artists' profiles) or
playlist, for likes also post or track; `burst_h`, mean delay of a reaction after its burst begins;
`participation`, share of the accounts that deliver to a given target. Each account reacts to a
target once, so `plays_per_day` has no meaning here."""
SWEEP = {
    "n_accounts": (500, 2_000, 20_000),
    "options.burst_h": (0.2, 3, 24),
    "options.participation": (0.2, 0.7, 1.0),
    "options.kind": ("account", "playlist"),
}
_ACTIONS = {"follow": FOLLOW, "like": LIKE}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    kind = spec.choice("kind", "account")
    targets = choose_targets(rng, stage, spec, kind, known=kind in ("account", "playlist", "track"))
    live = live_days(rng, stage, spec)
    begin = _bursts(rng, stage, spec, targets, live)
    on_day = np.clip((begin // DAY_S).astype(np.int64), 0, stage.n_days - 1)
    # The customer's number is delivered once, from accounts drawn anew.
    drawn = rng.random((len(accounts), len(targets))) < spec.option("participation", 0.7)
    who, order = np.nonzero(drawn & live[:, on_day])
    delay = rng.exponential(spec.option("burst_h", 3.0) * 3_600.0, len(who))
    at = begin[order] + delay + np.abs(jitter(rng, spec, len(who)))
    action = _ACTIONS[spec.choice("action", "follow")]
    reactions = acts(accounts, who, targets[order], action, at).replace(inauthentic=True)
    cover = cover_plays(rng, stage, spec, accounts, reactions)
    events = Events.concat([reactions, cover.take(clear_of(reactions, cover, 1.0))])
    component = operated(rng, stage, spec, accounts, events, role="follower")
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _bursts(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, targets: Array, live: Array
) -> Array:
    """Draw when delivery to each target begins: on a day on which most of the farm works."""
    working = live.sum(axis=0).astype(np.float64)
    # A burst takes its time; what begins at the very end would be cut.
    working[1:] *= 1.0 - 0.9 * (np.arange(1, stage.n_days) == stage.n_days - 1)
    if not working.any():
        return np.zeros(len(targets))
    day = rng.choice(stage.n_days, len(targets), p=working / working.sum())
    at = moments(rng, spec, day, market_index(spec.markets[0]))
    published = (stage.catalogue.release_us[targets] - START_US) / 1e6
    begin: Array = np.maximum(at, published + 600.0)
    return begin
