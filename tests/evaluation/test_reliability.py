"""Predicted inauthenticity against what is true: a slow twin, a calibrated method, a real scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

import cib
import naive_evaluation as naive
from cib.algorithms.evaluation.reliability import (
    BIN_NAMES,
    EDGES,
    brier_score,
    calibration_error,
    mostly_inauthentic,
    reliability_bins,
    reliability_measures,
)
from cib.algorithms.evaluation.trial import pool
from cib.algorithms.evaluation.uncertainty import wilson_interval
from command_line import cib as command

CLUSTERS = st.lists(
    st.tuples(st.floats(0, 1) | st.sampled_from(EDGES), st.booleans()), min_size=1, max_size=60
)


@given(CLUSTERS)
def test_bins_and_scores_agree_with_their_slow_twin(clusters):
    predicted = np.array([p for p, _ in clusters])
    truth = np.array([y for _, y in clusters])
    bins = reliability_bins(predicted, truth)
    slow, brier, error = naive.reliability(predicted.tolist(), truth.tolist(), EDGES)
    assert [one.name for one in bins] == [f"{low:g}–{high:g}" for low, high, *_ in slow]
    assert [one.n for one in bins] == [n for _, _, n, _, _ in slow]
    for one, (_, _, n, mean, share) in zip(bins, slow, strict=True):
        assert one.predicted == pytest.approx(mean, abs=1e-12)
        assert one.observed == pytest.approx(share, abs=1e-12)
        low, high = wilson_interval(round(share * n), n)
        assert (one.low, one.high) == (low, high)
    assert brier_score(predicted, truth) == pytest.approx(brier, abs=1e-12)
    assert calibration_error(bins) == pytest.approx(error, abs=1e-12)
    assert brier_score(predicted, truth) == pytest.approx(brier_score_loss(truth, predicted))


def test_a_calibrated_method_is_told_from_one_that_is_too_sure():
    rng = np.random.default_rng(0)
    honest = rng.uniform(size=20_000)
    truth = rng.random(20_000) < honest
    bins = reliability_bins(honest, truth)
    assert [one.name for one in bins] == list(BIN_NAMES)
    assert calibration_error(bins) < 0.02
    sure = honest**3 / (honest**3 + (1 - honest) ** 3)
    assert calibration_error(reliability_bins(sure, truth)) > 0.1
    assert brier_score(sure, truth) > brier_score(honest, truth)


def test_nothing_is_said_of_nothing():
    nothing, none = np.zeros(0), np.zeros(0, bool)
    assert reliability_bins(nothing, none) == []
    assert np.isnan(brier_score(nothing, none))
    assert np.isnan(calibration_error([]))


def test_a_cluster_is_inauthentic_when_half_of_its_accounts_are_and_grey_ones_are_not():
    trial = naive.random_trial(np.random.default_rng(4))
    trial = replace(
        trial,
        ring=np.array([0, 0, 0, -1, -1, -1]),
        second_ring=np.full(6, -1),
        aside=np.array([False, False, False, False, True, True]),
        score=np.zeros(6),
        rank=np.array([1, 2]),
        reported=np.array([True, False]),
        cluster=np.array([0, 0, 1, 1, 1]),
        account=np.array([0, 3, 1, 4, 5]),
        log=np.zeros(2, int),
    )
    assert mostly_inauthentic(trial).tolist() == [True, False]


def test_logs_are_pooled_and_methods_without_predictions_have_no_row():
    rng = np.random.default_rng(1)
    trials = [naive.random_trial(rng) for _ in range(2)]
    assert list(reliability_measures(pool(trials))) == []
    given_ = [replace(t, predicted=rng.random(t.n_clusters)) for t in trials]
    assert pool([given_[0], trials[1]]).predicted is None
    both = pool(given_)
    assert both.predicted.tolist() == [p for t in given_ for p in t.predicted.tolist()]
    truth = np.concatenate([mostly_inauthentic(t) for t in given_])
    brier, error = reliability_measures(both)
    assert brier.value == brier_score(both.predicted, truth)
    assert error.value == calibration_error(reliability_bins(both.predicted, truth))
    assert brier.n == error.n == both.n_clusters


def test_a_scan_from_end_to_end(world, world_run, tmp_path):
    """The rows are those that one gets by hand from the run and the truth; unreported ones too."""
    run = cib.open_run(world_run)
    truth = pq.read_table(world / "truth" / "account.parquet")
    bad = {
        a
        for a, r in zip(truth["account_id"].to_pylist(), truth["ring_id"].to_pylist(), strict=True)
        if r is not None
    }
    members = {}
    for row in run.members.to_pylist():
        members.setdefault(row["cluster_id"], []).append(row["account_id"] in bad)
    clusters = run.clusters.to_pylist()
    assert any(row["kind"] != "ring" for row in clusters)
    predicted = [row["inauthenticity"] for row in clusters]
    true = [np.mean(members[row["cluster_id"]]) >= 0.5 for row in clusters]
    bins, brier, error = naive.reliability(predicted, true, EDGES)
    rows = cib.evaluate(run, world).table.to_pylist()
    got = {(r["stratum_kind"], r["stratum"], r["measure"]): r for r in rows}
    assert got["all", "all", "brier"]["value"] == pytest.approx(brier)
    assert got["all", "all", "calibration_error"]["value"] == pytest.approx(error)
    assert got["all", "all", "brier"]["n"] == len(clusters)
    names = [r["stratum"] for r in rows if r["measure"] == "observed"]
    assert names == [f"{low:g}–{high:g}" for low, high, *_ in bins]
    for name, (_, _, n, mean, share) in zip(names, bins, strict=True):
        seen = got["reliability", name, "observed"]
        assert (seen["n"], seen["value"]) == (n, pytest.approx(share))
        assert seen["low"] <= share <= seen["high"]
        assert got["reliability", name, "predicted"]["value"] == pytest.approx(mean)

    out = tmp_path / "evaluation"
    printed = command("evaluate", world_run, "--truth", world, "--out", out)
    assert printed.returncode == 0, printed.stderr
    assert "Clusters by inauthenticity, and the share that is" in printed.stdout
    assert all(f"\n{name} " in printed.stdout for name in names)
    assert "Brier score of clusters" in printed.stdout
    page = (out / "detection.html").read_text(encoding="utf-8")
    assert 'data-figure="reliability"' in page


def test_findings_of_others_have_no_reliability(by_hand, found, tmp_path):
    world, method = by_hand(), found([[*range(1000, 1030)]])
    evaluation = cib.evaluate(method, world)
    kinds = {(r["stratum_kind"], r["measure"]) for r in evaluation.table.to_pylist()}
    assert not {k for k in kinds if k[0] == "reliability" or k[1] in ("brier", "predicted")}
    assert 'data-figure="reliability"' not in evaluation.page
    result = command("evaluate", method, "--truth", world)
    assert result.returncode == 0, result.stderr
    assert "Brier" not in result.stdout
    assert "Clusters by inauthenticity" not in result.stdout
