"""Scores, ranks, sentences and innocent explanations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.algorithms.clusters import find_clusters
from cib.algorithms.evidence import find_evidence
from cib.algorithms.judgement import judge, score_coordination, signal_log_odds
from cib.algorithms.signals.signal import Finding
from cib.graphs.layers import build_layers
from logs import crowd_and_ring

WINDOW = (10_000_000, 60_000_000)


def judged(log):
    layers, _ = build_layers(log)
    evidence = find_evidence(layers, window=WINDOW, q=0.05)
    clusters = find_clusters(log, layers, evidence, window=WINDOW)
    return clusters, judge(clusters, layers, evidence)


def test_scores_are_sums_of_the_parts_that_the_evidence_lists():
    log, _ = crowd_and_ring()
    _, judgement = judged(log)
    parts = [line for line in judgement.lines if line.score == "inauthenticity"]
    log_odds = -2.2 + sum(line.log_odds for line in parts)
    assert judgement.inauthenticity[0] == pytest.approx(1 / (1 + np.exp(-log_odds)))
    assert judgement.coordination[0] == pytest.approx(score_coordination(judgement.log10_p)[0])
    assert 0 < judgement.inauthenticity[0] < 1
    assert 0.5 < judgement.coordination[0] < 1


def test_the_reason_is_a_sentence_with_observed_and_expected():
    log, _ = crowd_and_ring()
    _, judgement = judged(log)
    assert judgement.reason[0].startswith(
        "12 accounts acted on the same content (act0) within 10 s of one another: 66 pairs met "
    )
    assert "where chance, given the same content and its own history" in judgement.reason[0]


@given(st.lists(st.floats(-300, 0), min_size=2, max_size=2))
def test_coordination_is_monotone_in_evidence(log10_p):
    weak, strong = score_coordination(np.array(sorted(log10_p, reverse=True)))
    assert 0 <= weak <= strong < 1


@given(st.floats(0, 1), st.floats(-300, 0), st.floats(0, 1), st.floats(0, 100))
def test_inauthenticity_is_monotone_in_effect_and_evidence(effect, log10_p, more, stronger):
    def part(effect, log10_p):
        return signal_log_odds(Finding("x", 0, 0, 0, log10_p, effect, ""), 10)

    assert part(effect, log10_p) <= part(min(1.0, effect + more), log10_p) + 1e-12
    assert part(effect, log10_p) <= part(effect, log10_p - stronger) + 1e-12


def test_clusters_are_ranked_by_both_scores():
    log, ring = crowd_and_ring()
    clusters, judgement = judged(log)
    worth = judgement.coordination * judgement.inauthenticity
    assert (np.diff(worth[judgement.rank]) <= 0).all()
    assert clusters.sizes.tolist() == [len(ring)]
