"""Columns of a log by slices or by chosen rows, so that none need be in memory whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.scratch import array_at, drop, walk

_ROWS = 1 << 18
"""Rows of a slice."""

Column: TypeAlias = Any
"""Codes or times of a log (NumPy), or one of its `extras` (Arrow)."""


def slices(*columns: Column) -> Iterator[tuple[int, int, list[npt.NDArray[Any]]]]:
    """Go over columns of equal length, letting go now and then of what is on disk.

    Yields
    ------
    start, stop, values
        A range of rows, and the values of each column there: codes of a column of ids or names,
        -1 where null; numbers and times as they are, with -1 where null.

    Examples
    --------
    >>> column = pa.array(["b", None, "b"]).dictionary_encode()
    >>> [values.tolist() for _, _, (values,) in slices(column)]
    [[0, -1, 0]]
    """
    if not columns:
        return
    arrays = [_indices(column) for column in columns]
    mapped = [each for array in arrays for each in _mapped(array)]
    for start, stop in walk(len(arrays[0]), *mapped, chunk=_ROWS):
        yield start, stop, [_filled(each, start, stop) for each in arrays]


def rows_where(test: Callable[..., npt.NDArray[np.bool_]], *columns: Column) -> npt.NDArray[Any]:
    """Rows at which a test of some columns holds, ascending.

    Examples
    --------
    >>> rows_where(lambda a, b: a == b, np.array([1, 2, 3]), np.array([1, 0, 3])).tolist()
    [0, 2]
    """
    found = [start + np.flatnonzero(test(*values)) for start, _, values in slices(*columns)]
    return np.concatenate([np.empty(0, np.int64), *found])


def codes_at(column: Column, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """(len(rows),) a column at some rows, as `slices` gives it: codes, numbers or times."""
    array = _indices(column)
    if isinstance(array, np.ndarray):
        return np.asarray(array[rows])
    return _wide(np.asarray(pc.fill_null(array.take(pa.array(rows)), -1)))


def let_go(*columns: Column) -> None:
    """Let go of the pages of columns on disk; their values stay. Does nothing in memory."""
    drop(*(each for column in columns for each in _mapped(_indices(column))))


def whole(column: Column) -> npt.NDArray[Any]:
    """All of a column as `slices` gives it: a view where nothing is null, else a copy."""
    array = _indices(column)
    return array if isinstance(array, np.ndarray) else _filled(array, 0, len(array))


def _indices(column: Column) -> Column:
    if isinstance(column, pa.DictionaryArray):
        return column.indices
    if isinstance(column, pa.Array) and pa.types.is_timestamp(column.type):
        return column.view(pa.int64())
    return column


def _filled(array: Column, start: int, stop: int) -> npt.NDArray[Any]:
    if isinstance(array, np.ndarray):
        return array[start:stop]
    part = array.slice(start, stop - start)
    return _wide(np.asarray(part if not part.null_count else pc.fill_null(part, -1)))


def _wide(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Codes as int32, however narrow they are kept."""
    return values.astype(np.int32) if values.dtype.itemsize < 4 else values


def _mapped(array: Column) -> list[npt.NDArray[Any]]:
    """What to let go of: the array itself, or those that an Arrow array is a view of."""
    if isinstance(array, np.ndarray):
        return [array]
    found = (array_at(buffer.address) for buffer in array.buffers() if buffer is not None)
    return [each for each in found if each is not None]
