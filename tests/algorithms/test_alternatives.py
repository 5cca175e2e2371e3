"""Innocent explanations: each is kept where it is true, and ruled out where a figure denies it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms.alternatives import (
    alternative_columns,
    alternatives,
    best_alternatives,
    weigh,
)
from cib.algorithms.alternatives.alternative import Prediction, Weighed
from cib.algorithms.alternatives.conduct import closest_fellows
from cib.algorithms.blocks import AUDIENCE, Block
from conduct_scenes import scene

TRUE = {
    "activism": dict(action="post", targets=2, times=1, when="wave"),
    "album night": dict(targets=14, times=2, when="night", parent="album"),
    "followed list": dict(targets=20, parent="playlist_editorial"),
    "household": dict(n=4, ip="shared"),
    "import": dict(action="follow", targets=60, times=1, when="burst"),
    "justified reports": dict(action="report", targets=3, times=1, met=1.0, when="wave"),
    "organised fans": dict(
        targets=20, times=15, favourite=20, own=60, skip=0.0, parent="playlist_ugc"
    ),
    "promotion": dict(action="ad_click", targets=2, times=1, when="wave"),
    "shared address": dict(ip="office"),
    "shared event": dict(targets=12, times=1, when="burst", skip=0.0, gap=1),
    "shared interest": dict(favourite=6),
    "shop": dict(targets=40, times=80, when="opening", own=0, skip=0.0, parent="playlist_ugc"),
    "sleep sounds": dict(
        targets=30, reach=0.2, times=300, when="nights", own=20, skip=0.0, heard=100, others=5
    ),
    "superfan": dict(targets=20, times=12, favourite=6, own=10),
    "test machines": dict(
        targets=6, times=120, when="clock", own=0, skip=1.0, asn="shared", pays=0
    ),
    "travel": dict(favourite=4, abroad=0.6),
    "viral trend": dict(targets=1, times=3, when="spread"),
}
"""Scenes in which an explanation is the truth."""

FALSE = [
    ("activism", dict(targets=20), "number of targets"),
    ("activism", dict(ip="shared"), "address another member uses"),
    ("album night", dict(when="spread"), "busiest 24 hours"),
    ("album night", dict(parent="playlist_ugc"), "came through an album"),
    ("album night", dict(device="shared"), "device another member uses"),
    ("followed list", dict(parent="playlist_ugc"), "list or radio of the platform"),
    ("followed list", dict(skip=0.0), "end within 30 s"),
    ("household", dict(n=12), "number of accounts"),
    ("household", dict(ip="office"), "behind that address"),
    ("import", dict(own=0), "members who listen"),
    ("import", dict(when="spread"), "busiest hour"),
    ("justified reports", dict(met=0.0), "had met before"),
    ("justified reports", dict(times=20), "comes to a target"),
    ("organised fans", dict(favourite=1), "favourite target"),
    ("organised fans", dict(loved=0.0), "saves, likes, follows"),
    ("organised fans", dict(others=0), "not in the cluster"),
    ("promotion", dict(times=30), "comes to a target"),
    ("promotion", dict(action="play"), "advertising"),
    ("shared address", dict(ip="shared"), "other accounts behind that address"),
    ("shared event", dict(when="spread", times=3), "busiest hour"),
    ("shared event", dict(own=0), "not on the targets"),
    ("shared interest", dict(favourite=1), "favourite target"),
    ("shared interest", dict(others=0), "not in the cluster"),
    ("shared interest", dict(own=5), "not on the targets"),
    ("shared interest", dict(cut=0.9), "before 35 s"),
    ("shared interest", dict(loved=0.0, times=10), "saves, likes, follows"),
    ("shop", dict(when="nights"), "half an hour of the usual time"),
    ("shop", dict(device="shared"), "device another member uses"),
    ("shop", dict(others=0), "not in the cluster"),
    ("sleep sounds", dict(reach=1.0, times=60), "middling member leaves out"),
    ("sleep sounds", dict(heard=240), "middling play"),
    ("superfan", dict(gap=1), "within 10 s of another"),
    ("superfan", dict(others=0), "not in the cluster"),
    ("superfan", dict(parent="playlist_editorial"), "list or radio of the platform"),
    ("test machines", dict(when="spread", days=15), "within 2%"),
    ("test machines", dict(skip=0.0), "end within 30 s"),
    ("test machines", dict(pays=500), "earn royalties"),
    ("travel", dict(abroad=0.0), "another market"),
    ("travel", dict(favourite=1), "favourite target"),
    ("viral trend", dict(times=40), "comes to a target"),
]
"""Changes that deny an explanation, and the figure that does."""


def judged(name, **change):
    """How one explanation is held against a scene in which it is true but for the change."""
    weighed, _ = weigh(scene(**{**TRUE[name], **change}))
    return next(one for one in weighed if one.name == name).of_cluster(0)


def test_every_alternative_has_a_scene():
    assert sorted(TRUE) == sorted(module.NAME for module in alternatives().values())
    assert {name for name, _, _ in FALSE} == set(TRUE)


@pytest.mark.parametrize("name", sorted(TRUE))
def test_the_truth_is_not_ruled_out(name):
    found = judged(name)
    assert not found.ruled_out, found.statement
    assert "cannot be ruled out" in found.statement


def test_shops_of_several_chains_in_one_cluster_are_still_shops():
    change = dict(n=20, targets=200, lists=5)
    assert not judged("shop", **change).ruled_out
    # with nobody who plays the same list
    alone = judged("shop", **{**change, "lists": 20})
    assert alone.ruled_out
    assert "closest fellow" in alone.statement


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(1, 9)), min_size=1),
)
@settings(max_examples=100, deadline=None)
def test_closest_fellows_agree_with_naive_twin(rows):
    cells = {(member, content): times for member, content, times in rows}
    members = sorted({member for member, _ in cells})
    found = []
    for a in members:
        mine = {content: n for (m, content), n in cells.items() if m == a}
        shared = [
            (sum(n for content, n in mine.items() if (b, content) in cells), -b)
            for b in members
            if b != a
        ]
        most, fellow = max(shared, default=(0, 0))
        number = sum((-fellow, content) in cells for content in mine) if most else 0
        found.append((most / sum(mine.values()), number))
    middle = (len(found) - 1) // 2
    want = tuple(sorted(values)[middle] for values in zip(*found, strict=True))
    member, content = np.array(sorted(cells)).T
    times = np.array([cells[cell] for cell in sorted(cells)])
    assert closest_fellows(member, content, times) == pytest.approx(want)


@pytest.mark.parametrize("n_alike", [3, 400])
def test_fellows_in_a_large_cluster_are_sought_among_all(n_alike):
    member = np.repeat(np.arange(3_000), 10)
    content = member // n_alike * 10 + np.tile(np.arange(10), 3_000)
    assert closest_fellows(member, content, np.ones(len(member), np.int64)) == (1.0, 10.0)


@pytest.mark.parametrize(("name", "change", "figure"), FALSE)
def test_what_denies_an_explanation_rules_it_out(name, change, figure):
    found = judged(name, **change)
    assert found.ruled_out, found.statement
    assert figure in found.statement


@pytest.mark.parametrize("name", ["shared interest", "superfan", "followed list", "viral trend"])
def test_required_columns_alone_leave_the_truth_standing(name):
    columns = {"columns": False}
    if name == "followed list":
        weighed, untested = weigh(scene(**TRUE[name], **columns))
        assert "followed list" in untested
        assert name not in [one.name for one in weighed]
        return
    assert not judged(name, **columns).ruled_out


def test_a_ring_is_denied_everything_with_all_columns_and_without():
    ring = dict(targets=20, times=12, others=3, own=100, skip=0.0, loved=0.0)
    ring |= dict(device="shared", ip="shared")
    full, bare = (best_alternatives(scene(**ring, columns=c))[0] for c in (True, False))
    assert full.ruled_out
    assert bare.ruled_out
    assert "Not tested for want of columns: followed list, household" in bare.statement
    assert "Not tested" not in full.statement


def test_a_mirrored_audience_with_an_edge_is_no_shared_interest():
    clusters = scene(**TRUE["shared interest"])
    members = np.flatnonzero(clusters.of_account == 0).astype(np.int32)
    n = len(members)
    block = Block(
        members,
        clusters.target_content,
        0,
        np.full(n, 8),
        np.ones(n),
        np.ones(n),
        -12.0,
        1e-10,
        layer="play",
        signal=AUDIENCE,
    )
    found = {}
    for edged in (clusters, replace(clusters, blocks=[(0, block)])):
        weighed, _ = weigh(edged)
        one = next(one for one in weighed if one.name == "shared interest").of_cluster(0)
        found[edged is clusters] = one
    assert not found[True].ruled_out
    assert found[False].ruled_out
    assert "edge, in decades, is 10" in found[False].statement


def test_no_columns_say_what_could_be_checked():
    found = best_alternatives(scene(**TRUE["shared interest"], columns=False))[0]
    assert not found.ruled_out
    assert "More could be checked with device_hash, duration_ms, which the log lacks" in (
        found.statement
    )


def test_columns_are_those_of_the_modules():
    assert {"ip_hash", "parent_kind", "duration_ms", "asn"} <= alternative_columns()


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=2, unique=True), st.floats(-20, 20))
def test_agreement_is_monotone_between_its_ends(ends, seen):
    against, fits = ends
    one = Prediction("x", np.array([against, seen, fits]), against, fits)
    low, middle, high = one.agreement
    assert (low, high) == (0.0, 1.0)
    assert 0.0 <= middle <= 1.0
    nearer = Prediction("x", np.array([(seen + fits) / 2]), against, fits).agreement[0]
    if min(ends) <= seen <= max(ends):
        assert nearer >= middle - 1e-9


def test_the_weakest_prediction_decides_and_the_unmeasured_do_not():
    def prediction(value):
        return Prediction("x", np.array([value]), 0.0, 1.0)

    fit = Weighed.of("x", [prediction(0.9), prediction(0.2), prediction(np.nan)]).fit
    assert fit.tolist() == [0.2]
    assert Weighed.of("x", [prediction(np.nan)]).fit.tolist() == [0.0]
