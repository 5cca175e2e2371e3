"""Hops and copies: each finds a ring, leaves its honest look-alike alone, and keeps its level."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pyarrow as pa
import pytest

from cib.algorithms import signals
from cib.algorithms.clusters import with_targets
from cib.algorithms.signals import copies, hops_kernels
from cib.algorithms.signals.signal import Unavailable
from cib.datasets.durations import US_PER_HOUR
from logs import make_log

N_CROWD, N_MEMBERS, N_DAYS, EVERY_H = 400, 20, 28, 3
N = N_CROWD + N_MEMBERS
MINUTE = US_PER_HOUR // 60


def clusters_of(log, members=range(N_CROWD, N)):
    of_account = np.full(log.n_accounts, -1, np.int32)
    of_account[list(members)] = 0
    row = np.flatnonzero(of_account[log.account] >= 0)
    return with_targets(log, 1, of_account, row, np.zeros(len(row), np.int64))


def strong(name, clusters):
    """What a signal found, which is that nearly all members are unusual."""
    found = finding(name, clusters)
    assert found.effect > 0.9
    assert found.log10_p < -10
    return found


def finding(name, clusters):
    result = signals.signals()[name].measure(clusters)
    assert not isinstance(result, Unavailable), result
    (one,) = result.findings
    assert one.signal == name
    return one


# --- hops: `where(rng, day, hour)` says where an account is at that time --------------------


def at_home(rng):
    return lambda day, hour: "FR"


def tourist(rng):
    """Two trips of four to nine days; the flight takes the time between two plays."""
    begin = np.array([2, 16]) + rng.integers(0, 8, 2)
    length = rng.integers(4, 10, 2)
    return lambda day, hour: "JP" if ((day >= begin) & (day < begin + length)).any() else "FR"


def rotating(rng):
    """Through an exit of another country every half a week, at any hour."""
    phase = rng.integers(0, 84)
    return lambda day, hour: ("US", "GB", "DE", "JP")[int((day * 24 + hour + phase) // 84) % 4]


def taken_over(rng):
    """A few plays at 3 o'clock, every third night, from where the machines are."""
    nights = rng.integers(0, 3)
    return lambda day, hour: "US" if hour == 3 and day % 3 == nights else "FR"


def commuter(rng):
    """Works across the border on most days."""
    off = rng.random(N_DAYS) < 0.3
    return lambda day, hour: "DE" if 9 <= hour < 16 and not off[day] else "LU"


def traffic(member, crowd=at_home, home="FR", seed=0, vpn=0.02):
    """Log of a crowd, some of it behind VPNs that are switched on for hours, and a cluster."""
    rng = np.random.default_rng(seed)
    rows = []
    for a in range(N):
        where = member(rng) if a >= N_CROWD else crowd(rng)
        hops = a < N_CROWD and rng.random() < vpn
        for day in range(N_DAYS):
            for hour in sorted({3, *range(int(rng.integers(7, 10)), 24, EVERY_H)}):
                if hour == 3 and member is not taken_over:
                    continue
                seen = "SE" if hops and rng.random() < 0.2 else where(day, hour)
                at = int((day * 24 + hour + rng.random()) * US_PER_HOUR)
                rows.append((a, int(rng.integers(0, 50)), at, seen))
    account, content, ts, seen = zip(*rng.permutation(np.array(rows, object)), strict=True)
    return make_log(account, content, ts, ip_market=list(seen), market=[home] * len(seen))


def test_takeovers_hop_though_few_of_their_plays_are_from_abroad():
    log = traffic(taken_over)
    found = strong("hops", clusters_of(log))
    assert "faster than people travel" in found.statement
    assert finding("market", clusters_of(log)).effect == 0


def test_rotation_hops_and_tourists_do_not():
    strong("hops", clusters_of(traffic(rotating)))
    innocent = finding("hops", clusters_of(traffic(tourist)))
    assert innocent.effect < 0.1
    assert innocent.log10_p > -2
    assert innocent.expected > 0


def test_commuters_are_compared_with_their_market():
    """In a market where all commute across the border, a cluster of commuters is like all."""
    assert finding("hops", clusters_of(traffic(commuter))).effect > 0.9
    assert finding("hops", clusters_of(traffic(commuter, commuter, "LU"))).effect < 0.1


def slow_hops(rows, fastest, stay):
    """Twin of the kernel: rows (tick, market) of one account."""
    stays = [
        (market, ticks[0], ticks[-1])
        for market, ticks in (
            (market, [tick for tick, _ in group])
            for market, group in groupby(sorted(rows), key=lambda row: row[1])
        )
    ]
    hops = 0
    for i in range(1, len(stays)):
        (origin, _, left), (_, came, _) = stays[i - 1], stays[i]
        back = i + 1 < len(stays) and stays[i + 1][0] == origin
        hops += came - left < fastest or (back and stays[i + 1][1] - left < stay)
    return hops


@pytest.mark.parametrize("seed", range(5))
def test_hops_against_a_slow_twin(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 60, 40)
    start = np.append(0, np.cumsum(sizes))
    n_markets = int(rng.integers(1, 5))
    tick, market = rng.integers(0, 400, start[-1]), rng.integers(-1, n_markets, start[-1])
    fastest, stay = 6, 30
    marked = np.where(market < 0, hops_kernels.NOWHERE, tick * n_markets + market)
    slow = [
        slow_hops([(t, m) for t, m in zip(tick[a:b], market[a:b], strict=True) if m >= 0], 6, 30)
        for a, b in pairwise(start)
    ]
    marked = marked.astype(np.int32)
    assert hops_kernels.count_hops(marked, start, n_markets, fastest, stay).tolist() == slow
    assert sum(slow) > 0 or n_markets == 1


def test_hops_need_no_more_than_a_column():
    log = traffic(rotating)
    bare = make_log(log.account, log.content, log.ts, ip_market=log.extras["ip_market"].to_pylist())
    assert finding("hops", clusters_of(bare)).effect > 0.5


# --- copies ------------------------------------------------------------------------------


def near(rng, text, bits):
    for bit in rng.choice(64, bits, replace=False):
        text ^= 1 << int(bit)
    return text


def posts(member, seed=0):
    """Log of a crowd with texts of its own (one of ten says the usual), and a cluster."""
    rng = np.random.default_rng(seed)
    messages = [int(x) for x in rng.integers(0, 2**63, 100)]
    rows = []
    for a in range(N):
        if a >= N_CROWD:
            rows += [(a, *row) for row in member(rng, messages)]
            continue
        for _ in range(int(rng.integers(3, 20))):
            usual = rng.random() < 0.1
            text = near(rng, messages[0], 1) if usual else int(rng.integers(0, 2**63))
            at = int(rng.integers(0, N_DAYS * 24 * 60)) * MINUTE
            rows.append((a, int(rng.integers(0, 60)), at, text))
    account, content, ts, text = zip(*rows, strict=True)
    log = make_log(account, content, ts)
    log.extras["text_hash"] = pa.array(text, pa.uint64()).dictionary_encode()
    return log


def pasting(rng, messages):
    """Ten messages, each under a content of its own and within ten minutes, some reworded."""
    for i in range(10):
        bits = 12 if rng.random() < 0.3 else int(rng.integers(0, 4))
        yield (
            i,
            i * 24 * US_PER_HOUR + int(rng.integers(0, 8)) * MINUTE,
            near(rng, messages[i], bits),
        )


def campaigning(rng, messages):
    """One text under a tag and a link, five times on one evening; and texts of one's own."""
    for i in range(5):
        yield i % 2, int(rng.integers(0, 120)) * MINUTE, near(rng, messages[1], i % 3)
    for i in range(3):
        yield 10 + i, int(rng.integers(0, 10**12)), int(rng.integers(0, 2**63))


def test_copy_paste_is_found_and_campaigners_are_not():
    found = strong("copies", clusters_of(posts(pasting)))
    assert "20 of 20 accounts" in found.statement
    assert finding("copies", clusters_of(posts(campaigning))).effect == 0


@pytest.mark.parametrize("name", ["text_hash", "text"])
def test_of_texts_without_bits_exact_copies_count(name):
    def verbatim(rng, messages):
        return [(i, t, messages[i]) for i, t, _ in pasting(rng, messages)]

    log = posts(verbatim)
    words = [f"Text {x}" for x in log.extras["text_hash"].to_pylist()]
    bare = make_log(log.account, log.content, log.ts, **{name: words})
    assert finding("copies", clusters_of(bare)).effect > 0.9


def slow_copies(rows, within, bits):
    return [
        any(
            other[0] != row[0]
            and other[1] == row[1]
            and abs(other[3] - row[3]) <= within
            and (int(other[2]) ^ int(row[2])).bit_count() <= bits
            for other in rows
        )
        for row in rows
    ]


@pytest.mark.parametrize("bits", [0, 1, 3])
def test_copies_against_a_slow_twin(bits):
    rng = np.random.default_rng(bits)
    n = 400
    base = rng.integers(0, 2**63, 6)
    text = np.array([near(rng, int(rng.choice(base)), int(rng.integers(0, 5))) for _ in range(n)])
    account, content = rng.integers(0, 9, n), rng.integers(0, 3, n)
    ts = rng.integers(0, 500, n)
    text = text.astype(np.uint64)
    slow = slow_copies(list(zip(account, content, text, ts, strict=True)), 10, bits)
    found = copies.copies(account, content, text, ts, 10, bits)
    assert found.tolist() == slow
    assert 0 < sum(slow) < n


@pytest.mark.parametrize("name", ["hops", "copies"])
def test_small_p_values_are_rare_among_people(name):
    """Random clusters of a crowd of whom some hop, and some write what others write."""
    low = 0
    log = traffic(at_home, seed=3, vpn=0.2) if name == "hops" else posts(campaigning, seed=3)
    rng = np.random.default_rng(4)
    for _ in range(60):
        found = finding(name, clusters_of(log, rng.choice(N_CROWD, 25, replace=False)))
        low += found.log10_p <= np.log10(0.05)
    assert low <= 0.15 * 60


@pytest.mark.parametrize(
    ("name", "reason"),
    [("hops", "the log has no column ip_market"), ("copies", "no column text_hash or text")],
)
def test_what_is_missing_is_said(name, reason):
    log = make_log(np.arange(9), np.zeros(9, int), np.arange(9))
    _, missing = signals.measure_signals(clusters_of(log, range(3)))
    (one,) = [m for m in missing if m.name == name]
    assert reason in one.reason


def test_a_log_without_a_text_says_so():
    log = make_log([0, 1, 2], [0, 0, 0], [0, 1, 2], text=["", " ", ""])
    result = copies.measure(clusters_of(log, range(3)))
    assert isinstance(result, Unavailable)
    assert result.reason == "the log has no text"
