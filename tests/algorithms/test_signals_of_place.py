"""Signals of place and way in: each finds a farm, and leaves its honest look-alike alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cib.algorithms import signals
from cib.algorithms.clusters import with_targets
from cib.algorithms.signals.door_kernels import only_value
from cib.algorithms.signals.main_values import home_markets, main_values, merged_markets
from cib.algorithms.signals.signal import Unavailable
from logs import make_log

N_CROWD, N_MEMBERS, N_ROWS = 600, 24, 30
N = N_CROWD + N_MEMBERS


@cache
def world(member, *, missing=(), without=()):
    """Log of a crowd and a cluster; `member(rng, a)` changes the columns of its accounts' rows.

    People have a home, a way to work, two devices and one of four providers of their market; two in
    five are from FR, few of them behind four addresses of a carrier, and half of IN are. `missing`
    columns are null in a fifth of the rows.
    """
    rng = np.random.default_rng(0)
    rows = []
    for a in range(N):
        market = "FR" if a % 5 < 2 else "IN"
        nat = f"nat {market} {a % 4}" if market == "IN" or a % 100 == 0 else f"way {a}"
        network = f"{market} {a % 4}"
        for _ in range(N_ROWS):
            row = {
                "device_hash": f"d{a} {rng.integers(2)}",
                "ip_hash": str(rng.choice([f"home {a}", nat])),
                "asn": network,
                "market": market,
                "parent_kind": str(rng.choice(["library", "search", "album"])),
                "content": int(rng.integers(0, 50)) if rng.random() < 0.5 else 60,
            }
            if a >= N_CROWD:
                row |= member(rng, a)
            for name in missing:
                if rng.random() < 0.2:
                    row[name] = None
            rows.append((a, row))
    account = np.array([a for a, _ in rows])
    content = [row.pop("content") for _, row in rows]
    names = [n for n in rows[0][1] if n not in without]
    extras = {name: [row[name] for _, row in rows] for name in names}
    ts = rng.integers(0, 10**12, len(rows))
    return clusters_of(make_log(account, content, ts, **extras))


def clusters_of(log):
    of_account = np.full(log.n_accounts, -1, np.int32)
    of_account[N_CROWD:] = 0
    row = np.flatnonzero(log.account >= N_CROWD)
    together = log.content[row] == 60  # everybody's favourite is the cluster's target
    return with_targets(log, 1, of_account, row, np.where(together, 0, -1))


def measured(name, clusters):
    found = signals.signals()[name].measure(clusters)
    assert not isinstance(found, Unavailable), found
    (one,) = found.findings
    assert one.signal == name
    assert 0 <= one.effect <= 1
    assert one.log10_p <= 0
    return one


def farm(rng, a):
    """Runs on rented machines, two accounts on each, through one list."""
    return {
        "device_hash": f"machine {a // 2}",
        "ip_hash": f"rack {a // 8}",
        "asn": "hosting",
        "parent_kind": "playlist_ugc",
    }


def person(rng, a):
    return {}


NAMES = ("door", "fellows", "network")


@pytest.mark.parametrize("name", NAMES)
def test_a_farm_is_found_and_people_are_not(name):
    of_farm, of_people = measured(name, world(farm)), measured(name, world(person))
    assert of_farm.effect > 0.8
    assert of_farm.log10_p < -10
    assert of_people.effect < 0.2
    assert of_people.log10_p > -2
    assert f"of {N_MEMBERS} accounts" in of_farm.statement


@pytest.mark.parametrize("name", NAMES)
def test_missing_values_and_columns_hide_no_farm(name):
    holes = ("device_hash", "ip_hash", "asn", "parent_kind")
    assert measured(name, world(farm, missing=holes)).effect > 0.8
    assert measured(name, world(person, missing=holes)).log10_p > -2
    assert measured(name, world(farm, without=("market",))).effect > 0.8


@pytest.mark.parametrize("name", [*NAMES, "address"])
def test_what_is_missing_is_said(name):
    log = make_log(np.arange(9), np.zeros(9, int), np.arange(9))
    _, missing = signals.measure_signals(clusters_of_few(log))
    (one,) = [m for m in missing if m.name == name]
    assert "the log has no column" in one.reason


def clusters_of_few(log):
    row = np.arange(3)
    of_account = np.array([0, 0, 0] + [-1] * 6, np.int32)
    return with_targets(log, 1, of_account, row, np.zeros(3, np.int64))


def test_a_carrier_of_the_market_is_no_shared_machine():
    """Most of IN is behind four addresses, few of FR are: only its own market judges an account."""

    def indian(rng, a):
        return {"market": "IN", "asn": f"IN {a % 4}", "ip_hash": f"nat IN {a % 4}"}

    def french_rack(rng, a):
        return {"market": "FR", "ip_hash": f"rack {a // 8}"}

    assert measured("address", world(french_rack)).effect > 0.8
    assert measured("address", world(indian)).effect < 0.1
    assert measured("fellows", world(indian)).effect == 0
    assert measured("network", world(indian)).effect < 0.1


def test_some_vpn_exits_are_no_farm():
    def sometimes(rng, a):
        return {"asn": "exit"} if a % 8 == 0 else {}

    found = measured("network", world(sometimes))
    assert found.observed == pytest.approx(1 / 8)
    assert found.effect < 0.2


def test_the_chance_of_a_fellow_keeps_its_level():
    """Random clusters of a crowd whose households share a device: hardly ever two of one."""
    rng = np.random.default_rng(5)
    low, n = 0, 200
    fellows = signals.signals()["fellows"]
    for _ in range(n):
        log = make_log(
            np.repeat(np.arange(600), 2),
            np.zeros(1200, int),
            np.zeros(1200, int),
            device_hash=[f"d{a // 3}" for a in np.repeat(np.arange(600), 2)],
        )
        of_account = np.full(600, -1, np.int32)
        of_account[rng.choice(600, 30, replace=False)] = 0
        row = np.flatnonzero((of_account >= 0)[log.account])
        clusters = with_targets(log, 1, of_account, row, np.zeros(len(row), np.int64))
        low += fellows.measure(clusters).findings[0].log10_p <= np.log10(0.05)
    # fellows come in twos, so that the count is more spread out than a binomial one
    assert low / n <= 0.15


def test_only_value_against_a_naive_twin():
    rng = np.random.default_rng(1)
    account, codes = rng.integers(0, 50, 300), rng.integers(-1, 3, 300)
    n, same = only_value(account, codes, 60)
    for a in range(60):
        mine = [int(c) for i, c in zip(account, codes, strict=True) if i == a and c >= 0]
        assert n[a] == len(mine)
        assert same[a] == (len(set(mine)) == 1)


def test_main_values_and_markets():
    log = make_log([0, 0, 0, 1, 1, 2], [0] * 6, range(6), market=["b", "b", "a", "a", "b", None])
    clusters = clusters_of_three(log)
    main, users = main_values(clusters, log.extras["market"])
    names = log.extras["market"].dictionary.to_pylist()
    assert [names[m] if m >= 0 else None for m in main[:1]] == ["b"]
    assert main[2] == -1
    assert users.tolist() == [2, 2]
    assert home_markets(clusters).tolist() == main.tolist()
    market = np.repeat([5, 6, 7, 8], [300, 3, 4, 150])
    merged = merged_markets(market, np.ones(len(market), bool), 100)
    sizes = np.bincount(merged)
    assert (sizes >= 100).all()
    assert merged[0] not in merged[300:]


def clusters_of_three(log):
    return with_targets(log, 1, np.zeros(3, np.int32), np.arange(6), np.zeros(6, np.int64))
