"""Kernels of the overlap projection; see `overlap.py` for meaning, units and the pruning proof."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch
from cib.datasets.sorting_kernels import first_at_least, sort_keys
from cib.graphs.overlap_rows_kernels import COSINE, COUNT, JACCARD, ULP, required

Array = npt.NDArray[Any]

PAIR = np.dtype(
    [("x", np.int32), ("y", np.int32), ("n_shared", np.int32), ("similarity", np.float64)],
    align=True,
)
"""Two accounts by their place in `Rows`, x after y (either way round from `nearest`)."""

_MIN_SLOTS, _MAX_SLOTS = 256, 8192
"""Slots of a table of partial sums; the largest still fits the first-level cache."""
_EXACT = 2**24
"""Whole numbers below are exact in float32."""
_BATCH = 512
"""Pairs verified together, so that their token lists can be fetched ahead."""


@njit(cache=True, nogil=True)
def similarity(measure: int, shared: float, norm_a: float, norm_b: float) -> Any:
    """Similarity of two accounts from the sum of squares they share; symmetric to the last bit."""
    if shared <= 0:
        return 0.0
    if measure == COSINE:
        # One root of the product: accounts with equal tokens give exactly 1.
        return shared / np.sqrt(norm_a * norm_b)
    if measure == JACCARD:
        return shared / (norm_a + norm_b - shared)
    return shared


@njit(cache=True, nogil=True)
def least_partial(
    measure: int, threshold: float, size: float, smallest: float, popular: float, slack: float
) -> float:
    """What the entries of any partner sized `smallest` … `size` must add up to, at least.

    It is required(size, s) less what a partner of size s may leave out, which is under both
    `popular` and required(s, s). Up to the s where those two are equal the difference is concave
    (cosine) or falls (Jaccard, count), beyond it rises; so two sizes decide.
    """
    if measure == COSINE:
        equal = np.sqrt(popular / threshold)
    elif measure == JACCARD:
        equal = popular * (1 + threshold) / (2 * threshold)
    else:
        equal = size
    least = np.inf
    for other in (smallest, min(max(equal, smallest), size)):
        need = required(measure, threshold, size, other)
        left_out = min(popular, required(measure, threshold, other, other))
        least = min(least, need - left_out - slack * (need + left_out))
    return least


@njit(cache=True, nogil=True)
def pairs_above(
    rows: Any,
    index: Any,
    measure: int,
    threshold: float,
    min_shared: int,
    most: int,
    found_by_all: Array,
    lo: int,
    hi: int,
) -> Any:
    """Pairs of each account x in [lo, hi) with an account y before it, at or above the threshold.

    Threads add what they find to `found_by_all`, (1,); beyond `most` nobody looks for more. When
    two add at once one may be lost, never gained: the sum of what they return decides.

    Partial sums over shared entries go to a table with fewer slots than there are accounts.
    Accounts in one slot add up, so a slot is never less than the partial sum of any of them: an
    upper bound that stays in the first-level cache. The few accounts that might still reach the
    threshold are verified on their whole lists, unless each has a slot of its own and all of its
    tokens are entered: then a count is known.
    """
    n_accounts = len(rows.norm)
    table = np.empty(_MAX_SLOTS, np.float32)
    found = np.empty(1024, np.uint32)
    pair_x = np.empty(_BATCH, np.int64)
    pair_y = np.empty(_BATCH, np.int64)
    n_pairs = np.int64(0)
    out = np.empty(256, PAIR)
    n_out = np.int64(0)  # a bare 0 is a type of its own, for which `verify` is compiled once more
    first: Any = 0
    n_told = np.int64(0)
    for x in range(lo, hi):
        found_by_all[0] += n_out - n_told
        n_told = n_out
        if found_by_all[0] > most:
            break
        if x + 4 < n_accounts:
            for i in range(rows.start[x + 4], rows.start[x + 5]):
                prefetch(index.start, rows.tokens[i])
        if x + 2 < n_accounts:
            for i in range(rows.start[x + 2], rows.start[x + 3]):
                prefetch(index.accounts, index.start[rows.tokens[i]])
        begin, end = rows.start[x], rows.start[x + 1]
        slack = (end - begin + 16) * ULP
        size = np.float64(index.size[x])
        smallest = threshold if measure == COUNT else threshold * size
        if x == lo:
            first = first_at_least(index.size, 0, x, np.float32(smallest * (1 - 16 * ULP)))
        while first < x and index.size[first] < smallest * (1 - 16 * ULP):
            first += 1
        if first >= x or size == 0:
            continue
        popular = np.float64(index.popular[x])
        least = least_partial(measure, threshold, size, smallest, popular, slack)
        least = np.float32(max(least, 1e-37))  # a slot that nobody fell into is no candidate

        n_visits = np.int64(0)
        for i in range(begin, end):
            token = rows.tokens[i]
            n_visits += np.int64(index.start[token + 1] - index.start[token])
        dense = n_visits > x  # then a slot for every account costs less than a list of visits
        counted = dense and measure == COUNT and end - begin < _EXACT
        room: Any = x if dense else n_visits
        wanted = room if dense else min(4 * room, _MAX_SLOTS)
        slots = _MIN_SLOTS
        while slots < wanted:
            slots *= 2
        if slots > len(table):
            table = np.empty(slots, np.float32)
        if room > len(found):
            found = np.empty(2 * room, np.uint32)
        mask = np.uint32(slots - 1)
        table[:slots] = 0
        n_found = 0
        for i in range(begin, end):
            token = rows.tokens[i]
            square = np.float32(rows.square[token])
            for entry in range(index.start[token], index.start[token + 1]):
                y = index.accounts[entry]
                if y >= x:
                    break
                table[y & mask] += square
                if not dense:
                    found[n_found] = y
                    n_found += 1

        n_kept = 0
        if dense:
            for other in range(first, x):
                found[n_kept] = other
                n_kept += table[other] >= least
        else:
            for i in range(n_found):
                y = found[i]
                found[n_kept] = y
                n_kept += (table[y & mask] >= least) & (y >= first)
        n_found = 0
        for i in range(n_kept):
            if i + 8 < n_kept:
                prefetch(index.size, found[i + 8])
                prefetch(index.rest, found[i + 8])
            y = found[i]
            reach = table[y & mask] + min(np.float64(index.rest[y]), popular)
            found[n_found] = y
            n_found += reach >= required(measure, threshold, size, index.size[y]) * (1 - slack)

        sort_keys(found[:n_found].view(np.int32))  # sorted as int32 elsewhere: compiled once
        for i in range(n_found):
            if i > 0 and found[i] == found[i - 1]:
                continue
            y = found[i]
            if counted and index.rest[y] == 0:
                n_shared = np.int32(table[y])
                if n_shared >= max(min_shared, threshold):
                    out = with_room(out, n_out, 1)
                    out[n_out].x, out[n_out].y = x, y
                    out[n_out].n_shared, out[n_out].similarity = n_shared, n_shared
                    n_out += 1
                continue
            pair_x[n_pairs] = x
            pair_y[n_pairs] = found[i]
            prefetch(rows.start, found[i])
            n_pairs += 1
            if n_pairs == _BATCH:
                out, n_out = verify(
                    rows, measure, threshold, min_shared, pair_x, pair_y, n_pairs, out, n_out
                )
                n_pairs = np.int64(0)
    out, n_out = verify(rows, measure, threshold, min_shared, pair_x, pair_y, n_pairs, out, n_out)
    return out[:n_out]


@njit(cache=True, nogil=True)
def verify(
    rows: Any,
    measure: int,
    threshold: float,
    min_shared: int,
    pair_x: Array,
    pair_y: Array,
    n_pairs: int,
    out: Array,
    n_out: int,
) -> Any:
    """Append the pairs that are at or above the threshold by their whole lists."""
    for i in range(n_pairs):
        prefetch(rows.tokens, rows.start[pair_y[i]])
        prefetch(rows.tokens, rows.start[pair_y[i]] + 16)
    out = with_room(out, n_out, n_pairs)
    for i in range(n_pairs):
        x, y = pair_x[i], pair_y[i]
        n_shared, shared = meet(rows, x, y)
        alike = similarity(measure, shared, rows.norm[x], rows.norm[y])
        if alike >= threshold and n_shared >= min_shared:
            out[n_out].x, out[n_out].y = x, y
            out[n_out].n_shared, out[n_out].similarity = n_shared, alike
            n_out += 1
    return out, n_out


@njit(cache=True, nogil=True)
def meet(rows: Any, a: int, b: int) -> Any:
    """Number of tokens shared, and their squares added from the rarest token on."""
    tokens = rows.tokens
    i, i_end = rows.start[a], rows.start[a + 1]
    j, j_end = rows.start[b], rows.start[b + 1]
    if i_end - i > j_end - j:
        i, i_end, j, j_end = j, j_end, i, i_end
    n_shared = 0
    shared = 0.0
    if (j_end - j) // 16 > i_end - i:
        # One list is much longer: look tokens up in it instead of walking it.
        for at in range(i, i_end):
            token = tokens[at]
            j = first_at_least(tokens, j, j_end, token)
            if j < j_end and tokens[j] == token:
                n_shared += 1
                shared += rows.square[token]
        return n_shared, shared
    while i < i_end and j < j_end:
        token_i, token_j = tokens[i], tokens[j]
        if token_i == token_j:
            n_shared += 1
            shared += rows.square[token_i]
        i += token_i <= token_j
        j += token_j <= token_i
    return n_shared, shared


@njit(cache=True, nogil=True)
def with_room(values: Array, n_used: int, n_more: int) -> Array:
    """Return `values`, or a longer copy when `n_more` do not fit behind the first `n_used`."""
    if n_used + n_more <= len(values):
        return values
    out = np.empty(2 * (n_used + n_more), values.dtype)
    for i in range(n_used):  # one by one: numba compiles an assignment of slices for seconds
        out[i] = values[i]
    return out


@njit(cache=True, nogil=True)
def nearest(
    rows: Any, index: Any, measure: int, top_k: int, min_shared: int, lo: int, hi: int
) -> Any:
    """Return the `top_k` most similar partners of each account x in [lo, hi), ties by code.

    `index` holds every token of every account. Nothing is pruned: each account that shares a token
    with x is compared, by sums that grow from the rarest token on, as `meet` adds them.
    """
    n_accounts = len(rows.norm)
    shared = np.zeros(n_accounts, np.float64)
    n_shared = np.zeros(n_accounts, np.int32)
    found = np.empty(n_accounts, np.uint32)
    best = np.empty(min(top_k, n_accounts), PAIR)
    out = np.empty(256, PAIR)
    n_out = 0
    for x in range(lo, hi):
        n_found = 0
        for i in range(rows.start[x], rows.start[x + 1]):
            token = rows.tokens[i]
            square = rows.square[token]
            for entry in range(index.start[token], index.start[token + 1]):
                y = index.accounts[entry]
                if n_shared[y] == 0:
                    found[n_found] = y
                    n_found += 1
                n_shared[y] += 1
                shared[y] += square
        n_best = 0
        for i in range(n_found):
            y = found[i]
            common, alike = n_shared[y], similarity(measure, shared[y], rows.norm[x], rows.norm[y])
            n_shared[y] = 0
            shared[y] = 0
            if y == x or alike == 0 or common < min_shared:
                continue
            place = n_best
            while place > 0 and (
                alike > best[place - 1].similarity
                or (
                    alike == best[place - 1].similarity
                    and rows.code[y] < rows.code[best[place - 1].y]
                )
            ):
                place -= 1
            if place == len(best):
                continue
            n_best = min(n_best + 1, len(best))
            for j in range(n_best - 1, place, -1):
                best[j] = best[j - 1]
            best[place].x, best[place].y = x, y
            best[place].n_shared, best[place].similarity = common, alike
        out = with_room(out, n_out, n_best)
        out[n_out : n_out + n_best] = best[:n_best]
        n_out += n_best
    return out[:n_out]
