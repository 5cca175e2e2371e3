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

_KNOWN = 2048
"""Numbers of rows inside an occasion for which chances are kept, for one host, guest and token."""


@njit(cache=True, nogil=True)
def hit_chance(inside: int, rows: int, draws: int) -> float:
    """Chance that at least one of `draws` rows, drawn without return, is among `inside` rows."""
    if inside <= 0:
        return 0.0
    if inside + draws > rows:
        return 1.0
    # the two numbers play the same part: loop over the smaller
    if inside < draws:
        inside, draws = draws, inside
    miss = 1.0
    for i in range(draws):
        miss *= (rows - inside - i) / (rows - i)
    return 1.0 - miss


@njit(cache=True, nogil=True)
def least_log10_tail(
    list_entry: Array,
    occasion_start: Array,
    load: Array,
    own_close: Array,
    match_from: int,
    match_to: int,
    of_host: Array,
    of_guest: Array,
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
    most_joined = 0
    total = largest = fail = 0.0
    for m in range(match_from, match_to):
        if m + 8 < match_to:
            prefetch(occasion_start, of_host[m + 8])
            prefetch(list_entry, of_guest[m + 8])
            prefetch(load.reshape(-1), 2 * of_host[m + 8])
        x, y = of_host[m], of_guest[m]
        if own_close[m] > 0:
            most_joined += min(own_close[m], occasion_start[x + 1] - occasion_start[x])
        n_guest = list_entry[y + 1] - list_entry[y]
        # single precision rounds by less than this
        most = n_guest * np.float64(load[x, 1]) * (1 + 1e-6)
        if most > 0.5:
            continue
        share = n_guest * np.float64(load[x, 0])
        total += share * (1 - 1e-6) * (1 - (n_guest - 1) / n_guest * most / 2)
        fail += share * (1 + 1e-6) / (1 - most)
        largest = max(largest, most)
    joined = max(most_joined, int(total))
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
    first_row: Array,
    rows: Array,
    list_token: Array,
    list_entry: Array,
    n_others: Array,
    occasion_start: Array,
    others: Array,
    span: Array,
    own_close: Array,
    match_start: Array,
    of_host: Array,
    of_guest: Array,
    load: Array,
    wanted: Array,
    limit: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
) -> None:
    """Count the host's occasions at which a wanted pair's guest was there; how likely that is.

    A pair whose log10_p is surely not below its limit is passed over.

    first_row (n_tokens,) is the first row of each token, own_close (n_matches,) the event pairs
    within the window on each token that a pair shares: without any, the guest was at no occasion.
    Lists and occasions are those of `Histories`.
    """
    p = np.empty(256)
    work = np.empty(257)
    # what a chance is depends on nothing but `inside` as long as host, guest and token stay
    chance = np.empty(_KNOWN)
    of_match = np.full(_KNOWN, -1, np.int64)
    for pair in range(len(match_start) - 1):
        if not wanted[pair]:
            continue
        if limit[pair] < np.inf:
            least = least_log10_tail(
                list_entry,
                occasion_start,
                load,
                own_close,
                match_start[pair],
                match_start[pair + 1],
                of_host,
                of_guest,
            )
            if least >= limit[pair]:
                continue
        n = 0
        joined = 0
        mean = 0.0
        for m in range(match_start[pair], match_start[pair + 1]):
            if m + 8 < len(of_host):
                prefetch(occasion_start, of_host[m + 8])
                prefetch(n_others, of_host[m + 8])
                prefetch(list_entry, of_guest[m + 8])
            if m + 4 < len(of_host):
                prefetch(others, occasion_start[of_host[m + 4]])
            x, y = of_host[m], of_guest[m]
            begin, end = occasion_start[x], occasion_start[x + 1]
            if begin == end:
                continue
            n_guest = list_entry[y + 1] - list_entry[y]
            n_rows = np.int64(n_others[x])
            if n + end - begin > len(p):
                p = grown(p, 2 * (n + end - begin))
                work = np.empty(len(p) + 1)
            for i in range(begin, end):
                inside = np.int64(others[i])
                if inside >= _KNOWN:
                    p[n] = hit_chance(inside, n_rows, n_guest)
                else:
                    if of_match[inside] != m:
                        of_match[inside] = m
                        chance[inside] = hit_chance(inside, n_rows, n_guest)
                    p[n] = chance[inside]
                mean += p[n]
                n += 1
            if own_close[m] > 0:
                first = first_row[list_token[x]]
                j, j_end = list_entry[y], list_entry[y + 1]
                for i in range(begin, end):
                    while j < j_end and np.int64(rows[j].row) - first < span[i, 0]:
                        j += 1
                    joined += j < j_end and np.int64(rows[j].row) - first < span[i, 1]
        observed[pair] = joined
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, n, joined, work)
