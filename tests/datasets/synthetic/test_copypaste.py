"""A16: the same text on the same link, or the same post liked, at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import copypaste
from cib.datasets.synthetic.catalogue import kind_code
from cib.datasets.synthetic.events import LIKE, POST, SHARE, Events
from cib.datasets.synthetic.markets import START_US
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def _boosts(stage: Stage, **options: float | str) -> Events:
    spec = replace(copypaste.DEFAULTS, options={**copypaste.DEFAULTS.options, **options})
    e = copypaste.make(stream(stage.seed, RINGS, 16), stage, spec).component.events
    assert 0.45 < e.inauthentic.mean() < 0.57
    return e.take(e.inauthentic)


@pytest.mark.parametrize("paraphrase", [0.0, 0.8])
def test_texts_are_near_duplicates_but_for_paraphrases(stage: Stage, paraphrase: float) -> None:
    e = _boosts(stage, paraphrase=paraphrase, window_s=60.0)
    assert (e.action == POST).all()
    kinds = np.bincount(stage.catalogue.kind[np.unique(e.content)], minlength=8)
    assert kinds[kind_code("hashtag")] == kinds[kind_code("url")] == 15
    near, pairs = 0, 0
    for content in np.unique(e.content):
        text = e.text_hash[e.content == content]
        apart = np.bitwise_count(text[:, None] ^ text)[np.triu_indices(len(text), 1)]
        near, pairs = near + int((apart <= 6).sum()), pairs + len(apart)
        assert np.ptp(e.start_s[e.content == content]) <= 60.0
    assert near / pairs == pytest.approx((1 - paraphrase) ** 2, abs=0.03)
    assert len(np.unique(e.text_hash)) > 500


def test_likes_and_shares_of_posts(stage: Stage) -> None:
    e = _boosts(stage, action="like", window_s=10.0)
    assert set(e.action) == {LIKE, SHARE}
    assert (e.text_hash == 0).all()
    assert (stage.catalogue.kind[e.content] == kind_code("post")).all()
    assert 0.5 < (e.action == SHARE).sum() / (e.action == LIKE).sum() < 0.7
    assert (e.start_us > stage.catalogue.release_us[e.content] - START_US).all()
