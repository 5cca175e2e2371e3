"""Kernels of the timing null's second statistic: occasions joined; see `timing_null.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail
from cib.datasets.memory_kernels import prefetch
from cib.graphs.coaction_kernels import grown

Array = npt.NDArray[Any]

_ROUNDING = 1e-3
"""Decades: more than sums and products are wrong by."""


@njit(cache=True, nogil=True)
def miss_chance(inside: int, rows: int, draws: int) -> float:
    """Chance that none of `draws` rows, drawn without return, is among `inside` rows."""
    if inside + draws > rows:
        return 0.0
    # the two numbers play the same part: loop over the smaller
    if inside < draws:
        inside, draws = draws, inside
    miss = 1.0
    for i in range(draws):
        miss *= (rows - inside - i) / (rows - i)
    return miss


@njit(cache=True, nogil=True)
def least_log10_tail(
    list_entry: Array,
    load: Array,
    match_from: int,
    match_to: int,
    of_host: Array,
    of_guest: Array,
    joined: int,
) -> Any:
    """Bound from below of what `log10_tail` gives for a pair, without a look at its occasions.

    The sum S of independent trials is at least x with no smaller a chance than that exactly x' of
    some of them succeed, for any x' >= x. With odds r_i, none above r, and R their sum, that chance
    is the elementary symmetric polynomial e_x' (r_i) times the chance that all fail; the first is
    at least R (R - r) … (R - (x' - 1) r) / x'!, and grows with each r_i.

    A guest with g rows hits an occasion with a share q of the others' rows with chance g q at most,
    and with g q (1 - (g - 1) q / 2) at least (Bonferroni). Tokens where g q may be above one half
    are left out, as trials that fail. load (n_lists, 2) are the sum and the largest of q per list.
    """
    total = largest = fail = 0.0
    for m in range(match_from, match_to):
        if m + 8 < match_to:
            prefetch(list_entry, of_guest[m + 8])
            prefetch(load.reshape(-1), 2 * of_host[m + 8])
        x, y = of_host[m], of_guest[m]
        n_guest = list_entry[y + 1] - list_entry[y]
        # single precision rounds by less than this
        most = n_guest * np.float64(load[x, 1]) * (1 + 1e-6)
        if most > 0.5:
            continue
        share = n_guest * np.float64(load[x, 0])
        total += share * (1 - 1e-6) * (1 - (n_guest - 1) / n_guest * most / 2)
        fail += share * (1 + 1e-6) / (1 - most)
        largest = max(largest, most)
    joined = max(joined, int(total))
    if total - (joined - 1) * largest <= 0.0 and joined > 0:
        return -np.inf
    ways, product = -fail, 1.0
    for k in range(joined):
        # one logarithm for many factors
        product *= (total - k * largest) / (k + 1)
        if not 1e-100 < product < 1e100:
            ways += np.log(product)
            product = 1.0
    return (ways + np.log(product)) / np.log(10.0) - _ROUNDING


@njit(cache=True, nogil=True)
def joined_tails(
    list_entry: Array,
    n_others: Array,
    kind_start: Array,
    kinds: Array,
    load: Array,
    match_start: Array,
    of_host: Array,
    of_guest: Array,
    wanted: Array,
    limit: Array,
    joined: Array,
    expected: Array,
    log10_p: Array,
) -> None:
    """How likely a wanted pair's guest was at so many of the host's occasions, `joined` (n_pairs,).

    A pair whose log10_p is surely not below its limit is passed over. Lists and kinds of occasions
    are those of `Histories`.
    """
    p, times = np.empty(256), np.empty(256, np.int64)
    work = np.empty(257)
    for pair in range(len(match_start) - 1):
        if not wanted[pair]:
            continue
        match_from, match_to = match_start[pair], match_start[pair + 1]
        if limit[pair] < np.inf:
            least = least_log10_tail(
                list_entry, load, match_from, match_to, of_host, of_guest, joined[pair]
            )
            if least >= limit[pair]:
                continue
        n = 0
        mean = 0.0
        for m in range(match_from, match_to):
            if m + 8 < len(of_host):
                prefetch(kind_start, of_host[m + 8])
                prefetch(n_others, of_host[m + 8])
                prefetch(list_entry, of_guest[m + 8])
            if m + 4 < len(of_host):
                prefetch(kinds.reshape(-1), 2 * kind_start[of_host[m + 4]])
            x, y = of_host[m], of_guest[m]
            begin, end = kind_start[x], kind_start[x + 1]
            draws = list_entry[y + 1] - list_entry[y]
            rows = np.int64(n_others[x])
            if n + end - begin > len(p):
                p = grown(p, 2 * (n + end - begin))
                times = grown(times, len(p))
            before, miss = np.int64(0), 1.0
            for i in range(begin, end):
                inside = np.int64(kinds[i, 0])
                if inside - before < draws:
                    # on from the last kind, which had a few rows less
                    for taken in range(before, inside):
                        miss *= max(0, rows - draws - taken) / (rows - taken)
                else:
                    miss = miss_chance(inside, rows, draws)
                before = inside
                p[n], times[n] = 1.0 - miss, kinds[i, 1]
                mean += times[n] * p[n]
                n += 1
        if joined[pair] >= len(work):
            work = np.empty(2 * joined[pair])
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, times, n, joined[pair], work)
