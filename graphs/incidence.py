"""The account–content incidence: who touched what at all, or at all during a slot of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.sorting_kernels import sort_keys
from cib.graphs import incidence_kernels as kernels
from cib.graphs.codes import MAX_CODES, Codes, distinct, equal_lengths, times


@dataclass(frozen=True, slots=True)
class Incidence:
    """Distinct (row, column) entries, by row, then column."""

    row: npt.NDArray[np.int32]
    """(n_entries,) row of each entry, ascending."""
    column: npt.NDArray[np.int32]
    """(n_entries,) column of each entry, ascending within a row."""
    row_degree: npt.NDArray[np.int64]
    """(n_rows,) columns that each row touches."""
    column_degree: npt.NDArray[np.int64]
    """(n_columns,) rows that touch each column."""

    @property
    def n_rows(self) -> int:
        """Number of row codes, used or not."""
        return len(self.row_degree)

    @property
    def n_columns(self) -> int:
        """Number of column codes, used or not."""
        return len(self.column_degree)

    def rows_touching(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """(n_columns,) how many of the rows touch each column."""
        out = np.zeros(self.n_columns, np.int64)
        kernels.rows_touching(self.row, self.column, rows, out)
        return out

    def columns_touched(
        self,
        columns: npt.NDArray[np.bool_],
        rows: npt.NDArray[np.bool_],
        n_touching: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:
        """(n_rows,) how many of the columns each row touches.

        What one of `rows` touches alone of them does not count for it.

        Parameters
        ----------
        columns : (n_columns,) those that count
        rows : (n_rows,) rows
        n_touching : (n_columns,) from `rows_touching`, of the same rows
        """
        out = np.zeros(self.n_rows, np.int64)
        kernels.columns_touched(self.row, self.column, columns, rows, n_touching, out)
        return out

    @classmethod
    def of(cls, row: Codes, column: Codes) -> Incidence:
        """Entries of two arrays of equal length; repeated ones count once.

        Examples
        --------
        >>> found = Incidence.of(Codes.of("row", [1, 0, 1]), Codes.of("column", [2, 0, 2]))
        >>> found.row.tolist(), found.column.tolist(), found.column_degree.tolist()
        ([0, 1], [0, 2], [1, 0, 1])
        """
        width = np.uint64(max(column.number, 1))
        key = row.values.astype(np.uint64) * width + column.values.astype(np.uint64)
        sort_keys(key)
        new = np.ones(len(key), np.bool_)
        new[1:] = key[1:] != key[:-1]
        rows, columns = np.divmod(key[new], width)
        return cls(
            rows.astype(np.int32),
            columns.astype(np.int32),
            np.bincount(rows.astype(np.int64), minlength=row.number),
            np.bincount(columns.astype(np.int64), minlength=column.number),
        )


@dataclass(frozen=True, slots=True)
class TimeSlots:
    """Columns of an incidence that are contents during slots of time."""

    code: npt.NDArray[np.int32]
    """(n_entries,) code of each entry's content and slot: a column."""
    column: npt.NDArray[np.int32]
    """(n_codes,) content of each code."""
    start: npt.NDArray[np.int64]
    """(n_codes,) when its slot begins, in the unit of the times."""


def time_slots(column: Any, ts: Any, width: int) -> TimeSlots:
    """Make a column of each content and slot of time, for what is dense for a while only.

    Parameters
    ----------
    column : (n_entries,) integer codes from 0
    ts : (n_entries,) integers in any one unit
    width : length of a slot, in that unit; slots begin at its multiples

    Raises
    ------
    ValueError
        Arrays of different lengths, codes out of range, width below 1, or more than 2^31 - 2
        columns.

    Examples
    --------
    >>> slots = time_slots([5, 5, 5, 6], [0, 9, 10, 3], 10)
    >>> slots.code.tolist(), slots.column.tolist(), slots.start.tolist()
    ([0, 0, 1, 2], [5, 5, 6], [0, 10, 0])
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width}.")
    codes = Codes.of("column", column)
    ts, first, last = times("ts", ts)
    equal_lengths(column=codes.values, ts=ts)
    slot = ts // width
    low, n_slots = first // width, last // width - first // width + 1
    if codes.number * n_slots >= 2**63:
        raise ValueError(f"{codes.number} columns times {n_slots} slots are too many; widen them.")
    key = codes.values * np.int64(n_slots) + (slot - low)
    known = distinct(key)
    if len(known) >= MAX_CODES:
        raise ValueError(f"{len(known)} columns and slots; at most 2^31 - 2 fit. Widen the slots.")
    code = np.searchsorted(known, key).astype(np.int32)
    column, slot = np.divmod(known, np.int64(n_slots))
    return TimeSlots(code, column.astype(np.int32), (slot + low) * width)
