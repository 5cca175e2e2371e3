"""Kernels of two_groups.py: the most likely beta-binomial laws of two groups, and their tails."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.sorting_kernels import first_at_least

Array = npt.NDArray[Any]

_LEAST, _MOST = 1e-7, 1e7
_LONGEST_STEP = 1.0
_MOST_HALVINGS = 20
_LARGE = 1e290
"""Products of up to so much have room for one more factor."""


@njit(cache=True, nogil=True)
def learn(
    hits: Array,
    trials: Array,
    number: Array,
    posterior: Array,
    law: Array,
    most_trials: int,
    close: float,
    most_rounds: int,
    most_steps: int,
) -> float:
    """Expectation maximisation from a first guess of who is in the second group.

    Parameters
    ----------
    hits, trials : (n,) distinct pairs, by ascending trials
    number : (n,) rows with each
    posterior : (n,) probability of the second group; changed
    law : (2, 2) filled with a and b of the crowd and of the second group
    most_trials : pairs with more teach nothing, and are judged when all is learned: a round costs a
        pass over the largest number of trials
    close : relative gain of the likelihood at which to stop

    Returns
    -------
    float
        Share of rows in the second group.
    """
    n = first_at_least(trials, 0, len(trials), most_trials + 1)
    if n == 0:
        n = len(trials)
    every_hits, every_trials, every_posterior = hits, trials, posterior
    hits, trials, number, posterior = hits[:n], trials[:n], number[:n], posterior[:n]
    size = trials[-1] + 1
    total = 0.0
    for i in range(n):
        total += number[i]
    counts = np.zeros((3, size + 1))
    above = np.zeros((3, size + 1))
    table = np.zeros((3, size + 1))
    weight = np.empty(n)
    chance = np.empty((2, n))
    for group in range(2):
        weigh(number, posterior, group, weight)
        start(hits, trials, weight, law[group])
    before = -np.inf
    share = 0.0
    for _ in range(most_rounds):
        for group in range(2):
            weigh(number, posterior, group, weight)
            count(hits, trials, weight, counts, above)
            climb(counts, above, law[group], close, most_steps, table)
            value(counts, law[group, 0], law[group, 1], table)
            log_chances(hits, trials, table, chance[group])
        share = 0.0
        for i in range(n):
            share += number[i] * posterior[i]
        share /= total
        likelihood = 0.0
        log_crowd, log_other = np.log1p(-share), np.log(share)
        for i in range(n):
            first, second = log_crowd + chance[0, i], log_other + chance[1, i]
            less = np.exp(-abs(second - first))
            chosen = (1.0 if second > first else less) / (1.0 + less)
            posterior[i] = min(max(chosen, 1e-300), 1 - 1e-15)
            likelihood += number[i] * (max(first, second) + np.log1p(less))
        if likelihood - before < close * abs(likelihood):
            break
        before = likelihood
    for i in range(n, len(every_hits)):
        first = np.log1p(-share) + log_chance(every_hits[i], every_trials[i], law[0])
        second = np.log(share) + log_chance(every_hits[i], every_trials[i], law[1])
        every_posterior[i] = 1 / (1 + np.exp(min(first - second, 700.0)))
    return share


@njit(cache=True, nogil=True)
def log_chance(hits: int, trials: int, law: Array) -> Any:
    """Log of the chance of one pair under a law, without the binomial coefficient."""
    a, b = law[0], law[1]
    beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b)
    return log_gamma(a + hits) + log_gamma(b + trials - hits) - log_gamma(a + b + trials) - beta


@njit(cache=True, nogil=True)
def log_gamma(x: float) -> Any:
    """Logarithm of the gamma function at x > 0: Stirling's series, from x + 10 on or so."""
    shift = 0.0
    while x < 10.0:
        shift += np.log(x)
        x += 1.0
    series = 1 / (12 * x) - 1 / (360 * x**3) + 1 / (1260 * x**5) - 1 / (1680 * x**7)
    return (x - 0.5) * np.log(x) - x + 0.5 * np.log(2 * np.pi) + series - shift


@njit(cache=True, nogil=True)
def weigh(number: Array, posterior: Array, group: int, weight: Array) -> None:
    """Weight of each pair in a group."""
    for i in range(len(number)):
        weight[i] = number[i] * (posterior[i] if group else 1.0 - posterior[i])


@njit(cache=True, nogil=True)
def start(hits: Array, trials: Array, weight: Array, law: Array) -> None:
    """Begin with the mean of the pairs and tastes that differ much."""
    hit = tried = 0.0
    for i in range(len(hits)):
        hit += weight[i] * hits[i]
        tried += weight[i] * trials[i]
    mean = min(max(hit / max(tried, 1e-300), 1e-7), 1 - 1e-4)
    law[0], law[1] = 10 * mean, 10 * (1 - mean)


@njit(cache=True, nogil=True)
def count(hits: Array, trials: Array, weight: Array, counts: Array, above: Array) -> None:
    """Fill in the weight of pairs with k hits, k misses, k trials, and with more than k of each."""
    counts[:] = 0.0
    for i in range(len(hits)):
        counts[0, hits[i]] += weight[i]
        counts[1, trials[i] - hits[i]] += weight[i]
        counts[2, trials[i]] += weight[i]
    for row in range(3):
        more = 0.0
        for k in range(counts.shape[1] - 1, -1, -1):
            above[row, k] = more
            more += counts[row, k]


@njit(cache=True, nogil=True)
def log_rises(x: float, counts: Array, out: Array) -> Any:
    """Fill in log(x (x + 1) … (x + k - 1)) for all k that occur; return its sum over the counts.

    One logarithm for each k that occurs, not for each k, which would be most of the work.
    """
    every = 0.0
    rise, product = 0.0, 1.0
    last = len(counts) - 1
    while last > 0 and counts[last] == 0.0:
        last -= 1
    for k in range(last + 1):
        if counts[k] > 0.0:
            rise += np.log(product)
            product = 1.0
            out[k] = rise
            every += counts[k] * rise
        product *= x + k
        if product > _LARGE:
            rise += np.log(product)
            product = 1.0
    return every


@njit(cache=True, nogil=True)
def value(counts: Array, a: float, b: float, table: Array) -> Any:
    """Log-likelihood of a law; what it consists of, in the table."""
    return (
        log_rises(a, counts[0], table[0])
        + log_rises(b, counts[1], table[1])
        - log_rises(a + b, counts[2], table[2])
    )


@njit(cache=True, nogil=True)
def climb(
    counts: Array, above: Array, law: Array, close: float, most_steps: int, table: Array
) -> None:
    """Take Newton's steps towards the most likely law, on the logarithms of a and b.

    The likelihood is the sum over k of above[0, k] log(a + k) + above[1, k] log(b + k)
    - above[2, k] log(a + b + k).
    """
    a, b = law[0], law[1]
    now = value(counts, a, b, table)
    for _ in range(most_steps):
        first_a = first_b = first_ab = second_a = second_b = second_ab = 0.0
        for k in range(above.shape[1]):
            if above[2, k] == 0.0:
                break
            x, y, z = 1 / (a + k), 1 / (b + k), 1 / (a + b + k)
            first_a += above[0, k] * x
            first_b += above[1, k] * y
            first_ab += above[2, k] * z
            second_a += above[0, k] * x * x
            second_b += above[1, k] * y * y
            second_ab += above[2, k] * z * z
        slope_a, slope_b = a * (first_a - first_ab), b * (first_b - first_ab)
        aa = a * a * (second_ab - second_a) + slope_a
        bb = b * b * (second_ab - second_b) + slope_b
        ab = a * b * second_ab
        # the larger eigenvalue; where it is not negative this is no hill: make it one
        top = 0.5 * (aa + bb) + np.sqrt(0.25 * (aa - bb) ** 2 + ab * ab)
        if top >= 0.0:
            lift = top + 1e-3 * max(abs(aa), abs(bb), abs(ab)) + 1e-9
            aa -= lift
            bb -= lift
        determinant = aa * bb - ab * ab
        if determinant == 0.0:
            break
        step_a = -(bb * slope_a - ab * slope_b) / determinant
        step_b = -(aa * slope_b - ab * slope_a) / determinant
        longest = max(abs(step_a), abs(step_b))
        if longest > _LONGEST_STEP:
            step_a *= _LONGEST_STEP / longest
            step_b *= _LONGEST_STEP / longest
        better = False
        for _ in range(_MOST_HALVINGS):
            new_a = min(max(a * np.exp(step_a), _LEAST), _MOST)
            new_b = min(max(b * np.exp(step_b), _LEAST), _MOST)
            new = value(counts, new_a, new_b, table)
            if new >= now:
                better = True
                break
            step_a /= 2
            step_b /= 2
        if not better:
            break
        gain = new - now
        a, b, now = new_a, new_b, new
        if gain <= close * abs(now):
            break
    law[0], law[1] = a, b


@njit(cache=True, nogil=True)
def log_chances(hits: Array, trials: Array, table: Array, out: Array) -> None:
    """Log of the chance of each pair under the law of a table, without binomial coefficients."""
    for i in range(len(hits)):
        out[i] = table[0, hits[i]] + table[1, trials[i] - hits[i]] - table[2, trials[i]]


@njit(cache=True, nogil=True)
def log10_tails(hits: Array, trials: Array, a: float, b: float, out: Array) -> None:
    """log10 of the chance of as many hits or more, of each pair.

    The first term is taken by logarithms, the others as multiples of it.
    """
    for i in range(len(hits)):
        x, n = hits[i], trials[i]
        if x == 0:
            out[i] = 0.0
            continue
        log_first = 0.0
        for k in range(x):
            log_first += np.log((n - k) / (k + 1) * (a + k) / (a + b + k))
        for k in range(n - x):
            log_first += np.log((b + k) / (a + b + x + k))
        term = total = 1.0
        for k in range(x, n):
            term *= (n - k) / (k + 1) * (a + k) / (b + n - k - 1)
            total += term
            # beyond the mode terms only fall, but where b < 1 they rise again at the end
            if b >= 1.0 and term < 1e-17 * total:
                break
        out[i] = min((log_first + np.log(total)) / np.log(10.0), 0.0)
