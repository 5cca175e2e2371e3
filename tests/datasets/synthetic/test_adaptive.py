"""The operator that answers: accounts go, others come, one thing changes."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from cib.datasets.synthetic.adaptive import plant
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.components import FIRST_RING, NUMBERS
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import MARKET_CODES
from cib.datasets.synthetic.rings import Adapt, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

_DAY_US = 86_400_000_000


def _spec(scenario: str, policy: str, **more: object) -> RingSpec:
    adapt = Adapt(policy, detection_days=(9, 18), removed_share=0.75, after_detection_days=3)
    small = replace(SCENARIOS[scenario].DEFAULTS, n_accounts=40, start_day=0, n_days=28)
    return replace(small, adapt=adapt, **{"plays_per_day": 20.0, **more})


def _plant(stage: Stage, spec: RingSpec) -> Planted:
    return plant(stream(stage.seed, RINGS, spec.number), stage, spec)


def _same(a: Events, b: Events) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(Events))


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_every_scenario_can_be_replaced(stage: Stage, scenario: str) -> None:
    spec = _spec(scenario, "rotate")
    planted, again = _plant(stage, spec), _plant(stage, spec)
    c = planted.component
    assert _same(c.events, again.component.events)
    assert len(np.unique(c.accounts.number)) == len(c.accounts)
    assert (c.accounts.number // NUMBERS == FIRST_RING + spec.number).all()
    assert len(c.klass) == len(c.role) == len(c.accounts) + len(c.borrowed)
    assert c.events.account.max() < len(c.klass)
    first = SCENARIOS[scenario].make(stream(stage.seed, RINGS, spec.number), stage, spec)
    targets = first.targets.content[first.targets.role == "target"]
    assert set(targets) == set(planted.targets.content[planted.targets.role == "target"])
    assert [(s.day, s.response) for s in planted.interventions] == [(9, "rotate"), (18, "rotate")]
    served = np.unique(c.events.content[c.events.inauthentic & (c.events.start_us > 22 * _DAY_US)])
    assert np.isin(served, targets).any()


def test_without_detection_nothing_changes(stage: Stage) -> None:
    spec = _spec("A01", "rotate")
    made = SCENARIOS["A01"].make(stream(stage.seed, RINGS, 1), stage, spec)
    for adapt in (Adapt(), Adapt("rotate"), Adapt("rotate", (99,))):
        planted = _plant(stage, replace(spec, adapt=adapt))
        assert planted.interventions == ()
        assert _same(planted.component.events, made.component.events)


def test_removed_accounts_stop_and_are_replaced(stage: Stage) -> None:
    planted = _plant(stage, _spec("A01", "rotate"))
    made = SCENARIOS["A01"].make(stream(stage.seed, RINGS, 1), stage, planted.spec)
    e, n = planted.component.events, len(made.component.accounts)
    assert [s.removed for s in planted.interventions] == [30, 30]
    assert [s.share_removed for s in planted.interventions] == [0.75, 0.75]
    day = e.start_us // _DAY_US
    late = np.unique(e.account[(e.account < n) & (day >= 10)])
    assert len(late) == 10
    old, new = e.account < n, e.account >= n
    assert _same(
        e.take(old & (day < 10)),
        made.component.events.take(made.component.events.start_us < 10 * _DAY_US),
    )
    bad = e.inauthentic
    assert not (new & bad & (day < 12)).any()
    assert len(np.unique(e.account[new & (day >= 13) & (day < 18)])) == 30
    assert len(np.unique(e.account[bad & (day >= 24)])) == 40


def test_none_gives_up(stage: Stage) -> None:
    planted = _plant(stage, _spec("A01", "none"))
    assert len(planted.component.accounts) == 40
    steps = [(s.removed, s.response, s.delay_days) for s in planted.interventions]
    assert steps == [(30, "none", 0), (8, "none", 0)]
    e = planted.component.events
    assert len(np.unique(e.account[e.start_us >= 19 * _DAY_US])) == 2


def test_more_camouflage(stage: Stage) -> None:
    shares = []
    for days in ((9,), (4, 9)):
        adapt = Adapt("raise_camouflage", days, 0.75, 3)
        spec = replace(_spec("A15", "none", target_share=0.9), adapt=adapt)
        e = _plant(stage, spec).component.events
        latest = e.account >= e.account.max() - 20
        shares.append(e.inauthentic[latest].mean())
    assert shares[0] == pytest.approx(0.54, abs=0.06)
    assert shares[1] == pytest.approx(0.32, abs=0.06)


@pytest.mark.parametrize("policy", ["rotate", "raise_camouflage", "new_market"])
def test_only_rotation_renews_the_machines(stage: Stage, policy: str) -> None:
    c = _plant(stage, _spec("A01", policy)).component
    e = c.events.take(c.events.inauthentic)
    for column, kind in (("device", "platform"), ("ip", "asn")):
        values, kinds = getattr(e, column), getattr(e, kind)
        old = np.unique(values[(e.account < 40) & (values > 0)])
        new = np.unique(values[(e.account >= 40) & (values > 0)])
        known = np.isin(new, old)
        assert known.any() == (policy != "rotate")
        pairs = np.unique(
            np.stack([values[values > 0], kinds[values > 0].astype(np.uint64)]), axis=1
        )
        assert len(pairs[0]) == len(np.unique(pairs[0]))  # a machine keeps its kind


def test_new_markets_follow_the_old(stage: Stage) -> None:
    c = _plant(stage, _spec("A01", "new_market", markets=("US", "BR"))).component
    market = np.array(MARKET_CODES)[c.accounts.market]
    assert set(market[:40]) == {"US", "BR"}
    assert set(market[40:70]) == {"IN", "DE"}
    assert set(market[70:]) == {"GB", "MX"}


def test_clients_stay_who_they_are(stage: Stage) -> None:
    planted = _plant(stage, _spec("A10", "new_market"))
    clients, c = planted.clients, planted.component
    assert clients is not None
    assert len(clients.account) == len(clients.account_2) == len(c.klass) == len(c.second_ring)
    of = np.full(len(stage.catalogue), -1)
    of[planted.targets.content] = clients.target
    e = c.events.take(c.events.inauthentic)
    served = of[e.content]
    assert ((served == clients.account[e.account]) | (served == clients.account_2[e.account])).all()
