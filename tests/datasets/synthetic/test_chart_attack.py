"""A11: a burst of streams of a real hit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import chart_attack
from cib.datasets.synthetic.markets import START_US
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def test_250_streams_of_the_hit_from_each_account_in_two_days(stage: Stage) -> None:
    spec = replace(chart_attack.DEFAULTS, n_accounts=400)
    planted = chart_attack.make(stream(stage.seed, RINGS, 11), stage, spec)
    e = planted.component.events
    bad = e.take(e.inauthentic)
    assert 90_000 < len(bad) < 124_000
    assert bad.start_s.min() > 4.9 * 86_400
    assert bad.start_s.max() < 7.6 * 86_400
    tracks = stage.contents("track", known=True)
    assert set(bad.content) == {tracks[np.argmax(stage.audience[tracks])]}
    assert set(planted.targets.complicity) == {"framed"}
    assert (planted.component.accounts.created_us > START_US - 60 * 86_400_000_000).mean() > 0.85
    order = np.lexsort((bad.start_us, bad.account))
    end = (bad.start_us + bad.duration_ms.astype(np.int64) * 1000)[order]
    later = (np.diff(bad.account[order]) == 0) & (np.diff(bad.start_us[order]) > 0)
    assert (end[:-1] < bad.start_us[order][1:])[later].all()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_streams_on_accounts_of_others(stage: Stage, share: float) -> None:
    options = {**chart_attack.DEFAULTS.options, "borrowed_share": share}
    spec = replace(chart_attack.DEFAULTS, n_accounts=60, options=options, n_targets=14)
    c = chart_attack.make(stream(stage.seed, RINGS, 11), stage, spec).component
    own, lent = 60 - round(60 * share), round(60 * share)
    assert (len(c.accounts), len(c.borrowed)) == (own, lent)
    assert (c.klass[own:] == "hijacked").all()
    assert (c.klass[:own] == "automated").all()
    theirs = c.events.take(c.events.account >= own)
    assert len(theirs) > 100
    assert theirs.inauthentic.all()
    owners = stage.honest(c.borrowed)
    known = theirs.device > 0
    assert (theirs.device == owners.device[theirs.account - own, 0])[known].all()
