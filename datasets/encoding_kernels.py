"""Kernels of encoding.py: hash tables from ids to codes, over bare arrays.

Small integers, if there are many, have a place of their own in a table of codes. For all other ids:
a slot is 0 when empty. A slot of an integer holds the upper 32 bits of its hash and, below, the
code plus one. A slot of a text holds the upper 24 bits of its hash and, below, the place of its
record in the arena (in words of 8 bytes) plus one. A record is one word with the length (upper
half) and the code (lower half), then the bytes, up to a whole word. Records are in order of code.

Rows are looked up in blocks: the memory reads of a block overlap, first those of the slots, then
those of what the slots point at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from cib.datasets.memory_kernels import load64, prefetch

BLOCK = 64
_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(0xFFFFFFFF00000000)
_TAG = np.uint64(0xFFFFFF0000000000)
_PLACE = np.uint64(0x000000FFFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_EMPTY, _TOO_LONG, _NOT_UTF8 = -2, -3, -4


@njit(cache=True, nogil=True)
def _mix(value: Any) -> Any:
    """A bijection of 64-bit words that spreads every bit (the finaliser of splitmix64)."""
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    value ^= value >> np.uint64(31)
    return value


@njit(cache=True, nogil=True)
def _hash_bytes(data: Any, start: int, stop: int, seed: Any) -> Any:
    """64-bit hash of data[start:stop]."""
    mixed = seed ^ (np.uint64(stop - start) * np.uint64(0x9E3779B97F4A7C15))
    if stop - start >= 8:
        i = start
        while i + 8 < stop:
            mixed = (mixed ^ load64(data, i)) * np.uint64(0xC2B2AE3D27D4EB4F)
            mixed ^= mixed >> np.uint64(32)
            i += 8
        return _mix(mixed ^ load64(data, stop - 8))
    tail = np.uint64(0)
    for i in range(start, stop):
        tail = (tail << np.uint64(8)) | np.uint64(data[i])
    return _mix(mixed ^ tail)


@njit(cache=True, nogil=True)
def _same_bytes(left: Any, i: int, right: Any, j: int, length: int) -> bool:
    """Whether two runs of bytes are equal."""
    if length >= 8:
        for k in range(0, length - 7, 8):
            if load64(left, i + k) != load64(right, j + k):
                return False
        return bool(load64(left, i + length - 8) == load64(right, j + length - 8))
    k = 0
    while k < length and left[i + k] == right[j + k]:
        k += 1
    return k == length


@njit(cache=True, nogil=True)
def _is_utf8(data: Any, start: int, stop: int) -> bool:
    """Whether bytes are well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF)."""
    i = start
    while i < stop:
        lead = data[i]
        if lead < 0x80:
            i += 1
            continue
        if lead < 0xC2 or lead > 0xF4:
            return False
        more = 1 if lead < 0xE0 else (2 if lead < 0xF0 else 3)
        if i + more >= stop:
            return False
        low, high = 0x80, 0xBF
        if lead == 0xE0:
            low = 0xA0
        elif lead == 0xED:
            high = 0x9F
        elif lead == 0xF0:
            low = 0x90
        elif lead == 0xF4:
            high = 0x8F
        if data[i + 1] < low or data[i + 1] > high:
            return False
        for k in range(2, more + 1):
            if data[i + k] < 0x80 or data[i + k] > 0xBF:
                return False
        i += more + 1
    return True


@njit(cache=True, nogil=True)
def hash_integers(keys: Any, seed: Any, hashes: Any) -> None:
    """Hashes (n,) uint64 of keys (n,) uint64."""
    for row in range(len(keys)):
        hashes[row] = _mix(keys[row] ^ seed)


@njit(cache=True, nogil=True)
def hash_texts(offsets: Any, data: Any, seed: Any, longest: int, codes: Any, hashes: Any) -> Any:
    """Hashes (n,) of n byte strings (offsets (n + 1,)); marks codes of empty and too long ones.

    Returns the bytes that their records take when all are new.
    """
    room = np.int64(0)
    for row in range(len(codes)):
        if codes[row] < 0:
            continue
        start, stop = np.int64(offsets[row]), np.int64(offsets[row + 1])
        if start == stop:
            codes[row] = _EMPTY
        elif stop - start > longest:
            codes[row] = _TOO_LONG
        else:
            hashes[row] = _hash_bytes(data, start, stop, seed)
            room += 8 + ((stop - start + 7) & -8)
    return room


@njit(cache=True, nogil=True)
def encode_integers(
    keys: Any,
    hashes: Any,
    begin: int,
    codes: Any,
    direct: Any,
    slots: Any,
    known: Any,
    counters: Any,
) -> int:
    """Look up or add keys[begin:] (uint64); codes (n,) int32 that are negative stay so.

    direct (size,) int32 holds the codes of keys below its size, -1 where there are none yet; slots
    those of the others. known (capacity,) holds the key of each code, counters the number of
    codes and of those in slots. Returns the row at which it stopped because `slots` or `known`
    must grow; n when done.
    """
    n = len(keys)
    mask = np.uint64(len(slots) - 1)
    size = np.uint64(len(direct))
    found = np.empty(BLOCK, np.uint64)
    count, n_hashed = counters[0], counters[1]
    row = begin
    while row < n:
        end = min(row + BLOCK, n)
        if count + (end - row) > len(known) or n_hashed + (end - row) > len(slots) // 2:
            break
        for i in range(row, end):
            if keys[i] < size:
                prefetch(direct, keys[i])
            elif codes[i] >= 0:
                prefetch(slots, hashes[i] & mask)
        for i in range(row, end):
            if codes[i] < 0 or keys[i] < size:
                continue
            where = hashes[i] & mask
            while slots[where] != 0 and (slots[where] ^ hashes[i]) & _HIGH != 0:
                where = (where + _ONE) & mask
            found[i - row] = where
            if slots[where] != 0:
                prefetch(known, (slots[where] & _LOW) - _ONE)
        for i in range(row, end):
            if codes[i] < 0:
                continue
            if keys[i] < size:
                code = np.int64(direct[keys[i]])
                if code < 0:
                    known[count] = keys[i]
                    code = count
                    direct[keys[i]] = code
                    count += 1
                codes[i] = code
                continue
            mixed = hashes[i]
            where = found[i - row]
            while True:
                slot = slots[where]
                if slot == 0:
                    known[count] = keys[i]
                    codes[i] = count
                    count += 1
                    n_hashed += 1
                    slots[where] = (mixed & _HIGH) | np.uint64(count)
                    break
                if slot & _HIGH == mixed & _HIGH:
                    code = np.int64(slot & _LOW) - 1
                    if known[code] == keys[i]:
                        codes[i] = code
                        break
                where = (where + _ONE) & mask
        row = end
    counters[0], counters[1] = count, n_hashed
    return row


@njit(cache=True, nogil=True)
def encode_texts(
    offsets: Any,
    data: Any,
    hashes: Any,
    begin: int,
    codes: Any,
    slots: Any,
    words: Any,
    arena: Any,
    counters: Any,
    check_utf8: bool,
) -> int:
    """Look up or add byte strings begin, begin + 1, …; as `encode_integers`.

    words uint64 and arena uint8 are the same memory; counters are the number of codes and the
    words in use. The caller sees to it that the arena has room for all strings of the batch.
    """
    n = len(codes)
    mask = np.uint64(len(slots) - 1)
    limit = len(slots) // 2
    found = np.empty(BLOCK, np.uint64)
    count, used = counters[0], counters[1]
    row = begin
    while row < n:
        end = min(row + BLOCK, n)
        if count + (end - row) > limit:
            break
        for i in range(row, end):
            if codes[i] >= 0:
                prefetch(slots, hashes[i] & mask)
        for i in range(row, end):
            if codes[i] < 0:
                continue
            where = hashes[i] & mask
            while slots[where] != 0 and (slots[where] ^ hashes[i]) & _TAG != 0:
                where = (where + _ONE) & mask
            found[i - row] = where
            if slots[where] != 0:
                first = np.int64((slots[where] & _PLACE) - _ONE)
                prefetch(words, first)
                prefetch(words, first + 3)  # records of 32 bytes may lie on two cache lines
        for i in range(row, end):
            if codes[i] < 0:
                continue
            start = np.int64(offsets[i])
            length = np.int64(offsets[i + 1]) - start
            where = found[i - row]
            while True:
                slot = slots[where]
                if slot == 0:
                    if check_utf8 and not _is_utf8(data, start, start + length):
                        codes[i] = _NOT_UTF8
                        break
                    words[used] = (np.uint64(length) << _HALF) | np.uint64(count)
                    for k in range(length):
                        arena[8 * used + 8 + k] = data[start + k]
                    slots[where] = (hashes[i] & _TAG) | np.uint64(used + 1)
                    codes[i] = count
                    count += 1
                    used += 1 + ((length + 7) >> 3)
                    break
                if (slot ^ hashes[i]) & _TAG == 0:
                    first = np.int64((slot & _PLACE) - _ONE)
                    if np.int64(words[first] >> _HALF) == length and _same_bytes(
                        data, start, arena, 8 * first + 8, length
                    ):
                        codes[i] = np.int64(words[first] & _LOW)
                        break
                where = (where + _ONE) & mask
        row = end
    counters[0], counters[1] = count, used
    return row


@njit(cache=True, nogil=True)
def refill_integers(known: Any, seed: Any, direct: Any, slots: Any) -> None:
    """Fill empty tables anew from the known keys."""
    mask = np.uint64(len(slots) - 1)
    size = np.uint64(len(direct))
    for code in range(len(known)):
        if known[code] < size:
            direct[known[code]] = code
            continue
        mixed = _mix(known[code] ^ seed)
        where = mixed & mask
        while slots[where] != 0:
            where = (where + _ONE) & mask
        slots[where] = (mixed & _HIGH) | np.uint64(code + 1)


@njit(cache=True, nogil=True)
def refill_texts(words: Any, arena: Any, count: int, seed: Any, slots: Any) -> None:
    """Fill empty slots anew from the first `count` records."""
    mask = np.uint64(len(slots) - 1)
    first = np.int64(0)
    for _ in range(count):
        length = np.int64(words[first] >> _HALF)
        mixed = _hash_bytes(arena, 8 * first + 8, 8 * first + 8 + length, seed)
        where = mixed & mask
        while slots[where] != 0:
            where = (where + _ONE) & mask
        slots[where] = (mixed & _TAG) | np.uint64(first + 1)
        first += 1 + ((length + 7) >> 3)


@njit(cache=True, nogil=True)
def fingerprint_texts(offsets: Any, data: Any, seeds: Any, skip: Any, prints: Any) -> None:
    """Prints (n, 2) uint64: 128 bits that stand for each byte string; skip (n,) rows stay 0."""
    for row in range(len(skip)):
        if skip[row]:
            continue
        start, stop = np.int64(offsets[row]), np.int64(offsets[row + 1])
        prints[row, 0] = _hash_bytes(data, start, stop, seeds[0])
        other = seeds[1]
        i = start
        while i + 8 <= stop:
            other = _mix(other + load64(data, i))
            i += 8
        tail = np.uint64(stop - start)
        while i < stop:
            tail = (tail << np.uint64(8)) | np.uint64(data[i])
            i += 1
        prints[row, 1] = _mix(other + tail)
