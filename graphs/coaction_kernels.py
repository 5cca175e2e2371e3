"""Kernels of the co-action projection; see `coaction.py` for the steps.

A *live* row has another row of its token within the window. Live rows of one token keep their
order, and all rows in the window of a live row are live, so its window is a range of live rows.
Entries of live rows travel as two 64-bit words: account << 33 | first row of the window, and
token << 33 | length of the window.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch
from cib.datasets.sorting_kernels import sort_keys

Array = npt.NDArray[Any]

_ROW_BITS = 33
_LENGTH = (1 << _ROW_BITS) - 1
_AHEAD = 12
"""Entries between asking for a window and walking it."""

_CHEAP_BITS, _BITS_A_VISIT, _MOST_BITS = 1 << 16, 32, 1 << 21
"""Bits of a filter: up to so many, that few rows seem repeated by chance; more for many rows, a
number for each; and at most, which fits a core's own cache."""

_FEW_REPEATED = 16
"""Accounts that are looked for one by one among those met; more are counted all at once."""


@njit(cache=True, nogil=True)
def count_live(
    account: Array,
    ts: Array,
    token_start: Array,
    token_from: int,
    token_to: int,
    window: Any,
    block_shift: int,
    event_pairs: Array,
    live_rows: Array,
    block_rows: Array,
) -> None:
    """Per token, its pairs of rows within the window and its live rows; live rows per block.

    A block is a range of accounts (account >> block_shift). `window` is uint64, since differences
    of int64 times may not fit int64.
    """
    for token in range(token_from, token_to):
        start, end = token_start[token], token_start[token + 1]
        pairs = 0
        live = 0
        left = start
        for row in range(start, end):
            t = np.uint64(ts[row])
            while t - np.uint64(ts[left]) > window:
                left += 1
            pairs += row - left
            follows = row + 1 < end and np.uint64(ts[row + 1]) - t <= window
            is_live = (left < row) | follows
            live += is_live
            block_rows[account[row] >> block_shift] += is_live
        event_pairs[token] = pairs
        live_rows[token] = live


@njit(cache=True, nogil=True)
def gather_live(
    account: Array,
    ts: Array,
    token_start: Array,
    live_rows: Array,
    token_from: int,
    token_to: int,
    window: Any,
    block_shift: int,
    live_from: int,
    position: Array,
    live_account: Array,
    entry_account: Array,
    entry_token: Array,
) -> None:
    """Write the live rows of tokens that have any: their accounts, and an entry for each.

    Entries go to the block of their account, from `position` on, which is moved.
    """
    at = live_from
    for token in range(token_from, token_to):
        if live_rows[token] == 0:
            continue
        start, end = token_start[token], token_start[token + 1]
        left = right = start
        for row in range(start, end):
            t = np.uint64(ts[row])
            while t - np.uint64(ts[left]) > window:
                left += 1
            follows = row + 1 < end and np.uint64(ts[row + 1]) - t <= window
            if (left < row) | follows:
                right = max(right, row + 1)
                while right < end and np.uint64(ts[right]) - t <= window:
                    right += 1
                a = np.int64(account[row])
                live_account[at] = a
                slot = position[a >> block_shift]
                position[a >> block_shift] = slot + 1
                entry_account[slot] = (a << _ROW_BITS) | (at - (row - left))
                entry_token[slot] = (np.int64(token) << _ROW_BITS) | (right - left)
                at += 1


@njit(cache=True, nogil=True)
def account_of(entry: int) -> Any:
    """Account of an entry's first word, whose sign is a bit of accounts from 2^30 on."""
    return np.int64(np.uint64(entry) >> np.uint64(_ROW_BITS))


@njit(cache=True, nogil=True)
def sort_block(entry_account: Array, entry_token: Array, account_from: int, n_accounts: int) -> Any:
    """Entries of a block of accounts by account; tokens stay in order within each.

    Returns (n_accounts + 1,) starts, and per entry the window's first row, length and the token.
    """
    n = len(entry_account)
    start = np.zeros(n_accounts + 1, np.int64)
    for i in range(n):
        start[account_of(entry_account[i]) - account_from + 1] += 1
    for a in range(n_accounts):
        start[a + 1] += start[a]
    position = start[:-1].copy()
    first = np.empty(n, np.int64)
    token_length = np.empty(n, np.int64)
    for i in range(n):
        a = account_of(entry_account[i]) - account_from
        at = position[a]
        position[a] = at + 1
        first[at] = entry_account[i] & _LENGTH
        token_length[at] = entry_token[i]
    return start, first, token_length


@njit(cache=True, nogil=True)
def met_hot(
    hot_token: Array,
    hot_ts: Array,
    a_from: int,
    a_to: int,
    b_from: int,
    b_to: int,
    window: Any,
) -> int:
    """Number of hot tokens on which two accounts met; lists are sorted by (token, time)."""
    met = 0
    i, j = a_from, b_from
    while i < a_to and j < b_to:
        token, other = hot_token[i], hot_token[j]
        if token < other:
            i += 1
        elif other < token:
            j += 1
        else:
            t, u = np.uint64(hot_ts[i]), np.uint64(hot_ts[j])
            earlier = hot_ts[i] < hot_ts[j]
            if (u - t if earlier else t - u) <= window:
                met += 1
                while i < a_to and hot_token[i] == token:
                    i += 1
                while j < b_to and hot_token[j] == token:
                    j += 1
            elif earlier:
                i += 1
            else:
                j += 1
    return met


@njit(cache=True, nogil=True)
def place(account: Any, mask: Any) -> Any:
    """Where an account stands in a table of mask + 1 places, a power of two."""
    return ((np.int64(account) * 0x9E3779B1) >> 7) & mask


@njit(cache=True, nogil=True)
def filter_mask(visits: int) -> int:
    """Bits of a filter for so many rows, less one; 0 where they would fill too much of it."""
    wanted = max(min(visits * visits, _CHEAP_BITS), _BITS_A_VISIT * visits)
    mask = 1023
    while mask + 1 < wanted:
        mask = 2 * mask + 1
    return mask if mask < _MOST_BITS else 0


@njit(cache=True, nogil=True)
def mark_repeated(
    live_account: Array,
    first: Array,
    token_length: Array,
    x_from: int,
    x_to: int,
    a: int,
    once: Array,
    twice: Array,
    mask: int,
    repeated: Array,
) -> int:
    """Find the later accounts that stand in more than one of a's windows, and perhaps others.

    None is missed; some stand in one window twice or share a place with another. Sets their places
    in `twice`, and writes to `repeated` each time that one seems to return, while there is room;
    returns how often one does. `once` and `twice` hold mask + 1 bits or more, as uint64.
    """
    for w in range((mask >> 6) + 1):
        once[w] = 0
        twice[w] = 0
    n = 0
    for x in range(x_from, x_to):
        if x + _AHEAD < len(first):
            ahead = first[x + _AHEAD]
            prefetch(live_account, ahead)
            prefetch(live_account, ahead + (token_length[x + _AHEAD] & _LENGTH) - 1)
        begin = np.uint64(first[x])  # no index is below 0, which numba need not look out for
        for row in range(begin, begin + np.uint64(token_length[x] & _LENGTH)):
            b = live_account[row]
            at = np.uint64(place(b, mask))
            word, bit = at >> np.uint64(6), np.uint64(b > a) << (at & np.uint64(63))
            again = once[word] & bit
            once[word] |= bit
            if again:
                twice[word] |= again
                repeated[min(n, len(repeated) - 1)] = b
                n += 1
    return n


@njit(cache=True, nogil=True)
def tokens_met(
    live_account: Array, first: Array, token_length: Array, x_from: int, x_to: int, b: int
) -> int:
    """Count the tokens on which account b stands in a window; entries lie in order of tokens."""
    n = 0
    last = np.int64(-1)
    for x in range(x_from, x_to):
        begin = np.uint64(first[x])
        rows = np.int32(0)  # no way out once it is found: so 16 rows are compared at a time
        for row in range(begin, begin + np.uint64(token_length[x] & _LENGTH)):
            rows += np.int32(live_account[row] == b)
        token = token_length[x] >> _ROW_BITS
        n += (rows > 0) & (token != last)
        last = token if rows > 0 else last
    return n


@njit(cache=True, nogil=True)
def count_pairs(
    live_account: Array,
    entry_account: Array,
    entry_token: Array,
    account_from: int,
    account_to: int,
    n_accounts: int,
    hot_start: Array,
    hot_token: Array,
    hot_ts: Array,
    hot_signature: Array,
    hot_reach: Array,
    window: Any,
    min_tokens: int,
) -> Any:
    """Pairs (a in [account_from, account_to), b > a) that met on min_tokens tokens or more.

    Each account walks the windows of its own live rows. A hash table counts the tokens on which
    it met each later account, with the token last counted there, so that a token counts once
    however often both acted on it. Most accounts are met once only, which a filter of a few bits
    each tells beforehand. Meetings on hot tokens are added to pairs that met on one that is not.
    Returns a, b and n_tokens, sorted by (a, b).
    """
    start, first, token_length = sort_block(
        entry_account, entry_token, account_from, account_to - account_from
    )
    any_hot = len(hot_start) > 1
    size = 1024
    partner = np.zeros(size, np.int32)  # account + 1; 0 when free
    n_met = np.empty(size, np.int32)
    last_token = np.empty(size, np.int32)
    used = np.empty(size, np.int64)
    later = np.empty(64, np.int32)
    once = np.empty(_MOST_BITS >> 6, np.uint64)
    twice = np.empty(_MOST_BITS >> 6, np.uint64)
    repeated = np.empty(_FEW_REPEATED, np.int32)
    kept = np.empty(64, np.uint64)
    capacity = 1024
    out_a = np.empty(capacity, np.int32)
    out_b = np.empty(capacity, np.int32)
    out_n = np.empty(capacity, np.int32)
    n_out = 0
    for a in range(account_from, account_to):
        lo, hi = start[a - account_from], start[a - account_from + 1]
        if lo == hi:
            continue
        hot_from, hot_to = (hot_start[a], hot_start[a + 1]) if any_hot else (0, 0)
        if hi - lo + hot_to - hot_from < min_tokens:
            continue
        visits = 0
        for x in range(lo, hi):
            visits += token_length[x] & _LENGTH
        # what is met on hot tokens is not in the windows, so one meeting here may be enough
        filtered = filter_mask(visits) if min_tokens > 1 and hot_from == hot_to else 0
        n_kept = 0
        if filtered:
            n_repeated = mark_repeated(
                live_account, first, token_length, lo, hi, a, once, twice, filtered, repeated
            )
            if n_repeated == 0:
                continue
            if n_repeated <= len(repeated):
                for i in range(n_repeated):
                    b = repeated[i]
                    n = tokens_met(live_account, first, token_length, lo, hi, b)
                    for j in range(i):
                        n = 0 if repeated[j] == b else n
                    if n >= min_tokens:
                        kept[n_kept] = (np.int64(b) << 32) | n
                        n_kept += 1
                hi = lo  # nothing is left to be walked
        # a table for all accounts needs no hashing
        direct = 2 * visits >= n_accounts
        wanted = n_accounts if direct else 2 * visits
        mask = 31
        while mask + 1 < wanted:
            mask = 2 * mask + 1
        if mask + 1 > size:
            size = mask + 1
            partner = np.zeros(size, np.int32)
            n_met = np.empty(size, np.int32)
            last_token = np.empty(size, np.int32)
            used = np.empty(size, np.int64)
        n_used = 0
        for x in range(lo, hi):
            if not filtered and x + _AHEAD < len(first):
                prefetch(live_account, first[x + _AHEAD])
            token = np.int32(token_length[x] >> _ROW_BITS)
            begin, length = first[x], token_length[x] & _LENGTH
            if length > len(later):
                later = np.empty(2 * length, np.int32)
            # half of the window comes later: a branch here would be mispredicted as often
            n_later = 0
            for row in range(begin, begin + length):
                b = live_account[row]
                later[n_later] = b
                if filtered:
                    at = place(b, filtered)
                    n_later += (b > a) & np.int64(
                        twice[at >> 6] >> np.uint64(at & 63) & np.uint64(1)
                    )
                else:
                    n_later += b > a
            for i in range(n_later):
                b = later[i]
                slot = np.int64(b) if direct else place(b, mask)
                while True:
                    known = partner[slot]
                    if known == b + 1:
                        if last_token[slot] != token:
                            last_token[slot] = token
                            n_met[slot] += 1
                        break
                    if known == 0:
                        partner[slot] = b + 1
                        n_met[slot] = 1
                        last_token[slot] = token
                        used[n_used] = slot
                        n_used += 1
                        if hot_to > hot_from:
                            prefetch(hot_signature, b)
                        break
                    slot = (slot + 1) & mask
        n_near = 0
        for i in range(n_used):
            slot = used[i]
            b = np.int64(partner[slot] - 1)
            n = np.int64(n_met[slot])
            partner[slot] = 0
            if hot_to > hot_from and hot_reach[a] & hot_signature[b]:
                # perhaps met on hot tokens: looked up below, once what that takes is on its way
                prefetch(hot_start, b)
                used[n_near] = (b << 32) | n
                n_near += 1
            elif n >= min_tokens:
                if n_kept == len(kept):
                    kept = grown(kept, 2 * n_kept)
                kept[n_kept] = (b << 32) | n
                n_kept += 1
        for i in range(n_near):
            if i + 4 < n_near:
                ahead = hot_start[used[i + 4] >> 32]
                prefetch(hot_token, ahead)
                prefetch(hot_ts, ahead)
            b = used[i] >> 32
            n = (used[i] & 0xFFFFFFFF) + met_hot(
                hot_token, hot_ts, hot_from, hot_to, hot_start[b], hot_start[b + 1], window
            )
            if n >= min_tokens:
                if n_kept == len(kept):
                    kept = grown(kept, 2 * n_kept)
                kept[n_kept] = (b << 32) | n
                n_kept += 1
        sort_keys(kept[:n_kept])
        if n_out + n_kept > capacity:
            capacity = 2 * (n_out + n_kept)
            out_a = grown(out_a, capacity)
            out_b = grown(out_b, capacity)
            out_n = grown(out_n, capacity)
        for i in range(n_kept):
            out_a[n_out] = a
            out_b[n_out] = kept[i] >> np.uint64(32)
            out_n[n_out] = kept[i] & np.uint64(0xFFFFFFFF)
            n_out += 1
    return out_a[:n_out].copy(), out_b[:n_out].copy(), out_n[:n_out].copy()


@njit(cache=True, nogil=True)
def grown(values: Array, capacity: int) -> Array:
    """Copy `values` into the front of a longer array."""
    out = np.empty(capacity, values.dtype)
    for i in range(len(values)):  # a slice assignment takes numba seconds to compile
        out[i] = values[i]
    return out
