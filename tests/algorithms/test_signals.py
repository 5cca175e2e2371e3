"""Signals: each finds what it is for, and none cries wolf."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from cib.algorithms import signals
from cib.algorithms.clusters import with_targets
from cib.algorithms.signals.signal import Unavailable
from cib.algorithms.signals.unusual import activity_level, count_members, count_unusual
from cib.datasets.durations import US_PER_DAY, US_PER_HOUR, US_PER_SECOND
from logs import make_log

N, RING = 400, 20


def clusters_with(log, ring=range(N - RING, N)):
    of_account = np.full(log.n_accounts, -1, np.int32)
    of_account[list(ring)] = 0
    row = np.flatnonzero(np.isin(log.account, list(ring)))
    return with_targets(log, 1, of_account, row, np.zeros(len(row), np.int64))


def ordinary(rng, per_account=60, odd=None):
    """Rows of N accounts: days, awake hours, content; `odd(rng, account)` replaces the ring's."""
    rows = []
    for a in range(N):
        if odd is not None and a >= N - RING:
            rows += odd(rng, a)
            continue
        wake = rng.integers(0, 24)
        for _ in range(per_account):
            hour = (wake + rng.integers(0, 14)) % 24
            day = rng.integers(0, 10)
            t = day * US_PER_DAY + hour * US_PER_HOUR + rng.integers(0, US_PER_HOUR)
            rows.append((a, int(rng.integers(0, 200)), int(t)))
    return rows


def finding(name, clusters):
    result = signals.signals()[name].measure(clusters)
    assert not isinstance(result, Unavailable), result
    assert len(result.findings) == 1
    return result.findings[0]


def test_volume():
    rng = np.random.default_rng(0)

    def busy(r, a):
        return [(a, int(r.integers(0, 200)), int(r.integers(0, US_PER_DAY))) for _ in range(400)]

    found = finding("volume", clusters_with(make_log(*np.array(ordinary(rng, odd=busy)).T)))
    assert found.observed == 1.0
    assert found.log10_p < -15
    assert "20 of 20 accounts" in found.statement


def test_clock():
    rng = np.random.default_rng(0)

    def flat(r, a):
        return [(a, 0, int(i * US_PER_HOUR + r.integers(0, 60))) for i in range(240)]

    found = finding("clock", clusters_with(make_log(*np.array(ordinary(rng, 240, flat)).T)))
    assert found.effect > 0.9


def test_gaps():
    rng = np.random.default_rng(0)

    def machine(r, a):
        return [(a, 0, int(a + i * 33 * US_PER_SECOND)) for i in range(60)]

    found = finding("gaps", clusters_with(make_log(*np.array(ordinary(rng, odd=machine)).T)))
    assert found.effect > 0.9


def test_repeats():
    rng = np.random.default_rng(0)

    def loop(r, a):
        return [(a, 7, int(r.integers(0, US_PER_DAY))) for _ in range(60)]

    found = finding("repeats", clusters_with(make_log(*np.array(ordinary(rng, odd=loop)).T)))
    assert found.effect > 0.9


@pytest.mark.parametrize(
    ("name", "column", "honest", "ring"),
    [
        (
            "duration",
            "duration_ms",
            lambda r, a: int(r.integers(1000, 240_000)),
            lambda r, a: 31_500,
        ),
        ("device", "device_hash", lambda r, a: f"d{a}", lambda r, a: f"ring{a % 2}"),
        ("address", "ip_hash", lambda r, a: f"i{a // 2}", lambda r, a: "ring"),
    ],
)
def test_signals_of_optional_columns(name, column, honest, ring):
    rng = np.random.default_rng(0)
    account, content, ts = np.array(ordinary(rng)).T
    values = [(ring if a >= N - RING else honest)(rng, a) for a in account]
    clusters = clusters_with(make_log(account, content, ts, **{column: values}))
    found = finding(name, clusters)
    assert found.observed == 1.0
    assert found.effect > 0.9
    # without the column the signal says what is missing
    measured, missing = signals.measure_signals(clusters_with(make_log(account, content, ts)))
    assert name not in measured
    assert f"the log has no column {column}" in {m.reason for m in missing}


def test_market():
    rng = np.random.default_rng(0)
    account, content, ts = np.array(ordinary(rng)).T
    away = np.where(account >= N - RING, "DE", "FR")
    log = make_log(account, content, ts, market=["FR"] * len(account), ip_market=away.tolist())
    assert finding("market", clusters_with(log)).observed == 1.0


def test_capture():
    account = [0, 1, 2, 0, 1, 2, 3, 3]
    log = make_log(account, [0, 0, 0, 1, 1, 1, 1, 2], range(8))
    found = finding("capture", clusters_with(log, ring=(0, 1, 2)))
    assert found.observed == pytest.approx(6 / 7)
    assert found.expected == pytest.approx(6 / 8)
    assert found.log10_p is None
    # members do more than act on targets, so the two shares are of different counts
    log = make_log([*account, 0, 0], [0, 0, 0, 1, 1, 1, 1, 2, 3, 3], range(10))
    statement = finding("capture", clusters_with(log, ring=(0, 1, 2))).statement
    assert "its accounts make 80% of all interactions in the log" in statement


def test_a_carrier_grade_address_is_not_unusual():
    """Everybody shares large addresses, the cluster like the rest."""
    rng = np.random.default_rng(0)
    account, content, ts = np.array(ordinary(rng)).T
    log = make_log(account, content, ts, ip_hash=[f"nat{a % 4}" for a in account])
    assert finding("address", clusters_with(log)).effect < 0.1


def test_the_count_of_unusual_accounts_keeps_its_level():
    """Random clusters of honest accounts: small p-values are as rare as they should be."""
    rng = np.random.default_rng(3)
    low = 0
    n = 400
    for _ in range(n):
        log = make_log(np.repeat(np.arange(600), 5), np.zeros(3000, int), np.zeros(3000, int))
        statistic = rng.lognormal(size=600)
        clusters = clusters_with(log, ring=rng.choice(600, 40, replace=False))
        found = count_unusual("x", clusters, statistic, np.ones(600, bool), lambda *_: "")
        low += found.findings[0].log10_p <= np.log10(0.05)
    # the 95th percentile is itself an estimate from 560 accounts, so allow twice the level
    assert low / n <= 0.10


def test_too_few_comparison_accounts_are_said():
    log = make_log(np.arange(50), np.zeros(50, int), np.zeros(50, int))
    result = count_unusual(
        "x", clusters_with(log, ring=(0, 1, 2)), np.arange(50.0), np.ones(50, bool), lambda *_: ""
    )
    assert isinstance(result, Unavailable)
    assert "47 comparable accounts" in result.reason


def test_activity_levels_have_enough_comparisons():
    activity = np.concatenate([np.full(300, 10), np.full(150, 100), np.full(3, 10**6)])
    level = activity_level(activity, np.ones(453, bool))
    assert level[0] != level[300]
    assert level[452] == level[300]


def test_what_everybody_was_sure_to_have_is_no_evidence():
    three = SimpleNamespace(of_account=np.zeros(3, np.int32), n_clusters=1)
    all_of_them = np.ones(3, bool)
    with np.errstate(all="raise"):
        (found,) = count_members(
            "door", three, all_of_them, np.ones(3), all_of_them, lambda k, n, mean: f"{k} of {n}"
        )
    assert (found.observed, found.expected, found.effect) == (1.0, 1.0, 0.0)
