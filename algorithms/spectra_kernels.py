"""Kernels of spectra.py: products of an incidence with vectors."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def add_up(
    start: Array, neighbour: Array, x: Array, scale: Array, low: int, high: int, out: Array
) -> None:
    """Sum of x over the neighbours of each of the rows [low, high), times the row's scale."""
    for i in range(low, high):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += x[neighbour[k]]
        out[i] = scale[i] * total


@njit(cache=True, nogil=True)
def transpose(start: Array, column: Array, position: Array, row: Array) -> None:
    """Fill in the rows of each column, from its position on, which moves to its end."""
    for i in range(len(start) - 1):
        for k in range(start[i], start[i + 1]):
            c = column[k]
            row[position[c]] = i
            position[c] += 1
