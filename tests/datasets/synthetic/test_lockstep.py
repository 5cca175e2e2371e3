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


def test_full_plays_have_room(stage: Stage) -> None:
    spec = replace(lockstep.DEFAULTS, n_accounts=20, n_days=5, duration="full")
    e = lockstep.make(stream(stage.seed, RINGS, 1), stage, spec).component.events
    assert (e.duration_ms >= 0.95 * stage.catalogue.length_ms[e.content]).all()
    order = np.lexsort((e.start_us, e.account))
    start, end = e.start_us[order], e.start_us[order] + e.duration_ms[order] * 1000
    later = (np.diff(e.account[order]) == 0) & (np.diff(start) > 0)
    assert (end[:-1] <= start[1:])[later].all()


def test_streams_in_parallel(stage: Stage) -> None:
    options = {**lockstep.DEFAULTS.options, "parallel": 8, "participation": 1.0}
    spec = replace(lockstep.DEFAULTS, n_accounts=5, n_days=3, markets=("GB",), options=options)
    spec = replace(spec, plays_per_day=8_000)
    e = lockstep.make(stream(stage.seed, RINGS, 1), stage, spec).component.events
    assert len(e) == pytest.approx(5 * 3 * 8_000, rel=0.02)
    e = e.take(e.account == 0)
    order = np.argsort(e.start_us)
    start, end = e.start_us[order], np.sort(e.start_us + e.duration_ms * 1000)
    at_once = np.arange(1, len(start) + 1) - np.searchsorted(end, start)
    assert np.percentile(at_once, 99.5) == 8


def test_subsets_take_turns_and_rest(stage: Stage) -> None:
    options = {**lockstep.DEFAULTS.options, "subsets": 4, "participation": 1.0}
    options |= {"on_days": 1, "off_days": 2}
    spec = replace(lockstep.DEFAULTS, n_accounts=40, n_days=10, plays_per_day=160, options=options)
    e = lockstep.make(stream(stage.seed, RINGS, 1), stage, spec).component.events
    hour = e.start_us // 3_600_000_000
    followers = [len(np.unique(e.account[hour == h])) for h in np.unique(hour)]
    assert np.median(followers) <= 20
    assert len(np.unique(e.account)) == 40
    local = (e.start_us / 86_400e6 - 5 / 24) // 1
    assert (np.isin(local, [0, 3, 6, 9])).mean() > 0.97
