"""A05: most plays are cover, of the kind that was ordered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import camouflage
from cib.datasets.synthetic.events import PLAY, Events
from cib.datasets.synthetic.rings import Lifecycle, Planted
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

SPEC = replace(camouflage.DEFAULTS, n_accounts=60, plays_per_day=10.0)


def made(stage: Stage, **changes: Any) -> Planted:
    return camouflage.make(stream(stage.seed, RINGS, 5), stage, replace(SPEC, **changes))


def plays(planted: Planted) -> Events:
    e = planted.component.events
    return e.take((e.action == PLAY) & (e.parent_kind >= 0))  # views of posts have no parent


@pytest.mark.parametrize("share", [0.7, 0.3, 0.1])
def test_share_of_cover(stage: Stage, share: float) -> None:
    e = plays(made(stage, target_share=share, plays_per_day=24 * share))
    assert e.inauthentic.mean() == pytest.approx(share, abs=0.02)
    own = np.bincount(e.account, e.inauthentic) / np.bincount(e.account)
    assert np.quantile(np.abs(own - share), 0.9) < 0.08


def test_each_account_has_its_own_targets(stage: Stage) -> None:
    planted = made(stage, plays_per_day=20.0)
    e = planted.component.events
    e = e.take(e.inauthentic)
    pairs = np.unique(e.account.astype(np.int64) * len(stage.catalogue) + e.content)
    each = np.bincount(pairs // len(stage.catalogue))
    assert each.max() == 60
    assert np.median(each) > 55
    assert len(np.unique(e.content)) == 200


def repeats(e: Events) -> float:
    """Share of plays of what the account played before."""
    pairs = np.unique(e.account.astype(np.int64) * 2**32 + e.content)
    return 1 - len(pairs) / len(e)


def common_pairs(e: Events) -> float:
    """Share of successive pairs of tracks that another account has too."""
    order = np.lexsort((e.start_us, e.account))
    track, account = e.content[order].astype(np.int64), e.account[order]
    pair = (track[:-1] * 2**32 + track[1:])[account[:-1] == account[1:]]
    owner = account[:-1][account[:-1] == account[1:]]
    _, which = np.unique(pair, return_inverse=True)
    both = np.unique(np.stack([which, owner]), axis=1)
    return float((np.bincount(both[0])[which] > 1).mean())


def test_kinds_of_cover(stage: Stage) -> None:
    cover = {}
    for kind in ("popular", "taste_matched", "copied", "organised"):
        e = plays(made(stage, cover=kind, n_accounts=40))
        cover[kind] = e.take(~e.inauthentic)
    assert repeats(cover["popular"]) < 0.5 * repeats(cover["taste_matched"])
    assert common_pairs(cover["taste_matched"]) < 0.5 * common_pairs(cover["copied"])
    assert common_pairs(cover["organised"]) > 0.9
    assert len(np.unique(cover["organised"].content)) <= 180
    fame = {kind: np.median(stage.audience[e.content]) for kind, e in cover.items()}
    assert fame["organised"] > 0.3 * fame["popular"] > 0


def test_targets_stand_in_sessions(stage: Stage) -> None:
    quiet = {}
    for clock in ("diurnal", "flat24"):
        e = plays(made(stage, clock=clock))
        order = np.lexsort((e.start_us, e.account))
        start, target = e.start_us[order], e.inauthentic[order]
        end = start + e.duration_ms[order] * 1000
        same = e.account[order][1:] == e.account[order][:-1]
        gap = (start[1:] - end[:-1])[same & target[1:] & ~target[:-1]]
        quiet[clock] = (gap > 600e6).mean()
        assert (gap[gap != 0] > -1e6).all()
    assert quiet["diurnal"] < 0.1
    assert quiet["flat24"] > 0.3


def test_lifecycle(stage: Stage) -> None:
    life = Lifecycle(warmup_days=7, active_days=10)
    e = plays(made(stage, start_day=2, lifecycle=life))
    day = (e.start_s - 5 * 3_600) // 86_400  # in the US
    assert np.isin(np.unique(day[e.inauthentic]), np.arange(9, 20)).all()
    cover = day[~e.inauthentic]
    assert (cover < 2).mean() < 0.01
    assert 0.25 < (cover < 9).mean() < 0.55


def test_same_stream_same_events(stage: Stage) -> None:
    one, two = (made(stage, cover="copied").component.events for _ in range(2))
    assert (one.start_us == two.start_us).all()
    assert (one.content == two.content).all()
