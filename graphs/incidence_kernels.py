"""Kernels of incidence.py: counts over chosen rows and columns, in one pass over the entries."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def rows_touching(row: Array, column: Array, rows: Array, out: Array) -> None:
    """Count the chosen rows that touch each column."""
    for k in range(len(row)):
        if rows[row[k]]:
            out[column[k]] += 1


@njit(cache=True, nogil=True)
def columns_touched(
    row: Array, column: Array, columns: Array, rows: Array, n_touching: Array, out: Array
) -> None:
    """Count the chosen columns that each row touches; see `Incidence.columns_touched`."""
    for k in range(len(row)):
        c = column[k]
        if columns[c] and (not rows[row[k]] or n_touching[c] > 1):
            out[row[k]] += 1
