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

_AHEAD = 12
"""Rows between asking for the times around a row and looking at them."""

_KNOWN = 2048
"""Numbers of rows inside an occasion for which chances are kept, for one host, guest and token."""


@njit(cache=True, nogil=True)
def window_start(ts: Array, start: int, row: int, window: Any) -> int:
    """First row from `start` on that is at most `window` (uint64) before `row`."""
    t = np.uint64(ts[row])
    step = 1
    inside = row
    while inside - step >= start and t - np.uint64(ts[inside - step]) <= window:
        inside -= step
        step *= 2
    # the answer lies in (inside - step, inside]
    low, high = max(start, inside - step), inside
    while low < high:
        middle = (low + high) // 2
        if t - np.uint64(ts[middle]) <= window:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def window_end(ts: Array, end: int, row: int, window: Any) -> int:
    """One past the last row before `end` that is at most `window` (uint64) after `row`."""
    t = np.uint64(ts[row])
    step = 1
    inside = row
    while inside + step < end and np.uint64(ts[inside + step]) - t <= window:
        inside += step
        step *= 2
    low, high = inside + 1, min(end, inside + step)
    while low < high:
        middle = (low + high) // 2
        if np.uint64(ts[middle]) - t <= window:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def count_occasions(
    ts: Array,
    token_start: Array,
    rows: Array,
    token_code: Array,
    list_token: Array,
    list_entry: Array,
    window: Any,
    list_from: int,
    list_to: int,
    low: Array,
    high: Array,
    own: Array,
    number: Array,
) -> None:
    """Merge each account's rows on a token whose windows overlap into one occasion.

    Windows are ranges [low, high) of rows of the token, counted from its first, so the occasions
    of an account are disjoint ranges. The occasions of list x are written from list_entry[x] on:
    low, high and number of the account's own rows; number[x] says how many.
    """
    for x in range(list_from, list_to):
        if x + _AHEAD < len(list_token):
            prefetch(token_code, list_token[x + _AHEAD])
        if x + _AHEAD // 2 < len(list_token):
            prefetch(token_start, token_code[list_token[x + _AHEAD // 2]])
        code = token_code[list_token[x]]
        start, end = token_start[code], token_start[code + 1]
        m = list_entry[x]
        for i in range(list_entry[x], list_entry[x + 1]):
            if i + _AHEAD < len(rows):
                prefetch(ts, rows[i + _AHEAD].row)
            row = np.int64(rows[i].row)
            first = window_start(ts, start, row, window) - start
            last = window_end(ts, end, row, window) - start
            if m > list_entry[x] and first < high[m - 1]:
                high[m - 1] = last
                own[m - 1] += 1
            else:
                low[m] = first
                high[m] = last
                own[m] = 1
                m += 1
        number[x] = m - list_entry[x]


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
    low: Array,
    high: Array,
    own: Array,
    number: Array,
    match_start: Array,
    of_host: Array,
    of_guest: Array,
    wanted: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
) -> None:
    """Count the host's occasions at which a wanted pair's guest was there; how likely that is.

    first_row and n_rows (n_tokens,) are the first row and the number of rows of each token.
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
            if n + number[x] > len(p):
                p = grown(p, 2 * (n + number[x]))
                work = np.empty(len(p) + 1)
            for i in range(list_entry[x], list_entry[x] + number[x]):
                inside = high[i] - low[i] - own[i]
                if inside == 0:
                    continue  # nobody else was there
                while j < j_end and np.int64(rows[j].row) - begin < low[i]:
                    j += 1
                joined += j < j_end and np.int64(rows[j].row) - begin < high[i]
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
