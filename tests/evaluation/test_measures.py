"""Measures of a stratum: against sets and scikit-learn, and what a stratum leaves out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, homogeneity_score

import naive_evaluation as naive
from cib.algorithms.evaluation.false_alarms import Cell, false_alarm_cells, worst_cell
from cib.algorithms.evaluation.grid import area_measure, recall_area, smallest_found
from cib.algorithms.evaluation.matching import match_rings
from cib.algorithms.evaluation.measures import (
    account_measures,
    cluster_measures,
    owners,
    ring_measures,
)
from cib.algorithms.evaluation.partitions import homogeneity
from cib.algorithms.evaluation.strata import camouflage_bin, size_bin
from cib.algorithms.evaluation.time_to_detect import (
    HOUR_US,
    first_detections,
    median,
    streams_before,
    time_measures,
)
from cib.algorithms.evaluation.trial import pool
from cib.algorithms.evaluation.uncertainty import ring_draws


def all_measures(trial, chosen=None, ks=(1, 3, 10), draws=50):
    chosen = np.ones(trial.n_rings, bool) if chosen is None else chosen
    drawn = ring_draws(int(chosen.sum()), draws, 0)
    found = [
        *account_measures(trial, owners(trial, chosen), drawn),
        *cluster_measures(trial, chosen, ks, drawn),
        *ring_measures(match_rings(trial), chosen, drawn),
    ]
    return {measure.name: measure for measure in found}


@pytest.mark.parametrize("seed", range(20))
def test_every_measure_over_all_rings(seed):
    trial = naive.random_trial(np.random.default_rng(seed))
    _, clusters = naive.members_of(trial)
    got = {name: m.value for name, m in all_measures(trial).items()}
    truth = {a for a in range(trial.n_accounts) if trial.ring[a] >= 0 or trial.second_ring[a] >= 0}
    judged = [a for a in range(trial.n_accounts) if a in truth or not trial.aside[a]]
    is_bad = [a in truth for a in judged]
    assert got["account_pr_auc"] == pytest.approx(
        average_precision_score(is_bad, trial.score[judged])
    )
    shown = sorted(np.flatnonzero(trial.reported), key=lambda c: trial.rank[c])
    flagged = set().union(*(clusters[c] for c in shown))
    assert got["account_f1"] == pytest.approx(f1_score(is_bad, [a in flagged for a in judged]))
    share = [len(clusters[c] & truth) / len(clusters[c]) for c in shown]
    size = [len(clusters[c]) for c in shown]
    main = [
        max(
            sum(r in (trial.ring[a], trial.second_ring[a]) for a in clusters[c])
            for r in range(trial.n_rings)
        )
        for c in shown
    ]
    assert got["clusters_reported"] == len(shown)
    assert got["clusters_false"] == sum(p < 0.5 for p in share)
    for k in (1, 3, 10):
        first = share[:k]
        assert got[f"cluster_precision_at_{k}"] == sum(p >= 0.5 for p in first) / len(first)
    assert got["cluster_purity"] == pytest.approx(sum(main) / sum(size))
    up = sum(n * p * p for n, p in zip(size, share, strict=True))
    down = sum(n * p for n, p in zip(size, share, strict=True))
    assert got["weighted_precision"] == pytest.approx(up / down)
    listed = [(trial.ring[a], c) for c in shown for a in clusters[c]]
    assert got["cluster_homogeneity"] == pytest.approx(
        homogeneity_score(*zip(*listed, strict=True))
    )


def test_homogeneity_of_random_partitions_is_scikit_learns():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n = rng.integers(1, 60)
        label, cluster = rng.integers(-1, 4, n), rng.integers(0, 5, n)
        assert homogeneity(label, cluster) == pytest.approx(homogeneity_score(label, cluster))


def test_a_stratum_is_the_world_without_the_other_rings():
    """Accounts of other rings, and clusters of theirs, must not count as false positives."""
    rng = np.random.default_rng(3)
    trial = naive.random_trial(rng, n_accounts=300, n_rings=6, n_clusters=9)
    chosen = np.arange(6) < 2
    got = {name: m.value for name, m in all_measures(trial, chosen).items()}
    mine = np.isin(trial.ring, [0, 1]) | np.isin(trial.second_ring, [0, 1])
    kept = mine | trial.honest
    assert got["account_pr_auc"] == pytest.approx(
        average_precision_score(mine[kept], trial.score[kept])
    )
    assert got["rings"] == 2
    whole = {name: m.value for name, m in all_measures(trial).items()}
    assert got["clusters_false"] == whole["clusters_false"]  # false ones are in every stratum
    rest = {name: m.value for name, m in all_measures(trial, ~chosen).items()}
    true = [m["clusters_reported"] - m["clusters_false"] for m in (got, rest, whole)]
    assert true[0] + true[1] == true[2]


def test_a_world_without_rings_has_no_recall_and_shows_what_is_false():
    trial = naive.random_trial(np.random.default_rng(0))
    alone = trial.__class__(
        **{
            **{name: getattr(trial, name) for name in trial.__dataclass_fields__},
            "ring": np.full(trial.n_accounts, -1),
            "second_ring": np.full(trial.n_accounts, -1),
            "n_rings": 0,
        }
    )
    got = all_measures(alone)
    for name in ("ring_recall", "account_pr_auc", "account_recall", "account_f1"):
        assert math.isnan(got[name].value), name
    assert got["clusters_false"].value == got["clusters_reported"].value == trial.reported.sum()
    assert got["cluster_precision_at_3"].value == 0


def test_the_first_k_are_the_first_k_of_every_log():
    parts = [naive.random_trial(np.random.default_rng(seed)) for seed in range(4)]
    alone = [all_measures(part)["cluster_precision_at_1"] for part in parts]
    together = all_measures(pool(parts))["cluster_precision_at_1"]
    assert together.n == sum(one.n for one in alone) == 4
    assert together.value == np.mean([one.value for one in alone])


def test_intervals_hold_the_value_and_grow_narrow_with_more_rings():
    rng = np.random.default_rng(0)
    widths = []
    for n_rings in (5, 50):
        trial = naive.random_trial(
            rng, n_accounts=30 * n_rings, n_rings=n_rings, n_clusters=n_rings
        )
        got = all_measures(trial, draws=400)
        for name in ("account_pr_auc", "account_recall", "account_f1", "weighted_precision"):
            low, high = got[name].interval
            assert low <= got[name].value <= high, name
        widths.append(np.diff(got["account_recall"].interval)[0])
    assert widths[1] < widths[0] / 2


# The grid


def test_area_under_recall_is_the_integral_of_the_curve():
    camouflage = np.repeat([0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95], 10)
    bins = [camouflage_bin(c) for c in camouflage]
    rng = np.random.default_rng(0)
    hit = rng.random(70) < 1 - camouflage
    recall = hit.reshape(7, 10).mean(axis=1)
    x = camouflage[::10]
    by_hand = sum((x[i + 1] - x[i]) * (recall[i] + recall[i + 1]) / 2 for i in range(6)) / 0.95
    assert recall_area(camouflage, bins, hit) == pytest.approx(by_hand)
    assert recall_area(camouflage, bins, np.ones(70, bool)) == pytest.approx(1)
    twice = np.repeat(np.arange(70), 2)
    assert recall_area(camouflage, bins, hit, np.full(70, 2)) == pytest.approx(
        recall_area(camouflage[twice], [bins[i] for i in twice], hit[twice])
    )
    measured = area_measure(camouflage, bins, hit, 200, 0)
    assert measured.interval[0] < by_hand < measured.interval[1]
    assert math.isnan(recall_area(camouflage[:10], bins[:10], hit[:10]))


def test_the_smallest_ring_still_found():
    sizes = np.repeat([10, 30, 100], 4)
    bins = [size_bin(n) for n in sizes]
    hit = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1], bool)
    assert smallest_found(sizes, bins, hit) == 30
    assert smallest_found(sizes[8:], bins[8:], hit[8:]) == 100
    assert math.isnan(smallest_found(sizes[:4], bins[:4], hit[:4]))


# False positives


def test_cells_are_counted_and_the_surely_worst_is_named():
    rng = np.random.default_rng(0)
    group = rng.choice(["G01", "G02", "none"], 500)
    market = rng.choice(["SE", "BR"], 500)
    flagged = rng.random(500) < np.where(group == "G01", 0.3, 0.02)
    cells, groups, markets = false_alarm_cells(group.tolist(), market.tolist(), flagged)
    for cell in cells:
        inside = (group == cell.group) & (market == cell.market)
        assert (cell.n_accounts, cell.n_flagged) == (inside.sum(), flagged[inside].sum())
    assert sum(c.n_flagged for c in groups) == sum(c.n_flagged for c in markets) == flagged.sum()
    assert worst_cell(cells).group == "G01"


def test_one_account_does_not_make_the_worst_cell():
    one = Cell("G09", "NG", 1, 1, 0.21, 1.0)
    many = Cell("G01", "SE", 300, 2000, 0.135, 0.166)
    none = Cell("G05", "SE", 0, 2000, 0.0, 0.002)
    assert worst_cell([one, many, none]) is many
    assert worst_cell([one, none]) is one
    assert worst_cell([none]) is None


# Time to detect


def test_a_ring_is_detected_by_the_first_scan_that_reports_it():
    reported = [np.array(row, bool) for row in ([0, 0, 0, 1], [1, 0, 0, 0], [1, 1, 0, 1])]
    ends = [day * 24 * HOUR_US for day in (2, 5, 9)]
    start = np.array([1, 6, 0, 0]) * 24 * HOUR_US
    found = first_detections(reported, ends, start)
    assert found.detected.tolist() == [True, True, False, True]
    assert found.hours[[0, 1, 3]].tolist() == [96, 72, 48]
    assert np.isnan(found.hours[2])
    ring = np.array([0, 0, 0, 1, 2, 2, 3])
    ts = np.array([1, 4, 5, 8, 0, 10, 3]) * 24 * HOUR_US
    counted = streams_before(found, ring, ts, ends[-1])
    assert counted.n_streams.tolist() == [2, 1, 1, 0]  # an undetected ring is paid to the end
    assert counted.n_streams_all.tolist() == [3, 1, 1, 1]
    got = {m.name: m.value for m in time_measures(counted, np.ones(4, bool), ring_draws(4, 9, 0))}
    assert got["time_to_detect_h"] == 72
    assert got["streams_before_detection"] == 4
    assert got["streams_before_detection_share"] == pytest.approx(4 / 6)


def test_the_median_has_no_value_when_most_rings_stay_undetected():
    assert math.isnan(median(np.array([1.0, np.inf, np.inf])))
    assert math.isnan(median(np.empty(0)))
    assert median(np.array([1.0, 3.0, np.inf])) == 3
