"""How many account pairs share how many tokens, at any time: the pairs a test could be made on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.graphs import sharing_kernels as kernels
from cib.graphs.events import Events
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
    start, tokens = events.list_start, events.list_token
    degree = np.diff(start)
    bounds = np.zeros(N_STRATA)
    visits = 0.0
    for k in range(N_STRATA):
        floor = max(1 << k, min_tokens)
        if floor >= 1 << (k + 1):
            continue
        eligible = np.repeat(degree >= floor, degree)
        sizes = np.bincount(tokens[eligible]).astype(np.float64)
        pairs = float((sizes * (sizes - 1) / 2).sum())
        n_eligible = float((degree >= floor).sum())
        bounds[k] = min(pairs / floor, n_eligible * (n_eligible - 1) / 2)
        visits = max(visits, pairs)
    if visits > max_visits:
        return Sharing(np.ceil(bounds), exact=False)
    keep = degree >= min_tokens
    kept_start, kept_tokens = kernels.keep_accounts(start, tokens, keep)
    token_start, accounts = kernels.transpose(kept_start, kept_tokens)
    work = np.concatenate(([0], np.cumsum(np.diff(token_start)[kept_tokens])))[kept_start]
    parts = map_ordered(
        lambda lo, hi: kernels.count_strata(
            kept_start, kept_tokens, token_start, accounts, min_tokens, N_STRATA, lo, hi
        ),
        even_cuts(work, 4 * n_threads(threads)),
        threads,
    )
    return Sharing(np.sum([np.zeros(N_STRATA), *parts], axis=0), exact=True)
