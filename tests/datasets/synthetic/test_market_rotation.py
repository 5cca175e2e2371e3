"""A12: accounts that hop from market to market together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.addresses import fixed_addresses
from cib.datasets.synthetic.attacks import market_rotation
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def _events(stage: Stage, **options: float) -> Events:
    spec = replace(
        market_rotation.DEFAULTS,
        n_accounts=60,
        options={**market_rotation.DEFAULTS.options, **options},
    )
    return market_rotation.make(stream(stage.seed, RINGS, 12), stage, spec).component.events


def _moves(e: Events) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((e.start_us, e.account))
    account, market = e.account[order], e.ip_market[order]
    hop = np.flatnonzero((np.diff(account) == 0) & (np.diff(market) != 0))
    return account[hop], e.start_s[order][hop + 1]


@pytest.mark.parametrize("hop_days", [2.0, 7.0])
def test_accounts_hop(stage: Stage, hop_days: float) -> None:
    account, at = _moves(_events(stage, hop_days=hop_days))
    per_account = np.bincount(account, minlength=60)
    assert 28 / hop_days - 2 < np.median(per_account) < 28 / hop_days + 2
    assert len(at)


def test_teams_move_together(stage: Stage) -> None:
    together = []
    for synchrony in (1.0, 0.0):
        account, at = _moves(_events(stage, hop_days=7.0, synchrony=synchrony, teams=2))
        phase = at[account % 2 == 0] / (7 * 86_400) * 2 * np.pi
        together.append(np.abs(np.exp(1j * phase).mean()))
    assert together[0] > 0.8
    assert together[1] < 0.5


def test_exits_are_shared_with_honest_people(stage: Stage) -> None:
    public = fixed_addresses()
    for share in (0.0, 1.0):
        e = _events(stage, vpn_share=share)
        assert np.isin(e.ip[e.ip > 0], public).all() == (share > 0)
        assert np.isin(e.ip, public).any() == (share > 0)
    assert 0.5 < e.inauthentic.mean() < 0.7
