"""A09: people who work through lists in the same order, each when they have time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cib.datasets.synthetic.attacks import paid_humans
from cib.datasets.synthetic.events import SAVE
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def _planted(stage: Stage, cyborg_share: float) -> Planted:
    options = {**paid_humans.DEFAULTS.options, "cyborg_share": cyborg_share, "left_out": 0.0}
    spec = replace(paid_humans.DEFAULTS, n_accounts=80, n_days=14, options=options)
    return paid_humans.make(stream(stage.seed, RINGS, 9), stage, spec)


def test_lists_are_worked_through_in_order(stage: Stage) -> None:
    planted = _planted(stage, 0.0)
    e = planted.component.events
    bad = e.take(e.inauthentic)
    assert (planted.component.klass == "paid_human").all()
    place = np.full(len(stage.catalogue), -1)
    place[planted.targets.content] = np.arange(len(planted.targets.content))
    order = np.lexsort((bad.start_us, bad.account))
    step = np.diff(place[bad.content[order]])
    assert (np.diff(bad.account[order]) == 0)[step == 1].mean() > 0.99
    assert (step == 1).mean() > 0.8  # nine steps in ten are inside a list
    # Completed just over 30 s, some skipped, and at hours of their own: hardly two in step.
    assert 0.03 < (bad.duration_ms < 30_000).mean() < 0.15
    assert 36_000 < np.median(bad.duration_ms) < 42_000
    gap = np.diff(np.sort(bad.start_us[bad.content == planted.targets.content[0]]))
    assert np.median(gap) > 600e6


def test_they_save_what_they_like_but_no_target(stage: Stage) -> None:
    e = _planted(stage, 0.0).component.events
    assert not (e.action[e.inauthentic] == SAVE).any()
    assert (e.action == SAVE).sum() > 50
    assert 0.15 < e.inauthentic.mean() < 0.32


def test_cyborgs_take_the_same_time_for_each(stage: Stage) -> None:
    people, script = (_planted(stage, share).component.events for share in (0.0, 1.0))
    spread = [e.duration_ms[e.inauthentic].std() for e in (people, script)]
    assert spread[1] < 1_000 < spread[0]
