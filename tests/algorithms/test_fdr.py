"""Error rates: against the textbook procedures, and by simulation where tests were not made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cib.algorithms.evidence import joint_log10_p
from cib.algorithms.fdr import harmonic, log10_chance_count, log10_q_values

p_values = st.lists(st.floats(1e-12, 1), min_size=1, max_size=40)


@given(p_values, st.sampled_from(["bh", "by"]))
def test_one_group_of_tests_is_the_textbook_procedure(p, method):
    log10_p = np.log10(p)
    m = float(len(p))
    count = log10_chance_count(log10_p, np.zeros(len(p), int), np.array([m]))
    got = 10 ** log10_q_values(count, m, method)
    assert got == pytest.approx(stats.false_discovery_control(p, method=method), rel=1e-9)


def test_tests_that_were_not_made_count():
    p = [0.001, 0.002]
    padded = stats.false_discovery_control([*p, *[1.0] * 98])[:2]
    count = log10_chance_count(np.log10(p), np.zeros(2, int), np.array([100.0]))
    assert 10 ** log10_q_values(count, 100.0) == pytest.approx(padded)


def test_the_rate_holds_over_groups_of_very_different_size():
    """9,000 hopeless tests in one group, 100 in another with 20 real effects."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], [9000, 100])
    false_share, found = [], []
    for _ in range(400):
        p = rng.random(9100)
        p[9000:9020] = stats.norm.sf(rng.normal(4.5, 1, 20))
        count = log10_chance_count(np.log10(p), group, np.array([9000.0, 100.0]))
        hit = log10_q_values(count, 9100.0) <= np.log10(0.1)
        real = np.zeros(9100, bool)
        real[9000:9020] = True
        false_share.append((hit & ~real).sum() / max(hit.sum(), 1))
        found.append((hit & real).sum() / 20)
    assert np.mean(false_share) <= 0.11
    plain = np.mean(
        [
            (
                stats.false_discovery_control(
                    np.concatenate([rng.random(9080), stats.norm.sf(rng.normal(4.5, 1, 20))])
                )[9080:]
                <= 0.1
            ).mean()
            for _ in range(50)
        ]
    )
    assert np.mean(found) > plain


def test_joint_p_of_a_chosen_set_is_valid_under_dependence():
    """Take the best cluster of a thousand tests that share common causes; p must stay honest."""
    rng = np.random.default_rng(1)
    m, n = 1000, 2000
    joint = []
    for _ in range(n):
        z = np.repeat(rng.normal(size=50), 20) * 0.8 + rng.normal(size=m) * 0.6
        count = np.log10(stats.norm.sf(z)) + np.log10(m)
        best = np.argsort(count)[: rng.integers(1, 60)]
        joint.append(joint_log10_p(count[best], np.zeros(len(best), int), 1, m)[0])
    for level in (0.2, 0.05, 0.01):
        share = (np.array(joint) <= np.log10(level)).mean()
        assert share <= level + 3 * np.sqrt(level / n)


@given(
    st.lists(st.floats(-30, 3), min_size=1, max_size=20),
    st.floats(-30, 3),
    st.integers(0, 19),
    st.floats(0, 5),
)
def test_joint_p_falls_with_more_and_with_stronger_edges(counts, extra, which, stronger):
    def joint(values):
        return joint_log10_p(np.array(values), np.zeros(len(values), int), 1, 1e6)[0]

    more = joint([*counts, extra])
    counts_stronger = list(counts)
    counts_stronger[which % len(counts)] -= stronger
    assert more <= joint(counts)
    assert joint(counts_stronger) <= joint(counts)
    assert joint([]) == 0.0


def test_joint_p_keeps_sets_apart():
    counts = np.array([-9.0, -3.0, -8.0])
    got = joint_log10_p(counts, np.array([2, 0, 2]), 4, 1000)
    apart = [joint_log10_p(counts[i], np.zeros(len(i), int), 1, 1000)[0] for i in ([1], [0, 2])]
    assert got.tolist() == [apart[0], 0.0, apart[1], 0.0]


@pytest.mark.parametrize("n", [1, 7, 999, 1000, 5000])
def test_harmonic_number(n):
    assert harmonic(n) == pytest.approx(sum(1 / k for k in range(1, n + 1)), abs=1e-6)
