"""Rings after public cases have the cases' figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.adaptive import plant
from cib.datasets.synthetic.attacks.known_chart_attacks import EARRINGS_2026, PRESETS, TIDAL_2016
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def test_plays_on_subscribers_accounts(stage: Stage) -> None:
    spec = replace(TIDAL_2016, n_accounts=500)
    c = plant(stream(stage.seed, RINGS, spec.number), stage, spec).component
    assert len(c.accounts) == 0
    assert len(c.borrowed) == 500
    # 320 million on 1.7 million accounts; the lognormal spread raises the mean over the median.
    median = np.median(np.bincount(c.events.account, minlength=500))
    assert median == pytest.approx(320 / 1.7, rel=0.15)
    hour = c.events.start_s // 3_600 % 24
    assert np.bincount(hour.astype(int), minlength=24).min() > 0.02 * len(hour)


def test_half_a_million_streams_of_one_hit(stage: Stage) -> None:
    assert set(PRESETS) == {"tidal_2016", "earrings_2026"}
    planted = plant(stream(stage.seed, RINGS, 202), stage, EARRINGS_2026)
    e = planted.component.events
    assert e.inauthentic.sum() > 500_000
    assert len(planted.targets.content) == 1
    local_day = (e.start_s[e.inauthentic] - 5 * 3_600) // 86_400
    assert np.isin(local_day, [6, 7]).mean() > 0.95
