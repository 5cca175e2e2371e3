"""One thing at a time, against the obvious loops."""

from __future__ import annotations

import numpy as np

from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.simhash import flipped
from cib.datasets.synthetic.turns import clear_of, in_turn


def test_in_turn_is_what_waiting_gives() -> None:
    rng = np.random.default_rng(3)
    account = rng.integers(0, 9, 400)
    start, busy = rng.integers(0, 3_000_000, 400), rng.integers(1, 40_000, 400)
    moved = in_turn(account, start, busy)
    for who in range(9):
        free = 0
        rows = np.flatnonzero(account == who)
        for i in rows[np.argsort(start[rows], kind="stable")]:
            assert moved[i] == max(start[i], free)
            free = moved[i] + busy[i]
    assert (moved > start).any()
    assert len(in_turn(np.empty(0), np.empty(0), np.empty(0))) == 0


def test_cover_gives_way() -> None:
    rng = np.random.default_rng(4)

    def some(n: int) -> Events:
        return Events.of(
            n,
            account=rng.integers(0, 6, n),
            start_us=rng.integers(0, 3_000_000_000, n),
            duration_ms=rng.integers(1_000, 60_000, n),
        )

    busy, others = some(60), some(200)
    clear = clear_of(busy, others, 5.0)
    for i in range(200):
        begin = int(others.start_us[i])
        end = begin + int(others.duration_ms[i]) * 1000
        mine = busy.take(busy.account == others.account[i])
        over = mine.start_us + mine.duration_ms.astype(np.int64) * 1000
        apart = (over + 5_000_000 <= begin) | (mine.start_us > end + 5_000_000)
        touching = mine.start_us == end + 5_000_000
        assert clear[i] == (apart | touching).all()
    assert 0 < clear.sum() < 200


def test_flips_as_many_bits_as_asked() -> None:
    rng = np.random.default_rng(5)
    base = rng.integers(1, 2**64 - 1, 500, dtype=np.uint64)
    bits = rng.integers(0, 25, 500)
    far = flipped(rng, base, bits)
    assert (np.bitwise_count(far ^ base) == bits).all()
    places = np.unpackbits((far ^ base).view(np.uint8)).reshape(-1, 64).sum(axis=0)
    assert places.min() > 0
