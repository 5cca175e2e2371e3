"""Scores, ranks, sentences and innocent explanations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.algorithms.alternatives import best_alternatives
from cib.algorithms.clusters import find_clusters, with_targets
from cib.algorithms.evidence import find_evidence
from cib.algorithms.judgement import judge, score_coordination, signal_log_odds
from cib.algorithms.signals.signal import Finding
from cib.datasets.durations import US_PER_DAY, US_PER_SECOND
from cib.graphs.layers import build_layers
from logs import crowd_and_ring, make_log

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


def one_cluster(log, members):
    of_account = np.full(log.n_accounts, -1, np.int32)
    of_account[list(members)] = 0
    row = np.flatnonzero(np.isin(log.account, list(members)))
    return with_targets(log, 1, of_account, row, np.full(len(row), US_PER_SECOND))


def best(log, members):
    return best_alternatives(one_cluster(log, members))[0]


def test_one_busy_night_looks_like_an_event():
    rng = np.random.default_rng(0)
    account = np.repeat(np.arange(10), 12)
    content = np.tile(np.arange(12), 10)
    found = best(make_log(account, content, rng.integers(0, US_PER_DAY, 120)), range(10))
    assert found.name == "shared event"
    assert not found.ruled_out
    assert "cannot be ruled out" in found.statement


def test_many_days_rule_an_event_out():
    account = np.repeat(np.arange(10), 12)
    content = np.tile(np.arange(12), 10)
    found = best(make_log(account, content, np.tile(np.arange(12), 10) * US_PER_DAY), range(10))
    assert found.ruled_out


def test_few_accounts_at_one_address_look_like_a_household():
    account = np.repeat(np.arange(4), 20)
    content, ts = np.tile(np.arange(20), 4), np.tile(np.arange(20), 4) * US_PER_DAY
    home = best(make_log(account, content, ts, ip_hash=["home"] * 80), range(4))
    assert (home.name, home.ruled_out) == ("household", False)
    apart = best(make_log(account, content, ts, ip_hash=[f"ip{a}" for a in account]), range(4))
    assert apart.ruled_out


def test_an_editorial_list_explains_its_followers():
    account = np.repeat(np.arange(10), 20)
    content, ts = np.tile(np.arange(20), 10), np.tile(np.arange(20), 10) * US_PER_DAY
    listed = make_log(account, content, ts, parent_kind=["playlist_editorial"] * 200)
    assert best(listed, range(10)).name == "followed list"
    own = make_log(account, content, ts, parent_kind=["playlist_ugc"] * 200)
    assert best(own, range(10)).ruled_out


def test_clusters_are_ranked_by_both_scores():
    log, ring = crowd_and_ring()
    clusters, judgement = judged(log)
    worth = judgement.coordination * judgement.inauthenticity
    assert (np.diff(worth[judgement.rank]) <= 0).all()
    assert clusters.sizes.tolist() == [len(ring)]
