"""Intervals: Wilson's for shares of independent units, the bootstrap over rings for the rest.

Accounts of one ring are found or missed together, so rings are the unit that is drawn, never
accounts: intervals over accounts would be far too narrow.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

CONFIDENCE = 0.95
UNKNOWN: Interval = (float("nan"), float("nan"))


def wilson_interval(
    hits: npt.ArrayLike, n: npt.ArrayLike, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share (Wilson, JASA 22, 1927), without continuity correction.

    Parameters
    ----------
    hits, n : successes and trials, numbers or arrays of one shape
    confidence : coverage that is aimed at

    Returns
    -------
    (low, high)
        Arrays of the same shape, between 0 and 1; NaN where n is 0.

    Examples
    --------
    >>> low, high = wilson_interval(0, 20)
    >>> float(low), round(float(high), 4)
    (0.0, 0.1611)
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    k, total = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = k / total
        centre = share + z * z / (2 * total)
        reach = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
        scale = 1 + z * z / total
        # rounding must not move the ends off 0 and 1, where they are exact
        low = np.where(k == 0, 0.0, (centre - reach) / scale)
        high = np.where(k == total, 1.0, (centre + reach) / scale)
    empty = total == 0
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def ring_draws(n_rings: int, n_draws: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw rings with replacement: how often each is in each draw.

    Returns
    -------
    (n_draws, n_rings) array
        Each row sums to n_rings. No rows when there are fewer than two rings: one ring says
        nothing about how rings differ.

    Examples
    --------
    >>> ring_draws(3, 100, seed=0).sum(axis=1).tolist() == [3] * 100
    True
    """
    if n_rings < 2 or n_draws < 1:
        return np.zeros((0, n_rings), np.int64)
    generator = np.random.default_rng(np.random.SeedSequence([seed, n_rings]))
    return generator.multinomial(n_rings, np.full(n_rings, 1 / n_rings), size=n_draws)


def percentile_interval(values: Floats, confidence: float = CONFIDENCE) -> Interval:
    """Percentile interval of a bootstrap (Efron & Tibshirani 1993, chapter 13).

    Draws for which the measure has no value (NaN) are left out. NaN when none is left, and when
    all give the same value: rings that are all alike say nothing about how much others may differ.

    Examples
    --------
    >>> np.round(percentile_interval(np.array([0.0, 40.0])), 6).tolist()
    [1.0, 39.0]
    >>> percentile_interval(np.ones(9))
    (nan, nan)
    """
    known = values[np.isfinite(values)]
    if not len(known) or known.min() == known.max():
        return UNKNOWN
    low, high = np.quantile(known, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return float(low), float(high)


def ratio_interval(
    draws: npt.NDArray[np.int64], top: npt.NDArray[Any], bottom: npt.NDArray[Any]
) -> Interval:
    """Interval of Σ top / Σ bottom over rings, by bootstrap.

    Parameters
    ----------
    draws : (n_draws, n_rings) from `ring_draws`
    top, bottom : (n_rings,) what each ring adds above and below
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return percentile_interval((draws @ top) / (draws @ bottom))


def share_interval(draws: npt.NDArray[np.int64], hit: npt.NDArray[np.bool_]) -> Interval:
    """Interval of the share of rings with a property, by bootstrap.

    Where all rings agree, every draw gives the same share and the bootstrap would claim certainty
    from a handful of rings: Wilson's interval over rings stands there instead.

    Examples
    --------
    >>> share_interval(ring_draws(4, 200, seed=0), np.ones(4, bool))[0] < 0.52
    True
    """
    n, k = len(hit), int(hit.sum())
    if n == 0:
        return UNKNOWN
    if k in (0, n) or not len(draws):
        low, high = wilson_interval(k, n)
        return float(low), float(high)
    return ratio_interval(draws, hit.astype(np.float64), np.ones(n))
