"""The growing arrays that hold the rows kept so far, and their last step to an InteractionLog."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_CHUNK = 1 << 20


class Rows:
    """Named arrays of one length that grow together.

    Parameters
    ----------
    dtypes
        Name to NumPy dtype; a tuple (dtype, width) makes an array of shape (n, width).
    expected
        Rows to reserve; memory is only taken when it is written to.
    """

    def __init__(self, dtypes: dict[str, Any], expected: int) -> None:
        self.length = 0
        self._capacity = max(1, expected)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        for name, dtype in dtypes.items():
            kind, width = dtype if isinstance(dtype, tuple) else (dtype, None)
            shape = self._capacity if width is None else (self._capacity, width)
            self._arrays[name] = np.empty(shape, kind)

    @property
    def row_bytes(self) -> int:
        """Memory of one row."""
        return sum(array[:1].nbytes for array in self._arrays.values())

    @property
    def nbytes(self) -> int:
        """Memory that the rows so far take."""
        return self.row_bytes * self.length

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name][: self.length]

    def append(
        self, columns: dict[str, npt.NDArray[Any]], keep: npt.NDArray[np.bool_] | None
    ) -> None:
        """Add the rows of a batch for which `keep` holds; None adds all."""
        n_rows = len(next(iter(columns.values())))
        if keep is not None:
            n_rows = int(np.count_nonzero(keep))
        start, stop = self.length, self.length + n_rows
        if stop > self._capacity:
            self._capacity = max(stop, self._capacity * 3 // 2)
            for array in self._arrays.values():
                array.resize((self._capacity, *array.shape[1:]), refcheck=False)
        for name, values in columns.items():
            self._arrays[name][start:stop] = values if keep is None else values[keep]
        self.length = stop

    def drop(self, repeat: npt.NDArray[np.bool_]) -> None:
        """Remove the rows that are marked."""
        if not repeat.any():
            return
        keep = np.flatnonzero(~repeat)
        for array in self._arrays.values():
            for start in range(0, len(keep), _CHUNK):
                chosen = keep[start : start + _CHUNK]
                array[start : start + len(chosen)] = array[chosen]
        self.length = len(keep)

    def forget(self, name: str) -> None:
        """Free one column."""
        del self._arrays[name]


def rank_codes(codes: npt.NDArray[Any], rank: npt.NDArray[np.int32]) -> None:
    """Replace codes by their ranks, in place; negative codes stay."""
    if not len(rank):
        return
    for start in range(0, len(codes), _CHUNK):
        part = codes[start : start + _CHUNK]
        part[:] = np.where(part >= 0, rank[np.maximum(part, 0)], part)


def used_codes(codes: npt.NDArray[Any], count: int) -> npt.NDArray[np.bool_]:
    """(count,) whether any row has the code."""
    used = np.zeros(count + 1, np.bool_)
    for start in range(0, len(codes), _CHUNK):
        used[codes[start : start + _CHUNK]] = True
    return used[:count]


def dictionary(codes: npt.NDArray[np.int32], ids: pa.Array) -> pa.Array:
    """Codes and their ids as one Arrow array; negative codes are null."""
    absent = codes < 0
    indices = pa.array(codes, pa.int32(), mask=absent if absent.any() else None)
    return pa.DictionaryArray.from_arrays(indices, ids)
