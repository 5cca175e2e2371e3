"""A small world without anybody planted in it."""

from __future__ import annotations

from functools import partial

import pytest

from cib.datasets.synthetic.catalogue import make_catalogue
from cib.datasets.synthetic.population import accounts_numbered
from cib.datasets.synthetic.stage import Stage, expected_audience
from cib.datasets.synthetic.streams import CATALOGUE, stream

N_ACCOUNTS, N_DAYS, SEED = 6_000, 28, 11


@pytest.fixture(scope="session")
def stage() -> Stage:
    catalogue = make_catalogue(stream(SEED, CATALOGUE), 4_000, 600, n_days=N_DAYS)
    return Stage(
        seed=SEED,
        catalogue=catalogue,
        n_days=N_DAYS,
        n_accounts=N_ACCOUNTS,
        audience=expected_audience(catalogue, N_ACCOUNTS, N_DAYS),
        honest=partial(accounts_numbered, SEED, catalogue, N_ACCOUNTS),
    )
