"""Kernels of ordering.py: radix sort of 64-bit keys, and of texts eight bytes at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from cib.datasets.memory_kernels import load64

_FEW = 16
"""As many texts are sorted by insertion."""

_EVEN_BYTES = np.uint64(0x00FF00FF00FF00FF)
_EVEN_PAIRS = np.uint64(0x0000FFFF0000FFFF)


@njit(cache=True, nogil=True)
def sort_keys(
    keys: Any, order: Any, other_keys: Any, other_order: Any, begin: int, end: int
) -> None:
    """Sort keys[begin:end] (uint64) and with them order[begin:end]; stable.

    The other two are of the same shapes and are written over.
    """
    common, union = keys[begin], keys[begin]
    for i in range(begin, end):
        common &= keys[i]
        union |= keys[i]
    there = False
    place = np.empty(256, np.int64)
    for shift in range(0, 64, 8):
        by = np.uint64(shift)
        if ((common ^ union) >> by) & np.uint64(255) == 0:
            continue  # every key has the same byte here
        place[:] = 0
        for i in range(begin, end):
            place[np.int64((keys[i] >> by) & np.uint64(255))] += 1
        before: Any = begin
        for value in range(256):
            size = place[value]
            place[value] = before
            before += size
        for i in range(begin, end):
            digit = np.int64((keys[i] >> by) & np.uint64(255))
            other_keys[place[digit]] = keys[i]
            other_order[place[digit]] = order[i]
            place[digit] += 1
        keys, other_keys = other_keys, keys
        order, other_order = other_order, order
        there = not there
    if there:
        for i in range(begin, end):  # numba compiles an assignment of slices for seconds
            other_keys[i] = keys[i]
            other_order[i] = order[i]


@njit(cache=True, nogil=True)
def _eight_bytes(arena: Any, start: Any, stop: Any) -> Any:
    """Bytes from `start` as one number that compares as they do; 0 from `stop` on."""
    if stop - start >= 8:
        value = load64(arena, start)
        value = ((value >> np.uint64(8)) & _EVEN_BYTES) | ((value & _EVEN_BYTES) << np.uint64(8))
        value = ((value >> np.uint64(16)) & _EVEN_PAIRS) | ((value & _EVEN_PAIRS) << np.uint64(16))
        return (value >> np.uint64(32)) | (value << np.uint64(32))
    value = np.uint64(0)
    for i in range(start, stop):
        value |= np.uint64(arena[i]) << np.uint64(56 - 8 * (i - start))
    return value


@njit(cache=True, nogil=True)
def _before(arena: Any, i: int, i_stop: int, j: int, j_stop: int) -> bool:
    """Whether arena[i:i_stop] comes before arena[j:j_stop]."""
    while i < i_stop and j < j_stop:
        left, right = _eight_bytes(arena, i, i_stop), _eight_bytes(arena, j, j_stop)
        if left != right:
            return bool(left < right)
        i += 8
        j += 8
    return i_stop - i < j_stop - j


@njit(cache=True, nogil=True)
def _length(words: Any, start: int) -> Any:
    """Length of the text whose bytes start there."""
    return np.int64(words[(start >> 3) - 1] >> np.uint64(32))


@njit(cache=True, nogil=True)
def _sort_few(
    words: Any, arena: Any, places: Any, order: Any, begin: int, end: int, depth: int
) -> None:
    """Sort order[begin:end] by insertion; the texts agree in their first `depth` bytes."""
    for i in range(begin + 1, end):
        text = order[i]
        start = places[text]
        stop = start + _length(words, start)
        j = i
        while j > begin:
            rival = places[order[j - 1]]
            rival_stop = rival + _length(words, rival)
            if not _before(arena, start + depth, stop, rival + depth, rival_stop):
                break
            order[j] = order[j - 1]
            j -= 1
        order[j] = text


@njit(cache=True, nogil=True)
def _part_ended(words: Any, places: Any, order: Any, begin: int, end: int, depth: int) -> int:
    """Put texts of at most `depth` bytes first, the shorter the earlier; returns where they end.

    All agree in their first `depth` bytes if those that are shorter are filled up with NUL.
    """
    ended = begin
    for i in range(begin, end):
        text = order[i]
        length = _length(words, places[text])
        if length > depth:
            continue
        order[i] = order[ended]
        j = ended
        while j > begin and _length(words, places[order[j - 1]]) > length:
            order[j] = order[j - 1]
            j -= 1
        order[j] = text
        ended += 1
    return ended


@njit(cache=True, nogil=True)
def sort_texts(
    words: Any,
    arena: Any,
    places: Any,
    order: Any,
    keys: Any,
    other_keys: Any,
    other_order: Any,
    todo: Any,
) -> None:
    """Sort distinct texts by their bytes, in place in order (n,).

    words and arena are those of `encoding_kernels`, places are from `find_records`; keys and
    other_keys (n,) uint64, other_order (n,) and todo (n // 16 + 2, 3) int64 are written over. Texts
    that agree in their first bytes are sorted by the next eight, from where they differ at all.
    """
    todo[0, 0], todo[0, 1], todo[0, 2] = 0, len(order), 0
    n_todo = 1
    while n_todo:
        n_todo -= 1
        begin, end, depth = todo[n_todo, 0], todo[n_todo, 1], todo[n_todo, 2]
        if end - begin <= _FEW:
            _sort_few(words, arena, places, order, begin, end, depth)
            continue
        model = places[order[begin]]
        shared = _length(words, model)
        for i in range(begin, end):
            start = places[order[i]]
            shared = min(shared, _length(words, start))
            k = depth
            while k < shared and arena[start + k] == arena[model + k]:
                k += 1
            shared = k
        depth = shared + 8
        for i in range(begin, end):
            start = places[order[i]]
            keys[i] = _eight_bytes(arena, start + shared, start + _length(words, start))
        sort_keys(keys, order, other_keys, other_order, begin, end)
        i = begin
        while i < end:
            j = i + 1
            while j < end and keys[j] == keys[i]:
                j += 1
            if j - i > 1:
                rest = _part_ended(words, places, order, i, j, depth)
                if j - rest > _FEW:
                    todo[n_todo, 0], todo[n_todo, 1], todo[n_todo, 2] = rest, j, depth
                    n_todo += 1
                elif j - rest > 1:
                    _sort_few(words, arena, places, order, rest, j, depth)
            i = j


@njit(cache=True, nogil=True)
def find_records(words: Any, places: Any) -> None:
    """Where the bytes of each text start in the arena; places (n,) int64."""
    first = np.int64(0)
    for code in range(len(places)):
        places[code] = 8 * first + 8
        first += 1 + ((np.int64(words[first] >> np.uint64(32)) + 7) >> 3)


@njit(cache=True, nogil=True)
def measure_texts(words: Any, places: Any, order: Any, offsets: Any) -> None:
    """Arrow offsets (n + 1,) int64 of the texts in this order."""
    offsets[0] = 0
    for i in range(len(order)):
        offsets[i + 1] = offsets[i] + _length(words, places[order[i]])


@njit(cache=True, nogil=True)
def copy_texts(arena: Any, places: Any, order: Any, offsets: Any, data: Any) -> None:
    """Fill data with the texts in this order."""
    for i in range(len(order)):
        start, first = places[order[i]], offsets[i]
        for k in range(offsets[i + 1] - first):
            data[first + k] = arena[start + k]
