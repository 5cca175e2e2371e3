"""Two numbers that sum up a grid of rings: area under recall, and the smallest ring still found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cib.algorithms.evaluation.measures import Measure
from cib.algorithms.evaluation.strata import SIZE_BINS
from cib.algorithms.evaluation.trial import Bools
from cib.algorithms.evaluation.uncertainty import percentile_interval, ring_draws

AREA_SIZE = "51–150"
"""Rings whose recall is summed up over camouflage: those of about 100 accounts."""

AREA_FROM, AREA_TO = 0.0, 0.95
"""Camouflage over which it is averaged; nearest known recall where no ring lies."""

HALF = 0.5


def recall_area(
    camouflage: npt.NDArray[np.float64], bins: Sequence[str], hit: Bools, weight: npt.ArrayLike = 1
) -> float:
    """Mean recall over camouflage from 0 to 0.95, by trapezoids between bins.

    Parameters
    ----------
    camouflage : (n_rings,)
    bins : (n_rings,) camouflage bin of each
    hit : (n_rings,) whether each is reported
    weight : (n_rings,) how often each counts

    Returns
    -------
    float
        Between 0 and 1; NaN when rings lie in fewer than two bins.

    Examples
    --------
    >>> c = np.array([0.0, 0.0, 0.95, 0.95])
    >>> recall_area(c, ["0–0.15"] * 2 + ["0.925–1"] * 2, np.array([True, True, False, False]))
    0.5
    """
    names, place = np.unique(np.asarray(bins, str), return_inverse=True)
    times = np.broadcast_to(np.asarray(weight, np.float64), (len(camouflage),))
    n = np.bincount(place, times, len(names))
    known = n > 0
    if known.sum() < 2:
        return float("nan")
    x = np.bincount(place, times * camouflage, len(names))[known] / n[known]
    y = np.bincount(place, times * hit, len(names))[known] / n[known]
    order = np.argsort(x, kind="stable")
    inner = x[(x > AREA_FROM) & (x < AREA_TO)]
    at = np.unique(np.concatenate([[AREA_FROM], inner, [AREA_TO]]))
    return float(np.trapezoid(np.interp(at, x[order], y[order]), at) / (AREA_TO - AREA_FROM))


def area_measure(
    camouflage: npt.NDArray[np.float64],
    bins: Sequence[str],
    hit: Bools,
    n_draws: int,
    seed: int,
) -> Measure:
    """`recall_area` with its bootstrap interval over rings."""
    draws = ring_draws(len(hit), n_draws, seed)
    by_draw = np.array([recall_area(camouflage, bins, hit, draw) for draw in draws])
    value = recall_area(camouflage, bins, hit)
    return Measure("recall_area", value, percentile_interval(by_draw), len(hit))


def smallest_found(sizes: npt.NDArray[np.int64], bins: Sequence[str], hit: Bools) -> float:
    """n50: mean size (geometric) of the smallest bin in which half of the rings are reported.

    Parameters
    ----------
    sizes : (n_rings,) accounts of each ring
    bins : (n_rings,) size bin of each
    hit : (n_rings,) whether each is reported

    Returns
    -------
    float
        NaN when no bin is found by half.

    Examples
    --------
    >>> smallest_found(np.array([10, 100, 100]), ["2–20", "51–150", "51–150"],
    ...                np.array([False, True, False]))
    100.0
    """
    names = np.asarray(bins, str)
    for name in SIZE_BINS:
        mine = names == name
        if mine.any() and hit[mine].mean() >= HALF:
            return float(np.round(np.exp(np.log(sizes[mine]).mean()), 9))
    return float("nan")
