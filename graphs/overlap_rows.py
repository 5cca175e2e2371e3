"""What the overlap projection works on: tokens by account, and accounts by rare token."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.graphs import overlap_rows_kernels as kernels
from cib.graphs.codes import Codes
from cib.graphs.counting_kernels import counts_to_positions
from cib.graphs.threads import even_cuts, map_ordered, n_threads, ranges

Array = npt.NDArray[Any]

_MAX_CHUNKS = 8
"""Parts of a counting sort that run at once; each holds a counter for every code."""
_VISITS_PER_TOKEN = 24.0
"""Rare tokens are those that cost at most so many visits for each account's token, on average."""
_ALL_VISITS_PER_TOKEN = 100.0
"""No token is left out when looking all of them up costs no more than this."""
_ALIKE = 0.25
"""No token is left out when the average pair shares this part of what the threshold asks for."""


def rows_of(
    account: Codes, token: Codes, weights: Array | None, threads: int | None
) -> tuple[kernels.Rows, Array, Array]:
    """Group rows by account; return also rough norms and the number of accounts of each token."""
    n_accounts, n_tokens, n_rows = account.number, token.number, len(account.values)
    n_chunks = min(n_threads(threads), _MAX_CHUNKS)
    chunks = ranges(np.linspace(0, n_rows, n_chunks + 1)[1:-1], n_rows)
    counts = np.zeros((len(chunks), n_accounts), _counter(n_rows))
    jobs = list(zip(chunks, counts, strict=True))
    map_ordered(kernels.count_codes, [(account.values, *cut, mine) for cut, mine in jobs], threads)
    start = np.empty(n_accounts + 1, np.int64)
    counts_to_positions(counts, start)
    tokens = np.empty(n_rows, np.int32)
    map_ordered(
        kernels.place_tokens,
        [(account.values, token.values, *cut, mine, tokens) for cut, mine in jobs],
        threads,
    )

    n_distinct = np.empty(n_accounts, np.int32)

    def distinct(lo: int, hi: int) -> Array:
        seen = np.empty((n_tokens, 2), np.int32)
        seen[:] = (-1, 0)
        kernels.drop_repeats(start, tokens, lo, hi, n_distinct, seen)
        return seen[:, 1]

    n_with = np.sum(map_ordered(distinct, even_cuts(start, n_chunks), threads), axis=0)
    by_rarity = np.argsort(n_with, kind="stable")
    rank = np.empty(n_tokens, np.int32)
    rank[by_rarity] = np.arange(n_tokens, dtype=np.int32)
    if weights is None:
        weights = _idf(n_with, int(np.count_nonzero(n_distinct)))
    square = weights * weights

    norm = np.empty(n_accounts, np.float32)
    cuts = even_cuts(start, 4 * n_chunks)
    map_ordered(
        kernels.rough_norms,
        [(start, tokens, n_distinct, square, lo, hi, norm) for lo, hi in cuts],
        threads,
    )
    order = np.argsort(norm).astype(np.int32)
    row_start = np.concatenate(([0], np.cumsum(n_distinct[order], dtype=np.int64)))
    rows = kernels.Rows(
        row_start,
        np.empty(row_start[-1], np.int32),
        square[by_rarity],
        np.empty(n_accounts, np.float64),
        order if account.originals is None else account.originals[order],
    )
    cuts = even_cuts(row_start, 4 * n_chunks)
    map_ordered(
        kernels.arrange, [(start, tokens, order, rank, lo, hi, rows) for lo, hi in cuts], threads
    )
    return rows, norm[order], n_with[by_rarity]


def _idf(n_with: Array, n_accounts: int) -> Array:
    """Weight log(n_accounts / n_with); 0 for tokens that nobody has."""
    counts, which = np.unique(n_with, return_inverse=True)
    # math.log, not NumPy's: that one differs in the last bit between processors
    return np.array([math.log(n_accounts / n) if n else 0.0 for n in counts.tolist()])[which]


def _counter(n: int) -> type[np.signedinteger[Any]]:
    return np.int32 if n <= np.iinfo(np.int32).max else np.int64


def index_of(
    rows: kernels.Rows,
    size: Array,
    measure: int,
    threshold: float,
    n_with: Array,
    threads: int | None,
) -> kernels.Index:
    """Enter accounts under their rarest tokens; under all of them for an infinite threshold."""
    n_accounts, n_tokens = len(size), len(n_with)
    n_indexed = np.diff(rows.start).astype(np.int32)
    rest, popular = np.zeros((2, n_accounts), np.float32)
    chunks = even_cuts(rows.start, min(n_threads(threads), _MAX_CHUNKS))
    weightless = threshold == np.inf
    if not weightless:
        first_popular = _first_popular(rows, measure, threshold, n_with)
        chosen = (rows, size, measure, threshold, first_popular)
        map_ordered(
            kernels.choose_entries,
            [(*chosen, lo, hi, n_indexed, rest, popular) for lo, hi in chunks],
            threads,
        )
    counts = np.zeros((len(chunks), n_tokens), _counter(len(rows.tokens)))
    jobs = list(zip(chunks, counts, strict=True))
    map_ordered(
        kernels.count_entries,
        [(rows, n_indexed, weightless, *cut, mine) for cut, mine in jobs],
        threads,
    )
    start = np.empty(n_tokens + 1, np.uint64)
    counts_to_positions(counts, start)
    accounts = np.empty(int(start[-1]), np.uint32)
    map_ordered(
        kernels.place_entries,
        [(rows, n_indexed, weightless, *cut, mine, accounts) for cut, mine in jobs],
        threads,
    )
    return kernels.Index(start, accounts, size, rest, popular)


def _first_popular(rows: kernels.Rows, measure: int, threshold: float, n_with: Array) -> int:
    """Rank of the first token that may be left out of the index: a matter of speed alone.

    Looking rare tokens up costs less than verifying the pairs that leaving them out lets through.
    Where everybody is alike, leaving out even the most popular lets every pair through.
    """
    n_accounts = max(int(np.count_nonzero(rows.norm)), 1)
    visits = np.square(n_with, dtype=np.float64)
    mean_shared = visits @ rows.square / n_accounts**2
    mean_size = rows.norm.sum() / n_accounts
    if measure == kernels.COSINE:
        mean_size = np.sqrt(mean_size)
    alike = mean_shared >= _ALIKE * kernels.required(measure, threshold, mean_size, mean_size)
    if alike or visits.sum() <= _ALL_VISITS_PER_TOKEN * len(rows.tokens):
        return len(n_with)
    return int(np.searchsorted(np.cumsum(visits), _VISITS_PER_TOKEN * len(rows.tokens)))
