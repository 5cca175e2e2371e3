"""A02: the same set a day, at different times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import jittered
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import hour_cdf, market_index, utc_offset_s
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

SPEC = replace(jittered.DEFAULTS, n_accounts=60, n_days=10, target_share=1.0)


def made(stage: Stage, **changes: Any) -> Events:
    spec = replace(SPEC, **changes)
    return jittered.make(stream(stage.seed, RINGS, 2), stage, spec).component.events


def local(e: Events) -> tuple[np.ndarray, np.ndarray]:
    """Day and hour by the clock of the market."""
    seconds = e.start_s + utc_offset_s(market_index("US"), 0)
    return np.floor(seconds / 86_400).astype(int), seconds % 86_400 / 3_600


@pytest.mark.parametrize("jitter_s", [60.0, 6 * 3_600.0, 12 * 3_600.0])
def test_every_account_plays_the_days_set(stage: Stage, jitter_s: float) -> None:
    e = made(stage, jitter_s=jitter_s, duration="just_over_30")
    day, _ = local(e)
    same = np.zeros((10, 60), bool)
    for d in range(10):
        on = day == d
        everybody = set(e.content[on])
        assert len(everybody) <= 21  # twenty, and what slipped past the day before's midnight
        for a in range(60):
            own, count = np.unique(e.content[on & (e.account == a)], return_counts=True)
            same[d, a] = len(own) >= 20 and np.median(count) == 2
    assert same.mean() > 0.9


def together(content: np.ndarray, start_s: np.ndarray) -> int:
    """Pairs of plays of a track within 60 s (an account's own are further apart or few)."""
    key = np.sort(content * 1e8 + start_s)
    return int((np.searchsorted(key, key + 60.0, "right") - np.arange(len(key)) - 1).sum())


def test_hours_of_jitter_leave_no_more_co_actions_than_chance(stage: Stage) -> None:
    rng = np.random.default_rng(0)
    seen = {}
    for jitter_s in (60.0, 6 * 3_600.0):
        e = made(stage, jitter_s=jitter_s, duration="just_over_30")
        day, _ = local(e)
        chance = []
        for _ in range(5):
            # Exchange the tracks among the plays of a day: when and who stay.
            order, by_day = np.argsort(day, kind="stable"), np.lexsort((rng.random(len(e)), day))
            content = np.empty_like(e.content)
            content[order] = e.content[by_day]
            chance.append(together(content, e.start_s))
        seen[jitter_s] = together(e.content, e.start_s) / np.mean(chance)
    assert seen[60.0] > 3
    assert seen[6 * 3_600.0] < 1.25


def test_the_mask_is_kept(stage: Stage) -> None:
    quiet = {}
    for clock in ("diurnal", "flat24", "office"):
        _, hour = local(made(stage, jitter_s=8 * 3_600.0, clock=clock, duration="just_over_30"))
        quiet[clock] = (hour < 6).mean()
    assert quiet["office"] < 0.5 * hour_cdf()[:, 5].mean()
    # Few plans are for the night, so few accounts are near it.
    night = hour_cdf()[:, 5].mean()
    assert 0.3 * night < quiet["diurnal"] < 1.2 * night
    assert 0.2 < quiet["flat24"] < 0.3


def test_cover_and_repeatability(stage: Stage) -> None:
    changes = {"target_share": 0.5, "n_accounts": 40, "plays_per_day": 20.0}
    one, two = made(stage, **changes), made(stage, **changes)
    assert 0.47 < one.inauthentic.mean() < 0.53
    assert (one.start_us == two.start_us).all()
    assert (one.ip == two.ip).all()
