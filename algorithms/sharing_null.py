"""The household null: how many honest people share one machine.

A home has up to six accounts (a family plan's limit) that may share every device, and an address
may be the home of one such family and, behind a carrier's or an office's NAT, of many. How often
so many accounts share their machines is taken from the log itself; beyond six, where homes end,
the tail goes on as steeply as it falls before (geometric).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.fdr import log10_chance_count, log10_q_values
from cib.graphs.infrastructure import HOME

_STEEPEST, _FLATTEST = 0.25, 0.95
"""Bounds on the tail's ratio: some logs have too few shared devices to tell, and where hashes
stand for models rather than machines the tail hardly falls."""

_TILTS = np.arange(0.05, 1.0, 0.05)

_Floats = npt.NDArray[np.float64]
_Sizes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HomeSizes:
    """P(a unit has k accounts or more) among honest units."""

    at_least: _Floats
    """(HOME,) for k = 1 … HOME; the first is 1."""
    ratio: float
    """By what each further account beyond HOME multiplies it."""

    @staticmethod
    def fit(sizes: npt.NDArray[np.integer], ratio: float) -> HomeSizes:
        """Estimate from the sizes of units.

        One unit more is counted on both sides: what was never seen is rare, not impossible.

        Examples
        --------
        >>> HomeSizes.fit(np.array([1, 1, 2]), 0.5).at_least[:3].tolist()
        [1.0, 0.5, 0.25]
        """
        counts = np.bincount(np.minimum(sizes, HOME), minlength=HOME + 1)[1:]
        at_least = (np.cumsum(counts[::-1])[::-1] + 1.0) / (len(sizes) + 1.0)
        return HomeSizes(np.asarray(at_least, np.float64), ratio)

    def log10_tail(self, sizes: npt.NDArray[np.integer]) -> _Floats:
        """Log10 of P(size or more)."""
        beyond = np.maximum(sizes - HOME, 0)
        inside = np.log10(self.at_least)[np.clip(sizes, 1, HOME) - 1]
        return np.asarray(inside + beyond * np.log10(self.ratio))

    def log_moments(self) -> _Floats:
        """(n_tilts,) log of E[tail(K) ** -theta] over a unit's size K, per tilt theta."""
        head = -np.diff(self.at_least)
        inside = (head * self.at_least[:-1] ** -_TILTS[:, None]).sum(axis=1)
        # sum over j of G r^j (1 - r) (G r^j)^-theta, with G the tail at HOME
        last, r = self.at_least[-1], self.ratio
        tail = (1 - r) * last ** (1 - _TILTS) / (1 - r ** (1 - _TILTS))
        return np.asarray(np.log(inside + tail))


def tail_ratio(sizes: npt.NDArray[np.integer]) -> float:
    """How steeply the number of accounts on a shared device falls from two to HOME.

    The maximum-likelihood estimate for a geometric law that is cut off at HOME.

    Examples
    --------
    >>> tail_ratio(np.array([1, 1, 2, 4]))
    0.5
    """
    reached = [int((sizes >= k).sum()) for k in range(2, HOME + 1)]
    if not sum(reached[:-1]):
        return 0.5
    return float(np.clip(sum(reached[1:]) / sum(reached[:-1]), _STEEPEST, _FLATTEST))


def log10_surprise(
    lot: npt.NDArray[np.integer], size: npt.NDArray[np.integer], n_lots: int, null: HomeSizes
) -> _Floats:
    """Ask of each lot whether its units are larger than as many honest ones would be.

    The statistic is the sum over units of -log P(so many accounts or more), without the lot's
    largest unit that a home could be: any address may be somebody's home. Its tail is bounded by
    Chernoff's method, which needs no more than that units are independent, and a smaller
    statistic keeps the bound valid.

    Parameters
    ----------
    lot : (n_units,) the lot of each unit
    size : (n_units,) accounts of each
    n_lots : number of lots
    null : law of the sizes

    Returns
    -------
    (n_lots,) array
        log10 of upper bounds on the p-values, at most 0.
    """
    surprise = -null.log10_tail(size) * np.log(10)
    free = np.zeros(n_lots)
    home = size <= HOME
    np.maximum.at(free, lot[home], surprise[home])
    total = np.bincount(lot, surprise, n_lots) - free
    n_units = np.bincount(lot, minlength=n_lots)
    best = np.zeros(n_lots)
    for tilt, moment in zip(_TILTS, null.log_moments(), strict=True):
        best = np.minimum(best, n_units * moment - tilt * total)
    return np.asarray(best / np.log(10))


def log10_crowding(sizes: npt.NDArray[np.integer], null: HomeSizes) -> _Floats:
    """Log10 p-value of each unit alone as larger than a home: 0 up to HOME accounts."""
    return np.where(sizes > HOME, null.log10_tail(sizes), 0.0)


def significant(
    log10_p: _Floats, group: npt.NDArray[np.integer], q: float
) -> npt.NDArray[np.bool_]:
    """Lots that are discoveries among all lots (Benjamini–Hochberg), in groups of equal share.

    Groups must be formed without a look at what is tested (`fdr.log10_chance_count`).
    """
    n_tests = np.bincount(group).astype(np.float64)
    chance = log10_chance_count(log10_p, group, n_tests)
    return np.asarray(log10_q_values(chance, float(len(group))) <= np.log10(q))


def expected_shared(null: HomeSizes) -> float:
    """Expected accounts of a unit that are in a unit of two or more: E[K; K >= 2].

    Examples
    --------
    >>> round(expected_shared(HomeSizes(np.array([1, 0.5, 0, 0, 0, 0]), 0.5)), 6)
    1.0
    """
    g = null.at_least
    beyond = float(g[-1]) * null.ratio / (1 - null.ratio)
    # E[K] = sum of the tails, less those who are alone
    return float(g.sum() + beyond - (g[0] - g[1]))
