"""A08: victims' accounts play at night, and their own plays stay as they were."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.attacks import takeover
from cib.datasets.synthetic.markets import market_index, utc_offset_s
from cib.datasets.synthetic.population import block_events, blocks_of
from cib.datasets.synthetic.rings import Infra, Planted
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

SPEC = replace(takeover.DEFAULTS, n_accounts=300)


def made(stage: Stage, **changes: Any) -> Planted:
    return takeover.make(stream(stage.seed, RINGS, 8), stage, replace(SPEC, **changes))


def test_plays_come_while_owners_sleep(stage: Stage) -> None:
    component = made(stage).component
    e = component.events
    assert e.inauthentic.all()
    owners = stage.honest(component.borrowed)
    market = owners.market[e.account]
    day = np.floor(e.start_s / 86_400).astype(int)
    hour = (e.start_s + utc_offset_s(market, day)) / 3_600 - owners.shift_h[e.account]
    asleep = (hour % 24 >= 0.9) & (hour % 24 <= 5.5)
    assert asleep.mean() > 0.97


def test_victims_own_rows_are_not_touched(stage: Stage) -> None:
    block = blocks_of(stage.n_accounts)[-1]
    _, before = block_events(stage, block)
    component = made(stage).component
    _, after = block_events(stage, block)
    for field in fields(before):
        assert (getattr(before, field.name) == getattr(after, field.name)).all()
    owners = stage.honest(component.borrowed)
    e = component.events
    known = e.device > 0
    assert not np.isin(e.device[known], owners.device).any()
    assert not np.isin(e.ip[e.ip > 0], owners.addresses.ip).any()
    assert set(component.klass) == {"hijacked"}
    assert set(component.role) == {"victim"}
    assert len(np.unique(component.borrowed)) == 300
    assert not len(component.accounts)


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_a_few_percent_of_the_plays(stage: Stage, share: float) -> None:
    component = made(stage, target_share=share).component
    owners = stage.honest(component.borrowed)
    own = (owners.rate * owners.active * stage.n_days).sum()
    # Owners notice at a rate of 1% a day, so that the last weeks have fewer.
    assert 0.6 * share < len(component.events) / own < 1.2 * share


def test_operators_own_accounts_and_markets(stage: Stage) -> None:
    options = {**SPEC.options, "own_accounts": 40}
    component = made(stage, markets=("GB", "DE"), options=options, plays_per_day=20.0).component
    assert component.klass.tolist() == ["automated"] * 40 + ["hijacked"] * 300
    owners = stage.honest(component.borrowed)
    assert set(owners.market) == {market_index("GB"), market_index("DE")}
    e = component.events
    own = e.account < 40
    assert own.sum() == pytest.approx(40 * 20 * stage.n_days, rel=0.15)
    assert np.isin(e.device[own & (e.device > 0)], component.accounts.device).all()
    many = made(stage, infra=Infra(accounts_per_ip=1, accounts_per_device=300)).component
    assert len(np.unique(many.events.device[many.events.device > 0])) == 1


def test_home_connections_are_rented_where_the_owner_lives(stage: Stage) -> None:
    for residential, low, high in ((1.0, 1.0, 1.0), (0.0, 0.0, 0.3)):
        infra = Infra(accounts_per_ip=5, residential_share=residential)
        component = made(stage, infra=infra).component
        e = component.events
        home = e.ip_market == stage.honest(component.borrowed).market[e.account]
        behind_vpn = e.asn >= 4_200_100_000
        assert low <= home[behind_vpn == (residential == 0)].mean() <= high


def test_too_many_victims(stage: Stage) -> None:
    with pytest.raises(UsageError, match="everyday listeners live in EE"):
        made(stage, markets=("EE",))


def test_same_stream_same_events(stage: Stage) -> None:
    one, two = made(stage).component, made(stage).component
    assert (one.events.start_us == two.events.start_us).all()
    assert (one.borrowed == two.borrowed).all()
