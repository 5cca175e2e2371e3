"""False discovery rate over all tests that could have been made, in groups of equal share."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Method = Literal["bh", "by"]


def log10_chance_count(
    log10_p: npt.NDArray[np.float64],
    group: npt.NDArray[np.integer],
    n_tests: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Log of the number of results at least as extreme that chance alone yields in the whole scan.

    Each group of tests gets the same share of the error budget, however many tests it has: a
    weighted Benjamini–Hochberg procedure (Genovese, Roeder & Wasserman, Biometrika 93, 2006)
    whose weights depend on the group only. Groups must be formed without a look at what is tested.

    Parameters
    ----------
    log10_p : (n,) log10 of the p-values that were computed
    group : (n,) group of each
    n_tests : (n_groups,) tests that could have been made in each group; p-values that were not
        computed count as 1

    Returns
    -------
    (n,) array
        log10(p × n_tests[group] × number of groups with tests)
    """
    n_groups = max(int((n_tests > 0).sum()), 1)
    # a pair that was found must have been testable: never let a zero turn into certainty
    paid: npt.NDArray[np.float64] = np.log10(np.maximum(n_tests, 1.0) * n_groups)
    return np.asarray(log10_p + paid[group])


def log10_q_values(
    log10_count: npt.NDArray[np.float64], total_tests: float, method: Method = "bh"
) -> npt.NDArray[np.float64]:
    """Smallest false discovery rate at which each result is a discovery, as log10.

    Parameters
    ----------
    log10_count : (n,) from `log10_chance_count`
    total_tests : number of all tests, for Benjamini–Yekutieli's factor
    method : "bh" (Benjamini & Hochberg 1995) or "by" (Benjamini & Yekutieli 2001, valid under any
        dependence)

    Examples
    --------
    >>> np.round(10 ** log10_q_values(np.log10([0.01, 0.04, 0.9]), 3), 3).tolist()
    [0.01, 0.02, 0.3]
    """
    order = np.argsort(log10_count, kind="stable")
    scaled = log10_count[order] - np.log10(np.arange(1, len(order) + 1))
    if method == "by":
        scaled += np.log10(harmonic(total_tests))
    q = np.empty(len(order))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 0.0)
    return q


def harmonic(n: float) -> float:
    """1 + 1/2 + … + 1/n, to within 1e-6 for large n.

    Examples
    --------
    >>> round(harmonic(4), 4)
    2.0833
    """
    if n < 1000:
        return float(sum(1.0 / k for k in range(1, max(int(np.ceil(n)), 1) + 1)))
    return float(np.log(n) + np.euler_gamma + 1.0 / (2.0 * n))
