"""Odd hours: habits, chances, calibration where contents have no clock, and planted takeovers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.algorithms.odd_hours import Habits, odd_hours_blocks
from cib.algorithms.odd_hours_kernels import audience, quiet_hours
from cib.datasets.durations import US_PER_DAY, US_PER_HOUR
from cib.datasets.scratch import Scratch
from cib.graphs.events import Events
from cib.graphs.layers.content import layers
from logs import make_log

N_ACCOUNTS, N_DAYS, N_CONTENTS = 600, 20, 800


def honest(rng):
    """(n, 3) rows (account, content, time): everybody sleeps at hours of their own."""
    n = rng.integers(120, 300, N_ACCOUNTS)
    account = np.repeat(np.arange(N_ACCOUNTS), n)
    bed = rng.integers(0, 24, N_ACCOUNTS)
    awake = np.where(rng.random(len(account)) < 0.02, 24, 16)
    hour = (bed[account] + 24 - rng.integers(0, awake)) % 24
    time = (rng.integers(0, N_DAYS, len(account)) * 24 + hour) * US_PER_HOUR
    content = np.minimum(rng.zipf(1.3, len(account)), N_CONTENTS) - 1
    return np.stack((account, content, time), axis=1), bed


def asleep(rng, bed, victims, targets, each):
    """Rows of victims' accounts, at an hour at which their owners sleep, on any day."""
    account = np.repeat(victims, each)
    content = rng.choice(targets, len(account))
    hour = (bed[account] + rng.integers(2, 6, len(account))) % 24
    time = (rng.integers(0, N_DAYS, len(account)) * 24 + hour) * US_PER_HOUR
    return np.stack((account, content, time), axis=1)


def found_in(*rows, **how):
    account, content, time = np.concatenate(rows).T
    return odd_hours_blocks(layers(make_log(account, content, time)), **how)


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=24, max_size=24), st.sampled_from([1, 5, 10, 25]))
def test_odd_hours_agree_with_naive_twin(hours, percent):
    quiet, n_rows, n_odd = np.empty(1, np.int32), np.empty(1, np.int64), np.empty(1, np.int64)
    quiet_hours(np.array([hours], np.int32), percent / 100, quiet, n_rows, n_odd)
    expected = naive.odd_hours(hours, Fraction(percent, 100))
    assert {h for h in range(24) if quiet[0] >> h & 1} == expected
    assert n_rows[0] == sum(hours)
    assert n_odd[0] == sum(hours[h] for h in expected)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 23)), min_size=1, max_size=30), st.data()
)
def test_audiences_agree_with_naive_twin(rows, data):
    account, hour = np.array(rows).T
    own = np.bincount(account, minlength=5)
    n_rows = own + np.array([data.draw(st.integers(0, 9)) for _ in range(5)])
    n_odd = np.array([data.draw(st.integers(0, int(n))) for n in n_rows])
    quiet = np.full(5, 0b111, np.int32)
    who, came, chance = audience(
        account.astype(np.int32), hour * US_PER_HOUR, US_PER_HOUR, quiet, n_rows, n_odd
    )
    assert who.tolist() == sorted(set(account.tolist()))
    for a, odd, p in zip(who.tolist(), came, chance, strict=True):
        assert odd == any(h < 3 for b, h in rows if b == a)
        exact = naive.chance_of_an_odd_one(int(n_rows[a]), int(n_odd[a]), int(own[a]))
        assert p == pytest.approx(float(exact), abs=1e-9)


def test_p_values_are_valid_where_contents_have_no_clock():
    rng = np.random.default_rng(0)
    each = []
    for _ in range(10):
        (rows, _) = honest(rng)
        (layer,) = layers(make_log(*rows.T))
        _, log10_p = Habits.of(layer.events, 0.1).test(layer.events)
        each.append(10**log10_p)
        assert not odd_hours_blocks([layer])
    p = np.concatenate(each)
    for level in (0.05, 0.01):
        assert np.mean(p <= level) <= level + 3 * np.sqrt(level / len(p))


@pytest.mark.parametrize(("n_victims", "each"), [(60, 8), (20, 10)])
def test_taken_over_accounts_are_found(n_victims, each):
    rng = np.random.default_rng(1)
    rows, bed = honest(rng)
    victims = rng.choice(N_ACCOUNTS, n_victims, replace=False)
    targets = np.arange(N_CONTENTS, N_CONTENTS + 12)
    (block,) = found_in(rows, asleep(rng, bed, victims, targets, each))
    assert np.isin(block.account, victims).all()
    assert len(block.account) >= 0.8 * n_victims
    assert np.isin(block.content, targets).all()
    assert block.observed.sum() > 5 * block.expected.sum()
    assert block.q_value <= 0.05


def test_one_thing_that_wakes_people_up_is_no_block():
    rng = np.random.default_rng(2)
    rows, bed = honest(rng)
    fans = rng.choice(N_ACCOUNTS, 60, replace=False)
    assert not found_in(rows, asleep(rng, bed, fans, np.array([N_CONTENTS]), 1))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_habits_on_disk_as_in_memory(threads):
    rows, _ = honest(np.random.default_rng(8))
    memory = Habits.of(Events.from_arrays(*rows.T), 0.1, threads=1)
    for scratch in (Scratch(), Scratch(memory=0)):
        events = Events.from_arrays(*rows.T, scratch=scratch)
        other = Habits.of(events, 0.1, threads=threads)
        for field in ("quiet", "n_rows", "n_odd"):
            np.testing.assert_array_equal(getattr(other, field), getattr(memory, field))


def test_threads_do_not_matter():
    rng = np.random.default_rng(3)
    rows, bed = honest(rng)
    ring = asleep(rng, bed, np.arange(40), np.arange(N_CONTENTS, N_CONTENTS + 8), 9)
    one, two = (found_in(rows, ring, threads=n) for n in (1, 3))
    assert len(one) == len(two) == 1
    assert one[0].account.tolist() == two[0].account.tolist()
    assert one[0].log10_p == two[0].log10_p


def test_whoever_acts_on_a_day_or_two_has_no_habits():
    rng = np.random.default_rng(4)
    rows = [(a, a % 4, int(rng.integers(0, US_PER_DAY))) for a in range(80)]
    assert not found_in(np.array(rows))
