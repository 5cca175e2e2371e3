"""Kernels of histories.py: rows of chosen accounts by account, and what two accounts share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch
from cib.graphs.coaction_kernels import grown

Array = npt.NDArray[Any]

_AHEAD = 16
_BITS = 4096


MOST_WINDOWS = 32
"""A row has a bit for each."""

ROW = np.dtype([("ts", np.int64), ("token", np.int32), ("begins", np.uint32)])
"""A row of a history: its time, its token's index, and a bit for each window with which an occasion
begins at it. One record, since rows are scattered over memory and each column would cost a cache
miss."""


@njit(cache=True, nogil=True)
def chosen_rows(account: Array, some: Array, start: int, end: int, out: Array) -> int:
    """Write to `out` those of rows [start, end) whose accounts are chosen; return their number.

    Most are not, which the bits `some` say (`np.packbits`, little): they stay in cache where an
    index for each account would not.
    """
    n = 0
    for row in range(start, end):
        a = account[row]
        out[n] = row
        n += some[a >> 3] >> (a & 7) & 1
    return n


@njit(cache=True, nogil=True)
def count_rows(
    account: Array,
    some: Array,
    chosen: Array,
    token_start: Array,
    token_from: int,
    token_to: int,
    shared: Array,
    count: Array,
) -> None:
    """Find the tokens that two chosen accounts touched; count each chosen account's rows there.

    some and chosen (n_accounts,) hold a bit and the index, -1 for the others, of each account.
    """
    rows = np.empty(most_rows(token_start, token_from, token_to), np.int64)
    for token in range(token_from, token_to):
        n = chosen_rows(account, some, token_start[token], token_start[token + 1], rows)
        if n == 0:
            continue
        first = account[rows[0]]
        for i in range(1, n):
            if account[rows[i]] != first:
                shared[token] = True
                break
        if shared[token]:
            for i in range(n):
                if i + 2 * _AHEAD < n:
                    prefetch(chosen, account[rows[i + 2 * _AHEAD]])
                if i + _AHEAD < n:
                    prefetch(count, chosen[account[rows[i + _AHEAD]]])
                count[chosen[account[rows[i]]]] += 1


@njit(cache=True, nogil=True)
def most_rows(token_start: Array, token_from: int, token_to: int) -> int:
    """Rows of the token in [token_from, token_to) that has the most."""
    most = 0
    for token in range(token_from, token_to):
        most = max(most, token_start[token + 1] - token_start[token])
    return most


@njit(cache=True, nogil=True)
def write_rows(
    account: Array,
    ts: Array,
    some: Array,
    chosen: Array,
    token_start: Array,
    tokens: Array,
    token_from: int,
    token_to: int,
    window: Array,
    position: Array,
    rows: Array,
    near: Array,
) -> None:
    """Write the chosen accounts' rows on tokens[token_from:token_to] to the accounts' places.

    near (n, n_windows, 2) receives, for each window (uint64), the range of rows of the token that
    lie within it around the row, counted from the token's first.
    """
    n_windows = len(window)
    left, right = np.empty(n_windows, np.int64), np.empty(n_windows, np.int64)
    flat = near.reshape(-1)
    own = np.empty(64, np.int64)
    for k in range(token_from, token_to):
        token = tokens[k]
        start, end = token_start[token], token_start[token + 1]
        left[:] = start
        right[:] = start
        if end - start > len(own):
            own = np.empty(2 * (end - start), np.int64)
        n = chosen_rows(account, some, start, end, own)
        for i in range(n):
            if i + 2 * _AHEAD < n:
                prefetch(chosen, account[own[i + 2 * _AHEAD]])
            if i + _AHEAD < n:
                prefetch(position, chosen[account[own[i + _AHEAD]]])
            if i + 8 < n:
                to = position[chosen[account[own[i + 8]]]]
                prefetch(rows, to)
                prefetch(flat, to * 2 * n_windows)
            row = own[i]
            index = chosen[account[row]]
            at = position[index]
            position[index] = at + 1
            rows[at].ts, rows[at].token, rows[at].begins = ts[row], k, 0
            t = np.uint64(ts[row])
            for w in range(n_windows):
                while t - np.uint64(ts[left[w]]) > window[w]:
                    left[w] += 1
                right[w] = max(right[w], row)
                while right[w] < end and np.uint64(ts[right[w]]) - t <= window[w]:
                    right[w] += 1
                near[at, w, 0] = left[w] - start
                near[at, w, 1] = right[w] - start


@njit(cache=True, nogil=True)
def merge_near(
    rows: Array, list_entry: Array, list_from: int, list_to: int, near: Array, number: Array
) -> None:
    """Merge an account's rows on a token whose windows overlap into one occasion.

    The occasions of an account are disjoint ranges of the token's rows; its row at which one
    begins is marked. Of those at which another account was there, list x gets, from
    near[list_entry[x]] on, how many rows within are other accounts', ascending, and how many
    occasions have as many. number[w, x] says how many numbers these are with window w.
    """
    inside = np.empty(64, np.int32)
    for x in range(list_from, list_to):
        first, end = list_entry[x], list_entry[x + 1]
        if end - first > len(inside):
            inside = np.empty(2 * (end - first), np.int32)
        for w in range(near.shape[1]):
            n = 0
            i = first
            while i < end:
                rows[i].begins |= np.uint32(1) << np.uint32(w)
                low, high, own = near[i, w, 0], near[i, w, 1], 1
                i += 1
                while i < end and near[i, w, 0] < high:
                    high = near[i, w, 1]
                    own += 1
                    i += 1
                if high - low > own:
                    inside[n] = high - low - own
                    n += 1
            if n > 1:
                inside[:n].sort()
            kinds = 0
            for i in range(n):
                if i == 0 or inside[i] != inside[i - 1]:
                    near[first + kinds, w, 0], near[first + kinds, w, 1] = inside[i], 0
                    kinds += 1
                near[first + kinds - 1, w, 1] += 1
            number[w, x] = kinds


@njit(cache=True, nogil=True)
def pack_occasions(
    list_entry: Array,
    list_from: int,
    list_to: int,
    near: Array,
    w: int,
    n_others: Array,
    start: Array,
    kinds: Array,
    load: Array,
) -> None:
    """Write the kinds of occasions of lists for window w, from start[x] on, behind each other.

    kinds (n, 2) receives the rows of other accounts and how many occasions have so many; load
    (n_lists, 2) the sum and the largest of these rows, as shares of n_others.
    """
    for x in range(list_from, list_to):
        total = most = 0
        for i in range(start[x + 1] - start[x]):
            inside, times = near[list_entry[x] + i, w]
            kinds[start[x] + i, 0], kinds[start[x] + i, 1] = inside, times
            total += np.int64(inside) * times
            most = inside
        others = max(1, n_others[x])
        load[x, 0], load[x, 1] = total / others, most / others


@njit(cache=True, nogil=True)
def count_lists(start: Array, rows: Array, a_from: int, a_to: int, n_lists: Array) -> None:
    """n_lists[a]: distinct tokens of each account in [a_from, a_to), whose rows lie by token."""
    for a in range(a_from, a_to):
        n = 0
        for i in range(start[a], start[a + 1]):
            n += i == start[a] or rows[i].token != rows[i - 1].token
        n_lists[a] = n


@njit(cache=True, nogil=True)
def write_lists(
    start: Array,
    rows: Array,
    a_from: int,
    a_to: int,
    list_start: Array,
    per_token: Array,
    tokens: Array,
    entry: Array,
    n_others: Array,
) -> None:
    """Write the lists of accounts [a_from, a_to): token, first row, and rows of other accounts.

    per_token (n_tokens,) are the rows of each token, of all accounts.
    """
    for a in range(a_from, a_to):
        n = list_start[a]
        begin, end = start[a], start[a + 1]
        while begin < end:
            token = rows[begin].token
            i = begin + 1
            while i < end and rows[i].token == token:
                i += 1
            tokens[n], entry[n] = token, begin
            n_others[n] = per_token[token] - (i - begin)
            n += 1
            begin = i


@njit(cache=True, nogil=True)
def apart(earlier: int, later: int) -> Any:
    """Time between two times as uint64, which holds what int64 may not."""
    return np.uint64(later) - np.uint64(earlier)


@njit(cache=True, nogil=True)
def close_pairs(
    rows: Array,
    i: int,
    i_end: int,
    j: int,
    j_end: int,
    window: Array,
    place: Array,
    pairs: Array,
    joined: Array,
) -> None:
    """Event pairs within each window between two accounts' rows on a token, sorted by time.

    window is ascending, uint64; pairs (n_windows,) receives them. To joined (n_windows, 2), unless
    it is empty, is added at how many occasions of either the other was there: at those with a row
    that has one of the other's within the window. place (3, n_windows) is for work.
    """
    n_windows = len(window)
    first, last, seen = place[0], place[1], place[2]
    place[:] = j
    pairs[:] = 0
    # occasions that the rows so far have begun and at which the other was not yet found, as bits
    of_a = of_b = np.uint32(0)
    for k in range(i, i_end):
        t = rows[k].ts
        of_a |= rows[k].begins
        begin, end = j, j_end
        # what is not within the widest window is within none
        for w in range(n_windows - 1, -1, -1):
            begin = max(begin, first[w])
            while begin < end and rows[begin].ts < t and apart(rows[begin].ts, t) > window[w]:
                begin += 1
            first[w] = begin
            at = max(begin, last[w])
            while at < end and (rows[at].ts <= t or apart(t, rows[at].ts) <= window[w]):
                at += 1
            last[w] = end = at
            if begin == end:
                break
            pairs[w] += end - begin
            if len(joined) == 0:
                continue
            bit = np.uint32(1) << np.uint32(w)
            joined[w, 0] += (of_a & bit) != 0
            of_a &= ~bit
            for row in range(seen[w], end):
                of_b |= rows[row].begins & bit
                if row >= begin:
                    joined[w, 1] += (of_b & bit) != 0
                    of_b &= ~bit
            seen[w] = max(seen[w], end)


@njit(cache=True, nogil=True)
def match_lists(list_start: Array, list_token: Array, mark: Array, a: Array, b: Array) -> Any:
    """Tokens that both accounts of each pair touched, as positions in their lists.

    Fastest where pairs with the same `a` follow each other: its tokens are marked once. `mark`
    (n_tokens,) int32 is -1 before and after.

    Returns
    -------
    start, of_a, of_b
        (n_pairs + 1,) first match of each pair; list positions of both, tokens ascending.
    """
    some = np.zeros(_BITS, np.bool_)  # False: surely not among them; small enough to stay in cache
    start = np.zeros(len(a) + 1, np.int64)
    of_a = np.empty(2 * len(a) + 16, np.int64)
    of_b = np.empty(2 * len(a) + 16, np.int64)
    n = 0
    marked = -1
    x_from = np.int64(0)
    for pair in range(len(a)):
        if a[pair] != marked:
            if marked >= 0:
                for x in range(list_start[marked], list_start[marked + 1]):
                    mark[list_token[x]] = -1
                    some[list_token[x] & (_BITS - 1)] = False
            marked = a[pair]
            x_from = list_start[marked]
            for x in range(x_from, list_start[marked + 1]):
                mark[list_token[x]] = x - x_from  # place in the list of `a`
                some[list_token[x] & (_BITS - 1)] = True
        if pair + 8 < len(b):
            prefetch(list_start, b[pair + 8])
        if pair + 4 < len(b):
            prefetch(list_token, list_start[b[pair + 4]])
        y_from, y_to = list_start[b[pair]], list_start[b[pair] + 1]
        if n + y_to - y_from > len(of_a):
            of_a = grown(of_a, 2 * (n + y_to - y_from))
            of_b = grown(of_b, 2 * (n + y_to - y_from))
        for y in range(y_from, y_to):
            token = list_token[y]
            if some[token & (_BITS - 1)]:
                # written always, kept if they match: no branch to mispredict
                of_a[n] = x_from + mark[token]
                of_b[n] = y
                n += mark[token] >= 0
        start[pair + 1] = n
    if marked >= 0:
        for x in range(list_start[marked], list_start[marked + 1]):
            mark[list_token[x]] = -1
    return start, of_a[:n], of_b[:n]


@njit(cache=True, nogil=True)
def count_pairs(
    rows: Array,
    list_entry: Array,
    match_start: Array,
    of_a: Array,
    of_b: Array,
    window: Array,
    n_shared: Array,
    n_tokens: Array,
    n_events: Array,
    close: Array,
    joined: Array,
) -> None:
    """Tokens shared; per window (ascending, uint64) tokens met on and event pairs, of each pair.

    close (n_windows, n_matches), unless it is empty, receives the event pairs on each token;
    joined (n_pairs, n_windows, 2), unless it is empty, the occasions of a and of b that the other
    joined.
    """
    n_windows = len(window)
    place = np.empty((3, n_windows), np.int64)
    met = np.empty(n_windows, np.int64)
    for pair in range(len(match_start) - 1):
        n_tokens[:, pair] = 0
        n_events[:, pair] = 0
        to = joined[pair] if len(joined) else joined.reshape(0, 2)
        to[:] = 0
        for m in range(match_start[pair], match_start[pair + 1]):
            if m + 8 < len(of_b):
                prefetch(list_entry, of_b[m + 8])
            if m + 4 < len(of_b):
                prefetch(rows, list_entry[of_b[m + 4]])
            i, i_end = list_entry[of_a[m]], list_entry[of_a[m] + 1]
            j, j_end = list_entry[of_b[m]], list_entry[of_b[m] + 1]
            close_pairs(rows, i, i_end, j, j_end, window, place, met, to)
            for k in range(n_windows):
                n_tokens[k, pair] += met[k] > 0
                n_events[k, pair] += met[k]
                if close.shape[1]:
                    close[k, m] = met[k]
        n_shared[pair] = match_start[pair + 1] - match_start[pair]
