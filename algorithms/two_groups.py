"""Two groups of counts: everybody, and a few who do not belong to everybody (Efron 2004).

Each account makes `trials` choices, of which `hits` fall on a set of contents. How often they do
differs between honest accounts as their tastes do, so their hits are beta-binomial, not binomial.
The law is learned from the accounts themselves, beside that of a second group which is there to
take up those that do not fit: an empirical null, and p-values under it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms import two_groups_kernels as kernels
from cib.graphs.codes import distinct

Floats = npt.NDArray[np.float64]

_CLOSE = 1e-7
"""Relative gain of the likelihood below which nothing more is learned."""

_MOST_ROUNDS = 100
_MOST_STEPS = 4


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Hits among trials, where the chance of a hit is Beta(a, b) for each account."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """Expected share of hits."""
        return self.a / (self.a + self.b)

    def log10_tail(self, hits: npt.NDArray[np.int64], trials: npt.NDArray[np.int64]) -> Floats:
        """(n,) log10 of the chance of as many hits or more.

        Examples
        --------
        >>> BetaBinomial(1.0, 1.0).log10_tail(np.array([0, 9]), np.array([9, 9])).round(6).tolist()
        [0.0, -1.0]
        """
        out = np.empty(len(hits))
        kernels.log10_tails(hits, trials, self.a, self.b, out)
        return out


@dataclass(frozen=True, slots=True)
class TwoGroups:
    """What was learned, and what it says about each account."""

    null: BetaBinomial
    """The law of everybody."""
    other: BetaBinomial
    """The law of those who do not fit."""
    share: float
    """Share of accounts in the second group."""
    posterior: Floats
    """(n,) probability of being in the second group."""
    more: npt.NDArray[np.bool_]
    """(n,) more hits than the null expects, and two at least: one hit is anybody's."""

    def belong(self, sure: float) -> npt.NDArray[np.bool_]:
        """(n,) who is in the second group with more than this probability, for more hits."""
        return self.more & (self.posterior > sure)


def two_groups(
    hits: npt.NDArray[np.int64],
    trials: npt.NDArray[np.int64],
    other: npt.NDArray[np.bool_],
    *,
    most_trials: int = 1 << 14,
) -> TwoGroups:
    """Learn both laws by expectation maximisation.

    Parameters
    ----------
    hits, trials : (n,) 0 <= hits <= trials
    other : (n,) a first guess of who is in the second group: some accounts, but not all
    most_trials : the laws are learned from accounts with at most so many; all are judged by them

    Examples
    --------
    >>> hits = np.array([0] * 90 + [1] * 8 + [18, 20])
    >>> found = two_groups(hits, np.full(100, 20), hits > 9)
    >>> found.posterior.round(3)[[0, 97, 99]].tolist(), round(found.other.mean, 2)
    ([0.0, 0.0, 1.0], 0.95)
    """
    width = np.int64(trials.max() + 1)
    key = trials * width + hits
    pairs = distinct(key)
    index = np.searchsorted(pairs, key)
    number = np.bincount(index).astype(np.float64)
    pair = pairs % width, pairs // width
    posterior = np.clip(np.bincount(index, other) / number, 1e-6, 1 - 1e-6)
    laws = np.empty((2, 2))
    share = kernels.learn(
        *pair, number, posterior, laws, most_trials, _CLOSE, _MOST_ROUNDS, _MOST_STEPS
    )
    null, second = (BetaBinomial(*law) for law in laws.tolist())
    more = (pair[0] >= 2) & (pair[0] > null.mean * pair[1]) & (second.mean > null.mean)
    return TwoGroups(null, second, share, posterior[index], more[index])
