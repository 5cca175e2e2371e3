"""A13: follows in bursts from accounts that never listen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import follow_farm
from cib.datasets.synthetic.catalogue import kind_code
from cib.datasets.synthetic.events import FOLLOW, LIKE, PLAY
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


@pytest.mark.parametrize(
    ("kind", "action", "code"),
    [("account", "follow", FOLLOW), ("playlist", "follow", FOLLOW), ("post", "like", LIKE)],
)
def test_bursts_without_a_play(stage: Stage, kind: str, action: str, code: int) -> None:
    options = {**follow_farm.DEFAULTS.options, "kind": kind, "action": action, "burst_h": 1.0}
    spec = replace(follow_farm.DEFAULTS, n_accounts=200, n_targets=20, options=options)
    planted = follow_farm.make(stream(stage.seed, RINGS, 13), stage, spec)
    e = planted.component.events
    assert (e.action == code).all()
    assert (stage.catalogue.kind[e.content] == kind_code(kind)).all()
    assert (e.start_us >= stage.catalogue.release_us[e.content] - 1_769_990_400_000_000).all()
    reach = [len(np.unique(e.account[e.content == t])) for t in planted.targets.content]
    assert 0.6 < np.median(reach) / 200 < 0.8
    for target in planted.targets.content[:5]:
        at = e.start_s[e.content == target]
        assert np.quantile(at, 0.9) - at.min() < 4 * 3_600
    pairs = e.account.astype(np.int64) * len(stage.catalogue) + e.content
    again = len(pairs) - len(np.unique(pairs))
    assert again < 0.005 * len(pairs)  # nobody follows twice: only doubled deliveries


def test_listening_as_cover_when_asked(stage: Stage) -> None:
    spec = replace(follow_farm.DEFAULTS, n_accounts=100, target_share=0.3, cover="popular")
    e = follow_farm.make(stream(stage.seed, RINGS, 13), stage, spec).component.events
    assert (e.action[~e.inauthentic] == PLAY).all()
    assert 0.25 < e.inauthentic.mean() < 0.36
