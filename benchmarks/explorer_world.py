"""A fabricated world for `explorer_run.py`: who is in which cluster, and how much of everything."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

LETTERS = np.frombuffer(b"234567abcdefghijklmnopqrstuvwxyz", np.uint8)


class World:
    """Who is in which cluster, and how much of everything each cluster has."""

    def __init__(self, n_accounts: int, n_clusters: int, n_edges: int, n_acts: int) -> None:
        rng = np.random.default_rng(7)
        self.rng, self.n_accounts, self.n_clusters = rng, n_accounts, n_clusters
        size = np.minimum(3 * (1 - rng.random(n_clusters)) ** (-1 / 1.1), 20_000).astype(np.int64)
        size[0] = min(20_000, n_accounts // 10)
        room = 0.7 * n_accounts
        if size.sum() > room:
            size = np.maximum((size * (room / size.sum())).astype(np.int64), 3)
        rng.shuffle(size)
        self.size = size
        self.start = np.concatenate([[0], np.cumsum(size)])
        self.member = rng.permutation(n_accounts)[: self.start[-1]]
        """Account codes, cluster by cluster; the codes are in order of the ids."""
        self.of = np.full(n_accounts, -1)
        self.of[self.member] = np.repeat(np.arange(n_clusters), size)
        pairs = size * (size - 1) // 2
        self.inside = shared_out(int(0.85 * n_edges), size**1.3, pairs)
        self.n_edges = n_edges
        self.n_targets = np.minimum(3 + rng.geometric(0.08, n_clusters), 400)
        self.n_acts = np.maximum(shared_out(n_acts, size * 1.0, size * 400), 1)
        score = np.sort(rng.beta(0.6, 0.9, n_clusters))[::-1]
        self.score = np.round(score, 4)
        self.ids = pa.array(names(n_accounts, rng))
        contents = rng.integers(1, 1 << 63, max(n_clusters * 8, 1000)).astype(np.uint64)
        self.contents = contents
        self.target_start = np.concatenate([[0], np.cumsum(self.n_targets)])
        popular = rng.random(self.target_start[-1]) < 0.05
        self.target = rng.integers(0, len(contents), self.target_start[-1])
        self.target[popular] = rng.integers(0, max(len(contents) // 500, 1), popular.sum())
        # a cluster has a target once
        owner = np.repeat(np.arange(n_clusters), self.n_targets)
        pairs = np.unique(owner * len(contents) + self.target)
        owner, self.target = np.divmod(pairs, len(contents))
        self.n_targets = np.bincount(owner, minlength=n_clusters)
        self.target_start = np.concatenate([[0], np.cumsum(self.n_targets)])

    def batches(self, weight: Ints, rows: int = 1_000_000) -> Iterator[tuple[int, int]]:
        """Yield ranges of clusters that have about so many rows together."""
        ends = np.cumsum(weight)
        first = 0
        while first < self.n_clusters:
            done = int(ends[first - 1]) if first else 0
            last = max(int(np.searchsorted(ends, done + rows)), first + 1)
            yield first, min(last, self.n_clusters)
            first = last


def shared_out(total: int, by: npt.NDArray[np.float64], most: Ints) -> Ints:
    """Share a total out in proportion, with a bound for each."""
    low, high = 0.0, 1e6
    for _ in range(60):
        middle = (low + high) / 2
        full = int(np.minimum(by * middle, most).astype(np.int64).sum()) >= total
        low, high = (low, middle) if full else (middle, high)
    return np.minimum(by * high, most).astype(np.int64)


def names(n: int, rng: np.random.Generator) -> list[str]:
    """Distinct ids of twelve characters, ascending."""
    drawn = np.unique(rng.integers(0, 1 << 60, int(n * 1.01) + 16))
    drawn = np.sort(rng.permutation(drawn)[:n])
    shifts = np.arange(55, -1, -5)
    text = LETTERS[(drawn[:, None] >> shifts) & 31]
    return [row.tobytes().decode() for row in text]


def levels(rng: np.random.Generator, n: int, low: float, high: float) -> npt.NDArray[np.float64]:
    """Numbers of few distinct values, which compress as counts and rounded scores do."""
    return np.round(np.linspace(low, high, 512), 6)[(rng.random(n) ** 2 * 512).astype(np.int64)]


def chosen(rng: np.random.Generator, words: npt.NDArray[np.str_], n: int) -> pa.Array:
    """Words, the first ones more often."""
    code = (rng.random(n) ** 2 * len(words)).astype(np.int32)
    return pa.DictionaryArray.from_arrays(code, pa.array(words)).cast(pa.string())
