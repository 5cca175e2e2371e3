"""Accounts in order of score: against scikit-learn and against trying every threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

import naive_evaluation as naive
from cib.algorithms.evaluation import average_precision, recall_at_fpr
from cib.algorithms.evaluation.ranking import Ranking, score_to_exceed

few_scores = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=40)
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@patient
@given(few_scores, few_scores)
def test_average_precision_is_scikit_learns(positive, negative):
    truth = [1] * len(positive) + [0] * len(negative)
    theirs = average_precision_score(truth, positive + negative)
    assert average_precision(np.array(positive), np.array(negative)) == pytest.approx(theirs)


def test_average_precision_on_many_accounts():
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(1, 1, 500).round(2), rng.normal(0, 1, 20_000).round(2)
    truth = np.repeat([1, 0], [500, 20_000])
    theirs = average_precision_score(truth, np.concatenate([positive, negative]))
    assert average_precision(positive, negative) == pytest.approx(theirs, rel=1e-12)


@patient
@given(few_scores, few_scores, st.integers(0, 2**32 - 1))
def test_weights_are_repetitions(positive, negative, seed):
    weight = np.random.default_rng(seed).integers(0, 4, len(positive))
    repeated = np.repeat(positive, weight)
    got = Ranking(np.array(positive), np.array(negative)).average_precision(weight)
    if len(repeated):
        assert got == pytest.approx(average_precision(repeated, np.array(negative)))
    else:
        assert math.isnan(got)


@patient
@given(few_scores, few_scores, st.sampled_from([0.0, 0.001, 0.1, 0.25, 0.5, 1.0]))
def test_recall_is_that_of_the_best_threshold(positive, negative, max_fpr):
    got = recall_at_fpr(np.array(positive), np.array(negative), max_fpr)
    assert got == pytest.approx(naive.recall_at_fpr(positive, negative, max_fpr))


def test_a_tie_of_everybody_flags_nobody():
    """A method that gives all accounts one score has recall 0 at any strict rate, not by luck."""
    assert recall_at_fpr(np.zeros(50), np.zeros(1000)) == 0
    assert average_precision(np.zeros(50), np.zeros(950)) == pytest.approx(0.05)


def test_one_in_a_thousand_is_allowed_from_a_thousand_on():
    scores = np.arange(1000.0)
    assert score_to_exceed(scores) == 998  # 999, and it alone, may be flagged
    assert score_to_exceed(scores[:999]) == 998  # nobody


def test_nothing_to_find():
    none = np.empty(0)
    assert math.isnan(average_precision(none, np.ones(3)))
    assert math.isnan(recall_at_fpr(none, np.ones(3)))
    assert recall_at_fpr(np.ones(2), none) == 1
