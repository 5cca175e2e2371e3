"""Whether a block has an edge, or fades out like a taste."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.poisson_binomial_kernels import log10_tail

_REACH = 0.25
"""The core lies within this share around the middle of the block; the fringe is as wide, and next
to it towards the crowd."""

_FEWEST_AT_FRINGE = 2
"""Hits from which on a row can be in the fringe: one is anybody's."""


def edge_log10_p(
    hits: npt.NDArray[np.int64], trials: npt.NDArray[np.int64], rows: npt.NDArray[np.bool_]
) -> float:
    """log10 of the p-value of a block's edge.

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

    Returns
    -------
    float
        At most 0; 0 where most rows reach the fringe or beyond, so that the null says nothing.

    Examples
    --------
    >>> hits, trials = np.array([0] * 90 + [10] * 10), np.full(100, 20)
    >>> round(10 ** -edge_log10_p(hits, trials, hits > 0))  # 2^10
    1024
    """
    middle = float(np.median(hits[rows] / trials[rows]))
    low, inner = (np.ceil(middle * x * trials).astype(np.int64) for x in (_REACH, 1 - _REACH))
    high = np.minimum(np.floor(middle * (1 + _REACH) * trials).astype(np.int64), trials)
    if 2 * np.count_nonzero((hits < low) & (trials > 0)) < np.count_nonzero(trials):
        return 0.0
    near = (low >= _FEWEST_AT_FRINGE) & (hits >= low) & (hits <= high)
    core = near & (hits >= inner)
    chance = (high - inner + 1)[near] / (high - low + 1)[near]
    n = int(np.count_nonzero(core))
    return float(log10_tail(chance, len(chance), n, np.empty(n + 1)))
