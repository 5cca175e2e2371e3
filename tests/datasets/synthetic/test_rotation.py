"""A06: accounts come and go, machines and targets stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import rotation
from cib.datasets.synthetic.events import TIERS
from cib.datasets.synthetic.markets import START_US
from cib.datasets.synthetic.rings import Lifecycle, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

OPTIONS = {**rotation.DEFAULTS.options, "pool": 5}
SPEC = replace(rotation.DEFAULTS, n_accounts=200, plays_per_day=40.0, options=OPTIONS)


def made(stage: Stage, spec: RingSpec = SPEC) -> Planted:
    return rotation.make(stream(stage.seed, RINGS, 6), stage, spec)


def span_days(planted: Planted) -> np.ndarray:
    """Days from each account's first play to its last."""
    e = planted.component.events
    first = np.full(len(planted.component.accounts), np.inf)
    last = np.full(len(first), -np.inf)
    np.minimum.at(first, e.account, e.start_us)
    np.maximum.at(last, e.account, e.start_us)
    return (last - first) / 86_400e6


def test_accounts_live_for_days_one_after_the_other(stage: Stage) -> None:
    planted = made(stage)
    e = planted.component.events
    assert np.quantile(span_days(planted), 0.99) <= 5.1
    day = e.start_us // 86_400_000_000
    live = [len(np.unique(e.account[day == d])) for d in range(1, stage.n_days - 1)]
    assert np.mean(live[:12]) == pytest.approx(50, abs=15)  # local days of two meet in a UTC day
    assert len(planted.component.accounts) == 200
    assert np.isin(np.arange(len(planted.component.accounts)), e.account).all()


def test_a_short_ring_has_more_accounts_at_a_time(stage: Stage) -> None:
    planted = made(stage, replace(SPEC, n_days=7))
    assert len(planted.component.accounts) > 180


@pytest.mark.parametrize("same", [1.0, 0.0])
def test_machines_are_used_again(stage: Stage, same: float) -> None:
    options = {**SPEC.options, "same_machine": same}
    accounts = made(stage, replace(SPEC, options=options)).component.accounts
    device = len(np.unique(accounts.device[:, 1]))
    assert device == 20 if same else device > 60
    networks = len(np.unique(accounts.addresses.ip[:, 0]))
    assert networks == 8 if same else networks > 20


def test_cohorts_sign_up_within_an_hour_before_they_work(stage: Stage) -> None:
    planted = made(stage)
    accounts, e = planted.component.accounts, planted.component.events
    created = np.sort(accounts.created_us)
    close = np.diff(created) < 3_600e6
    assert close.mean() > 0.9
    first = np.full(len(accounts), np.iinfo(np.int64).max)
    np.minimum.at(first, e.account, e.start_us)
    assert (START_US + first > accounts.created_us).all()
    assert (accounts.tier == TIERS.index("trial")).mean() > 0.75


def test_lifecycle_shortens_lives_and_reuse_fills_the_log(stage: Stage) -> None:
    short = replace(SPEC, lifecycle=Lifecycle(active_days=1))
    assert np.quantile(span_days(made(stage, short)), 0.99) <= 1.1
    options = {**SPEC.options, "pool": 3}
    last = {}
    for reuse in (False, True):
        spec = replace(SPEC, n_accounts=60, options=options, lifecycle=Lifecycle(reuse=reuse))
        last[reuse] = made(stage, spec).component.events.start_us.max() / 86_400e6
    assert last[False] < 17
    assert last[True] > 27


def test_share_of_cover_within_lives(stage: Stage) -> None:
    e = made(stage).component.events
    assert e.inauthentic.mean() == pytest.approx(0.7, abs=0.04)
