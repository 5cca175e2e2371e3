"""What the projections accept: integer codes and integer times, checked and made small."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

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


def codes(name: str, values: Any) -> npt.NDArray[np.int32]:
    """Codes 0 … 2^31 - 2 as int32.

    Raises
    ------
    ValueError
        Not integers, or out of range.
    """
    array = integers(name, values)
    if array.size and (array.min() < 0 or array.max() >= MAX_CODES):
        raise ValueError(
            f"{name} must hold codes from 0 to 2^31 - 2, "
            f"not values from {array.min()} to {array.max()}; encode ids first."
        )
    return array.astype(np.int32, copy=False)


def times(name: str, values: Any) -> npt.NDArray[np.int64]:
    """Times as int64.

    Raises
    ------
    ValueError
        Not integers, or above 2^63 - 1.
    """
    array = integers(name, values)
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name} must hold times up to 2^63 - 1, not {array.max()}.")
    return array.astype(np.int64, copy=False)


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


def dense(
    values: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32] | None]:
    """Number codes anew, in order, where they are so sparse that arrays over all would be wasteful.

    Returns
    -------
    codes, originals
        (n_rows,) codes and the (n_codes,) old code of each; None when they are as they were.
    """
    if not len(values) or int(values.max()) < 4 * len(values) + 2**20:
        return values, None
    originals, renumbered = np.unique(values, return_inverse=True)
    return renumbered.astype(np.int32), originals


def distinct(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The distinct values, ascending.

    As `np.unique`, which from NumPy 2.3 on hashes first and takes ten times as long.
    """
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]
