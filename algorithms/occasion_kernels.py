"""Kernels of the timing null's second statistic: occasions joined; see `timing_null.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail
from cib.graphs.coaction_kernels import grown

Array = npt.NDArray[Any]

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
def joined_tails(
    first_row: Array,
    n_rows: Array,
    rows: Array,
    list_token: Array,
    list_entry: Array,
    occasion: Array,
    number: Array,
    k: int,
    match_start: Array,
    of_host: Array,
    of_guest: Array,
    wanted: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
) -> None:
    """Count the host's occasions at which a wanted pair's guest was there; how likely that is.

    first_row and n_rows (n_tokens,) are the first row and the number of rows of each token;
    occasion (n, n_windows, 3) and number (n_lists, n_windows) are those of the histories, of which
    the k-th window counts.
    """
    p = np.empty(256)
    work = np.empty(257)
    # what a chance is depends on nothing but `inside` as long as host, guest and token stay
    chance = np.empty(_KNOWN)
    of_match = np.full(_KNOWN, -1, np.int64)
    for pair in range(len(match_start) - 1):
        if not wanted[pair]:
            continue
        n = 0
        joined = 0
        mean = 0.0
        for m in range(match_start[pair], match_start[pair + 1]):
            x, y = of_host[m], of_guest[m]
            begin = first_row[list_token[x]]
            others = n_rows[list_token[x]] - (list_entry[x + 1] - list_entry[x])
            j, j_end = list_entry[y], list_entry[y + 1]
            n_guest = j_end - j
            if n + number[x, k] > len(p):
                p = grown(p, 2 * (n + number[x, k]))
                work = np.empty(len(p) + 1)
            for i in range(list_entry[x], list_entry[x] + number[x, k]):
                low, high = occasion[i, k, 0], occasion[i, k, 1]
                inside = high - low - occasion[i, k, 2]
                if inside == 0:
                    continue  # nobody else was there
                while j < j_end and np.int64(rows[j].row) - begin < low:
                    j += 1
                joined += j < j_end and np.int64(rows[j].row) - begin < high
                if inside >= _KNOWN:
                    p[n] = hit_chance(inside, others, n_guest)
                else:
                    if of_match[inside] != m:
                        of_match[inside] = m
                        chance[inside] = hit_chance(inside, others, n_guest)
                    p[n] = chance[inside]
                mean += p[n]
                n += 1
        observed[pair] = joined
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, n, joined, work)
