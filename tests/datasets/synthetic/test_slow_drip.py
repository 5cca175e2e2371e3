"""A07: a little every day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cib.datasets.synthetic.attacks import slow_drip
from cib.datasets.synthetic.events import PLAY, Events
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

SPEC = replace(slow_drip.DEFAULTS, n_accounts=60)


def made(stage: Stage, **changes: Any) -> Events:
    spec = replace(SPEC, **changes)
    e = slow_drip.make(stream(stage.seed, RINGS, 7), stage, spec).component.events
    return e.take(e.action == PLAY)


def test_one_to_five_targets_a_day_over_the_whole_log(stage: Stage) -> None:
    e = made(stage)
    targets = e.take(e.inauthentic)
    day = (targets.start_s - 5 * 3_600) // 86_400  # in the US
    count = np.unique(targets.account * 1_000.0 + day, return_counts=True)[1]
    assert np.quantile(count, 0.98) <= 5  # a play at midnight may fall into the next day
    assert 2 < count.mean() < 4
    assert len(count) > 0.8 * 60 * stage.n_days
    assert 0.06 < e.inauthentic.mean() < 0.1


def test_long_windows_show_what_days_do_not(stage: Stage) -> None:
    e = made(stage)
    targets = e.take(e.inauthentic)

    def shared(rows: np.ndarray) -> float:
        """Mean number of targets that two accounts have in common."""
        touched = np.zeros((60, len(stage.catalogue)), bool)
        touched[targets.account[rows], targets.content[rows]] = True
        held = touched.sum(axis=0)
        return float((held * (held - 1)).sum() / (60 * 59))

    day = targets.start_us // 86_400_000_000
    assert shared(day == 3) < 0.3
    assert shared(day >= 0) > 15


def test_fewer_days_and_other_clocks(stage: Stage) -> None:
    few = made(stage, options={**SPEC.options, "days": 0.3}, target_share=0.2)
    assert few.inauthentic.sum() < 0.45 * made(stage, target_share=0.2).inauthentic.sum()
    office = made(stage, clock="office", target_share=0.2)
    hour = office.start_s[office.inauthentic] / 3_600 % 24  # in the US, 9 to 18 is 14 to 23
    assert ((hour > 14) & (hour < 23.3)).mean() > 0.95
