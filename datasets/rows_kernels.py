"""Kernels of rows.py: which codes occur, and putting ranks in their place."""

from __future__ import annotations

from typing import Any

from numba import njit

from cib.datasets.memory_kernels import prefetch

_AHEAD = 32
"""Rows between asking for what a code needs and using it."""


@njit(cache=True, nogil=True)
def mark_used(codes: Any, used: Any) -> None:
    """Set used[code] for all codes that are not negative."""
    for row in range(len(codes)):
        if row + _AHEAD < len(codes):
            prefetch(used, max(codes[row + _AHEAD], 0))
        if codes[row] >= 0:
            used[codes[row]] = True


@njit(cache=True, nogil=True)
def replace_codes(codes: Any, rank: Any) -> None:
    """Replace codes by rank[code], in place; negative codes stay."""
    for row in range(len(codes)):
        if row + _AHEAD < len(codes):
            prefetch(rank, max(codes[row + _AHEAD], 0))
        if codes[row] >= 0:
            codes[row] = rank[codes[row]]
