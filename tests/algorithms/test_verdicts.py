"""Past verdicts: what they add to a score, and how far they move the prior."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cib.algorithms.alternatives.alternative import Alternative
from cib.algorithms.clusters import find_clusters
from cib.algorithms.evidence import find_evidence
from cib.algorithms.judgement import judge, kind_of
from cib.algorithms.scoring import BENIGN, Part, Scale
from cib.algorithms.verdicts import (
    FEWEST_CASES,
    LARGEST_SHIFT,
    PRIOR_CASES,
    VERDICT_WEIGHT,
    Tally,
    recalibrate,
    tally,
    verdict_parts,
)
from cib.datasets.verdicts import AccountVerdicts
from cib.graphs.layers import build_layers
from logs import crowd_and_ring

WINDOW = (10_000_000, 60_000_000)

SCALE = Scale(-2.0, 0.1, {"capture": Part(1.0), BENIGN: Part(1.0, -1.0)})
"""By which the ring is none before anybody has judged it."""


@pytest.fixture(scope="module")
def ring():
    """Judge a log with one ring of 12 under verdicts on so many of its accounts."""
    log, members = crowd_and_ring()
    layers, _ = build_layers(log)
    evidence = find_evidence(layers, window=WINDOW, q=0.05)
    clusters = find_clusters(log, layers, evidence, window=WINDOW)
    assert clusters.n_clusters == 1

    def judged(confirmed=0, benign=0, alternative="", none=False):
        sign = np.zeros(log.n_accounts, np.int8)
        sign[members[:confirmed]] = 1
        sign[members[confirmed : confirmed + benign]] = -1
        sign[:100] = -1  # people in no cluster
        named = dict.fromkeys(members[confirmed : confirmed + benign], alternative)
        verdicts = AccountVerdicts(sign, {a: name for a, name in named.items() if name})
        return judge(clusters, layers, evidence, SCALE, None if none else verdicts)

    return judged


def counts(confirmed, benign, n):
    return Tally(np.array([n]), np.array([confirmed]), np.array([benign]), [""])


def test_accounts_are_counted_in_their_cluster():
    of_account = np.array([0, 0, 0, 1, 1, -1, 0], np.int32)
    sign = np.array([1, -1, -1, 0, 1, 1, -1], np.int8)
    names = {1: "shop", 2: "list", 6: "shop", 5: "nobody's", 0: "a confirmed one's"}
    got = tally(AccountVerdicts(sign, names), of_account, 3)
    assert got.n_accounts.tolist() == [4, 2, 0]
    assert got.n_confirmed.tolist() == [1, 1, 0]
    assert got.n_benign.tolist() == [3, 0, 0]
    assert got.alternative == ["shop", "", ""]
    assert got.judged.tolist()[:2] == [True, True]
    assert got.confirmed.tolist() == [False, False, False]
    assert got.found.tolist() == [0.0, 1.0, 0.5]


@given(st.integers(1, 60), st.data())
def test_the_part_is_bounded_and_monotone(n, data):
    confirmed = data.draw(st.integers(0, n))
    benign = data.draw(st.integers(0, n - confirmed))

    def total(c, b):
        return sum(part.log_odds for part in verdict_parts(counts(c, b, n)))

    now = total(confirmed, benign)
    assert -VERDICT_WEIGHT <= now <= VERDICT_WEIGHT
    assert now == pytest.approx(VERDICT_WEIGHT * (confirmed - benign) / n)
    if confirmed + benign < n:
        assert total(confirmed + 1, benign) > now > total(confirmed, benign + 1)
    if benign:
        assert total(confirmed + 1, benign - 1) > now
    assert all(0 <= part.strength <= 1 for part in verdict_parts(counts(confirmed, benign, n)))


def test_without_verdicts_and_with_none_on_members_nothing_changes(ring):
    plain, others = ring(none=True), ring()
    assert plain.recalibration is None
    assert others.lines == plain.lines
    assert others.inauthenticity.tolist() == plain.inauthenticity.tolist()
    assert (others.kind, others.reason) == (plain.kind, plain.reason)


def test_a_confirmed_ring_rises_and_a_benign_one_falls(ring):
    plain, up, down = ring(none=True), ring(confirmed=9), ring(benign=9, alternative="shop")
    assert down.inauthenticity[0] < plain.inauthenticity[0] < up.inauthenticity[0]

    def log_odds(judgement):
        return float(np.log(judgement.inauthenticity / (1 - judgement.inauthenticity))[0])

    for judgement, way in ((up, 1), (down, -1)):
        assert log_odds(judgement) - log_odds(plain) == pytest.approx(way * VERDICT_WEIGHT * 0.75)
        parts = [line for line in judgement.lines if line.score == "inauthenticity"]
        total = SCALE.prior + sum(line.log_odds for line in parts)
        assert log_odds(judgement) == pytest.approx(total)  # what the evidence table lists
    (line,) = (line for line in up.lines if line.signal == "verdicts: confirmed")
    assert line.statement == "9 of 12 accounts were confirmed inauthentic in earlier cases."
    assert (line.observed, line.strength, line.log_odds) == (9, 0.75, 4.5)
    assert line.statement in up.reason[0]
    (line,) = (line for line in down.lines if line.signal == "verdicts: benign")
    assert line.statement == "9 of 12 accounts were judged benign in earlier cases (“shop”)."
    assert (line.observed, line.strength, line.log_odds) == (9, 0.25, -4.5)


def test_a_ring_that_was_confirmed_is_found_again(ring):
    assert ring(none=True).kind[0] != "ring"
    assert ring(confirmed=12).kind == ["ring"]
    assert ring(benign=12).kind[0] != "ring"


def test_an_innocent_explanation_that_people_ruled_out_holds_nothing_up():
    fits = Alternative("shop", 0, 0.9, "")
    assert kind_of(0.8, fits) == "possibly benign"
    assert kind_of(0.8, fits, confirmed=True) == "ring"
    assert kind_of(0.3, fits, confirmed=True) == "coordinated"
    assert [counts(c, 0, 10).confirmed[0] for c in (5, 6)] == [False, True]


def cases(n, k, size=8):
    """So many judged clusters, the first k of them confirmed."""
    confirmed = np.where(np.arange(n) < k, size, 0)
    return Tally(np.full(n, size), confirmed, size - confirmed, [""] * n)


def test_few_cases_move_nothing():
    few = FEWEST_CASES - 1
    assert recalibrate(cases(few, few), np.full(few, 0.1)).shift == 0
    assert recalibrate(cases(FEWEST_CASES, FEWEST_CASES), np.full(FEWEST_CASES, 0.1)).shift > 1


@given(st.integers(FEWEST_CASES, 200), st.floats(0.01, 0.99), st.data())
def test_the_prior_moves_by_the_mean_of_the_beta_law(n, e, data):
    k = data.draw(st.integers(0, n))
    got = recalibrate(cases(n, k), np.full(n, e))
    law = stats.beta(PRIOR_CASES * e + k, PRIOR_CASES * (1 - e) + n - k)
    s = law.mean()
    wanted = np.log(s / (1 - s)) - np.log(e / (1 - e))
    assert got.shift == pytest.approx(np.clip(wanted, -LARGEST_SHIFT, LARGEST_SHIFT), abs=1e-9)
    assert (got.n_judged, got.n_found) == (n, k)
    if k < n:
        assert recalibrate(cases(n, k + 1), np.full(n, e)).shift >= got.shift


def test_looking_at_the_most_suspect_first_does_not_move_a_right_prior():
    """A calibrated scan, of which people judge the upper half: a raw share would mislead."""
    rng = np.random.default_rng(0)
    p = rng.beta(0.6, 2.0, 4000)
    true = rng.random(4000) < p
    seen = p > np.median(p)
    n = np.full(4000, 10)
    counted = Tally(n, n * (seen & true), n * (seen & ~true), [""] * 4000)
    got = recalibrate(counted, p)
    assert got.n_judged == 2000
    assert abs(got.shift) < 0.1
    raw = got.n_found / got.n_judged
    assert np.log(raw / (1 - raw)) - np.log(p.mean() / (1 - p.mean())) > 0.5


def test_clusters_with_few_verdicts_are_no_cases():
    n = np.full(50, 10)
    assert recalibrate(Tally(n, np.full(50, 4), 0 * n, [""] * 50), np.full(50, 0.1)).n_judged == 0
