"""The growing arrays that hold the rows kept so far, and their last step to an InteractionLog."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.scratch import Scratch, drop, walk

CODES = "codes"
"""Stands for the narrowest signed integers that hold the codes of a column; most have few ids."""


class Rows:
    """Named arrays of one length that grow together.

    Parameters
    ----------
    dtypes
        Name to NumPy dtype, or `CODES`; a tuple (dtype, width) makes an array of shape (n, width).
    expected
        Rows to reserve; memory is only taken when it is written to.
    scratch
        Where the arrays are put; memory when None.
    """

    def __init__(
        self, dtypes: dict[str, Any], expected: int, scratch: Scratch | None = None
    ) -> None:
        self.length = 0
        self._scratch = scratch or Scratch()
        self._capacity = max(1, expected)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._narrow: set[str] = set()
        for name, dtype in dtypes.items():
            if isinstance(dtype, str):
                dtype = np.int8
                self._narrow.add(name)
            kind, width = dtype if isinstance(dtype, tuple) else (dtype, None)
            shape = (self._capacity,) if width is None else (self._capacity, width)
            self._arrays[name] = self._scratch.empty(shape, kind)

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
            for name, array in list(self._arrays.items()):
                del self._arrays[name]
                self._arrays[name] = self._scratch.grow(array, self._capacity, start)
        for name, values in columns.items():
            if name in self._narrow:
                self._widen(name, np.min_scalar_type(-int(values.max(initial=0)) - 1), start)
            self._arrays[name][start:stop] = values if keep is None else values[keep]
        self.length = stop

    def _widen(self, name: str, dtype: np.dtype[Any], used: int) -> None:
        """Let an array, of which the first `used` entries count, hold larger codes if need be."""
        array = self._arrays[name]
        if dtype.itemsize <= array.dtype.itemsize:
            return
        wider = self._scratch.empty(array.shape, dtype)
        for start, stop in walk(used, array, wider):
            wider[start:stop] = array[start:stop]
        self._scratch.release(array)
        self._arrays[name] = wider

    def make_room(self, n_bytes: int) -> bool:
        """Put arrays on disk until memory holds at most so many bytes; False when it cannot.

        Those named last go first.
        """
        for name in reversed(list(self._arrays)):
            if self._scratch.held <= n_bytes:
                break
            self._arrays[name] = self._scratch.move(self._arrays[name])
        return self._scratch.held <= n_bytes

    def let_go(self) -> None:
        """Let go of the pages of arrays on disk."""
        drop(*self._arrays.values())

    def drop(self, repeat: npt.NDArray[np.bool_]) -> None:
        """Remove the rows that are marked."""
        if not repeat.any():
            return
        length = self.length
        for array in self._arrays.values():
            length = 0
            for start, stop in walk(self.length, array, repeat):
                part = array[start:stop][~repeat[start:stop]]
                array[length : length + len(part)] = part
                length += len(part)
        self.length = length

    def forget(self, name: str) -> None:
        """Free one column."""
        self._scratch.release(self._arrays.pop(name))

    def rank(self, name: str, rank: npt.NDArray[np.int32]) -> None:
        """Replace the codes of a column by their ranks; negative codes stay."""
        from cib.datasets.rows_kernels import replace_codes

        codes = self[name]
        few = np.append(rank, -1).astype(codes.dtype) if codes.dtype == np.int8 else None
        for start, stop in walk(len(codes), codes):
            if few is None:
                replace_codes(codes[start:stop], rank)
            else:  # not worth a kernel of its own
                codes[start:stop] = few[np.maximum(codes[start:stop], -1)]

    def used(self, name: str, count: int) -> npt.NDArray[np.bool_]:
        """(count,) whether any row has the code."""
        from cib.datasets.rows_kernels import mark_used

        codes, used = self[name], np.zeros(count, np.bool_)
        for start, stop in walk(len(codes), codes):
            part = codes[start:stop]
            if codes.dtype == np.int8:
                used[np.unique(part[part >= 0])] = True
            else:
                mark_used(part, used)
        return used

    def dictionary(self, name: str, ids: pa.Array) -> pa.Array:
        """Codes and their ids as one Arrow array, without a copy; negative codes are null."""
        codes = self[name]
        valid = self._bits(len(codes), lambda start, stop: codes[start:stop] >= 0, codes)
        kind = pa.from_numpy_dtype(codes.dtype)
        indices = pa.Array.from_buffers(kind, len(codes), [valid, pa.py_buffer(codes)])
        return pa.DictionaryArray.from_arrays(indices, ids)

    def numbers(self, name: str, kind: pa.DataType) -> pa.Array:
        """A column with its "<name> valid" as one Arrow array, without a copy."""
        values, flags = self[name], self[f"{name} valid"]
        valid = self._bits(len(values), lambda start, stop: flags[start:stop], flags)
        self.forget(f"{name} valid")
        return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])

    def _bits(self, n: int, valid: Any, read: npt.NDArray[Any]) -> pa.Buffer | None:
        """Arrow's validity bitmap; None when all are valid."""
        bits = self._scratch.empty(-(-n // 8), np.uint8)
        n_valid = 0
        for start, stop in walk(n, read, bits):
            part = valid(start, stop)
            n_valid += int(np.count_nonzero(part))
            bits[start // 8 : -(-stop // 8)] = np.packbits(part, bitorder="little")
        if n_valid == n:
            self._scratch.release(bits)
            return None
        return pa.py_buffer(bits)
