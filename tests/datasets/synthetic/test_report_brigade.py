"""A14: many reports of what the reporters never met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import report_brigade
from cib.datasets.synthetic.catalogue import kind_code
from cib.datasets.synthetic.events import REPORT
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


@pytest.mark.parametrize("reports", [100.0, 2_000.0])
def test_reports_come_in_a_day_for_one_reason(stage: Stage, reports: float) -> None:
    options = {**report_brigade.DEFAULTS.options, "reports_per_target": reports}
    spec = replace(report_brigade.DEFAULTS, n_accounts=60, options=options, n_days=27)
    planted = report_brigade.make(stream(stage.seed, RINGS, 14), stage, spec)
    c, e = planted.component, planted.component.events
    assert (e.action[e.inauthentic] == REPORT).all()
    assert (stage.catalogue.kind[planted.targets.content] == kind_code("playlist")).all()
    for target in planted.targets.content:
        rows = np.flatnonzero(e.content == target)
        assert e.inauthentic[rows].all()  # no exposure beside the reports
        assert 0.6 * reports < len(rows) < 1.5 * reports
        assert np.ptp(e.start_s[rows]) <= 24 * 3_600
        assert np.bincount(e.report_reason[rows]).max() > 0.75 * len(rows)
    assert (len(c.accounts), len(c.borrowed)) == (42, 18)
    assert (c.klass == "reporter").all()
    assert (c.role == "reporter").all()
    lent = e.take(e.account >= 42)
    assert lent.inauthentic.all()
    owners = stage.honest(c.borrowed)
    here = lent.ip > 0
    assert (lent.ip == owners.addresses.ip[lent.account - 42, 0])[here].all()
    own = e.take(e.account < 42)
    assert 0.25 < own.inauthentic.mean() < 0.45
