"""Upper tail of the Poisson-binomial law, as base-10 logarithm, for very small probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

MAX_EXACT_STEPS = 4_000
"""Steps of the recursion that one tail may cost."""

PEAK = 0.46883
"""Largest probability of any value of a sum of Bernoulli trials, times its standard deviation, is
at most this (Baillon, Cominetti & Vaisman, Combin. Probab. Comput. 25, 2016)."""


@njit(cache=True, nogil=True)
def tilt(p: Array, times: Array, n: int, x: int) -> Any:
    """Find theta >= 0 at which the exponentially tilted mean is about x - 1/2.

    Newton's method inside a bracket; the mean increases with theta.
    """
    target = x - 0.5
    mean = 0.0
    for i in range(n):
        mean += times[i] * p[i]
    if mean >= target:
        return 0.0
    low, high = 0.0, 700.0
    theta = min(np.log(target / max(mean, 1e-300)), high)
    for _ in range(60):
        mean = 0.0
        variance = 0.0
        down = np.exp(-theta)
        for i in range(n):
            # p e^t / (1 - p + p e^t), written so that a large theta does not overflow
            tilted = p[i] / (p[i] + (1.0 - p[i]) * down)
            mean += times[i] * tilted
            variance += times[i] * (tilted * (1.0 - tilted))
        if mean < target:
            low = theta
        else:
            high = theta
        # the result is exact for any theta; near the centre is enough against underflow
        if abs(mean - target) < 0.25:
            break
        theta += (target - mean) / max(variance, 1e-12)
        if not low < theta < high:
            theta = 0.5 * (low + high)
    return theta


@njit(cache=True, nogil=True)
def log10_tail(p: Array, times: Array, n: int, x: int, work: Array) -> Any:
    """log10 P(S >= x), S the sum of independent trials, times[i] with chance p[i] for each i < n.

    The law is tilted so that x lies at its centre, where the recursion neither underflows nor
    cancels: every term is positive. Bounds, which are never too small, stand in at two places:
    Chernoff's where it is above one half (such values only ever say "nothing to see", and most
    pairs are such), and, where trials * x are above MAX_EXACT_STEPS, Chernoff's times the most
    that the tilted law can hold, PEAK / sigma / (1 - exp(-theta)): about a sixth too large for many
    trials. `work` holds at least x + 1 numbers.
    """
    if x <= 0:
        return 0.0
    trials = possible = 0
    for i in range(n):
        trials += times[i]
        if p[i] > 0.0:
            possible += times[i]
    if x > possible:
        return -np.inf
    theta = tilt(p, times, n, x)
    if theta == 0.0:
        return 0.0
    down = np.exp(-theta)
    log_norm = trials * theta
    product = 1.0
    variance = 0.0
    for i in range(n):
        norm = p[i] + (1.0 - p[i]) * down
        variance += times[i] * ((p[i] / norm) * (1.0 - p[i] / norm))
        # one logarithm for many factors, none so small that the product loses digits
        factor = norm ** times[i]
        if factor < 1e-150 or product < 1e-150:
            log_norm += np.log(product) + times[i] * np.log(norm)
            product = 1.0
        else:
            product *= factor
    bound = log_norm + np.log(product) - theta * x
    if bound > np.log(0.5):
        return min(0.0, bound) / np.log(10.0)
    if trials * x > MAX_EXACT_STEPS:
        held = PEAK / max(np.sqrt(max(variance, 0.0)) * (1.0 - down), PEAK)
        return (bound + np.log(held)) / np.log(10.0)
    # work[j] for j < x: probability of exactly j successes so far; work[x]: of at least x, each
    # success beyond x weighted by exp(-theta), so that one factor undoes the tilt for all.
    work[: x + 1] = 0.0
    work[0] = 1.0
    done = 0
    for i in range(n):
        norm = p[i] + (1.0 - p[i]) * down
        success = p[i] / norm
        failure = (1.0 - p[i]) * down / norm
        for _ in range(times[i]):
            done += 1
            top = min(done, x)
            if top == x:
                work[x] = work[x] * (failure + success * down) + work[x - 1] * success
                top = x - 1
            for j in range(top, 0, -1):
                work[j] = work[j] * failure + work[j - 1] * success
            work[0] *= failure
    return min(0.0, (np.log(work[x]) + bound) / np.log(10.0))
