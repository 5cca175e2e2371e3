"""A catalogue so small that whole communities have no track."""

from __future__ import annotations

import numpy as np

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.catalogue import N_COMMUNITIES, make_catalogue
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.streams import CATALOGUE, ORGANIC, stream


def test_what_is_played_exists_where_the_last_community_is_empty() -> None:
    catalogue = make_catalogue(stream(3, CATALOGUE), 60, 40, n_days=7)
    assert catalogue.community_cdf[-1] < N_COMMUNITIES - 0.5
    assert catalogue.guide.max() < len(catalogue.community_track)
    rng = stream(3, ORGANIC, 0)
    accounts = make_accounts(rng, catalogue, 100, first_number=0)
    plays = play(rng, catalogue, accounts, everyday(rng, accounts, 7))
    assert len(plays) > 1_000
    assert np.isin(plays.content, catalogue.of_kind("track")).all()
