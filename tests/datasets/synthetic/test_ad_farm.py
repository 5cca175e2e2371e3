"""A15: downloads of a minute, and ads that are clicked far too often."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cib.datasets.synthetic.attacks import ad_farm
from cib.datasets.synthetic.catalogue import kind_code
from cib.datasets.synthetic.events import AD_CLICK, AD_IMPRESSION, DOWNLOAD
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def test_truncated_downloads_and_clicked_ads(stage: Stage) -> None:
    spec = replace(ad_farm.DEFAULTS, n_accounts=80, n_days=14)
    planted = ad_farm.make(stream(stage.seed, RINGS, 15), stage, spec)
    e = planted.component.events
    bad = e.take(e.inauthentic)
    downloads = bad.take(bad.action == DOWNLOAD)
    assert (stage.catalogue.kind[downloads.content] == kind_code("episode")).all()
    assert 55_000 < np.median(downloads.duration_ms) < 65_000
    assert (downloads.duration_ms < 0.1 * stage.catalogue.length_ms[downloads.content]).all()
    shown, clicks = (bad.take(bad.action == code) for code in (AD_IMPRESSION, AD_CLICK))
    assert 0.25 < len(clicks) / len(shown) < 0.35
    assert set(clicks.parent_id) == {c.parent_id for c in planted.component.contexts}
    assert len(planted.component.contexts) == 2
    assert len(np.unique(bad.ip[bad.ip > 0])) == 2
    order = np.lexsort((bad.start_us, bad.account))
    last = bad.content[order][:-1] == bad.content[order][1:]
    assert last[bad.action[order][1:] == AD_CLICK].mean() > 0.95  # a click follows its impression


def test_podcasts_only(stage: Stage) -> None:
    options = {**ad_farm.DEFAULTS.options, "ad_share": 0.0, "download_s": 61.0}
    spec = replace(ad_farm.DEFAULTS, n_accounts=20, n_days=10, target_share=0.5, options=options)
    planted = ad_farm.make(stream(stage.seed, RINGS, 15), stage, spec)
    e = planted.component.events
    assert (e.action[e.inauthentic] == DOWNLOAD).all()
    assert len(planted.targets.content) == 12
    assert 0.42 < e.inauthentic.mean() < 0.58
