"""Whether a block has an edge, or fades out like a taste."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from cib.algorithms.poisson_binomial_kernels import log10_tail

_REACH = 0.25
"""The core lies within this share around the middle of the block; the fringe is as wide, and next
to it towards the crowd."""

_FEWEST_AT_FRINGE = 2
"""Hits from which on a row can be in the fringe: one is anybody's."""

FEWEST_TRIALS = 5
"""Columns that a row must touch to be at an edge: a quarter of fewer is at most one hit."""

HEARD_WHOLE = 0.6
"""Of the accounts at the core or the fringe of a group, the share at the core that tastes may have.

Some people hear an album whole: in the 545 groups of Last.fm the share is 0.56, with a standard
deviation of 0.03 between groups, where a law that only fades allows 0.44."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows at the core of a block and at its fringe, and what that says."""

    n_core: int
    """Rows in the core."""
    expected: float
    """Rows in the core that a taste would bring about, by its odds, with one more at the fringe."""
    log10_p: float
    """At most 0; 0 where most rows reach the fringe or beyond, so that the null says nothing."""


def edge_of(
    hits: npt.NDArray[np.int64],
    trials: npt.NDArray[np.int64],
    rows: npt.NDArray[np.bool_],
    n_rows: int | None = None,
    n_chosen: int = 0,
    least_chance: float = 0.0,
) -> Edge:
    """Test a block's edge.

    A taste fades out. Let a row that touches d columns touch k of the block's. Under the null,
    beyond what most rows have, no k is likelier than a smaller one; so among rows that have
    either a value of k in the core or one in the fringe, each is in the core with a chance of at
    most (values in the core) / (values in both). The number in the core is compared with a sum of
    such trials. With s the median of k / d among the block's rows, the core is k / d in
    [3/4 s, 5/4 s] and the fringe, just as wide, [1/4 s, 3/4 s).

    Parameters
    ----------
    hits, trials : (n,) k and d of each row
    rows : (n,) who is in the block
    n_rows : rows that there are, with those of no hits that are not among the n; n when None
    n_chosen : rows in the core without which nobody would have looked
        The p-value is the chance of so many in the core, given that there are `n_chosen`.
    least_chance : chance of the core, among rows in core or fringe, that a taste may have anyway

    Examples
    --------
    >>> hits, trials = np.array([0] * 90 + [10] * 10), np.full(100, 20)
    >>> round(10 ** -edge_of(hits, trials, hits > 0).log10_p)  # 2^10
    1024
    """
    middle = float(np.median(hits[rows] / trials[rows]))
    low, inner = (np.ceil(middle * x * trials).astype(np.int64) for x in (_REACH, 1 - _REACH))
    high = np.minimum(np.floor(middle * (1 + _REACH) * trials).astype(np.int64), trials)
    near = (low >= _FEWEST_AT_FRINGE) & (hits >= low) & (hits <= high)
    core = near & (hits >= inner)
    chance = (high - inner + 1)[near] / (high - low + 1)[near]
    chance = np.maximum(chance, least_chance)
    n = int(np.count_nonzero(core))
    silent = 0 if n_rows is None else n_rows - len(hits)
    in_crowd = np.count_nonzero((hits < low) & (trials > 0)) + silent
    log10_p = 0.0
    if n > n_chosen and 2 * in_crowd >= np.count_nonzero(trials) + silent:
        log10_p = float(
            log10_tail(chance, np.ones(len(chance), np.int64), len(chance), n, np.empty(n + 1))
        )
        if n_chosen:
            # with the smallest of the chances it is never too large
            looked = at_least(n_chosen, len(chance), float(chance.min()))
            log10_p = min(0.0, log10_p - float(np.log10(looked)))
    odds = chance / (1 - chance)
    expected = float(odds[~core[near]].sum() + odds.max(initial=0.0))
    return Edge(n, expected, log10_p)


def edge_log10_p(
    hits: npt.NDArray[np.int64], trials: npt.NDArray[np.int64], rows: npt.NDArray[np.bool_]
) -> float:
    """log10 of the p-value of a block's edge, as in `edge_of`."""
    return edge_of(hits, trials, rows).log10_p


def at_least(n: int, trials: int, chance: float) -> float:
    """Probability of at least a few successes, n, in trials of one chance.

    Examples
    --------
    >>> at_least(1, 2, 0.5)
    0.75
    """
    fewer = (comb(trials, i) * chance**i * (1 - chance) ** (trials - i) for i in range(n))
    return 1 - sum(fewer)
