"""A10: machines join clients that have no target in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from cib.datasets.synthetic.attacks import lockstep, shared_operator
from cib.datasets.synthetic.generating import generate
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream
from cib.datasets.synthetic.world import WorldSpec


def _planted(stage: Stage, shared: float, double: float) -> Planted:
    options = {**shared_operator.DEFAULTS.options, "clients": 6, "double_share": double}
    spec = replace(
        shared_operator.DEFAULTS,
        n_accounts=120,
        n_targets=60,
        n_days=7,
        infra=Infra(accounts_per_ip=4, accounts_per_device=2, shared=shared),
        options=options,
    )
    return shared_operator.make(stream(stage.seed, RINGS, 10), stage, spec)


def test_clients_share_machines_but_no_target(stage: Stage) -> None:
    for shared in (0.0, 0.5):
        planted = _planted(stage, shared, 0.0)
        e, clients = planted.component.events, planted.clients
        assert clients is not None
        bad = e.take(e.inauthentic)
        of = np.full(len(stage.catalogue), -1)
        of[planted.targets.content] = clients.target
        assert (of[bad.content] == clients.account[bad.account]).all()
        assert np.bincount(clients.target).tolist() == [10] * 6
        ip = bad.ip > 0
        pairs = np.unique(np.stack([bad.ip[ip], clients.account[bad.account[ip]]]), axis=1)
        joint = np.unique(pairs[0], return_counts=True)[1] > 1
        assert joint.any() == (shared > 0)


def test_some_work_for_two_clients(stage: Stage) -> None:
    planted = _planted(stage, 0.3, 0.4)
    c, clients = planted.component, planted.clients
    assert clients is not None
    two = np.flatnonzero(clients.account_2 >= 0)
    assert len(two) == 40
    assert len(c.accounts) == 80
    of = np.full(len(stage.catalogue), -1)
    of[planted.targets.content] = clients.target
    e = c.events
    for i in two[:10]:
        mine = e.take((e.account == i) & e.inauthentic)
        assert set(of[mine.content]) == {clients.account[i], clients.account_2[i]}
        # From its own machine, one thing at a time.
        assert set(mine.device) <= {0, *c.accounts.device[i].tolist()}
        moved = of[mine.content] == clients.account_2[i]
        order = np.argsort(mine.start_us)
        end = (mine.start_us + mine.duration_ms.astype(np.int64) * 1000)[order]
        later = np.diff(mine.start_us[order]) > 0
        runs_in = (end[:-1] > mine.start_us[order][1:]) & later
        assert not (runs_in & (moved[order][1:] != moved[order][:-1])).any()
    assert (planted.ring_ids(clients.account_2)[two] == c.second_ring[two]).all()
    assert planted.ring_ids(np.array([3, -1])).tolist() == ["shared-operator-03", None]


def test_rings_of_one_operator_meet(stage: Stage) -> None:
    infra = Infra(accounts_per_ip=5, accounts_per_device=2, shared=0.4)
    found = []
    for number, operator in ((1, "one"), (2, "one"), (3, "two")):
        spec = replace(lockstep.DEFAULTS, number=number, operator_id=operator, infra=infra)
        a = ring_accounts(stream(stage.seed, RINGS, number), stage, spec)
        device, first = np.unique(a.device[:, 0], return_index=True)
        found.append(
            (set(a.addresses.ip[:, 0]), dict(zip(device, a.platform[first, 0], strict=True)))
        )
        share = np.isin(a.addresses.ip[:, 0], list(found[0][0])).mean()
        assert number != 2 or 0.25 < share < 0.55
    assert len(found[0][0] & found[1][0]) > 5
    assert not found[0][0] & found[2][0]
    both = found[0][1].keys() & found[1][1].keys()
    assert len(both) > 10
    assert all(found[0][1][device] == found[1][1][device] for device in both)


def test_the_truth_has_a_ring_for_each_client(stage: Stage) -> None:
    planted = _planted(stage, 0.3, 0.4)
    rings, clients = planted.rings(), planted.clients
    assert clients is not None
    assert [ring.spec.ring_id for ring in rings] == [f"shared-operator-{i:02d}" for i in range(6)]
    assert {ring.spec.operator for ring in rings} == {"op-shared-operator"}
    whole = planted.component.events
    assert sum(r.component.events.inauthentic.sum() for r in rings) == whole.inauthentic.sum()
    assert sum(r.spec.n_accounts for r in rings) == 80 + 40
    for ring in rings:
        e = ring.component.events
        assert set(e.content[e.inauthentic]) == set(ring.targets.content)
        assert (
            len(np.unique(e.account)) == len(ring.component.accounts) == len(ring.component.klass)
        )


def test_a_world_with_clients_is_written(tmp_path: Path) -> None:
    spec = replace(
        shared_operator.DEFAULTS,
        n_accounts=40,
        n_targets=20,
        options={**shared_operator.DEFAULTS.options, "clients": 4, "double_share": 0.4},
    )
    world = WorldSpec("clients", 400, 400, 40, 5, 0.0, rings=(spec,))
    generate(tmp_path / "log", preset=world, seed=3)
    names = {f"shared-operator-{i:02d}" for i in range(4)}
    truth = {
        name: pq.read_table(tmp_path / "log" / "truth" / f"{name}.parquet")
        for name in ("account", "event", "content", "ring", "infra")
    }
    for name, table in truth.items():
        assert set(table["ring_id"].drop_null().to_pylist()) == names, name
    second = truth["account"]["ring_id_2"].drop_null().to_pylist()
    assert len(second) == 12
    assert set(second) == names - {"shared-operator-00"}
    assert set(truth["ring"]["operator_id"].to_pylist()) == {"op-shared-operator"}
