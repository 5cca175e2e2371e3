"""Looped contents: counts, calibration where everybody loops alone, and planted chart attacks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.algorithms.blocks import Block
from cib.algorithms.looped import habit_of, looped_blocks, posterior_of
from cib.algorithms.looped_kernels import count_loops, list_loopers
from cib.datasets.durations import US_PER_DAY
from cib.graphs.events import Events
from cib.graphs.layers.content import layers
from logs import make_log

N_DAYS, N_CONTENTS, LOOP = 14, 150, 10


ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(-30, 60)), min_size=1, max_size=120
)
"""Account, token and time."""

A_BLOCK = Block(*(np.zeros(1, np.int32),) * 2, US_PER_DAY, *(np.ones(1),) * 3, -9.0, 1e-6)
LISTENING = 1.3, 690.0
"""The law that was learned from a synthetic world of 20,000 listeners."""


def honest(rng, law=LISTENING):
    """Rows (account, content, day, times): contents of any popularity, each with a chance of loops.

    The chance is Beta distributed over contents and days, as the null has it; a looper acts ten
    times or more, others once or twice.
    """
    rows = []
    for content in range(N_CONTENTS):
        for day in range(N_DAYS):
            n = int(np.minimum(rng.pareto(1.0) * 5, 400))
            chance = rng.beta(*law)
            who = rng.choice(3_000, n, replace=False)
            times = np.where(rng.random(n) < chance, rng.integers(LOOP, 40, n), 1 + who % 2)
            rows += zip(who, [content] * n, [day] * n, times, strict=True)
    return rows


def found_in(rows, seed=0, **how):
    account, content, day, _ = np.repeat(
        np.array(rows), np.array([row[3] for row in rows]), axis=0
    ).T
    within = np.random.default_rng(seed).integers(0, US_PER_DAY, len(day))
    return looped_blocks(layers(make_log(account, content, day * US_PER_DAY + within)), **how)


def looped_by(accounts, content, days, times=40):
    return [(a, content, day, times) for day in days for a in accounts]


@settings(deadline=None)
@given(
    ROWS,
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_counts_agree_with_naive_twin(rows, loop, smallest):
    account, token, ts = np.array(rows).T
    events = Events.from_arrays(account, token, ts)
    low, high, n, loops = count_loops(
        events.account, events.ts, events.token_start, 0, events.n_tokens, 20, loop, smallest
    )
    where = np.searchsorted(events.token_start, low, side="right") - 1
    found = zip(where, events.ts[low] // 20, n, loops, strict=True)
    assert [tuple(map(int, one)) for one in found] == naive.loops(rows, 20, loop, smallest)
    assert (events.ts[high - 1] // 20 == events.ts[low] // 20).all()


@settings(deadline=None)
@given(
    ROWS,
    st.integers(1, 4),
)
def test_loopers_agree_with_naive_twin(rows, loop):
    events = Events.from_arrays(*np.array(rows).T)
    token, account = list_loopers(
        events.account, events.ts, events.token_start, 0, events.n_tokens, 20, loop
    )
    times = Counter((token, account, ts // 20) for account, token, ts in rows)
    want = sorted({(o, a) for (o, a, _), n in times.items() if n >= loop})
    assert list(zip(token.tolist(), account.tolist(), strict=True)) == want


def test_who_loops_other_contents_as_well_is_less_surely_of_the_block():
    rng = np.random.default_rng(6)
    ring, fans = range(3_000, 3_040), range(3_040, 3_044)
    crowd = [(a, 7, day, 1) for day in range(N_DAYS) for a in rng.choice(3_000, 900, replace=False)]
    # most honest loopers loop one to eight other contents, which nobody else knows
    usual = [(a, 10 * a + i, 4, 40) for a in range(100, 500) for i in range(2 + a % 8)]
    theirs = [(a, 10 * a + i, 3, 40) for a in fans for i in range(6)]
    few = [(a, 10 * a, 3, 40) for a in ring[:10]]
    others = [row for row in honest(rng) if row[1] != 7]
    loops = looped_by([*ring, *fans], 7, (5, 6))
    (block,) = found_in(others + crowd + usual + theirs + few + loops)
    assert block.account.tolist() == [*ring, *fans]
    some, none, much = block.posterior[:10], block.posterior[10:40], block.posterior[40:]
    assert none.min() > some.max() > much.max()
    # at most as many are honest as the law expects: some habits nobody has here
    alike = 1 - block.expected / block.observed
    assert 0 < (1 - block.posterior).sum() <= (1 - alike).sum() + 1e-9
    assert block.posterior.min() >= 0.1
    # where all of a ring loop as much else, that says nothing
    cover = [(a, 10 * a + i, 3, 40) for a in ring for i in range(6)]
    (block,) = found_in(others + crowd + usual + theirs + cover + loops)
    assert np.ptp(block.posterior) == 0
    assert block.posterior.min() > 0.9


@given(
    st.lists(st.integers(0, 3_000), min_size=1, max_size=60),
    st.floats(0.0, 1.0),
    st.lists(st.floats(0, 1), min_size=10, max_size=10).filter(any),
)
def test_the_more_an_account_loops_the_less_surely_it_is_of_the_block(contents, honest, weights):
    n = len(contents)
    block = replace(A_BLOCK, account=np.arange(n, dtype=np.int32), posterior=np.full(n, 1 - honest))
    habit = habit_of(np.sort(contents))
    posterior = posterior_of(block, habit, np.array(weights) / sum(weights))
    assert (np.diff(posterior) <= 1e-12).all()
    assert ((posterior >= 0.1 - 1e-12) & (posterior <= 1)).all()
    assert (1 - posterior).sum() <= n * honest + 1e-9


@pytest.mark.parametrize("law", [LISTENING, (1.3, 120.0)])
def test_where_everybody_loops_alone_next_to_nothing_is_found(law):
    # q is the chance of any block in a log: 0.05 × 20 is one log, and four or more are 1 in 60
    false = [len(found_in(honest(np.random.default_rng(seed), law))) for seed in range(20)]
    assert sum(n > 0 for n in false) <= 3


@pytest.mark.parametrize("n_ring", [12, 60])
def test_a_chart_attack_on_a_hit_is_found_whole(n_ring):
    rng = np.random.default_rng(1)
    ring = np.arange(3_000, 3_000 + n_ring)
    crowd = [(a, 7, day, 1) for day in range(N_DAYS) for a in rng.choice(3_000, 80, replace=False)]
    others = [row for row in honest(rng) if row[1] != 7]
    (block,) = found_in(others + crowd + looped_by(ring, 7, (5, 6)))
    assert block.account.tolist() == ring.tolist()
    assert block.content.tolist() == [7]
    assert block.observed.tolist() == [2] * n_ring
    assert block.q_value <= 0.05
    assert block.expected.sum() < 1 + 0.1 * n_ring


def test_what_many_play_once_or_twice_is_no_block():
    rng = np.random.default_rng(2)
    viral = [(a, 7, 5, 1 + a % 2) for a in range(3_000, 5_000)]
    assert not found_in(honest(rng) + viral)


def test_what_is_looped_by_nature_is_no_block():
    rng = np.random.default_rng(3)
    others = [row for row in honest(rng) if row[1] != 7]
    sleepers = np.arange(3_000, 3_020)
    always = looped_by(sleepers, 7, range(N_DAYS))
    assert not found_in(others + always)
    # a week of the same is not its nature
    assert len(found_in(others + looped_by(sleepers, 7, range(3, 9)))) == 1
    # now and then, and for once by a few more
    other_days = [
        (a, 7, day, 40 if i < 8 else 1)
        for day in range(N_DAYS)
        for i, a in enumerate(rng.permutation(sleepers))
    ]
    assert not found_in(others + other_days + looped_by(range(3_020, 3_024), 7, [5]))


def test_threads_do_not_matter():
    rows = honest(np.random.default_rng(4)) + looped_by(range(3_000, 3_030), 7, (5, 6))
    one, two = (found_in(rows, threads=n) for n in (1, 3))
    assert [b.account.tolist() for b in one] == [b.account.tolist() for b in two]
    assert [b.log10_p for b in one] == [b.log10_p for b in two]


def test_logs_without_loops():
    assert not found_in([(a, a % 3, 0, 1) for a in range(30)])
