"""A03: few owners, few followers, many streams, one label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cib.datasets.synthetic.attacks import hub_playlists
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream

SPEC = replace(hub_playlists.DEFAULTS, n_accounts=80, n_days=10)


def made(stage: Stage, target_share: float = 0.4, **options: float) -> Planted:
    spec = replace(SPEC, target_share=target_share, options={**SPEC.options, **options})
    return hub_playlists.make(stream(stage.seed, RINGS, 3), stage, spec)


def test_playlists_have_few_owners_and_followers(stage: Stage) -> None:
    planted = made(stage)
    contexts, component = planted.component.contexts, planted.component
    assert len(contexts) == 12
    owners = component.numbers(np.flatnonzero(component.role == "hub_owner"))
    assert {c.owner for c in contexts} == set(owners.tolist())
    assert len(owners) == 3
    assert np.median([c.followers for c in contexts]) < 30
    e = component.events
    streams = {c.parent_id: (e.parent_id == np.uint64(c.parent_id)).sum() for c in contexts}
    assert min(streams.values()) > 300
    born = {int(n): us for n, us in zip(owners, component.accounts.created_us[:3], strict=True)}
    assert all(c.created_us >= born[c.owner] for c in contexts)


def test_targets_are_of_one_label(stage: Stage) -> None:
    content = made(stage).targets
    catalogue = stage.catalogue
    targets = content.content[content.role == "target"]
    assert len(np.unique(catalogue.label_id[catalogue.artist[targets]])) == 1
    assert not np.isin(content.content[content.role == "cover"], targets).any()


@pytest.mark.parametrize("fill", [0.1, 0.5, 1.0])
def test_playlists_are_filled_as_ordered(stage: Stage, fill: float) -> None:
    planted = made(stage, target_share=1.0, fill=fill)
    e = planted.component.events
    listed = e.take(np.isin(e.parent_id, [c.parent_id for c in planted.component.contexts]))
    assert listed.inauthentic.mean() == pytest.approx(fill, abs=0.03)
    assert np.isin(listed.content[listed.inauthentic], planted.targets.content).all()


def test_share_of_cover(stage: Stage) -> None:
    e = made(stage, target_share=0.3).component.events
    listeners = e.take(e.account >= 3)
    assert 0.27 < listeners.inauthentic.mean() < 0.33


def test_rounds_go_from_the_top_unless_shuffled(stage: Stage) -> None:
    runs = {}
    for shuffle in (0.0, 1.0):
        e = made(stage, target_share=1.0, shuffle=shuffle).component.events
        e = e.take((e.parent_id > 0) & (e.account >= 3))
        order = np.lexsort((e.start_us, e.parent_id, e.account))
        track, parent = e.content[order].astype(np.int64), e.parent_id[order]
        same = parent[1:] == parent[:-1]
        pairs = (track[:-1] * len(stage.catalogue) + track[1:])[same]
        runs[shuffle] = len(np.unique(pairs)) / len(pairs)
    assert runs[0.0] < 0.15
    assert runs[1.0] > 2 * runs[0.0]


def test_one_play_at_a_time_and_again_the_same(stage: Stage) -> None:
    one, two = made(stage).component.events, made(stage).component.events
    assert (one.start_us == two.start_us).all()
    assert (one.content == two.content).all()
    order = np.lexsort((one.start_us, one.account))
    start, end = one.start_us[order], one.start_us[order] + one.duration_ms[order] * 1000
    later = (np.diff(one.account[order]) == 0) & (np.diff(start) > 0)
    assert (end[:-1] <= start[1:])[later].all()
