"""Accounts in order of score: average precision, and recall where few honest ones are flagged.

A threshold takes all accounts of equal score, so ties are never broken in anybody's favour.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_FPR = 0.001
"""Share of honest accounts that may be flagged: one in a thousand."""


class Ranking:
    """Scores of inauthentic and of honest accounts, ready to be weighed many times.

    Parameters
    ----------
    positive : (n_positive,) scores of the inauthentic accounts
    negative : (n_negative,) scores of the honest ones
    """

    def __init__(self, positive: Floats, negative: Floats) -> None:
        ordered = np.sort(negative)
        levels, level = np.unique(positive, return_inverse=True)
        self.level = len(levels) - 1 - level
        """(n_positive,) level of each inauthentic account, the highest score 0"""
        self.n_levels = len(levels)
        self.false_positives = len(ordered) - np.searchsorted(ordered, levels[::-1], "left")

    def average_precision(self, weight: npt.NDArray[np.number] | None = None) -> float:
        """Area under the precision–recall steps, one step per distinct score.

        AP = Σ (R_i − R_{i−1}) P_i over thresholds in falling order (no interpolation, as
        scikit-learn's; Davis & Goadrich, ICML 2006, on why not). NaN without inauthentic accounts.

        Parameters
        ----------
        weight : (n_positive,) how often each inauthentic account counts; once when None
        """
        gained = np.bincount(self.level, weight, self.n_levels)
        found = np.cumsum(gained)
        if not len(found) or found[-1] == 0:
            return float("nan")
        # a level that nobody holds in this draw may have nothing at or above it
        flagged = np.maximum(found + self.false_positives, 1e-300)
        return float((gained * found / flagged).sum() / found[-1])


def average_precision(positive: Floats, negative: Floats) -> float:
    """Average precision of inauthentic accounts by score; see `Ranking.average_precision`.

    Parameters
    ----------
    positive : (n_positive,) scores of the inauthentic accounts
    negative : (n_negative,) scores of the honest ones

    Examples
    --------
    >>> average_precision(np.array([3.0, 1.0]), np.array([2.0, 0.0]))
    0.8333333333333333
    >>> average_precision(np.array([1.0]), np.array([1.0, 1.0, 1.0]))  # a tie takes all four
    0.25
    """
    return Ranking(positive, negative).average_precision()


def score_to_exceed(negative: Floats, max_fpr: float = MAX_FPR) -> float:
    """Score above which at most `max_fpr` of the honest accounts lie; −∞ when all may be flagged.

    Examples
    --------
    >>> score_to_exceed(np.array([0.0, 0.1, 0.2, 0.2]), 0.25)  # 0.2 would flag two of four
    0.2
    """
    allowed = int(np.floor(max_fpr * len(negative) + 1e-9))
    if allowed >= len(negative):
        return float("-inf")
    place = len(negative) - 1 - allowed
    return float(np.partition(negative, place)[place])


def recall_at_fpr(positive: Floats, negative: Floats, max_fpr: float = MAX_FPR) -> float:
    """Share of inauthentic accounts flagged by the lowest threshold within `max_fpr`.

    Parameters
    ----------
    positive : (n_positive,) scores of the inauthentic accounts
    negative : (n_negative,) scores of the honest ones
    max_fpr : share of honest accounts that may be flagged

    Returns
    -------
    float
        0 when every threshold flags more than that; NaN without inauthentic accounts.

    Examples
    --------
    >>> recall_at_fpr(np.array([0.9, 0.2]), np.array([0.2, 0.1]), max_fpr=0.0)
    0.5
    """
    if not len(positive):
        return float("nan")
    return float((positive > score_to_exceed(negative, max_fpr)).mean())
