"""Reliability: whether of the clusters with a score of 0.9 nine in ten are inauthentic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cib.algorithms.evaluation.measures import Measure
from cib.algorithms.evaluation.trial import Bools, Trial
from cib.algorithms.evaluation.uncertainty import UNKNOWN, Floats, wilson_interval

EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
"""Ends of the bins of predictions; the lower end belongs to a bin, and 1 to the last."""

MOSTLY = 0.5
"""A cluster is inauthentic when at least this share of its accounts is."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Clusters with predictions between two ends, beside what is true of them."""

    name: str
    n: int
    predicted: float
    """Mean prediction."""
    observed: float
    """Share that is inauthentic."""
    low: float
    high: float
    """Wilson's 95% interval of the share."""


def bin_name(low: float, high: float) -> str:
    """Name a bin by its ends.

    Examples
    --------
    >>> bin_name(0.05, 0.2)
    '0.05–0.2'
    """
    return f"{low:g}–{high:g}"


BIN_NAMES = tuple(bin_name(low, high) for low, high in pairwise(EDGES))


def reliability_bins(predicted: Floats, inauthentic: Bools) -> list[Bin]:
    """Compare predictions with what is true, in bins of the prediction.

    Parameters
    ----------
    predicted : (n,) probabilities
    inauthentic : (n,) what is true

    Returns
    -------
    list of Bin
        In ascending order; bins without clusters are left out.

    Examples
    --------
    >>> [found] = reliability_bins(np.array([0.9, 0.8]), np.array([True, False]))
    >>> found.name, found.n, round(found.predicted, 2), found.observed
    ('0.8–0.95', 2, 0.85, 0.5)
    """
    which = np.searchsorted(EDGES[1:-1], predicted, side="right")
    n = np.bincount(which, minlength=len(BIN_NAMES))
    hits = np.bincount(which, inauthentic, len(BIN_NAMES))
    total = np.bincount(which, predicted, len(BIN_NAMES))
    low, high = wilson_interval(hits, n)
    return [
        Bin(
            name,
            int(n[i]),
            float(total[i] / n[i]),
            float(hits[i] / n[i]),
            float(low[i]),
            float(high[i]),
        )
        for i, name in enumerate(BIN_NAMES)
        if n[i]
    ]


def brier_score(predicted: Floats, inauthentic: Bools) -> float:
    """Mean squared distance of predictions from what is true (Brier, MWR 78, 1950).

    0 is perfect; to say one half of everything gives 0.25. NaN without predictions.
    """
    return float(((predicted - inauthentic) ** 2).mean()) if len(predicted) else float("nan")


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: Σ n |predicted − observed| / Σ n over the bins.

    After Naeini, Cooper & Hauskrecht (AAAI 2015). NaN without bins.
    """
    total = sum(one.n for one in bins)
    off = sum(one.n * abs(one.predicted - one.observed) for one in bins)
    return off / total if total else float("nan")


def mostly_inauthentic(trial: Trial) -> Bools:
    """(n_clusters,) whether most of a cluster's accounts are inauthentic; grey ones are not."""
    return trial.precision >= MOSTLY


def reliability_measures(trial: Trial) -> Iterator[Measure]:
    """Yield Brier score and calibration error of all clusters, reported or not.

    Nothing is yielded for a method that predicts nothing of its clusters.
    """
    if trial.predicted is None:
        return
    truth, n = mostly_inauthentic(trial), trial.n_clusters
    error = calibration_error(reliability_bins(trial.predicted, truth))
    yield Measure("brier", brier_score(trial.predicted, truth), UNKNOWN, n)
    yield Measure("calibration_error", error, UNKNOWN, n)


def bin_measures(one: Bin) -> Iterator[Measure]:
    """Yield what is predicted and observed in a bin."""
    yield Measure("predicted", one.predicted, UNKNOWN, one.n)
    yield Measure("observed", one.observed, (one.low, one.high), one.n)
