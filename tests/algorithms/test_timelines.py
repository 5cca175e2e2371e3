"""Rows in the order of accounts and times, and what the signals' kernels count along them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.algorithms import timelines, timelines_kernels
from cib.algorithms.signals import (
    clock_kernels,
    gaps_kernels,
    repeats_kernels,
    unusual_kernels,
    volume_kernels,
)
from cib.algorithms.timelines import Timelines, by_account
from cib.datasets.scratch import Scratch, on_disk
from logs import make_log

HOUR, DAY = 10, 240
"""Short ones, so that small numbers fill several."""

LOGS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-500, 1500), st.integers(0, 3)),
    min_size=1,
    max_size=120,
)


def log_of(rows):
    account, ts, content = np.array(rows).T
    return make_log(account, content, ts)


def rows_of(found):
    account = np.repeat(np.arange(len(found.start) - 1), found.n_interactions)
    return list(zip(account.tolist(), found.ts.tolist(), found.content.tolist(), strict=True))


def per_account(log, make):
    """What `make` finds in the (time, content) rows of each account."""
    rows = naive.timelines(log.account.tolist(), log.ts.tolist(), log.content.tolist())
    return [make([row[1:] for row in rows if row[0] == a]) for a in range(log.n_accounts)]


@given(LOGS, st.integers(1, 3))
@settings(max_examples=80, deadline=None)
def test_timelines_agree_with_naive_twin(rows, threads):
    log = log_of(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timelines, "BLOCK_BITS", threads - 1)
        found = Timelines.of(log, threads=threads)
    assert rows_of(found) == naive.timelines(*np.array(rows).T.tolist())
    assert found.n_contents.tolist() == per_account(log, lambda own: len({c for _, c in own}))
    present = found.n_interactions > 0
    spans = per_account(log, lambda own: (own[0][0], own[-1][0]) if own else None)
    ends = zip(found.first_ts[present].tolist(), found.last_ts[present].tolist(), strict=True)
    assert list(ends) == [span for span in spans if span]


@pytest.mark.parametrize("order", ["random", "sorted", "reversed", "two runs", "few times"])
def test_a_long_timeline_is_sorted(order):
    rng = np.random.default_rng(0)
    n = 5000
    ts = rng.integers(0, 10 if order == "few times" else 10**15, n)
    content = rng.integers(0, 1000, n)
    if order != "random":
        ts = np.sort(ts)
    if order == "reversed":
        ts = ts[::-1]
    elif order == "two runs":
        ts = np.roll(ts, n // 3)
    log = make_log(np.where(rng.random(n) < 0.9, 1, 0), content, ts)
    expected = naive.timelines(log.account.tolist(), log.ts.tolist(), log.content.tolist())
    assert rows_of(Timelines.of(log)) == expected


def test_timelines_on_disk_are_the_same(monkeypatch, tmp_path):
    rng = np.random.default_rng(1)
    log = make_log(
        rng.integers(0, 50, 3000), rng.integers(0, 9, 3000), rng.integers(0, 10**6, 3000)
    )
    monkeypatch.setattr(timelines, "BLOCK_BITS", 3)
    found = Timelines.of(replace(log, scratch=Scratch(memory=0, folder=tmp_path)))
    assert on_disk(found.ts)
    assert rows_of(found) == rows_of(Timelines.of(log))


@given(LOGS)
@settings(max_examples=80, deadline=None)
def test_kernels_of_signals_agree_with_naive_twins(rows):
    log = log_of(rows)
    found = Timelines.of(log)
    ts, content, start = found.ts, found.content, found.start

    def times(own):
        return [t for t, _ in own]

    n, near = gaps_kernels.near_the_median(ts, start, 1, 0.1)
    assert list(zip(n.tolist(), near.tolist(), strict=True)) == per_account(
        log, lambda own: naive.near_the_median(times(own), 0.1)
    )
    assert clock_kernels.fewest_in_stretch(ts, start, 0, HOUR, 6).tolist() == per_account(
        log, lambda own: naive.fewest_in_stretch(times(own), HOUR, 6)
    )
    assert volume_kernels.count_days(ts, start, DAY).tolist() == per_account(
        log, lambda own: len({t // DAY for t in times(own)})
    )
    assert repeats_kernels.most_in_a_day(ts, content, start, 1, DAY).tolist() == per_account(
        log, lambda own: naive.most_in_a_day(own, DAY) if own else 0
    )


@given(LOGS)
@settings(max_examples=80, deadline=None)
def test_what_accounts_use_most_agrees_with_naive_twin(rows):
    log = log_of(rows)
    found = Timelines.of(log)
    values = by_account(log, found, lambda content: content - 1, log.content)  # -1 is none
    favourite, n_users = unusual_kernels.most_used(values, found.start, 3)
    own = per_account(log, lambda rows: [content - 1 for _, content in rows])
    assert favourite.tolist() == [naive.most_used(mine) for mine in own]
    assert n_users.tolist() == [sum(value in mine for mine in own) for value in range(3)]


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=30), st.data())
@settings(deadline=None)
def test_kth_smallest(values, data):
    k = data.draw(st.integers(0, len(values) - 1))
    assert gaps_kernels.kth_smallest(np.array(values), len(values), k) == sorted(values)[k]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40))
@settings(deadline=None)
def test_counts(rows):
    codes = np.array([code for code, _ in rows], np.int32)
    chosen = np.array([yes for _, yes in rows], np.bool_)
    assert timelines_kernels.count(codes, 6).tolist() == np.bincount(codes, minlength=6).tolist()
    found = np.ones(6, np.int64)
    timelines_kernels.add_where(codes, chosen, found)
    assert found.tolist() == (1 + np.bincount(codes[chosen], minlength=6)).tolist()
