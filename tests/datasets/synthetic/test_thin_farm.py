"""A04: many accounts, many tracks, nobody else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cib.datasets.synthetic.attacks import thin_farm
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

SPEC = replace(thin_farm.DEFAULTS, n_accounts=60, n_targets=3_000, n_days=5)


def test_spread_thin_over_tracks_that_nobody_hears(stage: Stage) -> None:
    planted = thin_farm.make(stream(stage.seed, RINGS, 4), stage, SPEC)
    e, targets = planted.component.events, planted.targets.content
    assert stage.audience[targets].max() < 1.0
    assert set(planted.targets.complicity) == {"operator_owned"}
    plays = np.bincount(e.content)[targets]
    assert (plays > 0).mean() > 0.95
    assert plays.max() < 6 * plays.mean()
    catalogue = stage.catalogue
    labels = np.unique(catalogue.label_id[catalogue.artist[targets]])
    everybody = np.unique(catalogue.label_id)
    assert len(labels) < 0.1 * len(everybody)


def test_round_the_clock(stage: Stage) -> None:
    options = {**SPEC.options, "play_s": 136.0}
    spec = replace(SPEC, plays_per_day=636.0, plays_sigma=0.0, options=options, markets=("GB",))
    e = thin_farm.make(stream(stage.seed, RINGS, 4), stage, spec).component.events
    assert 600 < len(e) / (60 * 5) < 660
    hour = np.bincount((e.start_us // 3_600_000_000 % 24).astype(int), minlength=24)
    assert hour.min() > 0.9 * hour.mean()
    order = np.lexsort((e.start_us, e.account))
    start, end = e.start_us[order], e.start_us[order] + e.duration_ms[order] * 1000
    later = (np.diff(e.account[order]) == 0) & (np.diff(start) > 0)
    assert (end[:-1] <= start[1:])[later].all()


def test_cards_plans_and_mailboxes_are_shared(stage: Stage) -> None:
    accounts = thin_farm.make(stream(stage.seed, RINGS, 4), stage, SPEC).component.accounts
    cards = accounts.payment_hash[accounts.payment_hash > 0]
    assert len(np.unique(cards)) == 3
    assert len(np.unique(accounts.email_domain_hash)) == 3
    family = accounts.plan_id[accounts.plan_id > 0]
    assert len(np.unique(family)) <= 10
