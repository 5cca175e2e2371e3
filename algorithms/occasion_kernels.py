"""Kernels of the timing null's second statistic: occasions joined; see `timing_null.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail

Array = npt.NDArray[Any]


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
    row: Array,
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

    Windows are ranges [low, high) of positions in the events (`ts`, `token_start`), so the
    occasions of an account are disjoint ranges. The occasions of list x are written from
    list_entry[x] on: low, high and number of the account's own rows; number[x] says how many.
    """
    for x in range(list_from, list_to):
        token = list_token[x]
        start, end = token_start[token], token_start[token + 1]
        m = list_entry[x]
        for i in range(list_entry[x], list_entry[x + 1]):
            if m > list_entry[x] and row[i] < high[m - 1]:
                # inside the last one's window: only the end can move
                high[m - 1] = window_end(ts, end, row[i], window)
                own[m - 1] += 1
                continue
            first = window_start(ts, start, row[i], window)
            if m > list_entry[x] and first < high[m - 1]:
                high[m - 1] = window_end(ts, end, row[i], window)
                own[m - 1] += 1
            else:
                low[m] = first
                high[m] = window_end(ts, end, row[i], window)
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
def repeating(
    list_start: Array, list_token: Array, list_entry: Array, a: Array, b: Array, repeats: Array
) -> None:
    """Whether either account of a pair acted more than once on a token they share."""
    for pair in range(len(a)):
        x, x_end = list_start[a[pair]], list_start[a[pair] + 1]
        y, y_end = list_start[b[pair]], list_start[b[pair] + 1]
        again = False
        while x < x_end and y < y_end and not again:
            o, other = list_token[x], list_token[y]
            if o == other:
                again = list_entry[x + 1] - list_entry[x] > 1
                again = again or list_entry[y + 1] - list_entry[y] > 1
            x += o <= other
            y += other <= o
        repeats[pair] = again


@njit(cache=True, nogil=True)
def joined_tails(
    token_start: Array,
    row: Array,
    list_start: Array,
    list_token: Array,
    list_entry: Array,
    low: Array,
    high: Array,
    own: Array,
    number: Array,
    host: Array,
    guest: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
) -> None:
    """Count the host's occasions at which the guest was there, and how likely that is."""
    p = np.empty(256)
    work = np.empty(257)
    for pair in range(len(host)):
        x, x_end = list_start[host[pair]], list_start[host[pair] + 1]
        y, y_end = list_start[guest[pair]], list_start[guest[pair] + 1]
        n = 0
        joined = 0
        mean = 0.0
        while x < x_end and y < y_end:
            o, other = list_token[x], list_token[y]
            if o == other:
                n_host = list_entry[x + 1] - list_entry[x]
                n_guest = list_entry[y + 1] - list_entry[y]
                rows = token_start[o + 1] - token_start[o] - n_host
                j, j_end = list_entry[y], list_entry[y + 1]
                for i in range(list_entry[x], list_entry[x] + number[x]):
                    while j < j_end and row[j] < low[i]:
                        j += 1
                    joined += j < j_end and row[j] < high[i]
                    if n == len(p):
                        longer = np.empty(2 * n)
                        longer[:n] = p
                        p = longer
                        work = np.empty(2 * n + 1)
                    p[n] = hit_chance(high[i] - low[i] - own[i], rows, n_guest)
                    mean += p[n]
                    n += 1
            x += o <= other
            y += other <= o
        observed[pair] = joined
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, n, joined, work)
