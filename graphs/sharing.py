"""How many account pairs share how many tokens, at any time: the pairs a test could be made on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.graphs import sharing_kernels as kernels
from cib.graphs.events import Events
from cib.graphs.histories import Histories
from cib.graphs.threads import even_cuts, map_ordered, n_threads

N_STRATA = 31
"""Stratum k holds the pairs that share 2^k … 2^(k+1) - 1 tokens."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Number of account pairs by the number of tokens they share."""

    n_pairs: npt.NDArray[np.float64]
    """(N_STRATA,) pairs per stratum that share at least `min_tokens`, or an upper bound."""
    exact: bool
    """False when `n_pairs` holds upper bounds because counting would have cost too much."""


def stratum(n_shared: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Stratum of each number of shared tokens: floor(log2(n_shared)).

    Examples
    --------
    >>> stratum(np.array([1, 2, 3, 4, 7, 8])).tolist()
    [0, 1, 1, 2, 2, 3]
    """
    # frexp is exact for integers below 2^53, unlike a rounded log2
    return np.frexp(n_shared.astype(np.float64))[1].astype(np.int64) - 1


def count_sharing(
    events: Events,
    *,
    min_tokens: int = 2,
    max_visits: float = 1e9,
    threads: int | None = None,
) -> Sharing:
    """Count the pairs that share at least `min_tokens` distinct tokens, by stratum.

    The count looks at who touched what and never at when, so a null model of timing leaves it as
    it is. It is exact as long as at most `max_visits` pairs share a token; beyond that each
    stratum gets the bound (sum over tokens of pairs of eligible accounts) / (smallest number
    shared), where accounts with fewer distinct tokens than that are not eligible.
    """
    degree = _distinct_tokens(events, threads)
    level = np.where(degree >= min_tokens, stratum(np.maximum(degree, 1)), -1).astype(np.int8)
    pairs = _pairs_by_level(events, level, threads)
    bounds = np.zeros(N_STRATA)
    for k in range(N_STRATA):
        floor = max(1 << k, min_tokens)
        if floor < 1 << (k + 1):
            n_eligible = float((degree >= floor).sum())
            bounds[k] = min(float(pairs[k]) / floor, n_eligible * (n_eligible - 1) / 2)
    if float(pairs[0]) > max_visits:
        return Sharing(np.ceil(bounds), exact=False)
    lists = Histories.of_accounts(events, level >= 0, threads=threads)
    token_start, accounts = kernels.transpose(lists.list_start, lists.list_token)
    visits = np.concatenate(([0], np.cumsum(np.diff(token_start)[lists.list_token])))
    parts = map_ordered(
        lambda low, high: kernels.count_strata(
            lists.list_start,
            lists.list_token,
            token_start,
            accounts,
            min_tokens,
            N_STRATA,
            low,
            high,
        ),
        even_cuts(visits[lists.list_start], 4 * n_threads(threads)),
        threads,
    )
    return Sharing(np.sum([np.zeros(N_STRATA), *parts], axis=0), exact=True)


def _distinct_tokens(events: Events, threads: int | None) -> npt.NDArray[np.int32]:
    """(n_accounts,) number of distinct tokens of each account."""
    pieces = events.token_ranges(n_threads(threads))
    counts = np.zeros((len(pieces), events.n_accounts), np.int32)
    map_ordered(
        lambda i, low, high: kernels.count_tokens(
            events.account,
            events.token_start,
            low,
            high,
            np.full(events.n_accounts, -1, np.int32),
            counts[i],
        ),
        [(i, *piece) for i, piece in enumerate(pieces)],
        threads,
    )
    return np.asarray(counts.sum(axis=0, dtype=np.int32))


def _pairs_by_level(
    events: Events, level: npt.NDArray[np.int8], threads: int | None
) -> npt.NDArray[np.int64]:
    """(N_STRATA,) sum over tokens of the pairs of accounts of level k or more."""
    pieces = events.token_ranges(n_threads(threads))
    pairs = np.zeros((len(pieces), N_STRATA), np.int64)
    map_ordered(
        lambda i, low, high: kernels.pairs_by_level(
            events.account,
            events.token_start,
            low,
            high,
            level,
            np.full(events.n_accounts, -1, np.int32),
            pairs[i],
        ),
        [(i, *piece) for i, piece in enumerate(pieces)],
        threads,
    )
    return np.asarray(pairs.sum(axis=0))
