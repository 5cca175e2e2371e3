"""What the projections accept: integer codes and integer times, checked and made small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import walk
from cib.datasets.sorting_kernels import sort_keys
from cib.graphs.threads import map_ordered, n_threads, ranges

MAX_CODES = np.iinfo(np.int32).max
"""Codes are below this."""


def integers(name: str, values: Any) -> npt.NDArray[np.integer[Any]]:
    """One-dimensional integer array; datetimes become integers of their own unit.

    Raises
    ------
    ValueError
        It is something else.
    """
    array = np.asarray(values)
    if array.dtype.kind == "M":
        array = array.astype(np.int64)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise ValueError(
            f"{name} must be a one-dimensional integer array, "
            f"not {array.ndim}-dimensional {array.dtype}."
        )
    return array if array.dtype.kind in "iu" else array.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Codes:
    """Checked codes."""

    values: npt.NDArray[np.int32]
    number: int
    """The largest code plus one; 0 when there are none."""
    originals: npt.NDArray[np.int32] | None = None
    """(number,) what each code stands for, where they were numbered anew."""

    @classmethod
    def of(cls, name: str, values: Any, threads: int | None = None) -> Codes:
        """Codes 0 … 2^31 - 2 as int32.

        Raises
        ------
        ValueError
            Not integers, or out of range.
        """
        array = integers(name, values)
        low, high = extent(array, threads)
        if low < 0 or high >= MAX_CODES:
            raise ValueError(
                f"{name} must hold codes from 0 to 2^31 - 2, "
                f"not values from {low} to {high}; encode ids first."
            )
        return cls(array.astype(np.int32, copy=False), high + 1 if array.size else 0)

    @property
    def fit_arrays(self) -> bool:
        """Whether arrays over all codes, used or not, are small beside the codes themselves."""
        return self.number <= 4 * len(self.values) + 2**20

    def dense(self) -> Codes:
        """Number codes anew, in order, where they are too sparse for arrays over all of them."""
        if self.fit_arrays:
            return self
        used, renumbered = np.unique(self.values, return_inverse=True)
        return Codes(renumbered.astype(np.int32), len(used), self.given(used))

    def used(self) -> Codes:
        """Number codes anew, in order, so that each occurs."""
        if not self.fit_arrays:
            return self.dense()
        seen = np.zeros(self.number, np.bool_)
        seen[self.values] = True
        used = np.flatnonzero(seen).astype(np.int32)
        number = np.cumsum(seen, dtype=np.int32) - np.int32(1)
        return Codes(number[self.values], len(used), self.given(used))

    def take(self, rows: npt.NDArray[np.bool_]) -> Codes:
        """These values alone, under the same numbers."""
        return Codes(self.values[rows], self.number, self.originals)

    def given(self, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The codes as they were given, of codes as they are numbered here."""
        return numbers if self.originals is None else self.originals[numbers]


def times(
    name: str, values: Any, threads: int | None = None
) -> tuple[npt.NDArray[np.int64], int, int]:
    """Times as int64, the earliest and the latest (0 when there are none).

    Raises
    ------
    ValueError
        Not integers, or above 2^63 - 1.
    """
    array = integers(name, values)
    low, high = extent(array, threads)
    if high > np.iinfo(np.int64).max:
        raise ValueError(f"{name} must hold times up to 2^63 - 1, not {high}.")
    return array.astype(np.int64, copy=False), low, high


def extent(array: npt.NDArray[np.integer[Any]], threads: int | None) -> tuple[int, int]:
    """Smallest and largest value; 0 when there are none."""
    pieces = ranges(np.linspace(0, len(array), n_threads(threads) + 1)[1:-1], len(array))

    def ends(low: int, high: int) -> tuple[int, int]:
        parts = (array[start:stop] for start, stop in walk((low, high), array))
        lows, highs = zip(*((int(part.min()), int(part.max())) for part in parts), strict=True)
        return min(lows), max(highs)

    found = map_ordered(ends, pieces, threads)
    return min((low for low, _ in found), default=0), max((high for _, high in found), default=0)


def equal_lengths(**arrays: npt.NDArray[Any]) -> None:
    """Check that arrays are aligned.

    Raises
    ------
    ValueError
        They are not.
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        *names, last = lengths
        raise ValueError(f"{', '.join(names)} and {last} must have equal lengths, not {lengths}.")


def distinct(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The distinct values, none negative, ascending.

    As `np.unique`, which from NumPy 2.3 on hashes first and takes ten times as long.
    """
    ordered = values.astype(np.uint64)
    sort_keys(ordered)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first].view(np.int64)
