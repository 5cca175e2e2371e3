"""Signals that tell a farm from fans: each finds a farm, and leaves fans of the same alone."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from cib.algorithms import signals
from cib.algorithms.clusters import with_targets
from cib.algorithms.signals.allotment import favourites_odds
from cib.algorithms.signals.comparison import outside_rows, pairs_of
from cib.algorithms.signals.reactions_kernels import reacting_days
from cib.algorithms.signals.signal import Unavailable
from cib.datasets.durations import US_PER_DAY
from logs import make_log

N_CROWD, N_MEMBERS, N_DAYS = 400, 30, 28
TARGETS = range(500, 510)
PLAY, LIKE = 1, 0  # the main action is the one there is most of, not the first


def person(rng, favourites, share, n=None):
    """Rows (content, ts, action, ms): favourites taken up and dropped at some time, and others."""
    n = int(rng.integers(100, 400)) if n is None else n
    on = rng.random(n) < share
    begin, end = np.sort(rng.uniform(0, N_DAYS, 2))
    day = np.where(on, rng.uniform(begin, end, n), rng.uniform(0, N_DAYS, n))
    content = np.where(on, rng.choice(favourites, n), rng.integers(0, 400, n))
    action = np.where(rng.random(n) < 0.05, LIKE, PLAY)
    ms = np.where(rng.random(n) < 0.25, 10_000, 200_000)
    return content, day, action, ms


def fan(rng):
    """Loves the targets, each fan as much as they please."""
    return person(rng, TARGETS, rng.beta(1.5, 3))


def worker(rng):
    """Gives three tenths to the targets from day 7 to day 21; skips and likes only other things."""
    content, day, action, ms = person(rng, TARGETS, 0.3, 300)
    on = content >= TARGETS[0]
    day[on] = 7 + np.linspace(0, 14, on.sum())
    return content, day, np.where(on, PLAY, action), np.where(on, 200_000, ms)


def reporter(rng):
    content, day, _, ms = person(rng, TARGETS, 0.9)
    return content, day, np.full(len(day), LIKE), ms


def importer(rng):
    """Saves six hundred contents on one day, and is a fan on the others."""
    content, day, action, ms = fan(rng)
    saved = rng.integers(0, 400, 600)
    more = np.full(600, rng.uniform(0, N_DAYS)), np.full(600, LIKE), np.full(600, 0)
    pairs = zip((content, day, action, ms), (saved, *more), strict=True)
    return tuple(np.concatenate(pair) for pair in pairs)


def clusters_of(member, seed=0, with_actions=True, crowd=range(N_CROWD)):
    """Crowd of people with favourites of their own, and a cluster."""
    rng = np.random.default_rng(seed)
    columns = []
    for a in (*crowd, *range(N_CROWD, N_CROWD + N_MEMBERS)):
        if a >= N_CROWD:
            one = member(rng)
        else:
            one = person(rng, rng.integers(0, 400, 10), rng.beta(1.5, 3))
        columns.append((np.full(len(one[0]), a), *one))
    account, content, day, action, ms = (np.concatenate(c) for c in zip(*columns, strict=True))
    action = action if with_actions else None
    ts = (day * US_PER_DAY).astype(np.int64)
    log = make_log(account, content, ts, action, duration_ms=ms.tolist())
    of_account = np.where(np.arange(log.n_accounts) >= N_CROWD, 0, -1).astype(np.int32)
    row = np.flatnonzero(account >= N_CROWD)
    gap = np.where(content[row] >= TARGETS[0], 0, -1)
    return with_targets(log, 1, of_account, row, gap)


def finding(name, clusters):
    result = signals.signals()[name].measure(clusters)
    assert not isinstance(result, Unavailable), result
    assert len(result.findings) == 1
    return result.findings[0]


@pytest.mark.parametrize("name", ["allotment", "mute", "skips", "term"])
def test_workers_are_found_and_fans_are_not(name):
    caught = finding(name, clusters_of(worker))
    assert caught.effect > 0.8
    assert caught.log10_p < -6
    innocent = finding(name, clusters_of(fan))
    assert innocent.effect < 0.25
    assert innocent.log10_p > -3


def test_reporters_are_found_and_fans_and_importers_are_not():
    assert finding("reactions", clusters_of(reporter)).effect > 0.9
    assert finding("reactions", clusters_of(fan)).effect < 0.2
    assert finding("reactions", clusters_of(importer)).effect < 0.2


def test_reacting_days_against_a_slow_twin():
    rng = np.random.default_rng(1)
    start = np.array([0, 40, 40, 300, 500])
    marked = (rng.integers(-3, 9, 500) * 2 + (rng.random(500) < 0.6)).astype(np.int32)
    slow = []
    for a in range(4):
        rows = marked[start[a] : start[a + 1]].tolist()
        balance = dict.fromkeys({x // 2 for x in rows}, 0)
        for x in rows:
            balance[x // 2] += 1 if x % 2 else -1
        slow.append((len(balance), sum(b <= 0 for b in balance.values())))
    days, reacting = reacting_days(marked, start)
    assert list(zip(days.tolist(), reacting.tolist(), strict=True)) == slow


def test_odds_of_favourites_against_a_slow_twin():
    clusters = clusters_of(fan)
    rows = outside_rows(clusters, 50)
    times = defaultdict(lambda: defaultdict(int))
    for row in rows:
        times[clusters.log.account[row]][clusters.log.content[row]] += 1
    slow = []
    for account in sorted(times):
        counts = sorted(times[account].values(), reverse=True)
        favoured, rest = sum(counts[:7]), sum(counts[7:])
        if rest and favoured >= 5:
            slow.append(favoured / rest)
    assert favourites_odds(pairs_of(clusters, rows), 7).tolist() == pytest.approx(slow)


def test_accounts_that_do_nothing_else_are_no_allotment():
    def machine(rng):
        return person(rng, TARGETS, 1.0, 300)

    assert signals.signals()["allotment"].measure(clusters_of(machine)).findings == []


@pytest.mark.parametrize(("begin", "length"), [(0, 14), (14, 14), (7, 2)])
def test_a_term_at_the_edge_of_the_log_or_too_short_is_not_judged(begin, length):
    def short(rng):
        content, day, action, ms = worker(rng)
        on = content >= TARGETS[0]
        day[on] = begin + np.linspace(0, length, on.sum())
        return content, day, action, ms

    assert signals.signals()["term"].measure(clusters_of(short)).findings == []


def test_evenings_together_are_no_term():
    """The same three evenings for all, a week apart."""

    def host(rng):
        content, day, action, ms = fan(rng)
        on = np.flatnonzero(content >= TARGETS[0])
        day[on] = np.resize((7.8, 14.8, 21.8), len(on))
        return content, day, action, ms

    assert signals.signals()["term"].measure(clusters_of(host)).findings == []


def test_a_release_that_all_take_up_at_once_is_no_term():
    """First interactions coincide; last ones come when each has enough."""

    def at_release(rng):
        content, day, action, ms = fan(rng)
        on = np.flatnonzero(content >= TARGETS[0])
        day[on] = 7 + np.sort(rng.uniform(0, rng.uniform(0, 21), len(on)))
        day[on[:1]] = 7
        return content, day, action, ms

    assert finding("term", clusters_of(at_release)).effect < 0.3


@pytest.mark.parametrize("name", ["mute", "reactions"])
def test_a_log_of_one_action_says_so(name):
    result = signals.signals()[name].measure(clusters_of(fan, with_actions=False))
    assert isinstance(result, Unavailable)
    assert "one action only" in result.reason


@pytest.mark.parametrize("name", ["allotment", "mute", "skips", "term"])
def test_small_p_values_are_rare_among_people(name):
    """Random clusters of the crowd, whose targets are what their members like best."""
    rng = np.random.default_rng(5)
    low = judged = 0
    base = clusters_of(fan, seed=6)
    log = base.log
    for _ in range(60):
        ring = rng.choice(N_CROWD, 20, replace=False)
        of_account = np.full(log.n_accounts, -1, np.int32)
        of_account[ring] = 0
        row = np.flatnonzero(of_account[log.account] >= 0)
        key = log.account[row] * np.int64(log.n_contents) + log.content[row]
        _, inverse, times = np.unique(key, return_inverse=True, return_counts=True)
        clusters = with_targets(log, 1, of_account, row, np.where(times[inverse] >= 4, 0, -1))
        result = signals.signals()[name].measure(clusters)
        for found in result.findings:
            judged += 1
            low += found.log10_p <= np.log10(0.05)
    assert low <= 0.15 * max(judged, 20), (low, judged)
    if name != "term":
        assert judged >= 40


@pytest.mark.parametrize("name", ["allotment", "mute", "skips", "term", "reactions"])
def test_too_few_to_compare_with_are_said(name):
    result = signals.signals()[name].measure(clusters_of(worker, crowd=range(4)))
    assert isinstance(result, Unavailable)
    assert "outside clusters" in result.reason
    assert "100 are needed" in result.reason
