"""Scores, ranks, sentences and innocent explanations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.algorithms.clusters import find_clusters
from cib.algorithms.evidence import find_evidence
from cib.algorithms.judgement import EvidenceLine, judge, reason_of, score_coordination
from cib.algorithms.scoring import BENIGN, Part, Scale
from cib.algorithms.signals import signals
from cib.graphs.layers import build_layers
from logs import crowd_and_ring

WINDOW = (10_000_000, 60_000_000)

SCALE = Scale(-1.5, 0.2, {**{name: Part(0.7, -0.3) for name in signals()}, BENIGN: Part(2.0, -1.0)})


def judged(log, scale=SCALE):
    layers, _ = build_layers(log)
    evidence = find_evidence(layers, window=WINDOW, q=0.05)
    clusters = find_clusters(log, layers, evidence, window=WINDOW)
    return clusters, judge(clusters, layers, evidence, scale)


def test_scores_are_sums_of_the_parts_that_the_evidence_lists():
    log, _ = crowd_and_ring()
    _, judgement = judged(log)
    parts = [line for line in judgement.lines if line.score == "inauthenticity"]
    log_odds = SCALE.prior + sum(line.log_odds for line in parts)
    assert judgement.inauthenticity[0] == pytest.approx(1 / (1 + np.exp(-log_odds)))
    for line in parts:
        part = SCALE.part(BENIGN if line.signal.startswith(BENIGN) else line.signal)
        assert line.log_odds == pytest.approx(part.weight * line.strength + part.offset)
    assert {line.signal for line in parts} >= {"volume", "repeats", "capture"}
    assert sum(line.signal.startswith(BENIGN) for line in parts) == 1
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


@pytest.mark.parametrize(("share", "sign"), [(0.02, -1), (0.2, 0), (0.6, 1)])
def test_whoever_expects_more_rings_is_told_higher_scores(share, sign):
    log, _ = crowd_and_ring()
    as_fitted, expecting = (
        judged(log, scale)[1].inauthenticity[0] for scale in (SCALE, SCALE.expecting(share))
    )
    assert np.sign(np.round(expecting - as_fitted, 9)) == sign


def test_without_parts_the_prior_is_the_score():
    log, _ = crowd_and_ring()
    _, judgement = judged(log, Scale(0.0, 0.5, {}))
    assert judgement.inauthenticity[0] == 0.5
    assert {line.log_odds for line in judgement.lines if line.score == "inauthenticity"} == {0.0}


def test_clusters_are_ranked_by_both_scores():
    log, ring = crowd_and_ring()
    clusters, judgement = judged(log)
    worth = judgement.coordination * judgement.inauthenticity
    assert (np.diff(worth[judgement.rank]) <= 0).all()
    assert clusters.sizes.tolist() == [len(ring)]


def test_that_nothing_innocent_fits_is_no_reason_by_itself():
    def line(signal: str, log_odds: float) -> EvidenceLine:
        return EvidenceLine(0, signal, "inauthenticity", 1.0, 0.0, None, log_odds, f"{signal}.")

    assert reason_of([line("benign: shop", 3.9), line("capture", 1.2)]) == "capture."
    assert reason_of([line("benign: shop", 3.9)]) == ""


def test_what_is_surest_about_a_few_accounts_is_not_the_reason_of_many():
    def line(signal: str, n_accounts: int, log10_p: float) -> EvidenceLine:
        return EvidenceLine(
            0, signal, "coordination", 1.0, 0.0, log10_p, None, f"{signal}.", n_accounts=n_accounts
        )

    few, many, most = line("play", 4, -90.0), line("rare", 30, -9.0), line("audience", 40, -5.0)
    assert reason_of([few, many, most]) == "rare."
    assert reason_of([few, line("url", 7, -8.0)]) == "play."
