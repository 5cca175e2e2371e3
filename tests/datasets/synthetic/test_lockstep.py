"""A01: everybody plays the same at the same time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import lockstep
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def test_the_ring_keeps_step(stage: Stage) -> None:
    spec = replace(lockstep.DEFAULTS, n_accounts=60, n_days=7)
    planted = lockstep.make(stream(stage.seed, RINGS, 1), stage, spec)
    e = planted.component.events
    assert e.inauthentic.all()
    assert set(np.unique(e.content)) == set(planted.targets.content)
    order = np.lexsort((e.start_us, e.content))
    content, start = e.content[order], e.start_us[order] / 1e6
    new = (np.diff(content) != 0) | (np.diff(start) > 30)
    size = np.diff(np.flatnonzero(np.concatenate([[True], new, [True]])))
    assert np.median(size) >= 0.8 * 60
    assert (e.start_us < 7 * 86_400e6).all()
    assert ((e.duration_ms >= 31_000) & (e.duration_ms <= 35_000)).all()
    assert len(np.unique(e.ip[e.ip > 0])) == 3
    assert len(np.unique(e.device[e.device > 0])) == 12


@pytest.mark.parametrize("cover", ["popular", "taste_matched", "copied"])
def test_cover_is_as_much_as_was_ordered(stage: Stage, cover: str) -> None:
    spec = replace(lockstep.DEFAULTS, n_accounts=60, target_share=0.4, plays_per_day=40.0)
    spec = replace(spec, cover=cover)
    e = lockstep.make(stream(stage.seed, RINGS, 1), stage, spec).component.events
    assert 0.34 < e.inauthentic.mean() < 0.46
    order = np.lexsort((e.start_us, e.account))
    account, start = e.account[order], e.start_us[order]
    end = start + e.duration_ms[order] * 1000
    same = account[1:] == account[:-1]
    duplicate = start[1:] == start[:-1]
    assert (end[:-1] > start[1:] + 1_000)[same & ~duplicate].mean() < 0.03
